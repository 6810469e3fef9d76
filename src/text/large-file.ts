/**
 * A text file of any size, opened for reading: its lines, by number too; finding and searching; its columns; its end as it
 * grows.
 *
 * Invariants:
 * - opening costs the same whatever the file's size, and nothing ever needs more memory than a line, or a block of lines;
 * - everything that is given away is a copy: it stays what it is, whatever becomes of the file;
 * - the asynchronous forms give the event loop a turn every few milliseconds; the synchronous ones (`for`, `...Sync`) do not.
 */
import { type ByteCount, byteCount, filePath, integerIn, rangeWithin, show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import { type Encoding, encodingOf, type TextEncoding } from './encoding.js';
import { type FieldRow, Fields } from './fields.js';
import { FirstMatch, Matches } from './find.js';
import { CountLines, IndexedText, type IndexedTextSettings, LineOfOffset, ReadLine } from './indexed-text.js';
import { needleOf } from './kernel/needle.js';
import type { Needle } from './kernel/scanner.js';
import { formerOf, type LineForm, type LineForms } from './line-forms.js';
import { BackwardLines, ForwardLines } from './lines.js';
import {
  type CountOptions,
  checkCount,
  checkFields,
  checkFind,
  checkLines,
  checkOpening,
  checkTail,
  type FieldsOptions,
  type FindOptions,
  type LargeFileOptions,
  type LinesOptions,
  lineNumber,
  type SampleOptions,
  type TailOptions,
} from './options.js';
import type { PaceOptions } from './pace.js';
import { Pages, type PagesInternals, type Reading } from './pages.js';
import { Sample, type SampledLine } from './sample.js';
import { type LineMatch, LineSearch } from './search.js';
import { tail } from './tail.js';
import { countInThreads } from './thread/count-in-threads.js';
import { doInSlices, doNow, Sequence } from './work.js';

/**
 * Opens a text file for reading.
 * @throws NOT_FOUND, ACCESS_DENIED, SHARING_VIOLATION, NOT_A_FILE, INVALID_ARGUMENT
 */
export function openLargeFile(
  path: string,
  options: LargeFileOptions = {},
  internals: PagesInternals = {},
): LargeFile {
  const { encoding, reading, ...settings } = checkOpening(filePath(path), options);
  const pages = new Pages(path, reading, internals);
  try {
    return new LargeFile(pages, encodingOf(pages, encoding), encoding, settings);
  } catch (error) {
    pages.close();
    throw error;
  }
}

export class LargeFile implements Disposable {
  readonly path: string;
  readonly #pages: Pages;
  readonly #encoding: Encoding;
  readonly #wanted: TextEncoding | 'auto';
  readonly #text: IndexedText;

  /** @internal Made by openLargeFile. */
  constructor(
    pages: Pages,
    encoding: Encoding,
    wanted: TextEncoding | 'auto',
    settings: IndexedTextSettings,
  ) {
    this.path = pages.path;
    this.#pages = pages;
    this.#encoding = encoding;
    this.#wanted = wanted;
    this.#text = new IndexedText(pages, encoding, settings);
  }

  /** The file's length in bytes, now. @throws CLOSED */
  get size(): number {
    this.#pages.look();
    return this.#pages.size;
  }

  get encoding(): TextEncoding {
    return this.#encoding.name;
  }

  /** Whether the file is mapped or copied, now. */
  get reading(): Reading {
    return this.#pages.reading;
  }

  /**
   * The lines, without their ends (LF or CRLF): to be iterated over with `for` or `for await`, again and again. Lines are
   * counted from 0. What is there when the end is reached is read, also what came meanwhile. The first line beyond the first
   * is found by the index.
   * @throws FILE_CHANGED where somebody shortens the file, TOO_LARGE for a line that no string can hold, CLOSED
   */
  lines<F extends LineForm = 'string'>(options: LinesOptions<F> = {}): Sequence<LineForms[F]> {
    this.#pages.checkOpen();
    const { range, form, reverse } = checkLines(options);
    const former = formerOf(this.#text, form);
    const Lines = reverse ? BackwardLines : ForwardLines;
    return new Sequence(() => new Lines(this.#text, former, range), options);
  }

  /** The line with this number, from 0; undefined where there are not so many. Counts as far as nobody has counted yet. */
  async line(number: number, options?: PaceOptions): Promise<string | undefined> {
    return doInSlices(this.#read(number), options);
  }

  /** The same, blocking the event loop while lines are counted that nobody has counted yet. */
  lineSync(number: number): string | undefined {
    return doNow(this.#read(number));
  }

  /** How many lines there are, a last one without an end included. Makes the line index, and keeps it. */
  async countLines(options: CountOptions = {}): Promise<number> {
    this.#pages.checkOpen();
    const threads = checkCount(options);
    if (threads > 0) await countInThreads(this.#text, threads, options);
    return doInSlices(new CountLines(this.#text), options);
  }

  /** The same, blocking the event loop meanwhile. */
  countLinesSync(): number {
    this.#pages.checkOpen();
    return doNow(new CountLines(this.#text));
  }

  /** How many lines there are where that is known without counting: undefined before countLines, or when the file grew. */
  get lineCount(): number | undefined {
    this.#pages.look();
    return this.#text.complete ? this.#text.lines() : undefined;
  }

  /** The number of the line, from 0, that holds the byte at an offset. @throws OUT_OF_BOUNDS */
  async lineNumberAt(offset: ByteCount, options?: PaceOptions): Promise<number> {
    return doInSlices(this.#numberAt(offset), options);
  }

  /** The same, blocking the event loop while lines are counted that nobody has counted yet. */
  lineNumberAtSync(offset: ByteCount): number {
    return doNow(this.#numberAt(offset));
  }

  /** A copy of the bytes [start, end), to the end of the file unless given. @throws OUT_OF_BOUNDS, TOO_LARGE, FILE_CHANGED */
  slice(start: ByteCount = 0, end?: ByteCount): Buffer {
    this.#pages.look();
    const from = byteCount(start, 'start');
    const to = end === undefined ? Math.max(this.#pages.size, from) : byteCount(end, 'end');
    if (to < from) {
      throw new PerdureError('INVALID_ARGUMENT', `end ${to} lies before start ${from}`);
    }
    rangeWithin(from, to - from, this.#pages.size, `'${this.path}'`);
    return this.#pages.bytes(from, to - from);
  }

  /** The offset of the first place at which a text, or these bytes, stand; -1 where they do not. */
  async find(wanted: string | Uint8Array, options: FindOptions = {}): Promise<number> {
    return doInSlices(this.#firstMatch(wanted, options), options);
  }

  /** The same, blocking the event loop meanwhile. */
  findSync(wanted: string | Uint8Array, options: FindOptions = {}): number {
    return doNow(this.#firstMatch(wanted, options));
  }

  /** The offsets of all such places, none overlapping the one before. */
  findAll(wanted: string | Uint8Array, options: FindOptions = {}): Sequence<number> {
    this.#pages.checkOpen();
    const needle = this.#needle(wanted);
    const range = checkFind(options, this.#unitBytes(wanted));
    return new Sequence(() => new Matches(this.#pages, needle, range), options);
  }

  /** The lines that hold a text, or that a regular expression matches, with their numbers and offsets. */
  search(wanted: string | RegExp, options: PaceOptions = {}): Sequence<LineMatch> {
    this.#pages.checkOpen();
    if (typeof wanted !== 'string' && !(wanted instanceof RegExp)) {
      throw new PerdureError('INVALID_ARGUMENT', `search takes a text or a RegExp, not ${show(wanted)}`);
    }
    return new Sequence(() => new LineSearch(this.#text, wanted), options);
  }

  /**
   * The last lines and, with `follow`, those that come. Follows the name: a file that is cut is read anew, one that is
   * put in its place is gone on with.
   */
  tail<F extends LineForm = 'string'>(
    options: TailOptions<F> = {},
  ): AsyncGenerator<LineForms[F], void, undefined> {
    this.#pages.checkOpen();
    const { maxLineBytes } = this.#text;
    const { settings, form } = checkTail(options, {
      path: this.#pages.location,
      encoding: this.#wanted,
      maxLineBytes,
    });
    return tail(settings, form);
  }

  /**
   * The records of a CSV, TSV or NDJSON file: arrays with the columns wanted. Only these are decoded.
   * @throws INVALID_INPUT naming the line, INVALID_ARGUMENT for a column that is not there
   */
  fields(options: FieldsOptions): Sequence<FieldRow> {
    this.#pages.checkOpen();
    const settings = checkFields(options);
    return new Sequence(() => new Fields(this.#text, settings), options);
  }

  /** About so many lines, spread over the file, without reading the rest. Long lines are likelier than short ones. */
  sample(count: number, { random = Math.random, ...options }: SampleOptions = {}): Sequence<SampledLine> {
    this.#pages.checkOpen();
    integerIn(count, 0, Number.MAX_SAFE_INTEGER, 'count');
    return new Sequence(() => new Sample(this.#text, count, random), options);
  }

  /** Closes the file. Iterations under way end with CLOSED; tails go on. Harmless when repeated. */
  close(): void {
    this.#pages.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #read(number: number): ReadLine {
    this.#pages.checkOpen();
    return new ReadLine(this.#text, lineNumber(number, 'number'));
  }

  #numberAt(offset: ByteCount): LineOfOffset {
    this.#pages.look();
    return new LineOfOffset(this.#text, byteCount(offset, 'offset'));
  }

  #firstMatch(wanted: string | Uint8Array, options: FindOptions): FirstMatch {
    this.#pages.checkOpen();
    return new FirstMatch(this.#pages, this.#needle(wanted), checkFind(options, this.#unitBytes(wanted)));
  }

  #needle(wanted: string | Uint8Array): Needle {
    if (typeof wanted === 'string') return needleOf(this.#encoding.encode(wanted));
    if (wanted instanceof Uint8Array) return needleOf(wanted);
    throw new PerdureError('INVALID_ARGUMENT', `what to find is a text or bytes, not ${show(wanted)}`);
  }

  #unitBytes(wanted: string | Uint8Array): 1 | 2 {
    return typeof wanted === 'string' ? this.#encoding.lineEnd.width : 1;
  }
}

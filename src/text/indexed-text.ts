/**
 * A text with its line index: finds the offset of a line and the line of an offset, and counts lines; in steps.
 *
 * Invariant: an index that does not fit the file, because it was shortened or changed in place, is dropped and made anew.
 */
import { isPerdureError, PerdureError } from '../os/errors.js';
import type { Encoding } from './encoding.js';
import type { FileStamp } from './file-stamp.js';
import { keepIndex, loadIndex } from './index-file.js';
import { threadScanner } from './kernel/scanner.js';
import { formerOf, type Text } from './line-forms.js';
import { BLOCK_BYTES, LineIndex, type Place } from './line-index.js';
import { LineAt } from './one-line.js';
import type { Pages } from './pages.js';
import { ready, type Steps, type Work } from './work.js';

/** Smaller files are counted faster than a kept index is found. */
export const KEEP_FROM_BYTES = 2 ** 24;
/** How often an index that does not fit is made anew before the file is taken for one that changes all the time. */
const ATTEMPTS = 3;

export interface IndexedTextSettings {
  readonly maxLineBytes: number;
  /** Where the index is kept; undefined: nowhere. */
  readonly place: string | undefined;
  /** False: what is kept there is used, and nothing written. */
  readonly keeps: boolean;
}

export class IndexedText implements Text {
  readonly pages: Pages;
  readonly encoding: Encoding;
  readonly maxLineBytes: number;
  readonly #place: string | undefined;
  readonly #keeps: boolean;
  #index: LineIndex | undefined;
  #stamp: FileStamp | undefined;
  #keptBytes = 0;

  constructor(pages: Pages, encoding: Encoding, { maxLineBytes, place, keeps }: IndexedTextSettings) {
    this.pages = pages;
    this.encoding = encoding;
    this.maxLineBytes = maxLineBytes;
    this.#place = place;
    this.#keeps = keeps;
  }

  /** The index as far as it is, taken up from where it is kept. */
  get index(): LineIndex {
    if (this.#index !== undefined && this.#index.coveredBytes <= this.pages.size) return this.#index;
    const large = this.pages.size >= KEEP_FROM_BYTES;
    const known = large && this.#place ? loadIndex(this.#place, this.pages, this.encoding) : undefined;
    this.#keptBytes = known?.coveredBytes ?? 0;
    this.#index = known ?? new LineIndex();
    return this.#index;
  }

  /** True where every whole block is counted. */
  get complete(): boolean {
    return this.pages.size - this.index.coveredBytes < BLOCK_BYTES;
  }

  /** Counts on. @returns false where everything is counted */
  countOn(): boolean {
    if (this.index.coveredBytes === 0 || this.#stamp === undefined) this.#stamp = this.pages.stamp();
    if (this.index.step(this.pages, this.encoding)) return true;
    this.#keep();
    return false;
  }

  /**
   * Takes over what others counted, from block `first` on. False where the index is another one by now: the file was changed.
   * @param index the one that they helped
   * @param stamp the file's before that
   */
  adopt(index: LineIndex, first: number, counts: Uint16Array, stamp: FileStamp): boolean {
    if (this.index !== index || index.coveredBytes < first * BLOCK_BYTES) return false;
    this.#stamp ??= stamp;
    index.append(first, counts);
    return true;
  }

  drop(): void {
    this.#index = new LineIndex();
    this.#stamp = undefined;
    this.#keptBytes = 0;
  }

  /** Lines in all, a last one without an end included. Everything is counted. */
  lines(): number {
    const { pages, encoding, index } = this;
    const ends = index.lineEndsBefore(pages, encoding, pages.size);
    return ends + (this.#endsInLine() ? 1 : 0);
  }

  /** True where the file's last line has no end. */
  #endsInLine(): boolean {
    const { pages, encoding } = this;
    const { width, unit } = encoding.lineEnd;
    if (pages.size <= encoding.markBytes) return false;
    if (pages.size % width !== 0) return true;
    const last = pages.bytes(pages.size - width, width);
    return (width === 1 ? last[0] : last.readUInt16LE()) !== unit;
  }

  #keep(): void {
    const { index, pages } = this;
    const grownBy = index.coveredBytes - this.#keptBytes;
    if (this.#place === undefined || !this.#keeps || pages.size < KEEP_FROM_BYTES) return;
    // Where the name is another file's by now, its index is none of ours.
    if (grownBy < KEEP_FROM_BYTES / 16 || this.#stamp === undefined || pages.stamp() === undefined) return;
    this.#keptBytes = index.coveredBytes;
    keepIndex(this.#place, index, pages, this.encoding, this.#stamp);
  }
}

abstract class IndexWork<T> implements Work<T> {
  #attempts = 0;
  constructor(readonly text: IndexedText) {}

  get doneBytes(): number {
    return this.text.index.coveredBytes;
  }

  get totalBytes(): number {
    return this.text.pages.size;
  }

  step(): { value: T } | undefined {
    try {
      return this.attempt();
    } catch (error) {
      // What was counted is no longer so.
      const stale = isPerdureError(error, 'CORRUPT') || isPerdureError(error, 'FILE_CHANGED');
      if (!stale || ++this.#attempts >= ATTEMPTS) throw error;
      this.text.drop();
      return undefined;
    }
  }

  protected abstract attempt(): { value: T } | undefined;
}

/** Counts all lines. */
export class CountLines extends IndexWork<number> {
  #looked = false;

  protected override attempt(): { value: number } | undefined {
    if (!this.#looked) this.text.pages.look();
    this.#looked = true;
    if (this.text.countOn()) return undefined;
    return { value: this.text.lines() };
  }
}

/** Looks a line up by its number; what comes of it is undefined where there are not so many. */
abstract class LookUp<T> extends IndexWork<T | undefined> {
  readonly #line: number;
  /** What is done with the place, once it is found. */
  #rest: Steps<T | undefined> | undefined;

  constructor(text: IndexedText, line: number) {
    super(text);
    this.#line = line;
  }

  protected override attempt(): { value: T | undefined } | undefined {
    const rest = this.#rest ?? this.#find();
    // Where this fails, the line is looked up anew.
    this.#rest = undefined;
    const result = rest?.step();
    if (result === undefined) this.#rest = rest;
    return result;
  }

  #find(): Steps<T | undefined> | undefined {
    const { text } = this;
    const { pages, encoding, index } = text;
    // What is not covered may have grown; what is, is read, and found to be there or not.
    if (index.lineEnds < this.#line || this.#line === 0) {
      pages.look();
      if (this.#line > 0 && text.countOn()) return undefined;
    }
    const place =
      this.#line === 0
        ? { offset: encoding.markBytes, start: 0, end: undefined }
        : text.index.behind(pages, encoding, this.#line);
    return place !== undefined && place.offset < pages.size ? this.found(place) : ready(undefined);
  }

  protected abstract found(place: Place): Steps<T | undefined>;
}

/** Finds where a line begins. */
export class LocateLine extends LookUp<number> {
  protected override found({ offset }: Place): Steps<number> {
    return ready(offset);
  }
}

/** Reads a line: out of the block that it was found in, where it ends there. */
export class ReadLine extends LookUp<string> {
  protected override found({ offset, start, end }: Place): Steps<string | undefined> {
    if (end === undefined) return new LineAt(this.text, offset);
    const ends = Uint32Array.of(end);
    const bytes = threadScanner().input;
    const former = formerOf(this.text, 'string');
    return ready(former.block({ offset: offset - start, first: start, bytes, ends })[0]);
  }
}

/** Finds the line that an offset lies in. */
export class LineOfOffset extends IndexWork<number> {
  readonly #offset: number;

  constructor(text: IndexedText, offset: number) {
    super(text);
    this.#offset = offset;
  }

  protected override attempt(): { value: number } | undefined {
    const { text } = this;
    const { pages, encoding, index } = text;
    if (this.#offset > pages.size) {
      throw new PerdureError(
        'OUT_OF_BOUNDS',
        `offset ${this.#offset} lies beyond the ${pages.size} bytes of '${pages.path}'`,
      );
    }
    if (index.coveredBytes + BLOCK_BYTES <= this.#offset && text.countOn()) return undefined;
    return { value: index.lineEndsBefore(pages, encoding, this.#offset) };
  }
}

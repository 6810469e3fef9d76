/** The options of large files, checked. */
import { resolve } from 'node:path';
import { type ByteCount, byteCount, integerIn, knownOptions, show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import { isOpenForWriting } from '../os/open-for-writing.js';
import { MAX_STRING_BYTES, type TextEncoding } from './encoding.js';
import type { FieldFormat, FieldSettings } from './fields.js';
import { INDEX_SUFFIX } from './index-file.js';
import type { LineForm } from './line-forms.js';
import type { LineRange } from './lines.js';
import type { PaceOptions } from './pace.js';
import type { Reading } from './pages.js';
import type { TailEvent, TailSettings } from './tail.js';

export interface LargeFileOptions {
  /** 'auto' unless given: what the byte order mark says, else UTF-8. */
  encoding?: TextEncoding | 'auto';
  /**
   * True: the file is read by copying, which nothing that others do to it can turn into a crash. False: it is mapped.
   * Unless given: mapped on Windows, which lets nobody cut a mapped file, and on Linux where nobody has it open for
   * writing; else copied.
   */
  safe?: boolean;
  /** Where the line index is kept: true, beside the file under its name with '.lines' (default); false, nowhere; a path. */
  index?: boolean | string;
  /** False: an index that is there is used, but none is written. True unless given. */
  keepIndex?: boolean;
  /** Longer lines are an error, TOO_LARGE, rather than filling the memory. Unless given: what a string can hold. */
  maxLineBytes?: ByteCount;
}

export interface CountOptions extends PaceOptions {
  /** Counts in so many helper threads, so that the event loop is free once they have started: 0 unless given, none. */
  threads?: number;
}

export interface LinesOptions<F extends LineForm = LineForm> extends PaceOptions {
  /** The first line, from 0. */
  from?: number;
  /** Behind the last line. */
  to?: number;
  /** From the last line to the first. */
  reverse?: boolean;
  /** 'string' unless given. */
  as?: F;
}

export interface FindOptions extends PaceOptions {
  /** Where matches begin at the earliest: an offset in bytes. */
  from?: ByteCount;
  /** Where they end at the latest. */
  to?: ByteCount;
}

export interface TailOptions<F extends LineForm = LineForm> {
  /** Lines from the end to begin with: 10 unless given. */
  lines?: number;
  /** Goes on with the lines that come, whatever becomes of the file; ended by leaving the loop or by the signal. */
  follow?: boolean;
  /** How often the file is looked at, in milliseconds: 100 unless given. */
  intervalMs?: number;
  as?: F;
  signal?: AbortSignal;
  /** Told when the file is cut, replaced or removed. */
  onEvent?: (event: TailEvent) => void;
}

export interface FieldsOptions extends PaceOptions {
  format: FieldFormat;
  /** The columns wanted, by name or by number from 0. All of them unless given (not for NDJSON). */
  columns?: readonly (string | number)[];
  /** False: the first record of CSV or TSV is a record like the others, and columns are given by number. */
  header?: boolean;
}

export interface SampleOptions extends PaceOptions {
  /** Places within parts of the file, from 0 to below 1: Math.random unless given. */
  random?: () => number;
}

function bad(message: string): PerdureError {
  return new PerdureError('INVALID_ARGUMENT', message);
}

function flag(value: unknown, name: string): boolean {
  if (typeof value === 'boolean') return value;
  throw bad(`${name} must be true or false, not ${show(value)}`);
}

export function checkOpening(path: string, options: LargeFileOptions) {
  knownOptions(
    options,
    ['encoding', 'safe', 'index', 'keepIndex', 'maxLineBytes'],
    'the options of openLargeFile',
  );
  const {
    encoding = 'auto',
    safe,
    index = true,
    keepIndex = true,
    maxLineBytes = MAX_STRING_BYTES,
  } = options;
  if (typeof index !== 'boolean' && (typeof index !== 'string' || index === '')) {
    throw bad(`index must be true, false or a path, not ${show(index)}`);
  }
  const place = index === false ? undefined : resolve(index === true ? `${path}${INDEX_SUFFIX}` : index);
  const reading: Reading = (safe === undefined ? isSafeToMap(path) : !flag(safe, 'safe'))
    ? 'mapped'
    : 'copied';
  return {
    encoding,
    reading,
    place,
    keeps: flag(keepIndex, 'keepIndex'),
    maxLineBytes: byteCount(maxLineBytes, 'maxLineBytes', 1),
  };
}

function isSafeToMap(path: string): boolean {
  return process.platform === 'win32' || isOpenForWriting(path) === false;
}

/** How many threads. */
export function checkCount(options: CountOptions): number {
  knownOptions(options, ['threads', 'signal', 'onProgress'], 'the options of countLines()');
  return integerIn(options.threads ?? 0, 0, 64, 'threads');
}

const FORMS: readonly LineForm[] = ['string', 'bytes', 'offsets'];

function form<F extends LineForm>(as: F | undefined): F {
  if (as === undefined) return 'string' as F;
  if (FORMS.includes(as)) return as;
  throw bad(`as must be 'string', 'bytes' or 'offsets', not ${show(as)}`);
}

export function checkLines<F extends LineForm>(
  options: LinesOptions<F>,
): { range: LineRange; form: F; reverse: boolean } {
  knownOptions(options, ['from', 'to', 'reverse', 'as', 'signal', 'onProgress'], 'the options of lines()');
  const from = lineNumber(options.from ?? 0, 'from');
  const to = options.to === undefined ? undefined : lineNumber(options.to, 'to');
  return { range: { from, to }, form: form(options.as), reverse: flag(options.reverse ?? false, 'reverse') };
}

export function lineNumber(value: number, name: string): number {
  return integerIn(value, 0, Number.MAX_SAFE_INTEGER, name);
}

export function checkFind(options: FindOptions, unitBytes: 1 | 2) {
  knownOptions(options, ['from', 'to', 'signal', 'onProgress'], 'the options of a search');
  const from = byteCount(options.from ?? 0, 'from');
  const to = options.to === undefined ? undefined : byteCount(options.to, 'to');
  return { from, to, unitBytes };
}

export function checkTail<F extends LineForm>(
  options: TailOptions<F>,
  opening: Pick<TailSettings, 'path' | 'encoding' | 'maxLineBytes'>,
): { settings: TailSettings; form: F } {
  const names = ['lines', 'follow', 'intervalMs', 'as', 'signal', 'onEvent'];
  knownOptions(options, names, 'the options of tail()');
  const { lines = 10, follow = false, intervalMs = 100, signal, onEvent } = options;
  const settings = {
    ...opening,
    lines: lineNumber(lines, 'lines'),
    follow: flag(follow, 'follow'),
    intervalMs: integerIn(intervalMs, 1, 2 ** 31 - 1, 'intervalMs'),
    signal,
    onEvent,
  };
  return { settings, form: form(options.as) };
}

export function checkFields(options: FieldsOptions): FieldSettings {
  knownOptions(options, ['format', 'columns', 'header', 'signal', 'onProgress'], 'the options of fields()');
  const { format, columns, header = true } = options;
  if (!['csv', 'tsv', 'ndjson'].includes(format)) {
    throw bad(`format must be 'csv', 'tsv' or 'ndjson', not ${show(format)}`);
  }
  if (columns !== undefined) {
    if (!Array.isArray(columns) || columns.length === 0)
      throw bad('columns must be an array of names or numbers');
    for (const column of columns) {
      if (typeof column !== 'string') integerIn(column, 0, MAX_COLUMN, 'the number of a column');
    }
    if (new Set(columns).size < columns.length) throw bad('columns names one twice');
  }
  return { format, columns, header: flag(header, 'header') };
}

const MAX_COLUMN = 2 ** 20;

/** Lines as what callers ask for: strings, bytes, or where they stand. Line ends, CRLF or LF, are not part of them. */

import { PerdureError } from '../os/errors.js';
import { decodeWhole, type Encoding, MAX_STRING_BYTES } from './encoding.js';
import type { Block, LongLine } from './line-reader.js';
import { ReadBytes } from './long-line.js';
import type { Pages } from './pages.js';
import { made, ready, type Steps } from './work.js';

/** Where a line stands: [start, end) in bytes from the start of the file, without the line's end. */
export interface LineSpan {
  readonly start: number;
  readonly end: number;
}

/** By the name of the form, what a line is. */
export interface LineForms {
  string: string;
  bytes: Buffer;
  offsets: LineSpan;
}

export type LineForm = keyof LineForms;

/** What makes items of lines. */
export interface Former<T> {
  block(lines: Block): T[];
  /** In steps of a bounded size, but for the making of a string, which cannot be divided. */
  long(line: LongLine): Steps<T>;
}

/** The text of a file, as far as lines are concerned. */
export interface Text {
  readonly pages: Pages;
  readonly encoding: Encoding;
  /** Longer lines are an error, TOO_LARGE. */
  readonly maxLineBytes: number;
}

export function formerOf<F extends LineForm>(text: Text, form: F): Former<LineForms[F]> {
  const formers: { [Form in LineForm]: Former<LineForms[Form]> } = {
    string: { block: (lines) => strings(text, lines), long: (line) => longString(text, line) },
    bytes: { block: (lines) => bytesOf(text, lines), long: (line) => longBytes(text, line) },
    offsets: { block: (lines) => spans(text, lines), long: (line) => ready(trimmed(text, line)) },
  };
  return formers[form];
}

function longString(text: Text, line: LongLine): Steps<string> {
  const { encoding, pages } = text;
  checkLength(text, line, Math.min(text.maxLineBytes, MAX_STRING_BYTES * encoding.lineEnd.width));
  const what = `the line at offset ${line.start} of '${pages.path}'`;
  return made(new ReadBytes(pages, trimmed(text, line)), (bytes) => decodeWhole(encoding, bytes, what));
}

function longBytes(text: Text, line: LongLine): Steps<Buffer> {
  checkLength(text, line, text.maxLineBytes);
  return new ReadBytes(text.pages, trimmed(text, line));
}

function strings(text: Text, lines: Block): string[] {
  const { encoding } = text;
  checkLengths(text, lines);
  const { bytes, first, ends } = lines;
  // No encoding makes a line end of anything but a line end, so that decoding all at once and splitting is the same.
  const decoded = encoding.decode(bytes.subarray(first, ends[ends.length - 1]));
  const items = decoded.split('\n');
  if (!decoded.includes('\r')) return items;
  for (let index = 0; index < items.length; index++) {
    const item = items[index]!;
    if (item.charCodeAt(item.length - 1) === 0x0d) items[index] = item.slice(0, -1);
  }
  return items;
}

function bytesOf(text: Text, lines: Block): Buffer[] {
  checkLengths(text, lines);
  const copy = Buffer.from(lines.bytes);
  return eachSpan(text.encoding, lines, copy, 0, (start, end) => copy.subarray(start, end));
}

function spans(text: Text, lines: Block): LineSpan[] {
  return eachSpan(text.encoding, lines, lines.bytes, lines.offset, (start, end) => ({ start, end }));
}

function eachSpan<T>(
  encoding: Encoding,
  { first, ends }: { first: number; ends: Uint32Array },
  bytes: Buffer,
  base: number,
  make: (start: number, end: number) => T,
): T[] {
  const { width } = encoding.lineEnd;
  const items = new Array<T>(ends.length);
  let start = first;
  for (let index = 0; index < ends.length; index++) {
    const end = ends[index]!;
    const bare = endsInReturn(encoding, bytes, start, end) ? end - width : end;
    items[index] = make(base + start, base + bare);
    start = end + width;
  }
  return items;
}

/** True where the last unit of [start, end) is a carriage return. */
function endsInReturn({ carriageReturn }: Encoding, bytes: Buffer, start: number, end: number): boolean {
  const { length } = carriageReturn;
  if (end - start < length || bytes[end - 1] !== carriageReturn[length - 1]) return false;
  return length === 1 || bytes[end - 2] === carriageReturn[0];
}

/** Without the carriage return before the line's end. */
function trimmed({ pages, encoding }: Text, { start, end, ended }: LongLine): LineSpan {
  const { width } = encoding.lineEnd;
  // At the end of a file, with no line end behind it, a carriage return is text.
  if (end - start < width || !ended) return { start, end };
  const last = pages.bytes(end - width, width);
  return { start, end: endsInReturn(encoding, last, 0, width) ? end - width : end };
}

function checkLengths(text: Text, { first, ends }: { first: number; ends: Uint32Array }): void {
  if (text.maxLineBytes >= ends[ends.length - 1]! - first) return;
  let start = first;
  for (const end of ends) {
    checkLength(text, { start, end }, text.maxLineBytes);
    start = end + text.encoding.lineEnd.width;
  }
}

function checkLength({ pages }: Text, { start, end }: LineSpan, limit: number): void {
  if (end - start <= limit) return;
  throw new PerdureError(
    'TOO_LARGE',
    `a line of '${pages.path}' has ${end - start} bytes, more than ${limit}; take offsets, and its bytes in parts by slice()`,
    { path: pages.path },
  );
}

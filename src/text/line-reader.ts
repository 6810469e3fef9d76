/**
 * Whole lines in file order, some 64 KiB at a time.
 *
 * Invariants: every byte of the file from the start on belongs to exactly one line or its end; a last line without an
 * end is given only when the file, looked at again, has not grown; a call does a bounded amount of work, also within a line
 * of gigabytes.
 */
import type { Encoding } from './encoding.js';
import { LIST_BYTES, type Scanner, threadScanner } from './kernel/scanner.js';
import type { Pages } from './pages.js';

/** Lines that lie together. */
export interface Block {
  /** Where in the file `bytes` begins. */
  readonly offset: number;
  /** Where in `bytes` the first line begins. */
  readonly first: number;
  /** Valid until the next await, or the next use of the thread's scanner. */
  readonly bytes: Buffer;
  /** Where in `bytes` each line's end stands. */
  readonly ends: Uint32Array;
}

/** A line that is longer than a block, or has no end. */
export interface LongLine {
  readonly start: number;
  /** Behind the last byte of its text. A carriage return may still stand before it. */
  readonly end: number;
  /** False for a last line without an end. */
  readonly ended: boolean;
}

export type Lines = Block | LongLine;

export function isLongLine(lines: Lines): lines is LongLine {
  return 'ended' in lines;
}

/** A long line is being looked through: ask again. */
export const NOT_YET = Symbol('not yet');

/** Looked through at a time for the end of a long line. */
const STEP_BYTES = 2 ** 20;
/** What is read for one line alone. */
const ONE_LINE_BYTES = 2 ** 12;

/** What is wanted of a reader, besides whole lines. */
export interface Wanted {
  /** Only one line: less is read at a time. */
  readonly one?: boolean;
  /** A last line without an end is not given: ask again when it may have one. */
  readonly onlyEnded?: boolean;
}

export class LineReader {
  readonly #pages: Pages;
  readonly #encoding: Encoding;
  readonly #scanner: Scanner = threadScanner();
  readonly #readBytes: number;
  readonly #onlyEnded: boolean;
  /** Where the next line begins. */
  #at: number;
  /** Up to where that line is known to have no end. */
  #looked: number;
  /** True behind a line without an end: what is appended to it later would be taken for another one. */
  #isOver = false;

  constructor(pages: Pages, encoding: Encoding, at = encoding.markBytes, wanted: Wanted = {}) {
    this.#readBytes = wanted.one ? ONE_LINE_BYTES : LIST_BYTES;
    this.#onlyEnded = wanted.onlyEnded ?? false;
    this.#pages = pages;
    this.#encoding = encoding;
    this.#at = at;
    this.#looked = at;
  }

  /** Where the next line begins: the file's end after the last one. */
  get at(): number {
    return this.#at;
  }

  /** Goes on at another place, where a line begins. */
  skipTo(at: number): void {
    this.#goOn(at);
  }

  /** The next lines, or undefined at the file's end; asked again, it looks whether the file has grown, but not behind a line without an end. @throws FILE_CHANGED, CLOSED, IO_ERROR */
  next(): Lines | typeof NOT_YET | undefined {
    if (this.#isOver) return undefined;
    const pages = this.#pages;
    const { lineEnd } = this.#encoding;
    for (const stop = this.#looked + STEP_BYTES; this.#looked < stop; ) {
      if (this.#looked >= pages.size - (pages.size % lineEnd.width)) {
        if (pages.look() && pages.size > this.#looked) continue;
        return this.#lastLine();
      }
      const length = Math.min(this.#readBytes, pages.size - this.#looked) & -lineEnd.width;
      pages.read(this.#scanner.input, this.#looked, length);
      const ends = this.#scanner.list(lineEnd, length);
      if (ends.length > 0) return this.#found(ends);
      this.#looked += length;
    }
    return NOT_YET;
  }

  #found(ends: Uint32Array): Lines {
    const start = this.#at;
    const { width } = this.#encoding.lineEnd;
    if (this.#looked > start) {
      const end = this.#looked + ends[0]!;
      this.#goOn(end + width);
      return { start, end, ended: true };
    }
    const lengthBytes = ends[ends.length - 1]! + width;
    this.#goOn(start + lengthBytes);
    return { offset: start, first: 0, bytes: this.#scanner.input.subarray(0, lengthBytes), ends };
  }

  #lastLine(): LongLine | undefined {
    const { size } = this.#pages;
    if (size < this.#at) throw this.#pages.shortened();
    if (size === this.#at || this.#onlyEnded) return undefined;
    const start = this.#at;
    this.#goOn(size);
    this.#isOver = true;
    return { start, end: size, ended: false };
  }

  #goOn(at: number): void {
    this.#isOver = false;
    this.#at = at;
    this.#looked = at;
  }
}

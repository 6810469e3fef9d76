/**
 * Whole lines from the end of the file backwards, some 64 KiB at a time. The lines of a block stand in file order.
 *
 * Invariant: the lines are those that LineReader gives for the file as long as it was at the start; a call does a bounded
 * amount of work.
 */
import type { Encoding } from './encoding.js';
import { LIST_BYTES, type Scanner, threadScanner } from './kernel/scanner.js';
import { type Block, type Lines, type LongLine, NOT_YET } from './line-reader.js';
import type { Pages } from './pages.js';

/** Pieces looked through at a time for the end before a long line. */
const STEP_PIECES = 16;

export class BackwardReader {
  readonly #pages: Pages;
  readonly #encoding: Encoding;
  readonly #scanner: Scanner = threadScanner();
  /** Behind the line that comes next, its end included. */
  #at: number;
  /** From here on there is no start of that line. */
  #looked: number;
  /** False for a last line without an end. */
  #ended: boolean;

  /** @param at behind a line's end, or the file's end */
  constructor(pages: Pages, encoding: Encoding, at = pages.size) {
    this.#pages = pages;
    this.#encoding = encoding;
    this.#at = at;
    this.#looked = at;
    this.#ended = this.#endsBefore(at);
  }

  /** True where the next line has an end. */
  get isBehindEnd(): boolean {
    return this.#ended;
  }

  /** Where the line that was given last begins. */
  get at(): number {
    return this.#at;
  }

  /**
   * The lines before those that were given last, or undefined at the file's start.
   * @param start where the first line wanted begins
   * @throws FILE_CHANGED, CLOSED
   */
  next(start = this.#encoding.markBytes): Lines | typeof NOT_YET | undefined {
    const { lineEnd } = this.#encoding;
    if (this.#at <= start) return undefined;
    if (this.#ended && this.#looked === this.#at) {
      const block = this.#block(start);
      if (block !== undefined) return block;
    }
    for (let piece = 0; piece < STEP_PIECES; piece++) {
      // Half a unit at the file's end belongs to the last line.
      const until = this.#looked - (this.#looked % lineEnd.width);
      const from = Math.max(start, until - LIST_BYTES);
      if (from >= until) return this.#longLine(start);
      const ends = this.#list(from, until);
      if (ends.length > 0) return this.#longLine(from + ends[ends.length - 1]! + lineEnd.width);
      this.#looked = from;
    }
    return NOT_YET;
  }

  /** The lines that begin in the piece before `#at`; undefined where the last one begins further back. */
  #block(start: number): Block | undefined {
    const { lineEnd } = this.#encoding;
    const offset = Math.max(start, this.#at - LIST_BYTES);
    const lengthBytes = this.#at - offset;
    const ends = this.#list(offset, this.#at);
    const whole = offset === start;
    if (!whole && ends.length < 2) {
      this.#looked = this.#at - lineEnd.width;
      return undefined;
    }
    const first = whole ? 0 : ends[0]! + lineEnd.width;
    this.#goTo(offset + first);
    const bytes = this.#scanner.input.subarray(0, lengthBytes);
    return { offset, first, bytes, ends: whole ? ends : ends.subarray(1) };
  }

  #longLine(start: number): LongLine {
    const ended = this.#ended;
    const end = ended ? this.#at - this.#encoding.lineEnd.width : this.#at;
    this.#goTo(start);
    return { start, end, ended };
  }

  #goTo(at: number): void {
    this.#at = at;
    this.#looked = at;
    this.#ended = true;
  }

  #list(from: number, until: number): Uint32Array {
    this.#pages.read(this.#scanner.input, from, until - from);
    return this.#scanner.list(this.#encoding.lineEnd, until - from);
  }

  #endsBefore(at: number): boolean {
    const { lineEnd, markBytes } = this.#encoding;
    const from = at - lineEnd.width;
    return from >= markBytes && from % lineEnd.width === 0 && this.#list(from, at).length > 0;
  }
}

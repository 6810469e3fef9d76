/**
 * Where lines begin: how many line ends are in each block of 16 KiB, and sums of them.
 *
 * It takes two bytes for each block, 0.012 % of the file. To find a line, the sums tell its block, and the block is
 * scanned. Only whole blocks are counted, so that a file that grew is gone on with where its last whole block ended.
 *
 * Invariants: `counts[b]` is right for the bytes that were in the file when block b was counted, for every b below
 * `blocks`; `sums[s]` is the number of line ends before block s * BLOCKS_A_SUM.
 */

import { PerdureError } from '../os/errors.js';
import type { Encoding } from './encoding.js';
import { INPUT_BYTES, threadScanner } from './kernel/scanner.js';
import type { Pages } from './pages.js';

export const BLOCK_BYTES = 2 ** 14;
const BLOCKS_A_SUM = 64;
/** What is counted at a time. */
export const STEP_BYTES = INPUT_BYTES;

/** Where a line begins. */
export interface Place {
  readonly offset: number;
  /** The same in the scanner's input, which holds the line's block. */
  readonly start: number;
  /** Where in the input the line's end stands, where it is there. */
  readonly end: number | undefined;
}

export class LineIndex {
  #counts: Uint16Array;
  #sums: Float64Array;
  #blocks: number;
  #total = 0;

  /** @param counts of the first blocks of the file, when they are known */
  constructor(counts: Uint16Array = new Uint16Array(0)) {
    this.#counts = counts;
    this.#sums = new Float64Array(Math.ceil((counts.length + 1) / BLOCKS_A_SUM));
    this.#blocks = 0;
    for (const count of counts) this.#add(count);
  }

  /** The counts of the blocks so far, to be kept. */
  get counts(): Uint16Array {
    return this.#counts.subarray(0, this.#blocks);
  }

  /** Bytes of the file that the index covers. */
  get coveredBytes(): number {
    return this.#blocks * BLOCK_BYTES;
  }

  /** Line ends in the covered bytes. */
  get lineEnds(): number {
    return this.#total;
  }

  /** Counts the next whole blocks, as many as are there and STEP_BYTES hold. @returns false where there are none */
  step(pages: Pages, { lineEnd }: Encoding): boolean {
    const scanner = threadScanner();
    const from = this.coveredBytes;
    const length = Math.min(STEP_BYTES, pages.size - from);
    const blocks = Math.floor(length / BLOCK_BYTES);
    if (blocks <= 0) return false;
    pages.read(scanner.input, from, blocks * BLOCK_BYTES);
    for (let block = 0; block < blocks; block++) {
      this.#add(scanner.count(lineEnd, block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES));
    }
    return true;
  }

  /** Takes over counts of the blocks from `first` on, which somebody else counted, as far as they are new. */
  append(first: number, counts: Uint16Array): void {
    for (const count of counts.subarray(Math.max(0, this.#blocks - first))) this.#add(count);
  }

  /** Line ends before `offset`, which is at most one step behind the covered bytes. */
  lineEndsBefore(pages: Pages, { lineEnd }: Encoding, offset: number): number {
    const block = Math.min(Math.floor(offset / BLOCK_BYTES), this.#blocks);
    const from = block * BLOCK_BYTES;
    const scanner = threadScanner();
    const length = (offset - from) & -lineEnd.width;
    pages.read(scanner.input, from, length);
    return this.#before(block) + scanner.count(lineEnd, 0, length);
  }

  /**
   * The place behind the line end number `ordinal`, from 1; undefined where the file, which is at most one step longer than
   * what is covered, has not so many.
   * @throws CORRUPT where a block does not hold what was counted: the file was changed in place
   */
  behind(pages: Pages, { lineEnd }: Encoding, ordinal: number): Place | undefined {
    const covered = ordinal <= this.#total;
    const block = covered ? this.#blockOf(ordinal) : this.#blocks;
    const from = block * BLOCK_BYTES;
    const scanner = threadScanner();
    let before = this.#before(block);
    // Behind what is covered there may be more than a block, but never a step.
    for (let at = from; at < pages.size; at += BLOCK_BYTES) {
      const length = Math.min(BLOCK_BYTES, pages.size - at);
      pages.read(scanner.input, at, length);
      const ends = scanner.list(lineEnd, length);
      if (covered && ends.length !== this.#counts[block]) throw stale(pages.path);
      if (ordinal - before <= ends.length) {
        const start = ends[ordinal - before - 1]! + lineEnd.width;
        return { offset: at + start, start, end: ends[ordinal - before] };
      }
      before += ends.length;
    }
    return undefined;
  }

  #add(count: number): void {
    if (this.#blocks === this.#counts.length) {
      const more = new Uint16Array(Math.max(1024, this.#counts.length * 2));
      more.set(this.#counts);
      this.#counts = more;
    }
    if (this.#blocks % BLOCKS_A_SUM === 0) {
      const sum = this.#blocks / BLOCKS_A_SUM;
      if (sum >= this.#sums.length) {
        const more = new Float64Array(Math.max(64, this.#sums.length * 2));
        more.set(this.#sums);
        this.#sums = more;
      }
      this.#sums[sum] = this.#total;
    }
    this.#counts[this.#blocks++] = count;
    this.#total += count;
  }

  /** Line ends before a block. */
  #before(block: number): number {
    if (block === this.#blocks) return this.#total;
    const sum = Math.floor(block / BLOCKS_A_SUM);
    let before = this.#sums[sum]!;
    for (let at = sum * BLOCKS_A_SUM; at < block; at++) before += this.#counts[at]!;
    return before;
  }

  /** The block that holds a line end. */
  #blockOf(ordinal: number): number {
    let low = 0;
    let high = Math.floor((this.#blocks - 1) / BLOCKS_A_SUM);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#sums[middle]! < ordinal) low = middle;
      else high = middle - 1;
    }
    let block = low * BLOCKS_A_SUM;
    for (let before = this.#sums[low]!; before + this.#counts[block]! < ordinal; block++) {
      before += this.#counts[block]!;
    }
    return block;
  }
}

function stale(path: string): PerdureError {
  return new PerdureError(
    'CORRUPT',
    `the line index of '${path}' does not fit the file any more: index it anew`,
    { path },
  );
}

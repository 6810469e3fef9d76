/**
 * What a branch says of one of its children, taken apart. Made once and moved from child to child, like a `Cell`.
 */
import { headsOf } from './cell.js';
import { AT, BRANCH_ARRAYS, RECENT } from './format.js';
import type { PageMemory } from './page-memory.js';

export class Child {
  id = 0;
  sum = 0;
  /** Records below it. Not kept while the child is on the heap. */
  count = 0;
  /** The high part of the count, with the bit for recent children. */
  high = 0;

  read(memory: PageMemory, at: number, index: number): void {
    const { u16, u32 } = memory;
    const capacity = u16[(at + AT.capacity) >> 1];
    const heads = headsOf(memory, at);
    this.high = u16[((heads + BRANCH_ARRAYS.highs * capacity) >> 1) + index];
    this.id = u32[((heads + BRANCH_ARRAYS.children * capacity) >> 2) + index] | 0;
    this.sum = u32[((heads + BRANCH_ARRAYS.sums * capacity) >> 2) + index];
    this.count =
      u32[((heads + BRANCH_ARRAYS.counts * capacity) >> 2) + index] + (this.high & ~RECENT) * 2 ** 32;
  }

  get isRecent(): boolean {
    return (this.high & RECENT) !== 0;
  }
}

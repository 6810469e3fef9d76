/** What makes a node that was built a page of the file: its number, its commit, and the checksum that its parent keeps. */
import { pageSum } from './admission.js';
import { AT } from './format.js';
import { copyLeaf } from './node-copy.js';
import type { PageMemory } from './page-memory.js';
import type { WritableStore } from './page-store.js';

/** Completes a page that was built in its place. Returns its checksum. */
export function sealPage(store: WritableStore, memory: PageMemory, at: number, page: number): number {
  const { sequence } = store;
  memory.u32[(at + AT.pageNumber) >> 2] = page;
  memory.u32[(at + AT.commitLow) >> 2] = sequence;
  // With the reserved bytes behind it.
  memory.u32[(at + AT.commitHigh) >> 2] = Math.floor(sequence / 2 ** 32);
  const sum = pageSum(memory, at, store.pageBytes);
  store.seal(page, sum);
  return sum;
}

/** Makes a page of a leaf of the heap as it is, its entries in whatever order. It has no garbage, and fits. Returns its checksum. */
export function sealLeaf(store: WritableStore, memory: PageMemory, at: number, page: number): number {
  const { memory: target, at: to } = store.place(page);
  copyLeaf(target, to, store.pageBytes, memory, at);
  return sealPage(store, target, to, page);
}

/** How much of a node is in use. */
import { countOf, headsOf } from './cell.js';
import { AT, BRANCH_CELL_BYTES, HEAP_AT, LEAF, LEAF_CELL_BYTES } from './format.js';
import type { PageMemory } from './page-memory.js';

/** Bytes of the arrays for each cell. */
export function cellBytes(memory: PageMemory, at: number): number {
  return memory.u8[at + AT.kind] === LEAF ? LEAF_CELL_BYTES : BRANCH_CELL_BYTES;
}

/** Bytes between the arrays and the entries of a heap node. */
export function freeBytes(memory: PageMemory, at: number): number {
  const size = memory.u32[(at + HEAP_AT.size) >> 2];
  const arrays = cellBytes(memory, at) * memory.u16[(at + AT.capacity) >> 1];
  return size - memory.u16[(at + AT.entryBytes) >> 1] - (headsOf(memory, at) - at) - arrays;
}

/** Bytes of a heap node that are in use. */
export function liveBytes(memory: PageMemory, at: number): number {
  return pageLiveBytes(memory, at) - memory.u32[(at + HEAP_AT.garbage) >> 2];
}

/** Bytes of a page that are in use. */
export function pageLiveBytes(memory: PageMemory, at: number): number {
  const arrays = countOf(memory, at) * cellBytes(memory, at);
  return headsOf(memory, at) - at + arrays + memory.u16[(at + AT.entryBytes) >> 1];
}

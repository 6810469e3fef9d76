/**
 * Changes of a branch on the heap, in place: children are added where a node is split. They go at the commit only.
 */
import { countOf, headsOf } from './cell.js';
import { AT, BRANCH_ARRAYS, BRANCH_CELL_BYTES, HEAD_BYTES, HEAP_AT, RECENT, varintBytes } from './format.js';
import type { KeyBuffer } from './key-buffer.js';
import { writeVarint } from './node-builder.js';
import { freeBytes } from './node-room.js';
import { copyBytes, type PageMemory } from './page-memory.js';
import { headAt } from './search.js';

/** How many cells the arrays grow by when they are full. */
const GROWTH_CELLS = 16;

/** The arrays, the last one first: factor of the capacity, and bytes of an element. */
const ARRAYS = [
  [BRANCH_ARRAYS.slots, 2],
  [BRANCH_ARRAYS.highs, 2],
  [BRANCH_ARRAYS.counts, 4],
  [BRANCH_ARRAYS.sums, 4],
  [BRANCH_ARRAYS.children, 4],
  [0, 4],
] as const;

/** Bytes that a cell takes in a branch, arrays included. `suffix` is the separator's length behind the prefix. */
export function branchCellBytes(suffix: number): number {
  const rest = suffix > HEAD_BYTES ? suffix - HEAD_BYTES : 0;
  return BRANCH_CELL_BYTES + varintBytes(2 * suffix + 1) + rest;
}

/** True where there is room for another child. */
export function hasRoomForChild(memory: PageMemory, at: number, key: KeyBuffer): boolean {
  const depth = memory.u16[(at + AT.prefixLength) >> 1];
  const isFull = countOf(memory, at) === memory.u16[(at + AT.capacity) >> 1];
  return freeBytes(memory, at) >= branchCellBytes(key.length - depth) - (isFull ? 0 : BRANCH_CELL_BYTES);
}

/** Inserts a child and the separator before it, where there is room. The key has the branch's prefix; `index` is not 0. */
export function insertChild(
  memory: PageMemory,
  at: number,
  index: number,
  key: KeyBuffer,
  child: number,
): void {
  const { u8, u16, u32 } = memory;
  const depth = u16[(at + AT.prefixLength) >> 1];
  const suffix = key.length - depth;
  const entryBytes = branchCellBytes(suffix) - BRANCH_CELL_BYTES;
  const count = countOf(memory, at);
  if (count === u16[(at + AT.capacity) >> 1]) growArrays(memory, at, freeBytes(memory, at) - entryBytes);
  const heads = headsOf(memory, at);
  const capacity = u16[(at + AT.capacity) >> 1];
  for (const [factor, width] of ARRAYS) {
    const from = heads + factor * capacity + width * index;
    u8.copyWithin(from + width, from, heads + factor * capacity + width * count);
  }
  const taken = u16[(at + AT.entryBytes) >> 1] + entryBytes;
  const offset = u32[(at + HEAP_AT.size) >> 2] - taken;
  u16[(at + AT.entryBytes) >> 1] = taken;
  u16[(at + AT.count) >> 1] = count + 1;
  const behind = writeVarint(u8, at + offset, suffix * 2);
  if (suffix > HEAD_BYTES) copyBytes(memory, behind, key.memory, depth + HEAD_BYTES, suffix - HEAD_BYTES);
  u32[(heads >> 2) + index] = headAt(key.bytes, depth);
  u16[((heads + BRANCH_ARRAYS.slots * capacity) >> 1) + index] = offset;
  setChild(memory, at, index, child);
}

/** Points a cell to a heap page. What else the cell says of the child is made at the commit. */
export function setChild(memory: PageMemory, at: number, index: number, child: number): void {
  const capacity = memory.u16[(at + AT.capacity) >> 1];
  memory.u32[((headsOf(memory, at) + BRANCH_ARRAYS.children * capacity) >> 2) + index] = child;
}

/** Points a cell to a leaf that the transaction has written. */
export function setWritten(
  memory: PageMemory,
  at: number,
  index: number,
  page: number,
  sum: number,
  records: number,
): void {
  const { u16, u32 } = memory;
  const capacity = u16[(at + AT.capacity) >> 1];
  const heads = headsOf(memory, at);
  const child = ((heads + BRANCH_ARRAYS.children * capacity) >> 2) + index;
  u32[child] = page;
  u32[child + capacity] = sum;
  u32[child + 2 * capacity] = records;
  u16[((heads + BRANCH_ARRAYS.highs * capacity) >> 1) + index] = RECENT;
}

function growArrays(memory: PageMemory, at: number, free: number): void {
  const heads = headsOf(memory, at);
  const capacity = memory.u16[(at + AT.capacity) >> 1];
  const cells = Math.min(GROWTH_CELLS, Math.floor(free / BRANCH_CELL_BYTES));
  for (const [factor, width] of ARRAYS) {
    const from = heads + factor * capacity;
    memory.u8.copyWithin(heads + factor * (capacity + cells), from, from + width * capacity);
  }
  memory.u16[(at + AT.capacity) >> 1] = capacity + cells;
}

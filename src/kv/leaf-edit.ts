/**
 * Changes of a leaf on the heap, in place. Each says false, and leaves the leaf as it was, where there is no room: then the
 * caller makes room (see writable-nodes.ts). An entry that is dropped stays as garbage until the leaf is built anew.
 *
 * Insertion is the hot loop of every load: it reads the header once and keeps it in locals.
 */
import { countOf, headsOf, slotsOf } from './cell.js';
import {
  AT,
  HEAD_BYTES,
  HEADER_BYTES,
  HEAP_AT,
  LEAF_CELL_BYTES,
  LEAF_SLOTS,
  prefixSpace,
  varintBytes,
} from './format.js';
import type { KeyBuffer } from './key-buffer.js';
import { writeVarint } from './node-builder.js';
import { freeBytes } from './node-room.js';
import { copyBytes, type PageMemory } from './page-memory.js';
import { headAt } from './search.js';

/** How many cells the arrays grow by when they are full. */
const GROWTH_CELLS = 16;
/** Up to so many cells are moved by a loop, more by `copyWithin`, which has a call's price. */
const SHORT_CELLS = 24;

/** Bytes that a cell with this key and value takes in a leaf, arrays included. `suffix` is the key's length behind the prefix. */
export function leafCellBytes(suffix: number, valueLength: number): number {
  const rest = suffix > HEAD_BYTES ? suffix - HEAD_BYTES : 0;
  return LEAF_CELL_BYTES + varintBytes(2 * suffix + 1) + rest + varintBytes(valueLength) + valueLength;
}

/** Inserts a record. The key has the leaf's prefix. */
export function insertRecord(
  memory: PageMemory,
  at: number,
  index: number,
  key: KeyBuffer,
  value: Uint8Array,
  isReference: boolean,
): boolean {
  const { u16, u32 } = memory;
  const count = u16[(at + AT.count) >> 1];
  const depth = u16[(at + AT.prefixLength) >> 1];
  let capacity = u16[(at + AT.capacity) >> 1];
  const heads = at + HEADER_BYTES + prefixSpace(depth);
  const entryBytes = leafCellBytes(key.length - depth, value.length) - LEAF_CELL_BYTES;
  const entries = u16[(at + AT.entryBytes) >> 1] + entryBytes;
  const offset = u32[(at + HEAP_AT.size) >> 2] - entries;
  const free = at + offset - heads - LEAF_CELL_BYTES * capacity;
  if (free < 0) return false;
  if (count === capacity) {
    // No more than go in if they are like this one: what is left of the arrays is lost to a page that is written as it is.
    const alike = 1 + Math.floor(free / (entryBytes + LEAF_CELL_BYTES));
    const cells = Math.min(GROWTH_CELLS, alike, Math.floor(free / LEAF_CELL_BYTES));
    if (cells === 0) return false;
    const slots = (heads + LEAF_SLOTS * capacity) >> 1;
    u16.copyWithin(slots + (LEAF_SLOTS * cells) / 2, slots, slots + count);
    capacity += cells;
    u16[(at + AT.capacity) >> 1] = capacity;
  }
  const slots = (heads + LEAF_SLOTS * capacity) >> 1;
  if (index < count) openCell(memory, heads >> 2, slots, index, count);
  u16[(at + AT.count) >> 1] = count + 1;
  u16[(at + AT.entryBytes) >> 1] = entries;
  u32[(heads >> 2) + index] = headAt(key.bytes, depth);
  u16[slots + index] = offset;
  writeEntry(memory, at + offset, key, depth, value, isReference);
  return true;
}

/** Gives a record another value. `oldBytes` is what its entry takes. */
export function replaceRecord(
  memory: PageMemory,
  at: number,
  index: number,
  key: KeyBuffer,
  value: Uint8Array,
  isReference: boolean,
  oldBytes: number,
): boolean {
  const { u16, u32 } = memory;
  const depth = u16[(at + AT.prefixLength) >> 1];
  const entryBytes = leafCellBytes(key.length - depth, value.length) - LEAF_CELL_BYTES;
  if (entryBytes > freeBytes(memory, at)) return false;
  u32[(at + HEAP_AT.garbage) >> 2] += oldBytes;
  const entries = u16[(at + AT.entryBytes) >> 1] + entryBytes;
  const offset = u32[(at + HEAP_AT.size) >> 2] - entries;
  u16[(at + AT.entryBytes) >> 1] = entries;
  u16[(slotsOf(memory, at) >> 1) + index] = offset;
  writeEntry(memory, at + offset, key, depth, value, isReference);
  return true;
}

/** Removes a record whose entry takes `entryBytes`. */
export function removeRecord(memory: PageMemory, at: number, index: number, entryBytes: number): void {
  const { u16, u32 } = memory;
  const count = countOf(memory, at);
  const heads = headsOf(memory, at);
  const slots = (heads + LEAF_SLOTS * u16[(at + AT.capacity) >> 1]) >> 1;
  u32.copyWithin((heads >> 2) + index, (heads >> 2) + index + 1, (heads >> 2) + count);
  u16.copyWithin(slots + index, slots + index + 1, slots + count);
  u16[(at + AT.count) >> 1] = count - 1;
  u32[(at + HEAP_AT.garbage) >> 2] += entryBytes;
}

function openCell(memory: PageMemory, heads: number, slots: number, index: number, count: number): void {
  const { u16, u32 } = memory;
  if (count - index > SHORT_CELLS) {
    u32.copyWithin(heads + index + 1, heads + index, heads + count);
    u16.copyWithin(slots + index + 1, slots + index, slots + count);
    return;
  }
  for (let cell = count; cell > index; cell--) {
    u32[heads + cell] = u32[heads + cell - 1];
    u16[slots + cell] = u16[slots + cell - 1];
  }
}

function writeEntry(
  memory: PageMemory,
  entry: number,
  key: KeyBuffer,
  depth: number,
  value: Uint8Array,
  isReference: boolean,
): void {
  const { u8 } = memory;
  const suffix = key.length - depth;
  let behind = writeVarint(u8, entry, suffix * 2 + (isReference ? 1 : 0));
  if (suffix > HEAD_BYTES) {
    copyBytes(memory, behind, key.memory, depth + HEAD_BYTES, suffix - HEAD_BYTES);
    behind += suffix - HEAD_BYTES;
  }
  behind = writeVarint(u8, behind, value.length);
  u8.set(value, behind);
}

/**
 * Search in a node, wherever it lives. Nothing here allocates, and nothing is copied.
 *
 * A key is looked for by its 4-byte head among integers; bytes are compared only where heads are equal. `key` must be
 * followed by at least 4 zero bytes, so that its head can be read at any depth.
 *
 * `matched` is how many leading bytes of the key are known to be those of the node's prefix: a child between two
 * separators of a branch holds only keys with the branch's prefix, and so has the key that led there.
 */
import { AT, BRANCH_ARRAYS, HEAD_BYTES, HEADER_BYTES, LEAF_SLOTS } from './format.js';
import type { PageMemory } from './page-memory.js';

/** The index of a key in a leaf, or ~(index of the first greater key). */
export function findInLeaf(
  memory: PageMemory,
  at: number,
  key: Uint8Array,
  length: number,
  matched: number,
): number {
  const { u32 } = memory;
  // Count, capacity and prefix length in two reads: a fifth of a lookup is reading headers.
  const count = u32[at >> 2] >>> 16;
  const sizes = u32[(at + AT.capacity) >> 2];
  const depth = sizes >>> 16;
  if (depth > matched) {
    const order = comparePrefix(memory, at, key, length, matched, depth);
    if (order !== 0) return order < 0 ? ~0 : ~count;
  }
  const heads = (at + HEADER_BYTES + ((depth + 3) & ~3)) >> 2;
  const head = headAt(key, depth);
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (u32[heads + middle] < head) low = middle + 1;
    else high = middle;
  }
  if (low === count || u32[heads + low] !== head) return ~low;
  const slots = ((heads << 2) + LEAF_SLOTS * (sizes & 0xffff)) >> 1;
  return amongEqualHeads(memory, at, slots, heads, low, count, key, length, depth);
}

/** True for a key with a leaf's prefix and a greater head than all keys in it, of which there are some. */
export function isBehindLeaf(memory: PageMemory, at: number, key: Uint8Array, length: number): boolean {
  const { u32 } = memory;
  const count = u32[at >> 2] >>> 16;
  const depth = u32[(at + AT.capacity) >> 2] >>> 16;
  if (comparePrefix(memory, at, key, length, 0, depth) !== 0) return false;
  const heads = (at + HEADER_BYTES + ((depth + 3) & ~3)) >> 2;
  return count > 0 && u32[heads + count - 1] < headAt(key, depth);
}

/** The index of the child of a branch that holds a key: the last whose separator is not greater. */
export function findChild(
  memory: PageMemory,
  at: number,
  key: Uint8Array,
  length: number,
  matched: number,
): number {
  const { u32 } = memory;
  const count = u32[at >> 2] >>> 16;
  const sizes = u32[(at + AT.capacity) >> 2];
  const depth = sizes >>> 16;
  if (depth > matched) {
    const order = comparePrefix(memory, at, key, length, matched, depth);
    if (order !== 0) return order < 0 ? 0 : count - 1;
  }
  const heads = (at + HEADER_BYTES + ((depth + 3) & ~3)) >> 2;
  const head = headAt(key, depth);
  // The first cell has no key.
  let low = 1;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (u32[heads + middle] < head) low = middle + 1;
    else high = middle;
  }
  if (low >= count || u32[heads + low] !== head) return low - 1;
  const slots = ((heads << 2) + BRANCH_ARRAYS.slots * (sizes & 0xffff)) >> 1;
  const found = amongEqualHeads(memory, at, slots, heads, low, count, key, length, depth);
  return found >= 0 ? found : ~found - 1;
}

/** The 4 bytes of a key from `depth` on, as a big-endian number. */
export function headAt(key: Uint8Array, depth: number): number {
  return ((key[depth] << 24) | (key[depth + 1] << 16) | (key[depth + 2] << 8) | key[depth + 3]) >>> 0;
}

/** How a key compares with all keys in a node: 0 where it has their prefix, else less or greater than all of them. */
export function comparePrefix(
  memory: PageMemory,
  at: number,
  key: Uint8Array,
  length: number,
  from: number,
  depth: number,
): number {
  const { u8 } = memory;
  const prefix = at + AT.prefix;
  const end = Math.min(depth, length);
  for (let index = from; index < end; index++) {
    const difference = key[index] - u8[prefix + index];
    if (difference !== 0) return difference;
  }
  return length < depth ? -1 : 0;
}

/** Binary search among the cells from `first` on that have the key's head. They are few, as a rule one. */
function amongEqualHeads(
  memory: PageMemory,
  at: number,
  slots: number,
  heads: number,
  first: number,
  count: number,
  key: Uint8Array,
  length: number,
  depth: number,
): number {
  const { u16, u32 } = memory;
  let order = compareRest(memory, at + u16[slots + first], key, length, depth);
  if (order <= 0) return order === 0 ? first : ~first;
  let low = first + 1;
  if (low === count || u32[heads + low] !== u32[heads + first]) return ~low;
  let high = endOfEqualHeads(u32, heads, low, count);
  while (low < high) {
    const middle = (low + high) >>> 1;
    order = compareRest(memory, at + u16[slots + middle], key, length, depth);
    if (order === 0) return middle;
    if (order > 0) low = middle + 1;
    else high = middle;
  }
  return ~low;
}

/** Binary search for the first head greater than that of `first`. */
function endOfEqualHeads(u32: Uint32Array, heads: number, first: number, count: number): number {
  const head = u32[heads + first];
  let low = first + 1;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (u32[heads + middle] === head) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Compares a key with an entry that has the same prefix and head: less than 0, 0, or more. */
function compareRest(
  memory: PageMemory,
  entry: number,
  key: Uint8Array,
  length: number,
  depth: number,
): number {
  const { u8 } = memory;
  let at = entry;
  let tag = u8[at++];
  if (tag >= 0x80) {
    tag = (tag & 0x7f) | (u8[at++] << 7);
    if (tag >= 0x4000) tag = (tag & 0x3fff) | (u8[at++] << 14);
  }
  const stored = tag >> 1;
  const sought = length - depth;
  const common = Math.min(stored, sought) - HEAD_BYTES;
  const from = depth + HEAD_BYTES;
  for (let index = 0; index < common; index++) {
    const difference = key[from + index] - u8[at + index];
    if (difference !== 0) return difference;
  }
  return sought - stored;
}

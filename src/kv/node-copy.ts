/**
 * Makes a heap node out of a node: a faithful copy with more room, or a part of its cells with another prefix.
 */
import { Cell, countOf, headsOf, slotsOf } from './cell.js';
import { Child } from './child.js';
import { AT, BRANCH_ARRAYS, HEAD_BYTES, HEAP_AT, RECENT } from './format.js';
import type { HeapPages } from './heap-pages.js';
import { KeyBuffer } from './key-buffer.js';
import { NodeBuilder } from './node-builder.js';
import { cellBytes } from './node-room.js';
import type { PageMemory } from './page-memory.js';

/** Cells that the arrays of an empty heap node have room for. */
const FIRST_CELLS = 16;

const builder = new NodeBuilder();
const cell = new Cell();
const child = new Child();
const key = new KeyBuffer();

/** Copies a node into another of `bytes` bytes, whose free space is in its middle too, and zero. */
export function copyNode(
  target: PageMemory,
  to: number,
  bytes: number,
  memory: PageMemory,
  at: number,
  size: number,
): void {
  const entries = memory.u16[(at + AT.entryBytes) >> 1];
  const cells = memory.u16[(at + AT.capacity) >> 1] * cellBytes(memory, at);
  const front = headsOf(memory, at) - at + cells;
  target.u8.set(memory.u8.subarray(at, at + front), to);
  target.u8.fill(0, to + front, to + bytes - entries);
  target.u8.set(memory.u8.subarray(at + size - entries, at + size), to + bytes - entries);
  const slots = slotsOf(target, to) >> 1;
  const end = slots + countOf(target, to);
  for (let slot = slots; slot < end; slot++) target.u16[slot] += bytes - size;
}

/** Copies a leaf of the heap, which has no garbage, as a page of `bytes` bytes: without the room in its arrays, entries as they lie. */
export function copyLeaf(
  target: PageMemory,
  to: number,
  bytes: number,
  memory: PageMemory,
  at: number,
): void {
  const count = countOf(memory, at);
  const entries = memory.u16[(at + AT.entryBytes) >> 1];
  const size = memory.u32[(at + HEAP_AT.size) >> 2];
  const endOfHeads = headsOf(memory, at) + HEAD_BYTES * count;
  target.u8.set(memory.u8.subarray(at, endOfHeads), to);
  target.u16[(to + AT.capacity) >> 1] = count;
  const slots = slotsOf(memory, at) >> 1;
  const toSlots = slotsOf(target, to) >> 1;
  for (let index = 0; index < count; index++)
    target.u16[toSlots + index] = memory.u16[slots + index] + bytes - size;
  target.u8.fill(0, 2 * (toSlots + count), to + bytes - entries);
  target.u8.set(memory.u8.subarray(at + size - entries, at + size), to + bytes - entries);
}

/** Copies a page of `size` bytes as it is into a heap node of `order`, owned by `epoch`. */
export function cloneNode(
  heap: HeapPages,
  memory: PageMemory,
  at: number,
  size: number,
  order: number,
  epoch: number,
): number {
  const id = heap.allocate(order);
  copyNode(heap.memoryOf(id), heap.offsetOf(id), heap.pageBytes << order, memory, at, size);
  heap.adopt(id, order, epoch);
  return id;
}

/** The same of a heap node. Its garbage is copied too. */
export function cloneHeapNode(heap: HeapPages, id: number, epoch: number): number {
  const memory = heap.memoryOf(id);
  const at = heap.offsetOf(id);
  const garbage = memory.u32[(at + HEAP_AT.garbage) >> 2];
  const copy = cloneNode(heap, memory, at, heap.sizeOf(id), heap.orderOf(id), epoch);
  heap.memoryOf(copy).u32[(heap.offsetOf(copy) + HEAP_AT.garbage) >> 2] = garbage;
  return copy;
}

/**
 * Children that are known to be on the disk are not recent any more. Without this a branch that every commit writes, while the
 * disk is always some commits behind, would call all its children recent in the end.
 */
export function forgetRecent(memory: PageMemory, at: number, isRecent: (page: number) => boolean): void {
  const capacity = memory.u16[(at + AT.capacity) >> 1];
  const heads = headsOf(memory, at);
  const highs = (heads + BRANCH_ARRAYS.highs * capacity) >> 1;
  const children = (heads + BRANCH_ARRAYS.children * capacity) >> 2;
  const count = countOf(memory, at);
  for (let index = 0; index < count; index++) {
    if ((memory.u16[highs + index] & RECENT) === 0) continue;
    if (!isRecent(memory.u32[children + index])) memory.u16[highs + index] &= ~RECENT;
  }
}

/** Builds a heap node from the cells [from, to) of a node. `depth` bytes are shared by all of their keys. */
export function buildPart(
  heap: HeapPages,
  memory: PageMemory,
  at: number,
  from: number,
  to: number,
  depth: number,
  order: number,
  epoch: number,
): number {
  const id = heap.allocate(order);
  const level = memory.u8[at + AT.level];
  const firstKeyed = level === 0 ? from : from + 1;
  if (firstKeyed < to) {
    cell.read(memory, at, firstKeyed);
    cell.copyKey(key.memory);
  } else {
    key.bytes.set(memory.u8.subarray(at + AT.prefix, at + AT.prefix + depth));
  }
  const size = heap.pageBytes << order;
  builder.begin(heap.memoryOf(id), heap.offsetOf(id), size, level, to - from, key.memory, depth);
  for (let index = from; index < to; index++) {
    cell.read(memory, at, index);
    if (level > 0 && index === from) builder.appendEmpty();
    else builder.appendCell(cell);
    if (level > 0) {
      child.read(memory, at, index);
      builder.appendChild(child.id, child.sum, child.count, child.high);
    }
  }
  builder.finish();
  heap.adopt(id, order, epoch);
  return id;
}

/** An empty leaf with the first `depth` bytes of a key as its prefix, and arrays for so many cells. */
export function buildEmptyLeaf(
  heap: HeapPages,
  prefix: PageMemory,
  depth: number,
  order: number,
  epoch: number,
  cells = FIRST_CELLS,
): number {
  const id = heap.allocate(order);
  const size = heap.pageBytes << order;
  builder.begin(heap.memoryOf(id), heap.offsetOf(id), size, 0, cells, prefix, depth);
  builder.finish();
  heap.adopt(id, order, epoch);
  return id;
}

/** A branch of one child: what becomes of a root that is split. */
export function buildRoot(
  heap: HeapPages,
  level: number,
  onlyChild: number,
  order: number,
  epoch: number,
): number {
  const id = heap.allocate(order);
  const size = heap.pageBytes << order;
  builder.begin(heap.memoryOf(id), heap.offsetOf(id), size, level, FIRST_CELLS, key.memory, 0);
  builder.appendEmpty();
  builder.appendChild(onlyChild, 0, 0, 0);
  builder.finish();
  heap.adopt(id, order, epoch);
  return id;
}

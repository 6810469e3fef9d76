/**
 * Writes a whole node, cell by cell in key order: a page of the file, or a node on the heap made anew (a copy, a half of a
 * split one, one with another prefix). The caller has made sure that everything fits.
 */
import { PerdureError } from '../os/errors.js';
import { type Cell, headsOf, slotsOf } from './cell.js';
import {
  AT,
  BRANCH,
  BRANCH_ARRAYS,
  BRANCH_CELL_BYTES,
  HEAD_BYTES,
  HEADER_BYTES,
  HEAP_AT,
  LEAF,
  LEAF_CELL_BYTES,
  LEAF_SLOTS,
  prefixSpace,
  varintBytes,
} from './format.js';
import { KeyBuffer } from './key-buffer.js';
import { copyBytes, type PageMemory } from './page-memory.js';
import { headAt } from './search.js';

const NO_BYTES = new Uint8Array(0);

export class NodeBuilder {
  #memory!: PageMemory;
  #at = 0;
  #size = 0;
  #isLeaf = true;
  #depth = 0;
  #capacity = 0;
  #count = 0;
  #heads = 0;
  #slots = 0;
  /** The end of the arrays: no entry lies below. */
  #floor = 0;
  /** The lowest entry so far. */
  #low = 0;
  readonly #key = new KeyBuffer();

  /** Begins a node of `size` bytes with the first `depth` bytes of `key` as its prefix. */
  begin(
    memory: PageMemory,
    at: number,
    size: number,
    level: number,
    capacity: number,
    key: PageMemory,
    depth: number,
  ): void {
    this.#memory = memory;
    this.#at = at;
    this.#size = size;
    this.#isLeaf = level === 0;
    this.#depth = depth;
    this.#capacity = capacity;
    this.#count = 0;
    this.#heads = at + HEADER_BYTES + prefixSpace(depth);
    this.#slots = this.#heads + (this.#isLeaf ? LEAF_SLOTS : BRANCH_ARRAYS.slots) * capacity;
    this.#floor = this.#slots + 2 * capacity;
    this.#low = at + size;
    const { u8, u32 } = memory;
    for (let word = at >> 2; word < this.#heads >> 2; word++) u32[word] = 0;
    u8[at + AT.kind] = this.#isLeaf ? LEAF : BRANCH;
    u8[at + AT.level] = level;
    copyBytes(memory, at + AT.prefix, key, 0, depth);
  }

  /** Appends a cell of another node of the same kind. Of a branch's, `appendChild` follows. */
  appendCell(cell: Cell): void {
    if (cell.depth === this.#depth) {
      const length = cell.end - cell.entry;
      this.#take(length);
      copyBytes(this.#memory, this.#low, cell.memory, cell.entry, length);
      this.#place(cell.head);
      return;
    }
    const more = this.#depth - cell.depth;
    if (more > 0 && more < HEAD_BYTES && cell.suffix >= HEAD_BYTES + more) {
      this.#appendShortened(cell, more);
      return;
    }
    const key = this.#key;
    key.end(cell.copyKey(key.memory));
    const at = this.#appendEntry(key.memory, key.length, cell.isReference, cell.valueLength);
    copyBytes(this.#memory, at, cell.memory, cell.value, cell.valueLength);
  }

  /** Appends the cells [first, last) of a leaf on the heap with this prefix, whose entries lie one behind the other. */
  appendOrdered(memory: PageMemory, node: number, first: number, last: number): void {
    const heads = headsOf(memory, node) >> 2;
    const slots = slotsOf(memory, node) >> 1;
    const end = first === 0 ? memory.u32[(node + HEAP_AT.size) >> 2] : memory.u16[slots + first - 1];
    const start = memory.u16[slots + last - 1];
    this.#take(end - start);
    copyBytes(this.#memory, this.#low, memory, node + start, end - start);
    const moved = this.#low - this.#at - start;
    const { u16, u32 } = this.#memory;
    const toHeads = (this.#heads >> 2) + this.#count - first;
    const toSlots = (this.#slots >> 1) + this.#count - first;
    for (let index = first; index < last; index++) {
      u32[toHeads + index] = memory.u32[heads + index];
      u16[toSlots + index] = memory.u16[slots + index] + moved;
    }
    this.#count += last - first;
  }

  /** Appends a cell of a node whose prefix is a little shorter: some bytes move from the entry to the head. */
  #appendShortened(cell: Cell, more: number): void {
    const { u8 } = this.#memory;
    let { head } = cell;
    for (let index = 0; index < more; index++) head = (head << 8) | cell.memory.u8[cell.rest + index];
    const tag = (cell.suffix - more) * 2 + (cell.isReference ? 1 : 0);
    const from = cell.rest + more;
    const length = cell.end - from;
    const tagBytes = varintBytes(tag);
    this.#take(tagBytes + length);
    copyBytes(this.#memory, this.#low + tagBytes, cell.memory, from, length);
    writeVarint(u8, this.#low, tag);
    this.#place(head);
  }

  /** Appends a cell of a leaf. */
  append(key: PageMemory, length: number, isReference: boolean, value: Uint8Array): void {
    this.#memory.u8.set(value, this.#appendEntry(key, length, isReference, value.length));
  }

  /** Appends the first, empty key of a branch. */
  appendEmpty(): void {
    this.#take(1);
    this.#memory.u8[this.#low] = 0;
    this.#place(0);
  }

  /** Appends a separator. */
  appendKey(key: PageMemory, length: number): void {
    this.append(key, length, false, NO_BYTES);
  }

  /** The child of the cell appended last. `high` is the high part of its count, with its recent bit. */
  appendChild(child: number, sum: number, count: number, high: number): void {
    const { u16, u32 } = this.#memory;
    const index = this.#count - 1;
    const heads = this.#heads;
    const capacity = this.#capacity;
    u32[((heads + BRANCH_ARRAYS.children * capacity) >> 2) + index] = child;
    u32[((heads + BRANCH_ARRAYS.sums * capacity) >> 2) + index] = sum;
    u32[((heads + BRANCH_ARRAYS.counts * capacity) >> 2) + index] = count;
    u16[((heads + BRANCH_ARRAYS.highs * capacity) >> 1) + index] = high;
  }

  /** Bytes between the arrays and the entries. */
  get freeBytes(): number {
    const arrays = this.#capacity * (this.#isLeaf ? LEAF_CELL_BYTES : BRANCH_CELL_BYTES);
    return this.#low - this.#heads - arrays;
  }

  /** Completes the header. A node of a file has no room in its arrays, and zeros between them and the entries. */
  finish(): void {
    const { u16 } = this.#memory;
    const at = this.#at;
    u16[(at + AT.count) >> 1] = this.#count;
    u16[(at + AT.capacity) >> 1] = this.#capacity;
    u16[(at + AT.prefixLength) >> 1] = this.#depth;
    u16[(at + AT.entryBytes) >> 1] = at + this.#size - this.#low;
  }

  /** Zeros for what is between the arrays and the entries. */
  clearFreeBytes(): void {
    this.#memory.u8.fill(0, this.#low - this.freeBytes, this.#low);
  }

  /**
   * Room for an entry. It was measured, and fits; but the entries of a page that somebody made up may have gaps between them, which
   * are measured as nothing and copied with the rest. Beyond the node lies another one, of the file itself perhaps.
   */
  #take(bytes: number): void {
    this.#low -= bytes;
    if (this.#low < this.#floor)
      throw new PerdureError(
        'CORRUPT',
        'a page of the store is damaged: its entries take more room than they may',
      );
  }

  #appendEntry(key: PageMemory, length: number, isReference: boolean, valueLength: number): number {
    const depth = this.#depth;
    const suffix = length - depth;
    const rest = suffix > HEAD_BYTES ? suffix - HEAD_BYTES : 0;
    const tag = suffix * 2 + (isReference ? 1 : 0);
    const values = this.#isLeaf ? varintBytes(valueLength) + valueLength : 0;
    this.#take(varintBytes(tag) + rest + values);
    const { u8 } = this.#memory;
    let at = writeVarint(u8, this.#low, tag);
    copyBytes(this.#memory, at, key, depth + HEAD_BYTES, rest);
    at += rest;
    if (this.#isLeaf) at = writeVarint(u8, at, valueLength);
    this.#place(headAt(key.u8, depth));
    return at;
  }

  #place(head: number): void {
    const { u16, u32 } = this.#memory;
    u32[(this.#heads >> 2) + this.#count] = head;
    u16[(this.#slots >> 1) + this.#count] = this.#low - this.#at;
    this.#count++;
  }
}

/** Writes a varint and returns the offset behind it. */
export function writeVarint(u8: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest >= 0x80) {
    u8[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  u8[at++] = rest;
  return at;
}

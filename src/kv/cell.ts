/**
 * One cell of a node taken apart: where its key and value lie. A `Cell` is made once and moved from cell to cell, so that
 * walking over a node allocates nothing.
 */
import { AT, BRANCH_ARRAYS, HEAD_BYTES, HEADER_BYTES, LEAF, LEAF_SLOTS, prefixSpace } from './format.js';
import { copyBytes, PageMemory } from './page-memory.js';

/** Where the heads of a node begin. */
export function headsOf(memory: PageMemory, at: number): number {
  return at + HEADER_BYTES + prefixSpace(memory.u16[(at + AT.prefixLength) >> 1]);
}

/** Where the slots of a node begin. */
export function slotsOf(memory: PageMemory, at: number): number {
  const factor = memory.u8[at + AT.kind] === LEAF ? LEAF_SLOTS : BRANCH_ARRAYS.slots;
  return headsOf(memory, at) + factor * memory.u16[(at + AT.capacity) >> 1];
}

export function countOf(memory: PageMemory, at: number): number {
  return memory.u16[(at + AT.count) >> 1];
}

export function levelOf(memory: PageMemory, at: number): number {
  return memory.u8[at + AT.level];
}

const NOWHERE = new PageMemory(new ArrayBuffer(8));

export class Cell {
  memory: PageMemory = NOWHERE;
  /** The node. */
  node = 0;
  /** Bytes of the node's prefix. */
  depth = 0;
  head = 0;
  /** Bytes of the key behind the prefix. */
  suffix = 0;
  /** Where the key's bytes behind prefix and head lie. */
  rest = 0;
  entry = 0;
  /** Behind the entry's last byte. */
  end = 0;
  value = 0;
  valueLength = 0;
  isReference = false;

  /** Moves to a cell of a node. */
  read(memory: PageMemory, node: number, index: number): void {
    const { u8, u16 } = memory;
    const depth = u16[(node + AT.prefixLength) >> 1];
    const heads = node + HEADER_BYTES + prefixSpace(depth);
    const isLeaf = u8[node + AT.kind] === LEAF;
    const factor = isLeaf ? LEAF_SLOTS : BRANCH_ARRAYS.slots;
    const slots = heads + factor * u16[(node + AT.capacity) >> 1];
    this.memory = memory;
    this.node = node;
    this.depth = depth;
    this.head = memory.u32[(heads >> 2) + index];
    this.entry = node + u16[(slots >> 1) + index];
    this.#readEntry(u8, isLeaf);
  }

  #readEntry(u8: Uint8Array, isLeaf: boolean): void {
    let at = this.entry;
    let tag = u8[at++];
    if (tag >= 0x80) {
      tag = (tag & 0x7f) | (u8[at++] << 7);
      if (tag >= 0x4000) tag = (tag & 0x3fff) | (u8[at++] << 14);
    }
    this.suffix = tag >> 1;
    this.isReference = (tag & 1) !== 0;
    this.rest = at;
    if (this.suffix > HEAD_BYTES) at += this.suffix - HEAD_BYTES;
    let length = 0;
    if (isLeaf) {
      length = u8[at++];
      if (length >= 0x80) {
        length = (length & 0x7f) | (u8[at++] << 7);
        if (length >= 0x4000) length = (length & 0x3fff) | (u8[at++] << 14);
      }
    }
    this.value = at;
    this.valueLength = length;
    this.end = at + length;
  }

  get keyLength(): number {
    return this.depth + this.suffix;
  }

  /** Writes the whole key, and 4 zero bytes behind it; returns its length. */
  copyKey(into: PageMemory): number {
    const { depth, head, suffix } = this;
    if (depth > 0) copyBytes(into, 0, this.memory, this.node + AT.prefix, depth);
    const { data } = into;
    data.setUint32(depth, head);
    const length = depth + suffix;
    if (suffix > HEAD_BYTES) copyBytes(into, depth + HEAD_BYTES, this.memory, this.rest, suffix - HEAD_BYTES);
    data.setUint32(length, 0);
    return length;
  }

  /** Where `value` is needed apart from the memory. */
  valueBytes(): Uint8Array {
    return this.memory.u8.subarray(this.value, this.end);
  }
}

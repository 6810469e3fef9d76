/** A record of the tree of free pages (see root-slot.ts). */
import { corruptPage } from '../admission.js';
import type { Cell } from '../cell.js';
import { FIRST_NODE_PAGE } from '../format.js';
import type { KeyBuffer } from '../key-buffer.js';
import type { FreeRun } from '../slot-lists.js';

const KEY_BYTES = 10;
const VALUE_BYTES = 10;

const value = Buffer.alloc(VALUE_BYTES);

export function freeKey(into: KeyBuffer, freed: number, first: number): KeyBuffer {
  const { data } = into.memory;
  data.setUint16(0, Math.floor(freed / 2 ** 32));
  data.setUint32(2, freed >>> 0);
  data.setUint32(6, first);
  into.end(KEY_BYTES);
  return into;
}

/** The buffer is used again by the next call. */
export function freeValue(pages: number, born: number): Uint8Array {
  value.writeUInt32LE(pages, 0);
  value.writeUIntLE(born, 4, 6);
  return value;
}

/** @throws CORRUPT where the record cannot be of a store of `pageCount` pages */
export function readFreeRecord(cell: Cell, key: KeyBuffer, pageCount: number): FreeRun {
  const { memory } = cell;
  key.end(cell.copyKey(key.memory));
  if (key.length !== KEY_BYTES || cell.isReference || cell.valueLength !== VALUE_BYTES)
    throw corruptPage(0, 'a record of the tree of free pages has another length');
  const { data } = key.memory;
  const freed = data.getUint16(0) * 2 ** 32 + data.getUint32(2);
  const first = data.getUint32(6);
  const pages = memory.data.getUint32(cell.value, true);
  const born =
    memory.data.getUint32(cell.value + 4, true) + memory.data.getUint16(cell.value + 8, true) * 2 ** 32;
  if (first < FIRST_NODE_PAGE || pages === 0 || first + pages > pageCount)
    throw corruptPage(first, `it is said to begin ${pages} free pages in a store of ${pageCount}`);
  return { freed, first, pages, born };
}

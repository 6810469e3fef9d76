/**
 * A small store's file, and where in it the checksum of each page is kept: so that bytes can be changed and all checksums above
 * them made right again, up to the root slot.
 */
import * as fs from 'node:fs';
import { crc32 } from 'node:zlib';
import { Cell, countOf, headsOf } from '../../../src/kv/cell.js';
import { Child } from '../../../src/kv/child.js';
import type { FilePageStore } from '../../../src/kv/file/file-page-store.js';
import { FilePager } from '../../../src/kv/file/file-pager.js';
import { AT, BRANCH_ARRAYS, REFERENCE } from '../../../src/kv/format.js';
import { openStore } from '../../../src/kv/store/index.js';
import type { Store } from '../../../src/kv/store/store.js';
import { decodeTableRecord, encodeTableRecord } from '../../../src/kv/table-record.js';
import type { TreeRecord } from '../../../src/kv/tree-record.js';

export const PAGE_BYTES = 4096;
const SLOT_BYTES = 512;
const SLOT_TABLES = 48;
const SLOT_FREE_PAGES = 72;
const SLOT_LIST_BYTES = 240;
const SLOT_LIST_SUM = 244;
const SLOT_LISTED_RUNS = 248;
const RUN_BYTES = 20;
const TREE_SUM = 4;

/** Where the checksum of some bytes is. */
interface Link {
  /** The page that it is in. */
  readonly holder: number;
  /** Offset in the file. */
  readonly at: number;
  readonly lengthBytes: number;
}

export class HostileFile {
  readonly honest: Buffer;
  /** By the page that the bytes begin with. */
  readonly links = new Map<number, Link>();
  /** The index of the slot that counts; the others are wiped. */
  readonly slot: number;

  constructor(readonly path: string) {
    this.honest = fs.readFileSync(path);
    const pager = FilePager.open(path, { readonly: true });
    const { tables, freePages, sequence } = pager.slot;
    const sequenceIn = (slot: number) => Number(this.honest.readBigUInt64LE(slot * PAGE_BYTES + 24));
    this.slot = [0, 1, 2].find((slot) => sequenceIn(slot) === sequence)!;
    for (const slot of [0, 1, 2])
      if (slot !== this.slot) this.honest.fill(0, slot * PAGE_BYTES, (slot + 1) * PAGE_BYTES);
    const inSlot = (offset: number) => this.slot * PAGE_BYTES + offset + TREE_SUM;
    this.#walk(pager, freePages, this.slot, inSlot(SLOT_FREE_PAGES), () => {});
    let at =
      this.slot * PAGE_BYTES +
      this.honest.readUInt32LE(this.slot * PAGE_BYTES + SLOT_LISTED_RUNS) * RUN_BYTES;
    at += SLOT_BYTES;
    for (const { name, record } of tables.listed) {
      const recordAt = at + 4 + name.length;
      this.#walk(pager, record.tree, this.slot, recordAt + TREE_SUM, () => {});
      at = recordAt + encodeTableRecord(record).length;
    }
    this.#walk(pager, tables.tree, this.slot, inSlot(SLOT_TABLES), (cell, page) => {
      const table = decodeTableRecord(Buffer.from(cell.valueBytes()));
      if (typeof table === 'string') throw new Error(table);
      this.#walk(pager, table.tree, page, cell.value + TREE_SUM, () => {});
    });
    pager.close();
  }

  /** The pages of nodes and values. */
  get pages(): number[] {
    return [...this.links.keys()];
  }

  write(bytes: Uint8Array): void {
    fs.writeFileSync(this.path, bytes);
  }

  /** Makes the checksums above a page right. */
  repair(bytes: Buffer, page: number): void {
    const link = this.links.get(page);
    if (link === undefined) {
      const at = this.slot * PAGE_BYTES;
      const lists = at + SLOT_BYTES;
      const listBytes = Math.min(bytes.readUInt32LE(at + SLOT_LIST_BYTES), PAGE_BYTES - SLOT_BYTES);
      bytes.writeUInt32LE(crc32(bytes.subarray(lists, lists + listBytes)), at + SLOT_LIST_SUM);
      bytes.writeUInt32LE(crc32(bytes.subarray(at, at + SLOT_BYTES - 4)), at + SLOT_BYTES - 4);
      return;
    }
    const at = page * PAGE_BYTES;
    bytes.writeUInt32LE(crc32(bytes.subarray(at, at + link.lengthBytes)) || 1, link.at);
    this.repair(bytes, link.holder);
  }

  #walk(
    pager: FilePager,
    { page, level }: TreeRecord,
    holder: number,
    at: number,
    visit: (cell: Cell, page: number) => void,
  ): void {
    if (page !== 0) this.#node(pager, page, level, { holder, at, lengthBytes: PAGE_BYTES }, visit);
  }

  #node(
    pager: FilePager,
    page: number,
    level: number,
    link: Link,
    visit: (cell: Cell, page: number) => void,
  ): void {
    this.links.set(page, link);
    // One memory shows all of a small file: offsets in it are those in the file.
    const { memory, at } = (pager.pages as FilePageStore).mapped(page);
    const sums = headsOf(memory, at) + BRANCH_ARRAYS.sums * memory.u16[(at + AT.capacity) >> 1]!;
    for (let index = 0; index < countOf(memory, at); index++) {
      if (level > 0) {
        const child = new Child();
        child.read(memory, at, index);
        const below = { holder: page, at: sums + 4 * index, lengthBytes: PAGE_BYTES };
        this.#node(pager, child.id, level - 1, below, visit);
        continue;
      }
      const cell = new Cell();
      cell.read(memory, at, index);
      if (cell.isReference) {
        const firstPage = memory.data.getUint32(cell.value + REFERENCE.firstPage, true);
        const lengthBytes = memory.data.getUint32(cell.value + REFERENCE.length, true);
        this.links.set(firstPage, { holder: page, at: cell.value + REFERENCE.sum, lengthBytes });
      } else visit(cell, page);
    }
  }
}

/** Every record, as text. Reading more than a small store can hold is an endless walk. */
export function contents(store: Store<string, unknown>): string[] {
  const found: string[] = [];
  const add = (text: string) => {
    if (found.push(text) > MOST_RECORDS) throw new Error('there is no end to the records');
  };
  for (const [key, value] of store.entries()) add(`${key}: ${JSON.stringify(value)}`);
  for (const [key, value] of tablesOf(store).versions.entries()) add(`v ${key}: ${JSON.stringify(value)}`);
  for (const [key, value] of tablesOf(store).pairs.entries()) add(`p ${key}: ${JSON.stringify(value)}`);
  return found;
}

const MOST_RECORDS = 20_000;

export function tablesOf(store: Store<string, unknown>) {
  return {
    versions: store.table('versions', { keys: 'string', values: 'json', versions: true }),
    pairs: store.multiTable('pairs', { keys: 'string', values: 'any' }),
  };
}

/** Keys that the store has, and one that it has not. */
export const KEYS = [...Array.from({ length: 120 }, (_, index) => `key ${index * 37}`), 'large', 'none'];

/** A store with trees of two levels, a large value, and free pages. */
export function createSmallStore(path: string): void {
  const store = openStore(path, { keys: 'string' }) as Store<string, unknown>;
  const { versions, pairs } = tablesOf(store);
  for (let round = 0; round < 3; round++) {
    store.transaction(() => {
      for (const key of KEYS.slice(0, 120)) store.set(key, `${key} ${round} ${'x'.repeat(60)}`);
      store.set('large', 'large '.repeat(1500 + round));
      for (let index = 0; index < 5; index++) versions.set(`v${index}`, { round });
      for (let index = 0; index < 20; index++) pairs.add(`p${index % 3}`, index);
    });
  }
  store.close();
}

/**
 * What stands behind the first 512 bytes of a root slot, so that a small commit need not write pages for it: pages that are free, and
 * the tables. Both lists are of limited length; what does not fit is in trees.
 *
 * First the runs of free pages, in the order of pages, 20 bytes each:
 *
 *   offset   size   meaning
 *   0        4      first page, u32
 *   4        4      pages, u32
 *   8        6      sequence of the commit that freed them, u48; 0 where nobody needs them any more
 *   14       6      sequence of the commit that wrote them, u48; 0 where nobody needs them any more
 *
 * then the tables, in the order of their names:
 *
 *   0        2      bytes of the name, u16
 *   2        2      bytes of the record, u16
 *   4        n      the name in UTF-8
 *   4 + n    r      the record (see table-record.ts)
 */
import type { ListedTable } from './directory.js';
import { FIRST_NODE_PAGE } from './format.js';
import { decodeTableRecord, encodeTableRecord, TABLE_RECORD_BYTES } from './table-record.js';

/** Pages that lie one behind the other. */
export interface PageRun {
  readonly first: number;
  readonly pages: number;
}

/** Pages that hold nothing any more. */
export interface FreeRun extends PageRun {
  /** The commit that gave the pages back; 0 where nobody needs them any more. */
  readonly freed: number;
  /** The commit that wrote them. */
  readonly born: number;
}

const RUN_BYTES = 20;
const LENGTHS_BYTES = 4;

/** How many runs of free pages a slot can list ... */
export const LISTED_RUNS = 96;
/** ... and how many bytes of tables. With the first 512 bytes: the smallest page. */
export const LISTED_BYTES = 4096 - 512 - LISTED_RUNS * RUN_BYTES;

/** The bytes that tables take. */
export function listedBytes(tables: readonly ListedTable[]): number {
  let bytes = 0;
  for (const { name, record } of tables)
    bytes += LENGTHS_BYTES + name.length + TABLE_RECORD_BYTES + Buffer.byteLength(record.schemaText);
  return bytes;
}

/** The bytes that the lists take. */
export function listsBytes(runs: readonly FreeRun[], tables: readonly ListedTable[]): number {
  return runs.length * RUN_BYTES + listedBytes(tables);
}

export function encodeLists(
  runs: readonly FreeRun[],
  tables: readonly ListedTable[],
  bytes: Buffer,
  offset: number,
): void {
  let at = offset;
  for (const { first, pages, freed, born } of runs) {
    bytes.writeUInt32LE(first, at);
    bytes.writeUInt32LE(pages, at + 4);
    bytes.writeUInt32LE(freed >>> 0, at + 8);
    bytes.writeUInt16LE(Math.floor(freed / 2 ** 32), at + 12);
    bytes.writeUInt32LE(born >>> 0, at + 14);
    bytes.writeUInt16LE(Math.floor(born / 2 ** 32), at + 18);
    at += RUN_BYTES;
  }
  for (const { name, record } of tables) {
    const encoded = encodeTableRecord(record);
    bytes.writeUInt16LE(name.length, at);
    bytes.writeUInt16LE(encoded.length, at + 2);
    name.copy(bytes, at + LENGTHS_BYTES);
    encoded.copy(bytes, at + LENGTHS_BYTES + name.length);
    at += LENGTHS_BYTES + name.length + encoded.length;
  }
}

/** What the lists say, of a store of `pageCount` pages whose newest commit is `sequence`; or what is wrong with them. */
export function decodeLists(
  bytes: Buffer,
  runCount: number,
  pageCount: number,
  sequence: number,
): { runs: FreeRun[]; tables: ListedTable[] } | string {
  if (runCount * RUN_BYTES > bytes.length) return `${runCount} runs of free pages are not in it`;
  const runs: FreeRun[] = [];
  for (let at = 0; at < runCount * RUN_BYTES; at += RUN_BYTES) {
    const run = {
      first: bytes.readUInt32LE(at),
      pages: bytes.readUInt32LE(at + 4),
      freed: bytes.readUIntLE(at + 8, 6),
      born: bytes.readUIntLE(at + 14, 6),
    };
    if (run.first < FIRST_NODE_PAGE || run.pages === 0 || run.first + run.pages > pageCount)
      return 'pages are said to be free that are not in the store';
    if (run.freed > sequence || run.born >= Math.max(run.freed, 1))
      return `pages are said to be written by commit ${run.born} and freed by ${run.freed}`;
    const last = runs.at(-1);
    if (last !== undefined && run.first < last.first + last.pages) return 'pages are said to be free twice';
    runs.push(run);
  }
  const tables = decodeTables(bytes.subarray(runCount * RUN_BYTES), pageCount);
  return typeof tables === 'string' ? tables : { runs, tables };
}

function decodeTables(bytes: Buffer, pageCount: number): ListedTable[] | string {
  const tables: ListedTable[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + LENGTHS_BYTES > bytes.length) return 'its tables are cut short';
    const nameAt = at + LENGTHS_BYTES;
    const recordAt = nameAt + bytes.readUInt16LE(at);
    at = recordAt + bytes.readUInt16LE(at + 2);
    if (at > bytes.length) return 'its tables are cut short';
    const name = Buffer.from(bytes.subarray(nameAt, recordAt));
    const record = decodeTableRecord(bytes.subarray(recordAt, at));
    if (typeof record === 'string') return record;
    if (record.tree.page >= pageCount) return 'the root page of a table is not in the store';
    const last = tables.at(-1);
    if (last !== undefined && last.name.compare(name) >= 0) return 'its tables are not in order';
    tables.push({ name, record });
  }
  return tables;
}

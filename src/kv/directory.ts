/**
 * Which tables a commit has, by name. As long as their records fit into the root slot they are listed there, and a commit writes no
 * page for them; afterwards they are in a tree of their own.
 */
import { PerdureError } from '../os/errors.js';
import { Cursor } from './cursor.js';
import { KeyBuffer } from './key-buffer.js';
import { EMPTY_TREE, type PageStore, type TreeRoot } from './page-store.js';
import { decodeTableRecord, type TableRecord } from './table-record.js';
import { Tree } from './tree.js';

/** A table that is listed. */
export interface ListedTable {
  /** In UTF-8. */
  readonly name: Buffer;
  readonly record: TableRecord;
}

export interface Directory {
  /** In the order of their names. Empty where they are in the tree. */
  readonly listed: readonly ListedTable[];
  readonly tree: TreeRoot;
}

export const EMPTY_DIRECTORY: Directory = { listed: [], tree: EMPTY_TREE };

/** A table's name as a key of the tree of tables. */
export function nameKey(name: string): KeyBuffer {
  return new KeyBuffer().set(Buffer.from(name));
}

/** What is said of one table. @throws CORRUPT */
export function findTable(pages: PageStore, tables: Directory, key: KeyBuffer): TableRecord | undefined {
  const name = key.bytes.subarray(0, key.length);
  for (const listed of tables.listed) if (listed.name.equals(name)) return listed.record;
  if (tables.tree.page === 0) return undefined;
  const tree = new Tree(pages, tables.tree);
  return tree.find(key) ? recordAt(tree, tree.cell) : undefined;
}

/** All tables, in the order of their names. @throws CORRUPT */
export function listTables(pages: PageStore, tables: Directory): Map<string, TableRecord> {
  const found = new Map<string, TableRecord>();
  for (const { name, record } of tables.listed) found.set(name.toString(), record);
  const tree = new Tree(pages, tables.tree);
  const cursor = new Cursor(tree);
  const key = new KeyBuffer();
  for (let more = cursor.first(); more; more = cursor.next()) {
    const name = key.memory.text.toString('utf8', 0, cursor.cell.copyKey(key.memory));
    found.set(name, recordAt(tree, cursor.cell));
  }
  return found;
}

/** The record of a table that a cell of the tree holds. @throws CORRUPT */
function recordAt(tree: Tree, cell: Cursor['cell']): TableRecord {
  const bytes = cell.isReference ? tree.largeValue(cell) : cell.valueBytes();
  const record = decodeTableRecord(Buffer.from(bytes));
  if (typeof record === 'string') throw new PerdureError('CORRUPT', `the store's tables: ${record}`);
  return record;
}

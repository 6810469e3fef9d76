/** The tree of tables: looked up by name, listed, and checked on the way in. */
import { PerdureError } from '../../os/errors.js';
import { Cursor } from '../cursor.js';
import { KeyBuffer } from '../key-buffer.js';
import type { PageStore, TreeRoot } from '../page-store.js';
import { decodeTableRecord, type TableRecord } from '../table-record.js';
import { Tree } from '../tree.js';

/** A table's name as a key of the tree of tables. */
export function nameKey(name: string): KeyBuffer {
  return new KeyBuffer().set(Buffer.from(name));
}

/** What the tree of tables says of one. @throws CORRUPT */
export function findTable(pages: PageStore, tables: TreeRoot, key: KeyBuffer): TableRecord | undefined {
  if (tables.page === 0) return undefined;
  const tree = new Tree(pages, tables);
  return tree.find(key) ? recordAt(tree, tree.cell) : undefined;
}

/** All tables, in the order of their names. @throws CORRUPT */
export function listTables(pages: PageStore, tables: TreeRoot): Map<string, TableRecord> {
  const found = new Map<string, TableRecord>();
  const tree = new Tree(pages, tables);
  const cursor = new Cursor(tree);
  const key = new KeyBuffer();
  for (let more = cursor.first(); more; more = cursor.next()) {
    const name = key.memory.text.toString('utf8', 0, cursor.cell.copyKey(key.memory));
    found.set(name, recordAt(tree, cursor.cell));
  }
  return found;
}

function recordAt(tree: Tree, cell: Cursor['cell']): TableRecord {
  const bytes = cell.isReference ? tree.largeValue(cell) : cell.valueBytes();
  const record = decodeTableRecord(Buffer.from(bytes));
  if (typeof record === 'string') throw new PerdureError('CORRUPT', `the store's tables: ${record}`);
  return record;
}

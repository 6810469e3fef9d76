/** Tables straight over a pager, without codecs: what tests of pagers have in common. */
import { Cursor } from '../../src/kv/cursor.js';
import { type Directory, findTable } from '../../src/kv/directory.js';
import { KeyBuffer } from '../../src/kv/key-buffer.js';
import { EMPTY_TREE, type TreeRoot, type WritableStore } from '../../src/kv/page-store.js';
import type { TableRecord } from '../../src/kv/table-record.js';
import { Tree } from '../../src/kv/tree.js';

const key = new KeyBuffer();

/** The tree of a table. */
export function rootOf(pages: WritableStore, tables: Directory, name: Buffer): TreeRoot {
  return findTable(pages, tables, key.set(name))?.tree ?? EMPTY_TREE;
}

/** What the directory is to say of a table. */
export function plainRecord(pages: WritableStore, root: TreeRoot, schemaText = ''): TableRecord {
  const isRecent = root.page !== 0 && pages.isRecent(root.page);
  const tree = { ...root, isRecent };
  return { tree, kind: 'plain', keyCodec: 0, valueCodec: 0, lastVersion: 0, schemaText };
}

/** The records of a tree, in the order of keys. */
export function* recordsOf(pages: WritableStore, root: TreeRoot): Generator<[key: Buffer, value: Buffer]> {
  const tree = new Tree(pages, root);
  const cursor = new Cursor(tree);
  const found = new KeyBuffer();
  for (let more = cursor.first(); more; more = cursor.next()) {
    const { cell } = cursor;
    found.end(cell.copyKey(found.memory));
    const value = cell.isReference ? tree.largeValue(cell) : cell.valueBytes();
    yield [Buffer.from(found.toBytes()), Buffer.from(value)];
  }
}

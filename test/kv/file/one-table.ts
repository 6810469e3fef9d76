/** A pager with one table on it: the least that a store can be. */
import { Cursor } from '../../../src/kv/cursor.js';
import { type Directory, findTable } from '../../../src/kv/directory.js';
import { DirectoryWriter } from '../../../src/kv/directory-writer.js';
import type { FilePager } from '../../../src/kv/file/file-pager.js';
import { HeapPages } from '../../../src/kv/heap-pages.js';
import { KeyBuffer } from '../../../src/kv/key-buffer.js';
import { EMPTY_TREE, type TreeRoot } from '../../../src/kv/page-store.js';
import { Tree } from '../../../src/kv/tree.js';
import { TreeWriter } from '../../../src/kv/tree-writer.js';

const NAME = Buffer.from('main');
const key = new KeyBuffer();

/** Keys are latin1 strings: their order is that of their bytes. */
function keyOf(text: string): KeyBuffer {
  return key.set(Buffer.from(text, 'latin1'));
}

function tableOf(pages: FilePager['pages'], tables: Directory): TreeRoot {
  return findTable(pages, tables, key.set(NAME))?.tree ?? EMPTY_TREE;
}

/** All that a commit holds, as it is read from the file, in the order of keys. */
export function contentsOf(pager: FilePager, tables: Directory): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const tree = new Tree(pager.pages, tableOf(pager.pages, tables));
  const cursor = new Cursor(tree);
  const name = new KeyBuffer();
  for (let more = cursor.first(); more; more = cursor.next()) {
    const { cell } = cursor;
    name.end(cell.copyKey(name.memory));
    const value = cell.isReference ? tree.largeValue(cell) : cell.valueBytes();
    found.set(Buffer.from(name.toBytes()).toString('latin1'), Buffer.from(value));
  }
  return found;
}

export class OneTable {
  readonly #pager: FilePager;
  readonly #heap: HeapPages;
  readonly #table: TreeWriter;
  readonly #tables: DirectoryWriter;

  constructor(pager: FilePager) {
    const { pages } = pager;
    this.#pager = pager;
    this.#heap = new HeapPages(pages.pageBytes);
    this.#table = new TreeWriter(pages, this.#heap, EMPTY_TREE);
    this.#tables = new DirectoryWriter(pages, this.#heap);
  }

  begin(): void {
    const { pages, newest } = this.#pager;
    this.#pager.begin();
    this.#table.begin(tableOf(pages, newest.tables));
    this.#tables.begin(newest.tables);
  }

  put(text: string, value: Uint8Array): boolean {
    return this.#table.put(keyOf(text), value);
  }

  delete(text: string): boolean {
    return this.#table.delete(keyOf(text));
  }

  /** Commits; where that throws the transaction is still open. */
  commit(): void {
    const { pages } = this.#pager;
    const root = this.#table.commit();
    const tree = { ...root, isRecent: root.page > 0 && pages.isRecent(root.page) };
    this.#tables.put(NAME, {
      tree,
      kind: 'plain',
      keyCodec: 0,
      valueCodec: 0,
      lastVersion: 0,
      schemaText: '',
    });
    this.#pager.commit(this.#tables.commit());
    this.#heap.reset();
  }

  abort(): void {
    this.#pager.abort();
    this.#heap.reset();
  }
}

/** A pager with one table on it: the least that a store can be. */
import type { Directory } from '../../../src/kv/directory.js';
import { DirectoryWriter } from '../../../src/kv/directory-writer.js';
import type { FilePager } from '../../../src/kv/file/file-pager.js';
import { HeapPages } from '../../../src/kv/heap-pages.js';
import { KeyBuffer } from '../../../src/kv/key-buffer.js';
import { EMPTY_TREE, type TreeRoot } from '../../../src/kv/page-store.js';
import { TreeWriter } from '../../../src/kv/tree-writer.js';
import { plainRecord, recordsOf, rootOf } from '../plain-table.js';

const NAME = Buffer.from('main');
const key = new KeyBuffer();

/** Keys are latin1 strings: their order is that of their bytes. */
function keyOf(text: string): KeyBuffer {
  return key.set(Buffer.from(text, 'latin1'));
}

/** The root of the table. */
export function tableOf(pages: FilePager['pages'], tables: Directory): TreeRoot {
  return rootOf(pages, tables, NAME);
}

/** All that a commit holds, as it is read from the file, in the order of keys. */
export function contentsOf({ pages }: FilePager, tables: Directory): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const [text, value] of recordsOf(pages, tableOf(pages, tables)))
    found.set(text.toString('latin1'), value);
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
    this.#table = new TreeWriter(pages, this.#heap, EMPTY_TREE, true);
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
    this.#tables.put(NAME, plainRecord(pages, this.#table.commit()));
    this.#pager.commit(this.#tables.commit());
    this.#heap.reset();
  }

  abort(): void {
    this.#pager.abort();
    this.#heap.reset();
  }
}

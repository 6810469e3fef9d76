/**
 * A store of two tables, straight over a pager: just enough of one to put every byte that the file holds through the mill.
 */
import type { Directory } from '../../src/kv/directory.js';
import { DirectoryWriter } from '../../src/kv/directory-writer.js';
import type { FilePager } from '../../src/kv/file/file-pager.js';
import { HeapPages } from '../../src/kv/heap-pages.js';
import { KeyBuffer } from '../../src/kv/key-buffer.js';
import { EMPTY_TREE, type TreeRoot } from '../../src/kv/page-store.js';
import { TreeWriter } from '../../src/kv/tree-writer.js';
import { plainRecord, recordsOf, rootOf } from '../kv/plain-table.js';

export const TABLES = ['first', 'second'] as const;
export type TableName = (typeof TABLES)[number];

/** All records of a store: `table/key` -> value. Never changed once it is in use. */
export type State = ReadonlyMap<string, Buffer>;

const key = new KeyBuffer();

function keyOf(text: string): KeyBuffer {
  return key.set(Buffer.from(text));
}

const heaps = new Map<string, HeapPages>();

/** Memory for the transactions of the program, or of images that go on: taking it anew each time costs more than all the rest. */
export function heapFor({ pages: { pageBytes } }: FilePager, user: 'program' | 'image'): HeapPages {
  const name = `${user} ${pageBytes}`;
  const heap = heaps.get(name) ?? new HeapPages(pageBytes);
  heaps.set(name, heap);
  heap.reset();
  return heap;
}

/** Two tables with so much to say of themselves do not fit into the root slot. */
const LONG_SCHEMA = 'x'.repeat(900);

/** One write transaction after the other. */
export class PowerStore {
  /** True: the tables are not listed in the root slot, but kept in a tree. */
  isBulky = false;
  readonly #heap: HeapPages;
  readonly #directory: DirectoryWriter;
  readonly #writers: ReadonlyMap<TableName, TreeWriter>;

  /** @param heap one that no other transaction is using */
  constructor(
    readonly pager: FilePager,
    heap: HeapPages,
  ) {
    this.#heap = heap;
    const writer = () => new TreeWriter(pager.pages, this.#heap, EMPTY_TREE, true);
    this.#directory = new DirectoryWriter(pager.pages, heap);
    this.#writers = new Map(TABLES.map((name) => [name, writer()]));
  }

  begin(): void {
    this.pager.begin();
    const { tables } = this.pager.newest;
    this.#directory.begin(tables);
    for (const [name, writer] of this.#writers) writer.begin(treeOf(this.pager, tables, name));
  }

  put(table: TableName, text: string, value: Buffer): void {
    this.#writers.get(table)!.put(keyOf(text), value);
  }

  delete(table: TableName, text: string): void {
    this.#writers.get(table)!.delete(keyOf(text));
  }

  /** False where nothing was changed: then there is no commit. Where it fails, the transaction is still open. */
  commit(): boolean {
    const { pager } = this;
    const changed = [...this.#writers].filter(([name, writer]) => {
      return writer.tree.root !== treeOf(pager, pager.newest.tables, name).page;
    });
    for (const [name, writer] of changed) {
      const schemaText = this.isBulky ? LONG_SCHEMA : '';
      this.#directory.put(Buffer.from(name), plainRecord(pager.pages, writer.commit(), schemaText));
    }
    if (changed.length === 0) pager.abort();
    else pager.commit(this.#directory.commit());
    this.#heap.reset();
    return changed.length > 0;
  }

  abort(): void {
    this.pager.abort();
    this.#heap.reset();
  }
}

function treeOf({ pages }: FilePager, tables: Directory, name: TableName): TreeRoot {
  return rootOf(pages, tables, Buffer.from(name));
}

/** All records of a commit. */
export function readState(pager: FilePager, tables: Directory): State {
  const state = new Map<string, Buffer>();
  for (const name of TABLES) {
    for (const [key, value] of recordsOf(pager.pages, treeOf(pager, tables, name)))
      state.set(`${name}/${key}`, value);
  }
  return state;
}

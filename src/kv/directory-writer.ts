/** Changes of a store's directory within a transaction. */
import { type Directory, EMPTY_DIRECTORY, type ListedTable } from './directory.js';
import type { HeapPages } from './heap-pages.js';
import { KeyBuffer } from './key-buffer.js';
import { EMPTY_TREE, type WritableStore } from './page-store.js';
import { LISTED_BYTES, listedBytes } from './slot-lists.js';
import { encodeTableRecord, type TableRecord } from './table-record.js';
import { TreeWriter } from './tree-writer.js';

export class DirectoryWriter {
  readonly #tree: TreeWriter;
  readonly #key = new KeyBuffer();
  #from = EMPTY_DIRECTORY;
  /** The tables that are changed, by their names in latin1. */
  readonly #changed = new Map<string, ListedTable>();

  constructor(store: WritableStore, heap: HeapPages) {
    this.#tree = new TreeWriter(store, heap, EMPTY_TREE);
  }

  /** Begins a transaction. A writer is made once and used for one transaction after the other. */
  begin(from: Directory): void {
    this.#from = from;
    this.#changed.clear();
    this.#tree.begin(from.tree);
  }

  /** Notes what is to be said of a table. */
  put(name: Buffer, record: TableRecord): void {
    this.#changed.set(name.toString('latin1'), { name, record });
  }

  /** @throws DISK_FULL, TOO_LARGE where the tables are in a tree */
  commit(): Directory {
    const { listed, tree } = this.#from;
    if (tree.page !== 0) return this.#inTree(this.#changed.values());
    const all = new Map(listed.map((table) => [table.name.toString('latin1'), table]));
    for (const [name, table] of this.#changed) all.set(name, table);
    const tables = [...all.values()].sort((a, b) => a.name.compare(b.name));
    return listedBytes(tables) <= LISTED_BYTES ? { listed: tables, tree: EMPTY_TREE } : this.#inTree(tables);
  }

  #inTree(tables: Iterable<ListedTable>): Directory {
    for (const { name, record } of tables) this.#tree.put(this.#key.set(name), encodeTableRecord(record));
    return { listed: [], tree: this.#tree.commit() };
  }
}

/**
 * The one write transaction of a store: which tables it has changed, nested transactions as savepoints, and its end. It
 * is used again and again.
 *
 * Invariants: the pager's transaction is open exactly while `depth` is not 0 or it is suspended; a writer's tree is
 * that of the newest commit unless its table was changed by the transaction that is open.
 */
import { PerdureError } from '../../os/errors.js';
import type { Directory } from '../directory.js';
import { DirectoryWriter } from '../directory-writer.js';
import { HeapPages } from '../heap-pages.js';
import { EMPTY_TREE, type TreeRoot } from '../page-store.js';
import type { Pager } from '../pager.js';
import type { Tree } from '../tree.js';
import { type Savepoint, TreeWriter } from '../tree-writer.js';
import type { Clock } from './clock.js';
import type { TableState } from './table-state.js';
import type { View } from './view.js';

/** A place to go back to: the tables changed so far, and where each was. */
type TablesSavepoint = readonly Savepoint[];

export class WriteTransaction {
  /** 0: none; 1: one; 2: one in it; and so on. */
  depth = 0;
  /** Counts the transactions. */
  number = 0;
  #isSuspended = false;
  readonly #pager: Pager;
  readonly #clock: Clock;
  readonly #heap: HeapPages;
  readonly #directory: DirectoryWriter;
  readonly #touched: TableState[] = [];
  readonly #changed = new Map<TableState, TreeRoot>();
  #view: View;

  constructor(pager: Pager, clock: Clock, view: View) {
    this.#pager = pager;
    this.#clock = clock;
    this.#view = view;
    this.#heap = new HeapPages(pager.pages.pageBytes);
    this.#directory = new DirectoryWriter(pager.pages, this.#heap);
  }

  /** @throws READ_ONLY, POISONED, CLOSED; BUSY where a large value is being written in pieces */
  begin(view: View): void {
    if (this.#isSuspended) {
      throw new PerdureError(
        'BUSY',
        'a large value is being written to the store piece by piece; await that before you change the store',
      );
    }
    this.#pager.begin();
    this.#view = view;
    this.depth = 1;
    this.number++;
    this.#touched.length = 0;
    this.#clock.time++;
  }

  /** Leaves the transaction open over turns of the event loop. Until `resume` nobody is in it. */
  suspend(): void {
    this.#isSuspended = true;
    this.depth = 0;
    this.#clock.time++;
  }

  resume(): void {
    this.#isSuspended = false;
    this.depth = 1;
    this.#clock.time++;
  }

  get isSuspended(): boolean {
    return this.#isSuspended;
  }

  get isOpen(): boolean {
    return this.depth > 0 || this.#isSuspended;
  }

  /** The tree of a table as the open transaction sees it. */
  treeOf(table: TableState): Tree {
    return table.transaction === this.number ? table.writer!.tree : this.#view.treeOf(table);
  }

  /** What changes a table in the open transaction. */
  writerOf(table: TableState): TreeWriter {
    if (table.transaction === this.number) return table.writer!;
    table.writer ??= new TreeWriter(this.#pager.pages, this.#heap, EMPTY_TREE, true);
    table.writer.begin(this.#rootOf(table));
    table.transaction = this.number;
    this.#touched.push(table);
    this.#clock.time++;
    return table.writer;
  }

  /** Begins a nested transaction. */
  save(): TablesSavepoint {
    this.depth++;
    return this.#touched.map((table) => table.writer!.save());
  }

  /** Ends a nested transaction, and lets it stand. */
  release(): void {
    this.depth--;
    this.#forgetSavepoints();
  }

  /** Ends a nested transaction by undoing it. */
  rollBack(to: TablesSavepoint): void {
    this.depth--;
    this.#clock.time++;
    this.#touched.forEach((table, index) => {
      table.writer!.rollBack(to[index] ?? this.#beginningOf(table));
    });
    this.#forgetSavepoints();
  }

  /** Bytes of the changes so far, on the heap. */
  get heapBytes(): number {
    return this.#heap.bytes;
  }

  /**
   * Ends the transaction by committing it: the tables in which anything was changed. Where nothing was there is no
   * commit. If it fails, the transaction is undone.
   * @throws DISK_FULL, TOO_LARGE, IO_ERROR
   */
  commit(): ReadonlyMap<TableState, TreeRoot> {
    this.#changed.clear();
    try {
      for (const table of this.#touched) {
        if (table.writer!.isChanged) this.#changed.set(table, table.writer!.commit());
      }
      if (this.#changed.size === 0) {
        this.abort();
        return this.#changed;
      }
      this.#pager.commit(this.#writeDirectory());
    } catch (error) {
      this.abort();
      throw error;
    }
    this.#leave();
    this.#heap.reset();
    return this.#changed;
  }

  /** Ends the transaction without a trace. */
  abort(): void {
    this.#isSuspended = false;
    this.#pager.abort();
    for (const table of this.#touched) table.writer!.begin(this.#rootOf(table));
    this.#heap.reset();
    this.#leave();
  }

  #forgetSavepoints(): void {
    if (this.depth === 1) for (const table of this.#touched) table.writer!.forgetSavepoints();
  }

  #leave(): void {
    this.depth = 0;
    this.#clock.time++;
  }

  /** Notes the new roots of the tables, and those of new tables. */
  #writeDirectory(): Directory {
    const directory = this.#directory;
    directory.begin(this.#view.commit.tables);
    for (const [table, root] of this.#changed) {
      const { kind, keys, values, schemaText } = table.format;
      directory.put(table.nameBytes, {
        tree: { ...root, isRecent: root.page !== 0 },
        kind,
        keyCodec: keys.id,
        valueCodec: values.id,
        lastVersion: table.lastVersion,
        schemaText,
      });
    }
    return directory.commit();
  }

  #rootOf(table: TableState): TreeRoot {
    const { root, rootSum, level, count } = this.#view.treeOf(table);
    return { page: root, sum: rootSum, level, count };
  }

  #beginningOf(table: TableState): Savepoint {
    const { root, rootSum, level, count } = this.#view.treeOf(table);
    return { root, rootSum, level, count, replaced: 0, superseded: 0, taken: 0 };
  }
}

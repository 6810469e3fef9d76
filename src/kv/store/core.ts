/**
 * What the parts of a store share: the pager, the tables, the view of the newest commit, the write transaction, and how
 * commits get to the disk. Readers outside of transactions read the newest commit without pinning it: nothing changes
 * it but a write transaction of this thread.
 */
import { isPerdureError, PerdureError } from '../../os/errors.js';
import { findTable, nameKey } from '../directory.js';
import { maxKeyBytes } from '../format.js';
import { KeyBuffer } from '../key-buffer.js';
import type { Pager } from '../pager.js';
import type { Tree } from '../tree.js';
import { Clock } from './clock.js';
import { CommitFlusher } from './commit-flusher.js';
import { checkFunction, type Durability } from './options.js';
import { PendingBytes } from './pending-bytes.js';
import { checkFormat, formatOf, newFormat, type WantedFormat } from './table-format.js';
import { TableState } from './table-state.js';
import { View } from './view.js';
import { WalkPool } from './walk.js';
import { WriteQueue } from './write-queue.js';
import { WriteTransaction } from './write-transaction.js';

/** Longer names are longer than a key may be. */
const MAX_NAME_BYTES = 1024;

export interface CoreOptions {
  readonly path: string;
  readonly durability: Durability;
  readonly flushDelayMs: number;
}

export class StoreCore {
  readonly clock = new Clock();
  readonly transaction: WriteTransaction;
  readonly flusher: CommitFlusher;
  readonly queue: WriteQueue;
  readonly walks = new WalkPool();
  readonly pendingBytes = new PendingBytes();
  /** A key on its way into a tree. */
  readonly key: KeyBuffer;
  /** Settled when the last value that comes in pieces is written. */
  lastPieces: Promise<void> = Promise.resolve();
  readonly #tables = new Map<string, TableState>();
  #view: View;
  /** Once the store is being closed: settled when everything is on the disk. */
  #closing: Promise<void> | undefined;
  #settleClose: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  constructor(
    readonly pager: Pager,
    readonly options: CoreOptions,
  ) {
    this.#view = new View(pager);
    this.key = new KeyBuffer(maxKeyBytes(pager.pages.pageBytes));
    this.transaction = new WriteTransaction(pager, this.clock, this.#view);
    this.flusher = new CommitFlusher(pager, options.flushDelayMs);
    this.queue = new WriteQueue(this.#batchRunner());
  }

  /** The view of the newest commit. */
  get view(): View {
    return this.#view;
  }

  get isInTransaction(): boolean {
    return this.transaction.depth > 0;
  }

  /** The tree of a table as a call sees it that is made now. */
  treeOf(table: TableState): Tree {
    return this.isInTransaction ? this.transaction.treeOf(table) : this.#view.treeOf(table);
  }

  /** @throws CLOSED */
  checkOpen(): void {
    if (this.clock.isClosed)
      throw new PerdureError('CLOSED', `the store '${this.options.path}' is closed; open it again`);
  }

  /** A table by its name, '' for the store's own. @throws INVALID_ARGUMENT, SCHEMA_MISMATCH */
  table(name: string, wanted: WantedFormat): TableState {
    this.checkOpen();
    const known = this.#tables.get(name);
    if (known !== undefined) {
      checkFormat(name, known.format, wanted);
      return known;
    }
    if (Buffer.byteLength(name) > MAX_NAME_BYTES)
      throw new PerdureError(
        'INVALID_ARGUMENT',
        `a table's name has at most ${MAX_NAME_BYTES} bytes of UTF-8`,
      );
    const record = findTable(this.pager.pages, this.#view.commit.tables, nameKey(name));
    const format = record === undefined ? newFormat(wanted) : formatOf(name, record, wanted);
    const table = new TableState(this.#tables.size, name, format, record?.lastVersion ?? 0);
    this.#tables.set(name, table);
    return table;
  }

  /** True for a table of this store. */
  owns(table: TableState | undefined): boolean {
    return table !== undefined && this.#tables.get(table.name) === table;
  }

  begin(): void {
    this.checkOpen();
    this.transaction.begin(this.#view);
  }

  /** Commits the transaction; see `WriteTransaction.commit`. True where anything was changed. */
  commit(): boolean {
    const changed = this.transaction.commit();
    if (changed.size === 0) return false;
    // Whoever uses the view of the commit before keeps it.
    if (this.#view.isUsed) this.#view = new View(this.pager);
    else this.#view.move(changed);
    this.clock.time++;
    return true;
  }

  /** Runs a function as a transaction, or as a nested one. All of its changes are made, or none. */
  run<T>(run: () => T, durability: Durability): T {
    checkFunction(run, 'transaction()');
    if (this.isInTransaction) return this.nest(run);
    this.begin();
    let result: T;
    try {
      result = refusePromise(run());
    } catch (error) {
      this.transaction.abort();
      throw error;
    }
    if (this.commit()) this.flusher.committed(durability);
    return result;
  }

  /** Runs a function as a nested transaction. */
  nest<T>(run: () => T): T {
    const { transaction } = this;
    const savepoint = transaction.save();
    try {
      const result = refusePromise(run());
      transaction.release();
      return result;
    } catch (error) {
      transaction.rollBack(savepoint);
      throw error;
    }
  }

  /** Resolves when all commits made before are on the disk. Closing the store brings them there too. */
  async flush(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    try {
      await this.pager.flush();
    } catch (error) {
      // Closing brings it to the disk; what failed before that has failed.
      if (this.#closing === undefined || !isPerdureError(error, 'CLOSED')) throw error;
      await this.#closing;
    }
  }

  /** @throws INVALID_ARGUMENT in a transaction; what a flush throws */
  close(): void {
    if (this.clock.isClosed) return;
    if (this.isInTransaction)
      throw new PerdureError('INVALID_ARGUMENT', 'a store cannot be closed from within a transaction');
    if (this.transaction.isSuspended) this.transaction.abort();
    const closing = new Promise<void>((resolve, reject) => {
      this.#settleClose = { resolve, reject };
    });
    // Nobody may wait for it.
    closing.catch(() => {});
    this.#closing = closing;
    while (this.queue.isWaiting) this.queue.runBatch();
    this.clock.isClosed = true;
    this.clock.time++;
    this.flusher.stop();
    try {
      this.pager.close();
      this.#settleClose!.resolve();
    } catch (error) {
      this.#settleClose!.reject(error);
      throw error;
    }
  }

  #batchRunner() {
    const core = this;
    return {
      get isSuspended() {
        return core.transaction.isSuspended;
      },
      get heapBytes() {
        return core.transaction.heapBytes;
      },
      get isFarBehind() {
        return core.pager.isFarBehind;
      },
      begin: () => core.begin(),
      nest: (run: () => unknown) => core.nest(run),
      commit: () => {
        core.commit();
      },
      flush: () => core.flush(),
      defer: () => core.flusher.defer(),
    };
  }
}

/** A transaction ends when its function returns: what an asynchronous function does afterwards would not be in it. */
function refusePromise<T>(result: T): T {
  if (typeof result !== 'object' || result === null || !('then' in result)) return result;
  if (result instanceof Promise) result.catch(() => {});
  throw new PerdureError(
    'INVALID_ARGUMENT',
    'a transaction is a synchronous function: await before it, or use write() for the commit to be asynchronous',
  );
}

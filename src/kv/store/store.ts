/**
 * The store: its own table, named tables beside it, and what concerns them all: transactions, snapshots, flushes, the end.
 */
import { show } from '../../os/arguments.js';
import { PerdureError } from '../../os/errors.js';
import { listTables } from '../directory.js';
import type { KeyChoice, KeyTypeOf } from '../keys/index.js';
import type { Pager } from '../pager.js';
import type { ValueChoice, ValueTypeOf } from '../values/index.js';
import { StoreCore } from './core.js';
import { MultiTable } from './multi-table.js';
import {
  checkFunction,
  type Durability,
  type MultiTableOptions,
  type TableOptions,
  type TransactionOptions,
  transactionDurability,
} from './options.js';
import { Snapshot } from './snapshot.js';
import { checkTables, type TableReport } from './store-check.js';
import { Table } from './table.js';
import { type WantedFormat, wantedMultiTable, wantedTable } from './table-format.js';

/** What `Store.stats` tells of a table. */
export interface TableStats {
  /** '' for the store's own. */
  readonly name: string;
  readonly kind: 'plain' | 'versioned' | 'multi';
  readonly records: number;
  /** Levels of its tree: how many pages a lookup visits. */
  readonly levels: number;
}

export interface StoreStats {
  readonly pageBytes: number;
  /** How long the file is, room for what will be written next included. */
  readonly fileBytes: number;
  /** The newest commit: they are counted. */
  readonly sequence: number;
  /** The newest one that is known to be on the disk. */
  readonly durable: number;
  /** Those that are in the file, in the order of their names. */
  readonly tables: readonly TableStats[];
}

export class Store<K, V> extends Table<K, V> {
  /** @internal */
  constructor(
    pager: Pager,
    path: string,
    wanted: WantedFormat,
    durability: Durability,
    flushDelayMs: number,
  ) {
    const core = new StoreCore(pager, { path, durability, flushDelayMs });
    super(core, core.table('', wanted));
  }

  get path(): string {
    return this.core.options.path;
  }

  get isClosed(): boolean {
    return this.core.clock.isClosed;
  }

  /**
   * A named table of the same file. It is in the file from its first change on. Asking twice gives the same table.
   * @throws INVALID_ARGUMENT, SCHEMA_MISMATCH where it has other codecs, CLOSED
   */
  table<const KC extends KeyChoice = 'any', VC extends ValueChoice = 'messagepack'>(
    name: string,
    options: TableOptions<KC, VC> = {},
  ): Table<KeyTypeOf<KC>, ValueTypeOf<VC>> {
    return new Table(this.core, this.core.table(tableName(name), wantedTable(options)));
  }

  /** The same for a table with many values a key, which are sorted. @throws as `table` */
  multiTable<const KC extends KeyChoice = 'any', const VC extends KeyChoice = 'any'>(
    name: string,
    options: MultiTableOptions<KC, VC> = {},
  ): MultiTable<KeyTypeOf<KC>, KeyTypeOf<VC>> {
    return new MultiTable(this.core, this.core.table(tableName(name), wantedMultiTable(options)));
  }

  /**
   * Runs a synchronous function as a transaction: all changes that are made in it, in whatever tables, or, where it
   * throws, none. It sees its own changes; snapshots and iterations that began before do not. In a transaction it is a
   * nested one, which can fail alone.
   * @returns what the function returned
   * @throws what the function threw; INVALID_ARGUMENT where it returned a promise; as `set`
   */
  transaction<T>(run: () => T, options?: TransactionOptions): T {
    return this.core.run(run, transactionDurability(options, this.core.options.durability));
  }

  /**
   * Runs a synchronous function as a transaction, soon: those that come together share a commit and a flush, each a
   * nested transaction that can fail alone. The promise resolves to what the function returned once its changes are on
   * the disk, or, with `deferred` durability, committed.
   */
  write<T>(run: () => T, options?: TransactionOptions): Promise<T> {
    const { core } = this;
    try {
      core.checkOpen();
      checkFunction(run, 'write()');
      return core.queue.add(run, false, transactionDurability(options, core.options.durability));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The newest commit as a consistent view, which stays as it is. In a transaction: without what that has changed. @throws CLOSED */
  snapshot(): Snapshot<K, V> {
    return new Snapshot(this.core, this.state);
  }

  /** Resolves when everything committed before is on the disk. @throws POISONED, IO_ERROR, CLOSED */
  async flush(): Promise<void> {
    this.core.checkOpen();
    await this.core.flush();
  }

  /** The same, blocking. */
  flushSync(): void {
    this.core.checkOpen();
    this.core.pager.flushSync();
  }

  /** Costs a look at each table's entry, whatever they hold. */
  stats(): StoreStats {
    this.core.checkOpen();
    const { pages, newest, durable, fileBytes } = this.core.pager;
    const tables: TableStats[] = [];
    for (const [name, { kind, tree }] of listTables(pages, newest.tables)) {
      tables.push({ name, kind, records: tree.count, levels: tree.page === 0 ? 0 : tree.level + 1 });
    }
    return { pageBytes: pages.pageBytes, fileBytes, sequence: newest.sequence, durable, tables };
  }

  /**
   * Reads all tables of the newest commit, and checks everything that can be checked: also that every page that they do not
   * use is free, and once.
   * @throws CORRUPT, naming the page
   */
  check(): TableReport[] {
    this.core.checkOpen();
    const { pager } = this.core;
    const used = new Set<number>();
    const reports = checkTables(pager.pages, pager.newest.tables, used);
    pager.checkPages(used);
    return reports;
  }

  /**
   * Makes everything durable and lets the file go; on Windows, where a flush is under way, when that has ended. Asynchronous writes
   * that wait are done first; iterations and snapshots need not have ended. Closing twice is harmless.
   * @throws INVALID_ARGUMENT in a transaction; what a flush throws: the store is closed nevertheless
   */
  close(): void {
    this.core.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function tableName(name: string): string {
  if (typeof name === 'string' && name.length > 0) return name;
  throw new PerdureError('INVALID_ARGUMENT', `a table's name must be a non-empty string, not ${show(name)}`);
}

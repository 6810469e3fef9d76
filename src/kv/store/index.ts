/**
 * The store as its users see it. Where to begin reading:
 *
 * - open-store.ts, store.ts, table.ts, multi-table.ts, snapshot.ts: what can be called
 * - core.ts, write-transaction.ts, view.ts: one writer, and readers of commits beside it
 * - write-queue.ts, commit-flusher.ts: when changes get to the disk
 * - iteration.ts, bounds.ts: ranges
 * - table-format.ts, record-format.ts, pair-format.ts: what a table is, and how its records lie in its tree
 */

export { KeyRange, type RecordView } from './key-range.js';
export { MultiTable } from './multi-table.js';
export { MultiTableReader } from './multi-table-reader.js';
export { openStore, type StoreOptions } from './open-store.js';
export type {
  DeleteCondition,
  Durability,
  MultiTableOptions,
  PrefixOf,
  RangeOptions,
  SetCondition,
  TableOptions,
  TransactionOptions,
} from './options.js';
export { Snapshot } from './snapshot.js';
export { Store, type StoreStats, type TableStats } from './store.js';
export type { TableReport } from './store-check.js';
export { Table } from './table.js';
export { TableReader } from './table-reader.js';
export type { ValueStream, ValueStreamOptions } from './value-stream.js';

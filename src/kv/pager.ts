/**
 * What a store stands on: pages, the commits that make them visible, and their way to the disk. One write transaction at a
 * time; any number of snapshots, which neither wait for it nor hold it up.
 *
 * A commit is visible as soon as it is made, and durable once a flush that began after it has ended. Pages that a commit
 * freed are handed out again when it is durable and no snapshot can see them.
 */
import type { Directory } from './directory.js';
import type { WritableStore } from './page-store.js';

/** A state of the store. */
export interface Commit {
  /** It grows from commit to commit, not always by 1. */
  readonly sequence: number;
  readonly tables: Directory;
}

/** A commit whose pages stay as they are until it is released. Releasing twice is harmless. */
export interface PinnedCommit extends Commit {
  release(): void;
}

export interface Pager {
  /** The pages, for all who read and for the write transaction. */
  readonly pages: WritableStore;
  /** The newest commit. */
  readonly newest: Commit;
  /** The sequence of the newest commit that is known to be on the disk. */
  readonly durable: number;
  /** How long the file is. */
  readonly fileBytes: number;
  /** False where the store was opened for reading. */
  readonly isWritable: boolean;
  /** True where so much was committed since the last flush that the next transaction may have to begin with one. */
  readonly isFarBehind: boolean;

  /**
   * Part of the full check: of the newest commit's pages these are used by the tables; each other one must be free, once.
   * @throws CORRUPT, naming the page
   */
  checkPages(used: Iterable<number>): void;

  /** Pins the newest commit. */
  pin(): PinnedCommit;

  /**
   * Begins the write transaction: `pages.sequence` is that of the commit to be made.
   * @throws READ_ONLY, ACCESS_DENIED where there is one already, POISONED where an earlier flush failed, CLOSED; and what flushSync throws:
   *   it may have to flush, where much was committed since the last time
   */
  begin(): void;

  /** Ends the write transaction without a trace. The pages that were handed out to it are free again. */
  abort(): void;

  /**
   * Ends the write transaction: its pages and a root slot are handed to the system. Not flushed yet.
   * @throws DISK_FULL, IO_ERROR, POISONED; the transaction is still open then, and may go on, be committed again or aborted
   */
  commit(tables: Directory): Commit;

  /** Blocks until all commits made before are on the disk. @throws IO_ERROR, DISK_FULL, which is final: then POISONED */
  flushSync(): void;

  /** The same, leaving the event loop free. Calls that come during a flush share the next one. */
  flush(): Promise<void>;

  /** Makes what was committed durable and lets the file go. Closing twice is harmless. Pins need not be released before. */
  close(): void;
}

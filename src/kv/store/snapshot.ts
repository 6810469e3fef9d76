/**
 * The store as of one commit, unchanged until it is closed, whatever is written meanwhile. The pages that it sees are
 * not used again before that: close it, or the file grows.
 */
import { show } from '../../os/arguments.js';
import { PerdureError } from '../../os/errors.js';
import type { Tree } from '../tree.js';
import { forgetAbandoned, releaseAbandoned } from './abandoned.js';
import type { StoreCore } from './core.js';
import { ViewLease } from './live-source.js';
import { MultiTable } from './multi-table.js';
import { MultiTableReader } from './multi-table-reader.js';
import { PairFormat } from './pair-format.js';
import { RecordFormat } from './record-format.js';
import type { Table } from './table.js';
import { TableReader } from './table-reader.js';
import type { TableState } from './table-state.js';
import type { TreeLease, TreeSource } from './tree-source.js';
import type { View } from './view.js';

export class Snapshot<K, V> extends TableReader<K, V> {
  readonly #pinned: PinnedView;

  /** @internal */
  constructor(core: StoreCore, state: TableState) {
    const pinned = new PinnedView(core);
    super(new SnapshotSource(pinned, state), new RecordFormat(state.format));
    this.#pinned = pinned;
  }

  /** Counts the commits of the store: the one that this is of. 0 where nothing was ever committed. */
  get sequence(): number {
    return this.#pinned.view.commit.sequence;
  }

  /** A table as of this snapshot. @throws CLOSED, INVALID_ARGUMENT for what is no table of the snapshot's store */
  table<TK, TV>(table: Table<TK, TV>): TableReader<TK, TV>;
  table<TK, TV>(table: MultiTable<TK, TV>): MultiTableReader<TK, TV>;
  table<TK, TV>(table: Table<TK, TV> | MultiTable<TK, TV>): TableReader<TK, TV> | MultiTableReader<TK, TV> {
    this.#pinned.check();
    if (!this.#pinned.core.owns((table as { state?: TableState } | null | undefined)?.state))
      throw new PerdureError(
        'INVALID_ARGUMENT',
        `table() takes a table of the snapshot's own store, not ${show(table)}`,
      );
    const source = new SnapshotSource(this.#pinned, table.state);
    return table instanceof MultiTable
      ? new MultiTableReader<TK, TV>(source, new PairFormat(table.state.format))
      : new TableReader<TK, TV>(source, new RecordFormat(table.state.format));
  }

  /** Closing twice is harmless. */
  close(): void {
    this.#pinned.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A use of a view, which can be ended once. */
class PinnedView {
  readonly view: View;
  #isReleased = false;

  constructor(readonly core: StoreCore) {
    core.checkOpen();
    this.view = core.view.use();
    // Not before the last of the snapshot's readers is gone: they all lead here.
    releaseAbandoned(this, this.view);
  }

  /** @throws CLOSED */
  check(): void {
    this.core.checkOpen();
    if (this.#isReleased) throw new PerdureError('CLOSED', 'the snapshot is closed; take another one');
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    forgetAbandoned(this);
    this.view.release();
    // Readers of the snapshot look again, and find it closed.
    this.core.clock.time++;
  }
}

class SnapshotSource implements TreeSource {
  readonly clock;
  readonly walks;
  readonly key;
  readonly isChanging = false;

  constructor(
    readonly pinned: PinnedView,
    readonly table: TableState,
  ) {
    const { core } = pinned;
    this.clock = core.clock;
    this.walks = core.walks;
    this.key = core.key;
  }

  tree(): Tree {
    this.pinned.check();
    return this.pinned.view.treeOf(this.table);
  }

  lease(): TreeLease {
    this.pinned.check();
    return new ViewLease(this.pinned.core, this.pinned.view, this.table);
  }
}

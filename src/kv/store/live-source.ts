/** A table as it is now: in a transaction as that sees it, otherwise as of the newest commit. */
import { PerdureError } from '../../os/errors.js';
import type { Tree } from '../tree.js';
import type { StoreCore } from './core.js';
import type { TableState } from './table-state.js';
import type { TreeLease, TreeSource } from './tree-source.js';
import type { View } from './view.js';

export class LiveSource implements TreeSource {
  readonly clock;
  readonly walks;
  readonly key;

  constructor(
    readonly core: StoreCore,
    readonly table: TableState,
  ) {
    this.clock = core.clock;
    this.walks = core.walks;
    this.key = core.key;
  }

  get isChanging(): boolean {
    return this.core.isInTransaction;
  }

  tree(): Tree {
    this.core.checkOpen();
    return this.core.treeOf(this.table);
  }

  lease(): TreeLease {
    this.core.checkOpen();
    return this.core.isInTransaction
      ? new TransactionLease(this.core, this.table)
      : new ViewLease(this.core, this.core.view, this.table);
  }
}

/** A tree of a commit, which stays as it is until it is released. */
export class ViewLease implements TreeLease {
  readonly tree: Tree;
  readonly held: View;
  readonly #core: StoreCore;

  constructor(core: StoreCore, view: View, table: TableState) {
    this.#core = core;
    this.tree = view.treeOf(table);
    this.held = view.use();
  }

  check(): void {
    if (this.#core.clock.isClosed) this.#core.checkOpen();
  }
}

/** The tree of a transaction, which changes with it. */
class TransactionLease implements TreeLease {
  readonly tree: Tree;
  readonly held = undefined;
  readonly #core: StoreCore;
  readonly #number: number;

  constructor(core: StoreCore, table: TableState) {
    this.#core = core;
    this.#number = core.transaction.number;
    // The transaction may change the table while it is being read.
    this.tree = core.transaction.writerOf(table).tree;
  }

  check(): void {
    const { transaction } = this.#core;
    if (transaction.number === this.#number && transaction.depth > 0) return;
    throw new PerdureError('CLOSED', 'the transaction in which the iteration began is over');
  }
}

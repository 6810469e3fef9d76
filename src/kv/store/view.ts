/**
 * The tables as of one commit, shared by all who read that commit: the store itself, snapshots, iterations.
 *
 * Invariants: as long as somebody uses it, its commit is pinned, and its trees stay as they are. A view that nobody
 * uses is of the newest commit, and moves on with it.
 */

import { findTable } from '../directory.js';
import { EMPTY_TREE, type TreeRoot } from '../page-store.js';
import type { Commit, Pager, PinnedCommit } from '../pager.js';
import { Tree } from '../tree.js';
import type { TableState } from './table-state.js';

export class View {
  #commit: Commit;
  #pin: PinnedCommit | undefined;
  #users = 0;
  readonly #pager: Pager;
  /** By the number of the table. */
  readonly #trees: (Tree | undefined)[] = [];

  constructor(pager: Pager) {
    this.#pager = pager;
    this.#commit = pager.newest;
  }

  get commit(): Commit {
    return this.#commit;
  }

  get isUsed(): boolean {
    return this.#users > 0;
  }

  /** Each use is released once. */
  use(): this {
    if (this.#users++ === 0) {
      this.#pin = this.#pager.pin();
      // The pager may have made commits of its own meanwhile, which change no table.
      this.#commit = this.#pin;
    }
    return this;
  }

  release(): void {
    if (--this.#users > 0) return;
    this.#pin?.release();
    this.#pin = undefined;
  }

  treeOf(table: TableState): Tree {
    const known = this.#trees[table.number];
    if (known !== undefined) return known;
    const root = findTable(this.#pager.pages, this.#commit.tables, table.key)?.tree;
    const tree = new Tree(this.#pager.pages, root ?? EMPTY_TREE);
    this.#trees[table.number] = tree;
    return tree;
  }

  /** Moves on to the newest commit, which differs from this one in these tables. */
  move(changed: ReadonlyMap<TableState, TreeRoot>): void {
    this.#commit = this.#pager.newest;
    for (const [table, root] of changed) this.#trees[table.number]?.moveTo(root);
  }
}

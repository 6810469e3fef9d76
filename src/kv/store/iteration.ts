/**
 * One walk over a range of a table. It sees one state of the table from its first step to its end, whatever is changed
 * meanwhile; in a transaction, what the transaction does.
 *
 * What it holds is released when it ends: at the end of the range, by `return`, as `break` in a loop calls it, or, for
 * those that are left halfway, when they are collected as garbage.
 */
import type { Cell } from '../cell.js';
import type { KeyBuffer } from '../key-buffer.js';
import { rankOf } from '../rank.js';
import type { Tree } from '../tree.js';
import { forgetAbandoned, releaseAbandoned } from './abandoned.js';
import type { Bounds, KeyPlaces } from './bounds.js';
import type { RangeOptions } from './options.js';
import type { RecordReader } from './record-format.js';
import type { TreeLease, TreeSource } from './tree-source.js';
import type { Walk } from './walk.js';

/** What an iteration gives of a record. */
export type Pick<K, V, T> = (reader: RecordReader<K, V>, tree: Tree, cell: Cell, scratch: KeyBuffer) => T;

/** Which records: those of the range that are also within what `narrow` says. */
export interface Selection<K> {
  readonly range: RangeOptions<K>;
  readonly places: KeyPlaces;
  readonly within?: (bounds: Bounds, scratch: KeyBuffer) => void;
}

export class Iteration<K, V, T, S = K> implements IterableIterator<T> {
  readonly #source: TreeSource;
  readonly #reader: RecordReader<K, V>;
  readonly #selection: Selection<S>;
  readonly #pick: Pick<K, V, T>;
  readonly #isReverse: boolean;
  #remaining: number;
  #walk: Walk | undefined;
  #lease: TreeLease | undefined;
  #isStarted = false;

  constructor(source: TreeSource, reader: RecordReader<K, V>, selection: Selection<S>, pick: Pick<K, V, T>) {
    this.#source = source;
    this.#reader = reader;
    this.#selection = selection;
    this.#pick = pick;
    this.#isReverse = selection.range.reverse === true;
    this.#remaining = selection.range.limit ?? Number.POSITIVE_INFINITY;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** @throws CLOSED, CORRUPT */
  next(): IteratorResult<T> {
    if (!this.#step()) return { done: true, value: undefined };
    const walk = this.#walk!;
    return {
      done: false,
      value: this.#pick(this.#reader, this.#lease!.tree, walk.cursor.cell, walk.key),
    };
  }

  return(): IteratorResult<T> {
    this.#isStarted = true;
    this.#release();
    return { done: true, value: undefined };
  }

  [Symbol.dispose](): void {
    this.return();
  }

  #step(): boolean {
    if (this.#walk === undefined) return !this.#isStarted && this.#start();
    try {
      this.#lease!.check();
      if (this.#remaining-- > 0) {
        const { cursor } = this.#walk;
        if (this.#isReverse ? cursor.previous() : cursor.next()) return true;
      }
    } catch (error) {
      this.#release();
      throw error;
    }
    this.#release();
    return false;
  }

  #start(): boolean {
    this.#isStarted = true;
    if (this.#remaining-- <= 0) return false;
    const lease = this.#source.lease();
    this.#lease = lease;
    this.#walk = this.#source.walks.take(lease.tree);
    if (lease.held !== undefined) releaseAbandoned(this, lease.held);
    let found = false;
    try {
      select(this.#walk, this.#selection);
      found = this.#isReverse ? this.#walk.cursor.last() : this.#walk.cursor.first();
    } finally {
      if (!found) this.#release();
    }
    return found;
  }

  #release(): void {
    const walk = this.#walk;
    if (walk === undefined) return;
    this.#walk = undefined;
    this.#source.walks.giveBack(walk);
    const { held } = this.#lease!;
    this.#lease = undefined;
    if (held === undefined) return;
    forgetAbandoned(this);
    held.release();
  }
}

/** How many records there are, without visiting them: the difference of two ranks. */
export function countRecords<K>(source: TreeSource, selection: Selection<K>): number {
  const tree = source.tree();
  const walk = source.walks.take(tree);
  try {
    const { low, high } = select(walk, selection);
    const end = high === undefined ? tree.count : rankOf(tree, high);
    const begin = low === undefined ? 0 : rankOf(tree, low);
    return Math.min(Math.max(0, end - begin), selection.range.limit ?? Number.POSITIVE_INFINITY);
  } finally {
    source.walks.giveBack(walk);
  }
}

function select<K>(walk: Walk, { range, places, within }: Selection<K>): Bounds {
  const { bounds } = walk;
  within?.(bounds, walk.key);
  bounds.narrow(range, places);
  walk.cursor.setRange(bounds.low, bounds.high);
  return bounds;
}

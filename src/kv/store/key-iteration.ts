/** The keys of a table with many values a key, each once: from the first pair of one it goes on to where the next key's begin. */
import { forgetAbandoned, releaseAbandoned } from './abandoned.js';
import type { RangeOptions } from './options.js';
import type { PairFormat } from './pair-format.js';
import type { TreeLease, TreeSource } from './tree-source.js';
import type { Walk } from './walk.js';

export class KeyIteration<K, V> implements IterableIterator<K> {
  readonly #source: TreeSource;
  readonly #format: PairFormat<K, V>;
  readonly #range: RangeOptions<K>;
  #remaining: number;
  #walk: Walk | undefined;
  #lease: TreeLease | undefined;
  #isEnded = false;
  #key: K | undefined;

  constructor(source: TreeSource, format: PairFormat<K, V>, range: RangeOptions<K>) {
    this.#source = source;
    this.#format = format;
    this.#range = range;
    this.#remaining = range.limit ?? Number.POSITIVE_INFINITY;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** @throws CLOSED, CORRUPT */
  next(): IteratorResult<K> {
    try {
      if (!this.#isEnded && this.#remaining-- > 0 && this.#step()) {
        const walk = this.#walk!;
        this.#key = this.#format.key(walk.cursor.cell, walk.key);
        return { done: false, value: this.#key };
      }
    } catch (error) {
      this.return();
      throw error;
    }
    return this.return();
  }

  return(): IteratorResult<K> {
    this.#isEnded = true;
    const walk = this.#walk;
    if (walk === undefined) return { done: true, value: undefined };
    this.#walk = undefined;
    this.#source.walks.giveBack(walk);
    const { held } = this.#lease!;
    this.#lease = undefined;
    if (held !== undefined) {
      forgetAbandoned(this);
      held.release();
    }
    return { done: true, value: undefined };
  }

  [Symbol.dispose](): void {
    this.return();
  }

  #step(): boolean {
    const isReverse = this.#range.reverse === true;
    if (this.#walk === undefined) {
      this.#lease = this.#source.lease();
      this.#walk = this.#source.walks.take(this.#lease.tree);
      if (this.#lease.held !== undefined) releaseAbandoned(this, this.#lease.held);
      this.#walk.bounds.narrow(this.#range, this.#format);
    } else {
      this.#lease!.check();
      // Nothing of the key that was given last belongs to the range any more.
      const { bounds, key } = this.#walk;
      if (isReverse) {
        this.#format.writeBelow(this.#key, key);
        bounds.lower();
      } else {
        this.#format.writeAbove(this.#key, key);
        bounds.raise();
      }
    }
    const { bounds, cursor } = this.#walk;
    cursor.setRange(bounds.low, bounds.high);
    return isReverse ? cursor.last() : cursor.first();
  }
}

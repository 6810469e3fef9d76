/** Reading a table with many values a key, of a store or of a snapshot. */
import { countRecords, Iteration, type Selection } from './iteration.js';
import { KeyIteration } from './key-iteration.js';
import { KeyRange, pickValue } from './key-range.js';
import { checkRange, type RangeOptions } from './options.js';
import type { PairFormat } from './pair-format.js';
import type { TreeSource } from './tree-source.js';

export class MultiTableReader<K, V> implements Iterable<[K, V]> {
  /** @internal */
  protected readonly format: PairFormat<K, V>;
  readonly #source: TreeSource;

  /** @internal */
  constructor(source: TreeSource, format: PairFormat<K, V>) {
    this.#source = source;
    this.format = format;
  }

  /** How many pairs of a key and a value there are. */
  get size(): number {
    return this.#source.tree().count;
  }

  /** The least value of a key, or undefined. @throws INVALID_ARGUMENT for what cannot be a key, CLOSED, CORRUPT */
  get(key: K): V | undefined {
    for (const value of this.valuesOf(key)) return value;
    return undefined;
  }

  /** True where the key has this value, or, without one, any. */
  has(key: K, value?: V): boolean {
    if (value === undefined) return this.countOf(key) > 0;
    const tree = this.#source.tree();
    const walk = this.#source.walks.take(tree);
    try {
      this.format.writePair(key, value, this.#source.key, walk.key);
      return tree.find(this.#source.key);
    } finally {
      this.#source.walks.giveBack(walk);
    }
  }

  /** The values of a key in their order, or a range of them. */
  valuesOf(key: K, range: RangeOptions<V> = {}): IterableIterator<V> {
    return new Iteration<K, V, V, V>(
      this.#source,
      this.format,
      this.#valuesOf(key, checkRange(range)),
      pickValue,
    );
  }

  /** How many values a key has, or how many of them are in a range, without visiting them. */
  countOf(key: K, range: RangeOptions<V> = {}): number {
    return countRecords(this.#source, this.#valuesOf(key, checkRange(range)));
  }

  /** The pairs of a range of keys, in the order of keys and then of values. */
  range(options: RangeOptions<K> = {}): KeyRange<K, V> {
    return new KeyRange(this.#source, this.format, { range: checkRange(options), places: this.format });
  }

  /** The keys of a range, each once. `limit` counts keys. */
  keys(range: RangeOptions<K> = {}): IterableIterator<K> {
    return new KeyIteration(this.#source, this.format, checkRange(range));
  }

  /** The pairs of a range of keys. */
  entries(range?: RangeOptions<K>): IterableIterator<[K, V]> {
    return this.range(range).entries();
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  /** How many pairs a range of keys has, without visiting them. */
  count(range?: RangeOptions<K>): number {
    return range === undefined ? this.size : this.range(range).count();
  }

  #valuesOf(key: K, range: RangeOptions<V>): Selection<V> {
    const { format } = this;
    const { key: buffer } = this.#source;
    format.writeBelow(key, buffer);
    const start = buffer.toBytes();
    return {
      range,
      places: format.valuePlaces(start),
      within: (bounds, scratch) => {
        scratch.set(start);
        bounds.raise();
        // The end of the key becomes the first that is greater: 00 01.
        scratch.bytes[scratch.length - 1] = 1;
        bounds.lower();
      },
    };
  }
}

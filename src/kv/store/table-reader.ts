/**
 * Reading a table, of a store or of a snapshot. A lookup allocates nothing but its result.
 */
import { PerdureError } from '../../os/errors.js';
import type { Cell } from '../cell.js';
import type { Tree } from '../tree.js';
import { KeyRange } from './key-range.js';
import { checkRange, type RangeOptions } from './options.js';
import type { RecordFormat } from './record-format.js';
import type { TreeSource } from './tree-source.js';
import { ValueStream, type ValueStreamOptions } from './value-stream.js';

export class TableReader<K, V> implements Iterable<[K, V]> {
  /** @internal */
  protected readonly format: RecordFormat<K, V>;
  readonly #source: TreeSource;
  #tree: Tree | undefined;
  #time = 0;

  /** @internal */
  constructor(source: TreeSource, format: RecordFormat<K, V>) {
    this.#source = source;
    this.format = format;
  }

  /** How many records there are. */
  get size(): number {
    return this.#current().count;
  }

  /**
   * The value of a key, or undefined.
   * @throws INVALID_ARGUMENT for what cannot be a key, CLOSED, CORRUPT
   */
  get(key: K): V | undefined {
    const cell = this.find(key);
    return cell === undefined ? undefined : this.format.value(this.#tree!, cell);
  }

  /**
   * The bytes of a value where they lie in the file, without a copy; undefined where there is no record. They must not
   * be written to.
   *
   * Of a snapshot they hold until it is closed. Of the store they hold until its next change, and not beyond the
   * current turn of the event loop: use them at once, or copy them. Afterwards they are bytes of something else, and
   * when the store is closed they are detached, with a length of 0. In a transaction they are a copy where the
   * transaction may change them.
   */
  getBytes(key: K): Uint8Array | undefined {
    const cell = this.find(key);
    if (cell === undefined) return undefined;
    const bytes = this.format.bytes(this.#tree!, cell);
    return this.#source.isChanging && !cell.isReference ? bytes.slice() : bytes;
  }

  has(key: K): boolean {
    return this.find(key) !== undefined;
  }

  /**
   * The version of a record, in a table with versions: another one for each change of any record of the table. 0 where
   * there is no record. @throws INVALID_ARGUMENT in a table without versions
   */
  version(key: K): number {
    this.checkVersions();
    const cell = this.find(key);
    return cell === undefined ? 0 : this.format.version(this.#tree!, cell);
  }

  /**
   * The bytes of a value in pieces, which are copies; undefined where there is no record. What it reads stays as it is
   * until the stream ends or is destroyed.
   */
  stream(key: K, options?: ValueStreamOptions): ValueStream | undefined {
    const cell = this.find(key);
    if (cell === undefined) return undefined;
    const bytes = this.format.bytes(this.#tree!, cell);
    return new ValueStream(this.#source, bytes, options);
  }

  /** The records of a range, in the order of their keys. */
  range(options: RangeOptions<K> = {}): KeyRange<K, V> {
    return new KeyRange(this.#source, this.format, { range: checkRange(options), places: this.format });
  }

  keys(range?: RangeOptions<K>): IterableIterator<K> {
    return this.range(range).keys();
  }

  values(range?: RangeOptions<K>): IterableIterator<V> {
    return this.range(range).values();
  }

  entries(range?: RangeOptions<K>): IterableIterator<[K, V]> {
    return this.range(range).entries();
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  /** How many records a range has, without visiting them. */
  count(range?: RangeOptions<K>): number {
    return range === undefined ? this.size : this.range(range).count();
  }

  /** @internal The record of a key, until the next lookup. */
  protected find(key: K): Cell | undefined {
    const tree = this.#current();
    const { key: bytes } = this.#source;
    this.format.keys.encode(key, bytes);
    return tree.find(bytes) ? tree.cell : undefined;
  }

  /** @internal The tree that the last lookup was made in. */
  protected get tree(): Tree {
    return this.#current();
  }

  /** @internal */
  protected checkVersions(): void {
    if (this.format.skip > 0) return;
    const message = 'the table has no versions: give `versions: true` when it is first opened';
    throw new PerdureError('INVALID_ARGUMENT', message);
  }

  #current(): Tree {
    const { clock } = this.#source;
    if (this.#time === clock.time) return this.#tree!;
    this.#tree = this.#source.tree();
    this.#time = clock.time;
    return this.#tree;
  }
}

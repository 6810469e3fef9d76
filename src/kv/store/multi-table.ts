/**
 * A table with many values a key, as it is now: in a transaction as that sees it. A change outside of a transaction is one
 * of its own.
 */
import { KeyBuffer } from '../key-buffer.js';
import type { StoreCore } from './core.js';
import { LiveSource } from './live-source.js';
import { MultiTableReader } from './multi-table-reader.js';
import { type TransactionOptions, transactionDurability } from './options.js';
import { PairFormat } from './pair-format.js';
import type { TableState } from './table-state.js';

export class MultiTable<K, V> extends MultiTableReader<K, V> {
  readonly name: string;
  /** @internal */
  readonly state: TableState;
  readonly #core: StoreCore;
  readonly #scratch: KeyBuffer;

  /** @internal */
  constructor(core: StoreCore, state: TableState) {
    super(new LiveSource(core, state), new PairFormat(state.format));
    this.#core = core;
    this.state = state;
    this.name = state.name;
    this.#scratch = new KeyBuffer(core.key.limitBytes);
  }

  /**
   * Adds a value to those of a key. False where the key has it already.
   * @throws INVALID_ARGUMENT for what cannot be a key or a value, or is too long: together about a quarter of a page at most;
   * DISK_FULL, READ_ONLY, POISONED, CLOSED, BUSY
   */
  add(key: K, value: V): boolean {
    return this.#core.run(() => this.#add(this.#pair(key, value)), this.#core.options.durability);
  }

  /** Removes a value of a key, or, without one, all of them. False where there was nothing to remove. @throws as `add` */
  delete(key: K, value?: V): boolean {
    const run = value === undefined ? () => this.#deleteAll(key) : () => this.#delete(this.#pair(key, value));
    return this.#core.run(run, this.#core.options.durability);
  }

  /** Removes all records of the table, and gives their pages back: costs a visit of each. @throws as `add` */
  clear(): void {
    this.#core.run(() => this.#core.transaction.writerOf(this.state).clear(), this.#core.options.durability);
  }

  /** `add`, leaving the event loop free: many such calls share one transaction and one flush (see `Store.write`). */
  addAsync(key: K, value: V, options?: TransactionOptions): Promise<boolean> {
    return this.#later(key, value, options, (pair) => this.#add(pair));
  }

  /** `delete` of one value, in the way of `addAsync`. */
  deleteAsync(key: K, value: V, options?: TransactionOptions): Promise<boolean> {
    return this.#later(key, value, options, (pair) => this.#delete(pair));
  }

  #later(
    key: K,
    value: V,
    options: TransactionOptions | undefined,
    change: (pair: KeyBuffer) => boolean,
  ): Promise<boolean> {
    const core = this.#core;
    try {
      core.checkOpen();
      const bytes = this.#pair(key, value).toBytes();
      const durability = transactionDurability(options, core.options.durability);
      return core.queue.add(() => change(core.key.set(bytes)), true, durability);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #pair(key: K, value: V): KeyBuffer {
    this.format.writePair(key, value, this.#core.key, this.#scratch);
    return this.#core.key;
  }

  #add(pair: KeyBuffer): boolean {
    const { transaction } = this.#core;
    // What is there already is not written again.
    if (transaction.treeOf(this.state).find(pair)) return false;
    return transaction.writerOf(this.state).put(pair, NO_BYTES);
  }

  #delete(pair: KeyBuffer): boolean {
    return this.#core.transaction.writerOf(this.state).delete(pair);
  }

  #deleteAll(key: K): boolean {
    const pairs: Uint8Array[] = [];
    const { format } = this;
    for (const value of this.valuesOf(key)) {
      format.writePair(key, value, this.#core.key, this.#scratch);
      pairs.push(this.#core.key.toBytes());
    }
    for (const pair of pairs) this.#delete(this.#core.key.set(pair));
    return pairs.length > 0;
  }
}

const NO_BYTES = new Uint8Array(0);

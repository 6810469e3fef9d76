/**
 * A table with one value a key, as it is now: in a transaction as that sees it. A change outside of a transaction is
 * one of its own.
 */
import type { KeyBuffer } from '../key-buffer.js';
import type { TreeWriter } from '../tree-writer.js';
import type { StoreCore } from './core.js';
import { writePieces, writePiecesLater } from './large-write.js';
import { LiveSource } from './live-source.js';
import {
  checkCondition,
  type DeleteCondition,
  type SetCondition,
  type TransactionOptions,
  transactionDurability,
} from './options.js';
import { RecordFormat, VERSION_BYTES, writeVersion } from './record-format.js';
import { TableReader } from './table-reader.js';
import type { TableState } from './table-state.js';

const SET_NAMES = ['ifAbsent', 'ifValue', 'ifVersion'] as const;
const DELETE_NAMES = ['ifValue', 'ifVersion'] as const;

/** For a version and a value that lies beside its key. */
const scratch = Buffer.alloc(65536);

export class Table<K, V> extends TableReader<K, V> {
  readonly name: string;
  /** @internal */
  readonly state: TableState;
  /** @internal */
  protected readonly core: StoreCore;

  /** @internal */
  constructor(core: StoreCore, state: TableState) {
    super(new LiveSource(core, state), new RecordFormat(state.format));
    this.core = core;
    this.state = state;
    this.name = state.name;
  }

  /**
   * Stores a value. False where a condition was given and did not hold: then nothing was changed.
   * @throws INVALID_ARGUMENT for what cannot be a key, INVALID_VALUE, TOO_LARGE, DISK_FULL, READ_ONLY, POISONED, CLOSED, BUSY
   */
  set(key: K, value: V, condition?: SetCondition<V>): boolean {
    if (condition !== undefined) checkCondition(condition, SET_NAMES);
    const { core } = this;
    if (core.isInTransaction) return this.#set(key, value, condition);
    return core.run(() => this.#set(key, value, condition), core.options.durability);
  }

  /** Removes a record. False where there was none, or where a condition was given and did not hold. @throws as `set` */
  delete(key: K, condition?: DeleteCondition<V>): boolean {
    if (condition !== undefined) checkCondition(condition, DELETE_NAMES);
    const { core } = this;
    if (core.isInTransaction) return this.#delete(key, condition);
    return core.run(() => this.#delete(key, condition), core.options.durability);
  }

  /** Removes all records of the table, and gives their pages back: costs a visit of each. @throws as `set` */
  clear(): void {
    const { core, state } = this;
    core.run(() => core.transaction.writerOf(state).clear(), core.options.durability);
  }

  /**
   * `set`, leaving the event loop free: many such calls share one transaction and one flush (see `Store.write`). The
   * value is encoded at once; the change is seen when the promise resolves.
   */
  setAsync(key: K, value: V, condition?: SetCondition<V>, options?: TransactionOptions): Promise<boolean> {
    return this.#later(options, () => {
      if (condition !== undefined) {
        checkCondition(condition, SET_NAMES);
        return () => this.#set(key, value, condition);
      }
      // Encoding a value may run code of the caller's: the key comes after it.
      const valueBytes = this.format.values.encode(value);
      const { key: keyBuffer, pendingBytes } = this.core;
      this.format.keys.encode(key, keyBuffer);
      const { length } = keyBuffer;
      const bytes = pendingBytes.copy(keyBuffer.bytes.subarray(0, length), valueBytes);
      return () => {
        this.#put(this.core.key.set(bytes.subarray(0, length)), bytes.subarray(length));
        return true;
      };
    });
  }

  /** `delete`, in the way of `setAsync`. */
  deleteAsync(key: K, condition?: DeleteCondition<V>, options?: TransactionOptions): Promise<boolean> {
    return this.#later(options, () => {
      if (condition !== undefined) checkCondition(condition, DELETE_NAMES);
      const keyBytes = this.#encodedKey(key);
      if (condition !== undefined) return () => this.#delete(key, condition);
      return () => this.core.transaction.writerOf(this.state).delete(this.core.key.set(keyBytes));
    });
  }

  /**
   * Stores a value whose bytes come in pieces, without having them in memory together. They are the value as its codec
   * would encode it.
   * @param lengthBytes of all pieces together
   * @throws INVALID_VALUE where the pieces are more or fewer; otherwise as `set`
   */
  setPieces(key: K, lengthBytes: number, pieces: Iterable<Uint8Array>): void {
    const { core } = this;
    const write = () => writePieces(this.#pieceTarget(key), lengthBytes, pieces);
    if (core.isInTransaction) write();
    else core.run(write, core.options.durability);
  }

  /**
   * The same for pieces that come asynchronously, a stream's: in a transaction of its own, which stays open until they
   * are all there. Meanwhile reading goes on, asynchronous writes wait, and what would begin another transaction fails
   * (BUSY).
   */
  setPiecesAsync(
    key: K,
    lengthBytes: number,
    pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options?: TransactionOptions,
  ): Promise<void> {
    return writePiecesLater(this.core, this.#pieceTarget(key), lengthBytes, pieces, options);
  }

  #set(key: K, value: V, condition: SetCondition<V> | undefined): boolean {
    if (condition !== undefined && !this.#holds(key, condition)) return false;
    // Encoding a value may run code of the caller's: the key comes after it.
    const bytes = this.format.values.encode(value);
    const { key: keyBuffer } = this.core;
    this.format.keys.encode(key, keyBuffer);
    this.#put(keyBuffer, bytes);
    return true;
  }

  #put(key: KeyBuffer, bytes: Uint8Array): void {
    const writer = this.core.transaction.writerOf(this.state);
    if (this.format.skip === 0) {
      writer.put(key, bytes);
      return;
    }
    const lengthBytes = bytes.length + VERSION_BYTES;
    if (!writer.isInline(key, lengthBytes)) {
      this.#putLargeVersioned(writer, key, bytes);
      return;
    }
    writeVersion(++this.state.lastVersion, scratch);
    scratch.set(bytes, VERSION_BYTES);
    writer.put(key, scratch.subarray(0, lengthBytes));
  }

  #putLargeVersioned(writer: TreeWriter, key: KeyBuffer, bytes: Uint8Array): void {
    const large = writer.allocateLarge(bytes.length + VERSION_BYTES);
    try {
      large.append(this.#nextVersion());
      large.append(bytes);
      writer.putLarge(key, large);
    } catch (error) {
      writer.discardLarge(large);
      throw error;
    }
  }

  #nextVersion(): Uint8Array {
    const bytes = new Uint8Array(VERSION_BYTES);
    writeVersion(++this.state.lastVersion, bytes);
    return bytes;
  }

  #delete(key: K, condition: DeleteCondition<V> | undefined): boolean {
    if (condition !== undefined && !this.#holds(key, condition)) return false;
    const { key: keyBuffer } = this.core;
    this.format.keys.encode(key, keyBuffer);
    return this.core.transaction.writerOf(this.state).delete(keyBuffer);
  }

  #holds(key: K, condition: SetCondition<V>): boolean {
    const { ifAbsent, ifValue, ifVersion } = condition;
    if (ifVersion !== undefined) return this.version(key) === ifVersion;
    // A record that was read and was not there has no value.
    if (ifAbsent || ('ifValue' in condition && ifValue === undefined)) return !this.has(key);
    if (ifValue === undefined) return true;
    const wanted = this.format.values.encode(ifValue);
    const cell = this.find(key);
    return cell !== undefined && Buffer.compare(wanted, this.format.bytes(this.tree, cell)) === 0;
  }

  #pieceTarget(key: K) {
    const keyBytes = this.#encodedKey(key);
    return {
      state: this.state,
      writer: () => this.core.transaction.writerOf(this.state),
      key: () => this.core.key.set(keyBytes),
      /** What comes before the value. */
      head: () => (this.format.skip === 0 ? new Uint8Array(0) : this.#nextVersion()),
    };
  }

  #encodedKey(key: K): Uint8Array {
    const { key: keyBuffer } = this.core;
    this.format.keys.encode(key, keyBuffer);
    return keyBuffer.toBytes();
  }

  /** Queues a single change; what is wrong with it is told by the promise. */
  #later(options: TransactionOptions | undefined, prepare: () => () => boolean): Promise<boolean> {
    const { core } = this;
    try {
      core.checkOpen();
      const durability = transactionDurability(options, core.options.durability);
      return core.queue.add(prepare(), true, durability);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

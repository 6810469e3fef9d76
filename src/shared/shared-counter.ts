/**
 * A 64-bit counter that any number of threads and processes change at once, without ever waiting: Atomics on eight bytes
 * of a view, or of memory of its own. It is signed, little-endian, and wraps around.
 */

import { invalidValue } from '../mapping/scalars.js';
import type { View } from '../mapping/view.js';
import type { ByteCount } from '../os/arguments.js';
import { Cell, memoryFor, type NamedCellOptions } from './cell.js';
import type { SharedMemory } from './shared-memory.js';

const SIZE_BYTES = 8;

export class SharedCounter implements Disposable {
  readonly #cell: Cell<BigInt64Array>;
  #memory: SharedMemory | undefined;

  /**
   * The counter in the eight bytes at `offset` of a view, which stay what they are. In a view of a mapped file it is
   * there again after the next start.
   * @param offset a multiple of 8, of a view that begins at a multiple of 8
   * @throws INVALID_ARGUMENT, OUT_OF_BOUNDS, CLOSED
   */
  constructor(view: View, offset: ByteCount = 0) {
    this.#cell = new Cell(BigInt64Array, view, offset);
  }

  /** A counter of its own under a name, 0. @throws as SharedMemory.create */
  static create(name: string, options?: NamedCellOptions): SharedCounter {
    return SharedCounter.#in(memoryFor('create', name, SIZE_BYTES, options));
  }

  /** @throws as SharedMemory.open */
  static open(name: string): SharedCounter {
    return SharedCounter.#in(memoryFor('open', name, SIZE_BYTES));
  }

  /** @throws as SharedMemory.openOrCreate */
  static openOrCreate(name: string, options?: NamedCellOptions): SharedCounter {
    return SharedCounter.#in(memoryFor('openOrCreate', name, SIZE_BYTES, options));
  }

  static #in(memory: SharedMemory): SharedCounter {
    try {
      const counter = new SharedCounter(memory.view());
      counter.#memory = memory;
      return counter;
    } catch (error) {
      memory.close();
      throw error;
    }
  }

  /** @throws CLOSED */
  get value(): bigint {
    return Atomics.load(this.#cell.readable, 0);
  }

  /** Adds, and returns the sum. @throws INVALID_VALUE, READ_ONLY, CLOSED */
  add(amount: number | bigint): bigint {
    const by = int64(amount);
    return BigInt.asIntN(64, Atomics.add(this.#cell.writable, 0, by) + by);
  }

  /** Adds 1, and returns the sum: no two callers get the same. @throws READ_ONLY, CLOSED */
  increment(): bigint {
    return this.add(1n);
  }

  /** Subtracts 1, and returns the difference. @throws READ_ONLY, CLOSED */
  decrement(): bigint {
    return this.add(-1n);
  }

  /** Sets the value, and returns the one before. @throws INVALID_VALUE, READ_ONLY, CLOSED */
  set(value: number | bigint): bigint {
    return Atomics.exchange(this.#cell.writable, 0, int64(value));
  }

  /**
   * Sets the value if it is what is expected.
   * @returns the value found; it was replaced if that is what was expected
   * @throws INVALID_VALUE, READ_ONLY, CLOSED
   */
  compareExchange(expected: number | bigint, replacement: number | bigint): bigint {
    const from = int64(expected);
    const to = int64(replacement);
    return Atomics.compareExchange(this.#cell.writable, 0, from, to);
  }

  /** Lets go of memory of its own; a counter in a view of yours goes with that. Harmless when repeated. */
  close(): void {
    this.#memory?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** @throws INVALID_VALUE for what is no 64-bit integer */
function int64(value: number | bigint): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value;
  throw invalidValue('a counter', 'a whole number of 64 bits (number or bigint)', value);
}

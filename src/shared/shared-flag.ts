/**
 * A flag that any number of threads and processes set, clear and look at without ever waiting, and of which each learns
 * whether it was the one to change it: four bytes of a view, or of memory of its own, that are 0 or 1.
 */
import type { View } from '../mapping/view.js';
import type { ByteCount } from '../os/arguments.js';
import { Cell, memoryFor, type NamedCellOptions } from './cell.js';
import type { SharedMemory } from './shared-memory.js';

const SIZE_BYTES = 4;

export class SharedFlag implements Disposable {
  readonly #cell: Cell<Int32Array>;
  #memory: SharedMemory | undefined;

  /**
   * The flag in the four bytes at `offset` of a view, which stay what they are.
   * @param offset a multiple of 4, of a view that begins at a multiple of 4
   * @throws INVALID_ARGUMENT, OUT_OF_BOUNDS, CLOSED
   */
  constructor(view: View, offset: ByteCount = 0) {
    this.#cell = new Cell(Int32Array, view, offset);
  }

  /** A flag of its own under a name, not set. @throws as SharedMemory.create */
  static create(name: string, options?: NamedCellOptions): SharedFlag {
    return SharedFlag.#in(memoryFor('create', name, SIZE_BYTES, options));
  }

  /** @throws as SharedMemory.open */
  static open(name: string): SharedFlag {
    return SharedFlag.#in(memoryFor('open', name, SIZE_BYTES));
  }

  /** @throws as SharedMemory.openOrCreate */
  static openOrCreate(name: string, options?: NamedCellOptions): SharedFlag {
    return SharedFlag.#in(memoryFor('openOrCreate', name, SIZE_BYTES, options));
  }

  static #in(memory: SharedMemory): SharedFlag {
    try {
      const flag = new SharedFlag(memory.view());
      flag.#memory = memory;
      return flag;
    } catch (error) {
      memory.close();
      throw error;
    }
  }

  /** @throws CLOSED */
  get value(): boolean {
    return Atomics.load(this.#cell.readable, 0) !== 0;
  }

  /** Sets it. @returns true for the one caller who found it clear @throws READ_ONLY, CLOSED */
  set(): boolean {
    return Atomics.exchange(this.#cell.writable, 0, 1) === 0;
  }

  /** Clears it. @returns true for the one caller who found it set @throws READ_ONLY, CLOSED */
  clear(): boolean {
    return Atomics.exchange(this.#cell.writable, 0, 0) !== 0;
  }

  /** Lets go of memory of its own; a flag in a view of yours goes with that. Harmless when repeated. */
  close(): void {
    this.#memory?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

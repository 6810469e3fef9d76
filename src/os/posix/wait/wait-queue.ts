/**
 * Who waits for an object, in the order of their coming: so that it goes to who waited longest, as Windows has it, and
 * not to whoever happens to look.
 *
 * A waiter is a slot whose robust mutex it owns. So it is no waiter any more from the instant in which its thread ends,
 * however that ends, and nobody has to find out whether it lives. Who finds no free slot waits without a place, behind
 * all others.
 *
 * Everything here is called while the object's guard is held.
 */

import type { MappedView } from '../../memory.js';
import { FUTEX_TID_MASK, FUTEX_WAITERS } from '../abi.js';
import type { Libc } from '../libc.js';
import {
  GUARD_OFFSET,
  HEADER_BYTES,
  QUEUE_OFFSET,
  QUEUE_SLOTS,
  SLOT_BYTES,
  SLOT_TICKET_OFFSET,
  SLOTS_USED_OFFSET,
  TICKET_OFFSET,
} from '../object/format.js';
import type { KernelObject } from '../object/kernel-object.js';
import { acquire, isOwned, releaseMutex, tryAcquire } from '../robust-mutex.js';
import type { Sleep } from './waitable.js';

/** A waiter's place: its slot and its ticket. */
export interface Place {
  readonly slot: number;
  readonly ticket: number;
}

const INT = 4;
const SLOTS_USED = SLOTS_USED_OFFSET / INT;

/** Makes the guard and the queue of a new object. */
export function prepareQueue(libc: Libc, page: MappedView): void {
  libc.robustMutexInit(page.addressOf(GUARD_OFFSET, SLOT_BYTES));
  for (let slot = 0; slot < QUEUE_SLOTS; slot++) {
    libc.robustMutexInit(page.addressOf(QUEUE_OFFSET + slot * SLOT_BYTES, SLOT_BYTES));
  }
}

export class WaitQueue {
  readonly #libc: Libc;
  readonly #address: number;
  readonly #words: Int32Array;
  readonly #lockWord: number;
  readonly #perThread: boolean;

  /**
   * @param perThread the object goes to a thread, so that the waits of one thread are none before each other: one that
   *   blocks would wait for ever behind an asynchronous one, which cannot go on meanwhile
   */
  constructor(libc: Libc, object: KernelObject, lockWordOffset: number, perThread: boolean) {
    this.#perThread = perThread;
    this.#libc = libc;
    this.#address = object.page.addressOf(0, HEADER_BYTES);
    this.#words = new Int32Array(object.page.buffer);
    this.#lockWord = lockWordOffset / INT;
  }

  /** Runs `change` while nobody else looks at the object's state or changes it. */
  guarded<T>(change: () => T): T {
    const guard = this.#address + GUARD_OFFSET;
    acquire(this.#libc, guard);
    try {
      return change();
    } finally {
      releaseMutex(this.#libc, guard);
    }
  }

  /** Takes a place behind all others. Undefined where there is none. */
  join(): Place | undefined {
    for (let slot = 0; slot < QUEUE_SLOTS; slot++) {
      if (this.#isAlive(slot)) continue;
      if (slot >= this.#slotsUsed) Atomics.store(this.#words, SLOTS_USED, slot + 1);
      if (tryAcquire(this.#libc, this.#slotAddress(slot)) === 'taken') continue;
      const ticket = Atomics.add(this.#words, TICKET_OFFSET / INT, 1) | 0;
      Atomics.store(this.#words, this.#slotWord(slot) + SLOT_TICKET_OFFSET / INT, ticket);
      return { slot, ticket };
    }
    return undefined;
  }

  leave(place: Place): void {
    const word = this.#slotWord(place.slot) + this.#lockWord;
    const watched = (Atomics.load(this.#words, word) & FUTEX_WAITERS) !== 0;
    releaseMutex(this.#libc, this.#slotAddress(place.slot));
    if (watched) this.#libc.futexWake(this.#address + word * INT);
  }

  /** How many waiters there are. */
  get length(): number {
    let count = 0;
    for (let slot = this.#slotsUsed - 1; slot >= 0; slot--) if (this.#isAlive(slot)) count++;
    return count;
  }

  /** How many came before. Without a place: all. */
  ahead(place: Place | undefined): number {
    let count = 0;
    for (let slot = this.#slotsUsed - 1; slot >= 0; slot--) if (this.#isAhead(slot, place)) count++;
    return count;
  }

  /**
   * Where to sleep until somebody who came before leaves, or dies: the kernel and `leave` wake, for the bit is set.
   * Undefined where nobody did.
   */
  behind(place: Place | undefined): Sleep | undefined {
    for (let slot = 0; slot < this.#slotsUsed; slot++) {
      if (!this.#isAhead(slot, place)) continue;
      const word = this.#slotWord(slot) + this.#lockWord;
      const expected = Atomics.or(this.#words, word, FUTEX_WAITERS) | FUTEX_WAITERS;
      if (isOwned(expected)) return { word: this.#address + word * INT, expected };
    }
    return undefined;
  }

  #isAhead(slot: number, place: Place | undefined): boolean {
    if (slot === place?.slot || !this.#isAlive(slot)) return false;
    if (this.#perThread && this.#isOwn(slot)) return false;
    if (place === undefined) return true;
    const ticket = Atomics.load(this.#words, this.#slotWord(slot) + SLOT_TICKET_OFFSET / INT);
    // Tickets wrap around: of two, the earlier is the one from which the other is less than half a round away.
    return ((ticket - place.ticket) | 0) < 0;
  }

  /** Whatever stands there: an object that everyone may write to may hold anything. */
  get #slotsUsed(): number {
    return Math.min(Math.max(Atomics.load(this.#words, SLOTS_USED), 0), QUEUE_SLOTS);
  }

  #isAlive(slot: number): boolean {
    return isOwned(Atomics.load(this.#words, this.#slotWord(slot) + this.#lockWord));
  }

  /** The guard is held: its owner is this thread. */
  #isOwn(slot: number): boolean {
    const guard = Atomics.load(this.#words, GUARD_OFFSET / INT + this.#lockWord);
    const owner = Atomics.load(this.#words, this.#slotWord(slot) + this.#lockWord);
    return ((guard ^ owner) & FUTEX_TID_MASK) === 0;
  }

  #slotWord(slot: number): number {
    return (QUEUE_OFFSET + slot * SLOT_BYTES) / INT;
  }

  #slotAddress(slot: number): number {
    return this.#address + QUEUE_OFFSET + slot * SLOT_BYTES;
  }
}

/**
 * Who waits for an object, in the order of their coming: so that it goes to who waited longest, as Windows has it, and
 * not to whoever happens to look.
 *
 * A waiter is in a slot whose robust mutex its thread owns. So it is no waiter any more from the instant in which that
 * thread ends, however it ends, and nobody has to find out whether it lives. Waits of one thread that come one after the
 * other, with nobody in between, share a slot, which counts them.
 *
 * Who finds no free slot shares the last one of its own thread, and comes a little early. A thread that has none there
 * waits behind all others, uncounted, and tries again whenever it looks. (`isFull`: it may be that somebody has
 * to be woken for that.)
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
  SLOT_COUNT_OFFSET,
  SLOT_TICKET_OFFSET,
  SLOTS_USED_OFFSET,
  TICKET_OFFSET,
} from '../object/format.js';
import type { KernelObject } from '../object/kernel-object.js';
import {
  isOwned,
  lockGuard,
  MOST_PLACES,
  releaseMutex,
  robustLocksHeld,
  tryAcquire,
  unlockGuard,
} from '../robust-mutex.js';
import type { Sleep } from './waitable.js';

/** Waits of this thread in one slot, in the order of their coming. */
interface Run {
  readonly slot: number;
  readonly ticket: number;
  readonly members: Place[];
}

/** What one wait has of a queue. */
export interface Place {
  /** Undefined before it has found a slot, and after it left. */
  run: Run | undefined;
}

const INT = 4;
const SLOTS_USED = SLOTS_USED_OFFSET / INT;
const TICKET = TICKET_OFFSET / INT;
/** More waits than this are not counted: an event has ten bits for them, and one more than they are. */
export const MOST_COUNTED = 1022;

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
  /** What this thread has by this handle, the last one to come last. */
  readonly #runs: Run[] = [];

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

  /** Nobody else looks at the object's state or changes it, until `unlock`. */
  lock(): void {
    lockGuard(this.#libc, this.#address + GUARD_OFFSET);
  }

  unlock(): void {
    unlockGuard(this.#libc, this.#address + GUARD_OFFSET);
  }

  guarded<T>(change: () => T): T {
    this.lock();
    try {
      return change();
    } finally {
      this.unlock();
    }
  }

  /** Has the wait take a place behind all others, unless it has one. Without a place there is left it goes on without. */
  join(place: Place): void {
    if (place.run !== undefined) return;
    const last = this.#runs.at(-1);
    if (last !== undefined && last.ticket === ((this.#load(TICKET) - 1) | 0)) this.#share(last, place);
    else if (!this.#take(place) && last !== undefined) this.#share(last, place);
  }

  /** @returns whether the wait had a place */
  leave(place: Place): boolean {
    const { run } = place;
    if (run === undefined) return false;
    place.run = undefined;
    run.members.splice(run.members.indexOf(place), 1);
    if (run.members.length > 0) this.#count(run);
    else this.#giveUp(run);
    return true;
  }

  /** How many waits there are. */
  get length(): number {
    let count = 0;
    for (let slot = this.#slotsUsed - 1; slot >= 0; slot--) count += this.#waitsIn(slot);
    return Math.min(count, MOST_COUNTED);
  }

  /** No slot is free: there may be waits that have none. */
  get isFull(): boolean {
    if (this.#slotsUsed < QUEUE_SLOTS) return false;
    for (let slot = 0; slot < QUEUE_SLOTS; slot++) if (!this.#isAlive(slot)) return false;
    return true;
  }

  /** How many came before. Without a place: all. */
  ahead(place: Place | undefined): number {
    const own = place?.run?.members.indexOf(place) ?? 0;
    let count = this.#perThread ? 0 : own;
    for (let slot = this.#slotsUsed - 1; slot >= 0; slot--) {
      if (this.#isAhead(slot, place?.run)) count += this.#waitsIn(slot);
    }
    return count;
  }

  /** Where to sleep until somebody who came before leaves, or dies: the kernel and `leave` wake, for the bit is set. */
  behindAll(place: Place | undefined): Sleep[] {
    const sleeps: Sleep[] = [];
    for (let slot = 0; slot < this.#slotsUsed; slot++) {
      const sleep = this.#isAhead(slot, place?.run) ? this.#sleepOn(slot) : undefined;
      if (sleep !== undefined) sleeps.push(sleep);
    }
    return sleeps;
  }

  /**
   * The same for the last one of those who came before; nothing where nobody did. Its thread may have left and come back
   * to the slot before the sleep begins: so the ticket is among the words, and must be the one that was seen.
   */
  behindLast(place: Place | undefined): Sleep[] {
    for (;;) {
      let last: number | undefined;
      for (let slot = 0; slot < this.#slotsUsed; slot++) {
        if (!this.#isAhead(slot, place?.run)) continue;
        if (last === undefined || isBefore(this.#ticket(last), this.#ticket(slot))) last = slot;
      }
      if (last === undefined) return [];
      const sleep = this.#sleepOn(last);
      if (sleep === undefined) continue;
      const word = this.#slotAddress(last) + SLOT_TICKET_OFFSET;
      return [sleep, { word, expected: this.#ticket(last) }];
    }
  }

  #take(place: Place): boolean {
    if (robustLocksHeld() >= MOST_PLACES) return false;
    for (let slot = 0; slot < QUEUE_SLOTS; slot++) {
      if (this.#isAlive(slot)) continue;
      if (slot >= this.#slotsUsed) Atomics.store(this.#words, SLOTS_USED, slot + 1);
      const acquisition = tryAcquire(this.#libc, this.#slotAddress(slot));
      if (acquisition === 'taken') continue;
      // The kernel woke one of those who slept on who died here; the others would sleep on this one now.
      if (acquisition === 'abandoned') this.#libc.futexWake(this.#lockAddress(slot));
      const ticket = Atomics.add(this.#words, TICKET, 1) | 0;
      Atomics.store(this.#words, this.#slotWord(slot) + SLOT_TICKET_OFFSET / INT, ticket);
      const run: Run = { slot, ticket, members: [] };
      this.#runs.push(run);
      this.#share(run, place);
      return true;
    }
    return false;
  }

  #share(run: Run, place: Place): void {
    run.members.push(place);
    place.run = run;
    this.#count(run);
  }

  #count({ slot, members }: Run): void {
    Atomics.store(this.#words, this.#slotWord(slot) + SLOT_COUNT_OFFSET / INT, members.length);
  }

  #giveUp(run: Run): void {
    this.#runs.splice(this.#runs.indexOf(run), 1);
    const word = this.#slotWord(run.slot) + this.#lockWord;
    const watched = (this.#load(word) & FUTEX_WAITERS) !== 0;
    releaseMutex(this.#libc, this.#slotAddress(run.slot));
    if (watched) this.#libc.futexWake(this.#lockAddress(run.slot));
  }

  #sleepOn(slot: number): Sleep | undefined {
    const word = this.#slotWord(slot) + this.#lockWord;
    const expected = Atomics.or(this.#words, word, FUTEX_WAITERS) | FUTEX_WAITERS;
    return isOwned(expected) ? { word: this.#lockAddress(slot), expected, lock: true } : undefined;
  }

  #isAhead(slot: number, run: Run | undefined): boolean {
    if (slot === run?.slot || !this.#isAlive(slot)) return false;
    if (this.#perThread && this.#isOwn(slot)) return false;
    return run === undefined || isBefore(this.#ticket(slot), run.ticket);
  }

  #ticket(slot: number): number {
    return this.#load(this.#slotWord(slot) + SLOT_TICKET_OFFSET / INT);
  }

  /** Whatever stands there: an object that everyone may write to may hold anything. */
  get #slotsUsed(): number {
    return Math.min(Math.max(this.#load(SLOTS_USED), 0), QUEUE_SLOTS);
  }

  #waitsIn(slot: number): number {
    if (!this.#isAlive(slot)) return 0;
    const count = this.#load(this.#slotWord(slot) + SLOT_COUNT_OFFSET / INT);
    return Math.min(Math.max(count, 1), MOST_COUNTED);
  }

  #isAlive(slot: number): boolean {
    return isOwned(this.#load(this.#slotWord(slot) + this.#lockWord));
  }

  /** The guard is held: its owner is this thread. */
  #isOwn(slot: number): boolean {
    const guard = this.#load(GUARD_OFFSET / INT + this.#lockWord);
    const owner = this.#load(this.#slotWord(slot) + this.#lockWord);
    return ((guard ^ owner) & FUTEX_TID_MASK) === 0;
  }

  #load(index: number): number {
    return Atomics.load(this.#words, index);
  }

  #slotWord(slot: number): number {
    return (QUEUE_OFFSET + slot * SLOT_BYTES) / INT;
  }

  #lockAddress(slot: number): number {
    return this.#address + (this.#slotWord(slot) + this.#lockWord) * INT;
  }

  #slotAddress(slot: number): number {
    return this.#address + QUEUE_OFFSET + slot * SLOT_BYTES;
  }
}

/** Tickets wrap around: of two, the earlier is the one from which the other is less than half a round away. */
function isBefore(ticket: number, other: number): boolean {
  return ((ticket - other) | 0) < 0;
}

/**
 * Mutexes over a robust pthread mutex.
 *
 * It belongs to the JavaScript thread that acquired it, which is counted here: the pthread mutex is locked once. It is
 * locked and released by that thread itself, also after an asynchronous wait, for which a helper only sleeps. The next
 * one to get it is who waited longest; a release wakes all who wait, and those who came later go back to sleep.
 */
import { WAIT_ABANDONED, WAIT_OBJECT_0 } from '../../constants.js';
import type { MappedView } from '../../memory.js';
import { ERROR_NOT_OWNER, win32Error } from '../../win32-errors.js';
import { FUTEX_WAITERS, PTHREAD_MUTEX_BYTES } from '../abi.js';
import type { Libc } from '../libc.js';
import { ABANDONED_OFFSET, MUTEX_OFFSET, STATE_OFFSET } from '../object/format.js';
import type { KernelObject } from '../object/kernel-object.js';
import { isOwned, releaseMutex, tryAcquire } from '../robust-mutex.js';
import { type Place, WaitQueue } from './wait-queue.js';
import { MUST_WAIT, type Sleep, type WaitableState } from './waitable.js';

const ABANDONED = ABANDONED_OFFSET / 4;
const TURN = STATE_OFFSET / 4;

/** What this JavaScript thread owns, by the object's identity: two handles of one object own it together. */
const owned = new Map<string, { readonly state: MutexState; count: number }>();

/** Makes the mutex of a new object, owned by this thread from the first instant if asked for. */
export function prepareMutex(libc: Libc, page: MappedView, initialOwner: boolean): void {
  const mutex = page.addressOf(MUTEX_OFFSET, PTHREAD_MUTEX_BYTES);
  libc.robustMutexInit(mutex);
  if (initialOwner) tryAcquire(libc, mutex);
}

/** Gives it up before its page is unmapped. */
export function discardMutex(libc: Libc, page: MappedView, initialOwner: boolean): void {
  if (initialOwner) releaseMutex(libc, page.addressOf(MUTEX_OFFSET, PTHREAD_MUTEX_BYTES));
}

export class MutexState implements WaitableState {
  readonly #libc: Libc;
  readonly #object: KernelObject;
  readonly #queue: WaitQueue;
  readonly #words: Int32Array;
  readonly #lock: number;
  readonly #mutex: number;
  /** The turn in which somebody else was woken: once is enough. */
  #passedOn: number | undefined;
  sleeps: readonly Sleep[] = [];

  constructor(libc: Libc, object: KernelObject, lockWordOffset: number) {
    this.#libc = libc;
    this.#object = object;
    this.#queue = new WaitQueue(libc, object, lockWordOffset, true);
    this.#words = new Int32Array(object.page.buffer);
    this.#mutex = object.page.addressOf(MUTEX_OFFSET, 4);
    this.#lock = (MUTEX_OFFSET + lockWordOffset) / 4;
  }

  join(): Place | undefined {
    return this.#queue.guarded(() => this.#queue.join());
  }

  leave(place: Place | undefined): void {
    if (place === undefined) return;
    this.#queue.guarded(() => {
      this.#queue.leave(place);
      if (!isOwned(this.#lockWord)) this.#nextTurn();
    });
  }

  attempt(place: Place | undefined): number {
    const mine = owned.get(this.#object.identity);
    if (mine !== undefined) {
      mine.count++;
      return WAIT_OBJECT_0;
    }
    return this.#queue.guarded(() => {
      for (;;) {
        const word = this.#lockWord;
        if (!isOwned(word)) {
          return this.#queue.ahead(place) === 0 ? this.#take() : this.#passOn(place);
        }
        if (Atomics.compareExchange(this.#words, this.#lock, word, word | FUTEX_WAITERS) === word) {
          this.sleeps = [{ word: this.#lockAddress, expected: word | FUTEX_WAITERS }];
          return MUST_WAIT;
        }
      }
    });
  }

  /** This thread owns it: it was made so. */
  adopt(): void {
    owned.set(this.#object.identity, { state: this, count: 1 });
    this.#object.usePage();
  }

  undo(result: number): void {
    // Whoever gets it next is told what this one was.
    if (result === WAIT_ABANDONED) Atomics.store(this.#words, ABANDONED, 1);
    this.release();
  }

  /** @throws NOT_OWNER (288) */
  release(): void {
    const mine = owned.get(this.#object.identity);
    if (mine === undefined) throw win32Error(ERROR_NOT_OWNER, 'ReleaseMutex');
    if (--mine.count > 0) return;
    owned.delete(this.#object.identity);
    mine.state.#giveUp();
  }

  usePage(): void {
    this.#object.usePage();
  }

  unusePage(): void {
    this.#object.unusePage();
  }

  /** The lock is free, or its owner died: nobody can come in between, because of the guard. */
  #take(): number {
    const acquisition = tryAcquire(this.#libc, this.#mutex);
    // The kernel wakes at the owner's death, and the release before it looks for waiters, if this bit is there.
    if (this.#queue.length > 0) Atomics.or(this.#words, this.#lock, FUTEX_WAITERS);
    this.#nextTurn();
    this.adopt();
    const untold = Atomics.exchange(this.#words, ABANDONED, 0) === 1;
    return acquisition === 'abandoned' || untold ? WAIT_ABANDONED : WAIT_OBJECT_0;
  }

  #giveUp(): void {
    const waited = (this.#lockWord & FUTEX_WAITERS) !== 0;
    releaseMutex(this.#libc, this.#mutex);
    if (waited || this.#queue.length > 0) this.#libc.futexWake(this.#lockAddress);
    this.#object.unusePage();
  }

  /**
   * It is free, but for somebody who came earlier. The kernel may have woken the wrong one when the owner died, so all
   * look once. The lock word says nothing to those who sleep then: it may be free again, and for them, when they come to
   * sleep. So they sleep on the count of turns, and on the one before them.
   */
  #passOn(place: Place | undefined): number {
    const turn = Atomics.load(this.#words, TURN);
    if (this.#passedOn !== turn) {
      this.#libc.futexWake(this.#lockAddress);
      this.#libc.futexWake(this.#turnAddress);
    }
    this.#passedOn = turn;
    const behind = this.#queue.behind(place);
    this.sleeps = [{ word: this.#turnAddress, expected: turn }, ...(behind === undefined ? [] : [behind])];
    return MUST_WAIT;
  }

  /** Somebody else is the first of those who wait. */
  #nextTurn(): void {
    if (this.#queue.length > 0) this.#libc.futexAddAndWake(this.#turnAddress, 1);
    else Atomics.add(this.#words, TURN, 1);
  }

  get #turnAddress(): number {
    return this.#object.page.addressOf(TURN * 4, 4);
  }

  get #lockWord(): number {
    return Atomics.load(this.#words, this.#lock);
  }

  get #lockAddress(): number {
    return this.#object.page.addressOf(this.#lock * 4, 4);
  }
}

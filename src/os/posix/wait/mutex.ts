/**
 * Mutexes over a robust pthread mutex.
 *
 * It belongs to the JavaScript thread that acquired it, which is counted here: the pthread mutex is locked once. It is
 * locked and released by that thread itself, also after an asynchronous wait, for which a helper only sleeps. The next
 * one to get it is who waited longest.
 *
 * Only who is the first of those who wait sleeps on the lock word, which its owner's release and its owner's death wake.
 * Everybody else sleeps on the slot of the one before, and looks when that one leaves or dies. So whoever is killed, be
 * it between being woken and looking, wakes who comes next.
 *
 * A wait for all of several objects may be killed when it has locked the mutex and not yet all that it is to get: the
 * mark UNDECIDED then tells that nobody had it.
 */
import { WAIT_ABANDONED, WAIT_OBJECT_0 } from '../../constants.js';
import type { MappedView } from '../../memory.js';
import { ERROR_NOT_OWNER, win32Error } from '../../win32-errors.js';
import { FUTEX_OWNER_DIED, FUTEX_WAITERS, PTHREAD_MUTEX_BYTES } from '../abi.js';
import type { Libc } from '../libc.js';
import { ABANDONED_OFFSET, MUTEX_OFFSET } from '../object/format.js';
import type { KernelObject } from '../object/kernel-object.js';
import { checkRobustRoom, isOwned, releaseMutex, tryAcquire } from '../robust-mutex.js';
import { type Place, WaitQueue } from './wait-queue.js';
import { MUST_WAIT, type Sleep, type Store, type WaitableState } from './waitable.js';

const ABANDONED = ABANDONED_OFFSET / 4;
/** Bits of the word ABANDONED: the last owner but nobody after it died with the mutex; who locked it may not have got it. */
const UNTOLD = 1;
const UNDECIDED = 2;

/** What this JavaScript thread owns, by the object's identity: two handles of one object own it together. */
const owned = new Map<string, { readonly state: MutexState; count: number }>();

/**
 * What lets the asynchronous waits of this thread look that sleep, by the object's identity. Once the thread owns a mutex
 * they are satisfied at once, and those that somebody else came before would not be woken.
 */
const asleep = new Map<string, Set<() => void>>();

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
  readonly identity: string;
  sleeps: readonly Sleep[] = [];

  constructor(libc: Libc, object: KernelObject, lockWordOffset: number) {
    this.#libc = libc;
    this.#object = object;
    this.identity = object.identity;
    this.#queue = new WaitQueue(libc, object, lockWordOffset, true);
    this.#words = new Int32Array(object.page.buffer);
    this.#mutex = object.page.addressOf(MUTEX_OFFSET, 4);
    this.#lock = (MUTEX_OFFSET + lockWordOffset) / 4;
  }

  join(): Place {
    const place: Place = { run: undefined };
    this.#queue.guarded(() => this.#queue.join(place));
    return place;
  }

  leave(place: Place): void {
    if (place.run !== undefined) this.#queue.guarded(() => this.#queue.leave(place));
  }

  attempt(place: Place | undefined): number {
    const mine = owned.get(this.identity);
    if (mine !== undefined) {
      if (place !== undefined) this.leave(place);
      mine.count++;
      return WAIT_OBJECT_0;
    }
    return this.#queue.guarded(() => {
      if (place !== undefined) this.#queue.join(place);
      const result = this.#look(place);
      if (result !== MUST_WAIT) this.#take(place);
      return result;
    });
  }

  /** This thread owns it: it was made so. */
  adopt(): void {
    owned.set(this.identity, { state: this, count: 1 });
    this.#object.usePage();
    for (const look of asleep.get(this.identity) ?? []) look();
  }

  onOwned(look: () => void): () => void {
    const looks = asleep.get(this.identity) ?? new Set();
    asleep.set(this.identity, looks.add(look));
    return () => {
      looks.delete(look);
      if (looks.size === 0) asleep.delete(this.identity);
    };
  }

  /** @throws NOT_OWNER (288) */
  release(): void {
    const mine = owned.get(this.identity);
    if (mine === undefined) throw win32Error(ERROR_NOT_OWNER, 'ReleaseMutex');
    if (--mine.count > 0) return;
    owned.delete(this.identity);
    mine.state.#giveUp();
  }

  lock(): void {
    this.#queue.lock();
  }

  unlock(): void {
    this.#queue.unlock();
  }

  look(): number {
    return this.becomesOwner ? this.#look(undefined) : WAIT_OBJECT_0;
  }

  /** The kernel may have woken this wait alone. */
  leaveIt(): void {
    if (this.becomesOwner) this.#libc.futexWake(this.#lockAddress);
  }

  get becomesOwner(): boolean {
    return !owned.has(this.identity);
  }

  prepare(): Store | undefined {
    if (!this.becomesOwner) return undefined;
    Atomics.or(this.#words, ABANDONED, UNDECIDED | (this.#isAbandoned ? UNTOLD : 0));
    this.#acquire();
    return { words: this.#words, index: ABANDONED, value: 0 };
  }

  took(): void {
    const mine = owned.get(this.identity);
    if (mine === undefined) this.adopt();
    else mine.count++;
  }

  usePage(): void {
    this.#object.usePage();
  }

  unusePage(): void {
    this.#object.unusePage();
  }

  #look(place: Place | undefined): number {
    for (;;) {
      const word = this.#lockWord;
      if (this.#queue.ahead(place) > 0) {
        const behind = this.#queue.behindLast(place);
        if (behind.length === 0) continue;
        // The kernel may have woken this wait in place of the first one.
        if (!isOwned(word)) this.#libc.futexWake(this.#lockAddress);
        this.sleeps = behind;
        return MUST_WAIT;
      }
      if (!isOwned(word)) return this.#isAbandoned ? WAIT_ABANDONED : WAIT_OBJECT_0;
      const expected = word | FUTEX_WAITERS;
      if (Atomics.compareExchange(this.#words, this.#lock, word, expected) === word) {
        this.sleeps = [{ word: this.#lockAddress, expected, lock: true }];
        return MUST_WAIT;
      }
    }
  }

  /** The lock is free, or its owner died: nobody can come in between, because of the guard. */
  #take(place: Place | undefined): void {
    checkRobustRoom(1, 'WaitForSingleObject');
    this.#acquire();
    Atomics.store(this.#words, ABANDONED, 0);
    if (place !== undefined) this.#queue.leave(place);
    this.adopt();
  }

  #acquire(): void {
    const died = (this.#lockWord & FUTEX_OWNER_DIED) !== 0;
    tryAcquire(this.#libc, this.#mutex);
    // The kernel woke one at most. The others are woken by the release, or this owner's death, if this bit is there.
    if (died) Atomics.or(this.#words, this.#lock, FUTEX_WAITERS);
  }

  #giveUp(): void {
    const waited = (this.#lockWord & FUTEX_WAITERS) !== 0;
    releaseMutex(this.#libc, this.#mutex);
    if (waited) this.#libc.futexWake(this.#lockAddress);
    this.#object.unusePage();
  }

  /** While it is free: who had it last died with it, and nobody has been told. */
  get #isAbandoned(): boolean {
    const marks = Atomics.load(this.#words, ABANDONED);
    if ((marks & UNTOLD) !== 0) return true;
    return (marks & UNDECIDED) === 0 && (this.#lockWord & FUTEX_OWNER_DIED) !== 0;
  }

  get #lockWord(): number {
    return Atomics.load(this.#words, this.#lock);
  }

  get #lockAddress(): number {
    return this.#object.page.addressOf(this.#lock * 4, 4);
  }
}

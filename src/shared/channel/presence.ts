/**
 * The objects of the system by which peers know of each other: for each peer a mutex that it owns as long as it lives,
 * `<channel>.peer.<number>`, and an event that wakes it, `<channel>.wake.<number>`.
 *
 * Invariants: the number of a peer is never given again while an object of its name exists; the objects exist before
 * anybody can read the number in the mapping, so that a number without objects is that of a dead peer; who acquires the
 * mutex of another peer knows that it is gone, and alone clears up after it.
 */

import {
  EVENT_MODIFY_STATE,
  INFINITE,
  SYNCHRONIZE,
  WAIT_ABANDONED_0,
  WAIT_TIMEOUT,
} from '../../os/constants.js';
import { isPerdureError } from '../../os/errors.js';
import type { SecurityAttributes } from '../../os/names.js';
import { nativeOs } from '../../os/native.js';
import type { EventHandle, MutexHandle, Waitable } from '../../os/synchronization.js';

/**
 * The peers of this JavaScript thread, by the names of their mutexes. A mutex belongs to a thread: it cannot tell its
 * peers apart, and would acquire the mutex of one that lives.
 */
const here = new Set<string>();

interface Objects {
  event?: EventHandle;
  mutex?: MutexHandle;
}

/** Undefined where the object is gone: its holder is. */
function unlessGone<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    if (isPerdureError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

export class Presence {
  readonly #os = nativeOs();
  readonly #channel: string;
  readonly #others = new Map<number, Objects>();
  readonly #own: string;
  readonly #mutex: MutexHandle;
  readonly event: EventHandle;
  readonly number: number;

  /** @param nextNumber gives numbers until one has no objects */
  constructor(channel: string, security: SecurityAttributes | null, nextNumber: () => number) {
    this.#channel = channel;
    for (;;) {
      const number = nextNumber();
      const mutex = this.#os.createMutex(security, true, this.#mutexName(number));
      if (mutex.alreadyExisted) {
        this.#os.closeHandle(mutex);
        continue;
      }
      this.number = number;
      this.#mutex = mutex;
      this.#own = this.#mutexName(number);
      here.add(this.#own);
      break;
    }
    try {
      this.event = this.#os.createEvent(security, false, false, this.#eventName(this.number));
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  /** Wakes a peer that sleeps. One that is gone needs no waking. */
  wake(number: number): void {
    if (number === this.number) return this.#os.setEvent(this.event);
    this.meet(number);
    const { event } = this.#objects(number);
    if (event) this.#os.setEvent(event);
  }

  /** True for the peers of this thread, which live. */
  isHere(number: number): boolean {
    return here.has(this.#mutexName(number));
  }

  /** What a sleeper waits for to learn of the end of a peer: undefined where it is gone already. */
  mutexOf(number: number): Waitable | undefined {
    const objects = this.#objects(number);
    objects.mutex ??= unlessGone(() => this.#os.openMutex(SYNCHRONIZE, false, this.#mutexName(number)));
    return objects.mutex;
  }

  /**
   * True where a peer is gone, and this one is to clear up after it: to be followed by `forget`. False where it lives,
   * or somebody else is clearing up.
   */
  isGone(number: number): boolean {
    if (this.isHere(number)) return false;
    const mutex = this.mutexOf(number);
    return mutex === undefined || this.#os.waitForSingleObject(mutex, 0) !== WAIT_TIMEOUT;
  }

  /** Opens what wakes a peer, so that waking it later cannot fail for want of a handle. */
  meet(number: number): void {
    if (number === this.number) return;
    this.#objects(number).event ??= unlessGone(() =>
      this.#os.openEvent(EVENT_MODIFY_STATE, false, this.#eventName(number)),
    );
  }

  /**
   * Lets go of the objects of a peer, and of its mutex if that was acquired: closing a handle would not do that, and
   * keep the others from learning that the peer is gone.
   */
  forget(number: number): void {
    const objects = this.#others.get(number);
    this.#others.delete(number);
    if (objects?.mutex) {
      try {
        this.#os.releaseMutex(objects.mutex);
      } catch (error) {
        if (!isPerdureError(error, 'NOT_OWNER')) throw error;
      }
      this.#os.closeHandle(objects.mutex);
    }
    if (objects?.event) this.#os.closeHandle(objects.event);
  }

  /** Lets go of the peers that are none of these. */
  keepOnly(numbers: ReadonlySet<number>): void {
    for (const number of [...this.#others.keys()]) if (!numbers.has(number)) this.forget(number);
  }

  /** Keeps the thread until this peer is woken, or so many milliseconds have passed. @returns true where it was woken */
  nap(milliseconds: number): boolean {
    return this.#os.waitForSingleObject(this.event, milliseconds) !== WAIT_TIMEOUT;
  }

  /** Sleeps until this peer is woken, or one of the mutexes is acquired. @returns 0, or 1 + its index */
  async sleep(mutexes: readonly Waitable[], signal: AbortSignal): Promise<number> {
    const handles = [this.event, ...mutexes];
    const result = await this.#os.waitForMultipleObjectsAsync(handles, false, INFINITE, signal);
    return result & (WAIT_ABANDONED_0 - 1);
  }

  /** The end of this peer: everybody sees that it is gone. */
  leave(): void {
    for (const number of [...this.#others.keys()]) this.forget(number);
    here.delete(this.#own);
    this.#os.releaseMutex(this.#mutex);
    this.#os.closeHandle(this.#mutex);
    if (this.event) this.#os.closeHandle(this.event);
  }

  #objects(number: number): Objects {
    let objects = this.#others.get(number);
    if (!objects) {
      objects = {};
      this.#others.set(number, objects);
    }
    return objects;
  }

  #mutexName(number: number): string {
    return `${this.#channel}.peer.${number}`;
  }

  #eventName(number: number): string {
    return `${this.#channel}.wake.${number}`;
  }
}

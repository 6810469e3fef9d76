/**
 * Events over a futex.
 *
 * The state word is (version << 10) | state.
 *
 * Manual reset: state 1 is signaled, and each SetEvent on one that is not begins a new version. A waiter whose version is
 * over was released by a SetEvent, whatever was reset since. It needs no place in the queue.
 *
 * Automatic reset: the state counts the waits that it may still satisfy, at most one more than there are waiters. Each of
 * those that came first has one reserved; what is beyond is the "signaled" that a look can see and ResetEvent takes away.
 * So a SetEvent releases one of those who wait, as on Windows, and not who looks next. Every change is a new version, so
 * that nobody falls asleep on a state that is not the one it saw.
 *
 * Changing the word and waking is one system call (FUTEX_WAKE_OP): a process killed in SetEvent did both or nothing. All
 * who wait sleep on the word. Who was woken and finds what there is reserved for others sleeps on their slots as well:
 * one of them may die.
 */
import { WAIT_OBJECT_0 } from '../../constants.js';
import type { MappedView } from '../../memory.js';
import type { Libc } from '../libc.js';
import { STATE_OFFSET } from '../object/format.js';
import type { KernelObject } from '../object/kernel-object.js';
import { type Place, WaitQueue } from './wait-queue.js';
import { MUST_WAIT, type Sleep, type Store, type WaitableState } from './waitable.js';

/** With a state it is at most 2047, what FUTEX_WAKE_OP can add. */
const VERSION = 1 << 10;
const STATE_MASK = VERSION - 1;

const STATE = STATE_OFFSET / 4;

/** Makes a new event signaled, of either kind. */
export function prepareSignaled(page: MappedView): void {
  new Int32Array(page.buffer)[STATE] = 1;
}

interface EventPlace extends Place {
  /** Manual reset: the version in which the wait began. */
  readonly version: number;
}

export class EventState implements WaitableState {
  readonly #libc: Libc;
  readonly #object: KernelObject;
  readonly #queue: WaitQueue;
  readonly #words: Int32Array;
  readonly #manual: boolean;
  readonly identity: string;
  readonly becomesOwner = false;
  sleeps: readonly Sleep[] = [];

  constructor(libc: Libc, object: KernelObject, lockWordOffset: number) {
    this.#libc = libc;
    this.#object = object;
    this.identity = object.identity;
    this.#queue = new WaitQueue(libc, object, lockWordOffset, false);
    this.#words = new Int32Array(object.page.buffer);
    this.#manual = object.header.detail === 1;
  }

  set(): void {
    this.#queue.guarded(() => {
      const state = this.#word & STATE_MASK;
      const most = this.#manual ? 0 : this.#queue.length;
      if (state <= most) this.#libc.futexAddAndWake(this.#address, VERSION + 1);
    });
  }

  reset(): void {
    this.#queue.guarded(() => {
      const word = this.#word;
      const state = word & STATE_MASK;
      const left = this.#manual ? 0 : Math.min(state, this.#queue.length);
      if (left !== state)
        Atomics.store(this.#words, STATE, word + left - state + (this.#manual ? 0 : VERSION));
    });
  }

  join(): EventPlace {
    return this.#queue.guarded(() => {
      const place: EventPlace = { run: undefined, version: this.#word & ~STATE_MASK };
      if (!this.#manual) this.#queue.join(place);
      return place;
    });
  }

  leave(place: Place): void {
    if (place.run === undefined) return;
    this.#queue.guarded(() => {
      const wasFull = this.#queue.isFull;
      this.#queue.leave(place);
      const left = (this.#word & STATE_MASK) > 0 && this.#queue.length > 0;
      if (left || wasFull) this.#libc.futexAddAndWake(this.#address, VERSION);
    });
  }

  attempt(place: EventPlace | undefined): number {
    return this.#queue.guarded(() => {
      if (place !== undefined && !this.#manual) this.#queue.join(place);
      const result = this.#look(place);
      if (result === MUST_WAIT) this.#findSleeps(place);
      else if (!this.#manual) this.#take(place);
      return result;
    });
  }

  lock(): void {
    this.#queue.lock();
  }

  unlock(): void {
    this.#queue.unlock();
  }

  look(): number {
    const result = this.#look(undefined);
    if (result === MUST_WAIT) this.#findSleeps(undefined);
    return result;
  }

  leaveIt(): void {
    // All who wait were woken when it was set.
  }

  prepare(): Store | undefined {
    if (this.#manual) return undefined;
    const word = this.#word;
    const state = word & STATE_MASK;
    return { words: this.#words, index: STATE, value: word + VERSION + this.#leftByMe - state };
  }

  took(): void {
    // Nothing in this thread depends on it.
  }

  onOwned(): () => void {
    return () => {};
  }

  usePage(): void {
    this.#object.usePage();
  }

  unusePage(): void {
    this.#object.unusePage();
  }

  #look(place: EventPlace | undefined): number {
    const word = this.#word;
    const state = word & STATE_MASK;
    const released = this.#manual
      ? state === 1 || (place !== undefined && place.version !== (word & ~STATE_MASK))
      : state > this.#queue.ahead(place);
    return released ? WAIT_OBJECT_0 : MUST_WAIT;
  }

  /** The place first: should this process die in between, what it has not got is still there for the next. */
  #take(place: Place | undefined): void {
    const left = this.#leftByMe;
    const wasFull = this.#queue.isFull;
    if (place !== undefined) this.#queue.leave(place);
    const word = this.#word;
    const change = VERSION + left - (word & STATE_MASK);
    if (left > 0 || wasFull) this.#libc.futexAddAndWake(this.#address, change);
    else Atomics.store(this.#words, STATE, word + change);
  }

  /** How many waits the state may satisfy after this one: of those who died, none. */
  get #leftByMe(): number {
    return Math.min((this.#word & STATE_MASK) - 1, this.#queue.length);
  }

  #findSleeps(place: Place | undefined): void {
    const word = this.#word;
    const own: Sleep = { word: this.#address, expected: word };
    const reserved = !this.#manual && (word & STATE_MASK) > 0;
    this.sleeps = reserved ? [own, ...this.#queue.behindAll(place)] : [own];
  }

  get #word(): number {
    return Atomics.load(this.#words, STATE);
  }

  get #address(): number {
    return this.#object.page.addressOf(STATE_OFFSET, 4);
  }
}

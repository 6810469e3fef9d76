/**
 * Events over a futex.
 *
 * The state word is (version << 8) | state.
 *
 * Manual reset: state 1 is signaled, and each SetEvent on one that is not begins a new version. A waiter whose version is
 * over was released by a SetEvent, whatever was reset since.
 *
 * Automatic reset: the state counts the waits that it may still satisfy, at most one more than there are waiters. Each of
 * those that came first has one reserved; what is beyond is the "signaled" that a look can see and ResetEvent takes away.
 * So a SetEvent releases one of those who wait, as on Windows, and not who looks next. Every change is a new version, so
 * that nobody falls asleep on a state that is not the one it saw.
 *
 * Changing the word and waking is one system call (FUTEX_WAKE_OP): a process killed in SetEvent did both or nothing.
 */
import { WAIT_OBJECT_0 } from '../../constants.js';
import type { MappedView } from '../../memory.js';
import type { Libc } from '../libc.js';
import { STATE_OFFSET } from '../object/format.js';
import type { KernelObject } from '../object/kernel-object.js';
import { type Place, WaitQueue } from './wait-queue.js';
import { MUST_WAIT, type Sleep, type WaitableState } from './waitable.js';

const VERSION = 1 << 8;
const STATE_MASK = VERSION - 1;

const STATE = STATE_OFFSET / 4;

/** Makes a new event signaled, of either kind. */
export function prepareSignaled(page: MappedView): void {
  new Int32Array(page.buffer)[STATE] = 1;
}

interface EventPlace extends Place {
  readonly version: number;
}

export class EventState implements WaitableState {
  readonly #libc: Libc;
  readonly #object: KernelObject;
  readonly #queue: WaitQueue;
  readonly #words: Int32Array;
  readonly #manual: boolean;
  /** The word for which somebody else was woken: once is enough. */
  #passedOn: number | undefined;
  sleeps: readonly Sleep[] = [];

  constructor(libc: Libc, object: KernelObject, lockWordOffset: number) {
    this.#libc = libc;
    this.#object = object;
    this.#queue = new WaitQueue(libc, object, lockWordOffset, false);
    this.#words = new Int32Array(object.page.buffer);
    this.#manual = object.header.detail === 1;
  }

  set(): void {
    this.#queue.guarded(() => {
      const state = this.#word & STATE_MASK;
      if (!this.#manual) this.#grant(state);
      else if (state === 0) this.#libc.futexAddAndWake(this.#address, VERSION + 1);
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

  join(): EventPlace | undefined {
    return this.#queue.guarded(() => {
      const place = this.#queue.join();
      return place && { ...place, version: this.#word & ~STATE_MASK };
    });
  }

  leave(place: Place | undefined): void {
    if (place === undefined) return;
    this.#queue.guarded(() => {
      this.#queue.leave(place);
      const left = !this.#manual && (this.#word & STATE_MASK) > 0;
      if (left && this.#queue.length > 0) this.#libc.futexAddAndWake(this.#address, VERSION);
    });
  }

  attempt(place: EventPlace | undefined): number {
    return this.#queue.guarded(() => {
      const word = this.#word;
      const state = word & STATE_MASK;
      this.sleeps = [{ word: this.#address, expected: word }];
      if (this.#manual) {
        const released = state === 1 || (place !== undefined && place.version !== (word & ~STATE_MASK));
        return released ? WAIT_OBJECT_0 : MUST_WAIT;
      }
      if (state === 0) return MUST_WAIT;
      if (state <= this.#queue.ahead(place)) return this.#passOn(word, place);
      const left = Math.min(state, this.#queue.length + 1) - 1;
      if (left > 0) this.#libc.futexAddAndWake(this.#address, VERSION + left - state);
      else Atomics.store(this.#words, STATE, word + VERSION - state);
      return WAIT_OBJECT_0;
    });
  }

  undo(): void {
    if (!this.#manual) this.#queue.guarded(() => this.#grant(this.#word & STATE_MASK));
  }

  usePage(): void {
    this.#object.usePage();
  }

  unusePage(): void {
    this.#object.unusePage();
  }

  #grant(state: number): void {
    if (state <= this.#queue.length) this.#libc.futexAddAndWake(this.#address, VERSION + 1);
  }

  /** It is signaled, but for somebody who came earlier. If that one dies, the kernel may wake the wrong one. */
  #passOn(word: number, place: Place | undefined): number {
    if (this.#passedOn !== word) this.#libc.futexWake(this.#address);
    this.#passedOn = word;
    const behind = this.#queue.behind(place);
    if (behind !== undefined) this.sleeps = [...this.sleeps, behind];
    return MUST_WAIT;
  }

  get #word(): number {
    return Atomics.load(this.#words, STATE);
  }

  get #address(): number {
    return this.#object.page.addressOf(STATE_OFFSET, 4);
  }
}

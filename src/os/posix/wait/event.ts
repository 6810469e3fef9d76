/**
 * Events over a futex.
 *
 * The state word of an event with manual reset is (generation << 1) | signaled; SetEvent on one that is not signaled
 * begins a new generation. A waiter whose generation is over was released by a SetEvent, whatever was reset since.
 *
 * The state word of an event with automatic reset counts the waits it may still satisfy: at most one more than there are
 * waiters. Each of those that came first has one reserved; what is beyond is the "signaled" that a look can see and
 * ResetEvent takes away. So a SetEvent releases one of those who wait, as on Windows, and not who looks next.
 *
 * Setting the word and waking is one system call (FUTEX_WAKE_OP): a process killed in SetEvent did both or nothing.
 */
import { WAIT_OBJECT_0 } from '../../constants.js';
import type { MappedView } from '../../memory.js';
import type { Libc } from '../libc.js';
import { STATE_OFFSET } from '../object/format.js';
import type { KernelObject } from '../object/kernel-object.js';
import { type Place, WaitQueue } from './wait-queue.js';
import { MUST_WAIT, type Sleep, type WaitableState } from './waitable.js';

/** So many generations fit the 12 bits, signed, that FUTEX_WAKE_OP stores. */
const GENERATIONS = 1024;

const STATE = STATE_OFFSET / 4;

/** Makes a new event signaled, of either kind. */
export function prepareSignaled(page: MappedView): void {
  new Int32Array(page.buffer)[STATE] = 1;
}

interface EventPlace extends Place {
  readonly generation: number;
}

export class EventState implements WaitableState {
  readonly #libc: Libc;
  readonly #object: KernelObject;
  readonly #queue: WaitQueue;
  readonly #words: Int32Array;
  readonly #manual: boolean;
  sleep: Sleep;

  constructor(libc: Libc, object: KernelObject, lockWordOffset: number) {
    this.#libc = libc;
    this.#object = object;
    this.#queue = new WaitQueue(libc, object, lockWordOffset);
    this.#words = new Int32Array(object.page.buffer);
    this.#manual = object.header.detail === 1;
    this.sleep = { word: this.#address, expected: 0 };
  }

  set(): void {
    this.#queue.guarded(() => {
      const state = this.#state;
      if (!this.#manual) this.#grant(state + 1);
      else if ((state & 1) === 0) this.#store(((((state >> 1) + 1) % GENERATIONS) << 1) | 1);
    });
  }

  reset(): void {
    this.#queue.guarded(() => {
      const state = this.#state;
      const unsignaled = this.#manual ? state & ~1 : Math.min(state, this.#queue.length);
      Atomics.store(this.#words, STATE, unsignaled);
    });
  }

  join(): EventPlace | undefined {
    return this.#queue.guarded(() => {
      const place = this.#queue.join();
      return place && { ...place, generation: this.#state >> 1 };
    });
  }

  leave(place: Place | undefined): void {
    if (place === undefined) return;
    this.#queue.guarded(() => this.#queue.leave(place));
    if (!this.#manual && this.#state > 0) this.#libc.futexWake(this.#address);
  }

  attempt(place: EventPlace | undefined): number {
    return this.#queue.guarded(() => {
      const state = this.#state;
      if (this.#manual) {
        if ((state & 1) === 1 || (place !== undefined && place.generation !== state >> 1))
          return WAIT_OBJECT_0;
      } else if (state > 0 && state > this.#queue.ahead(place)) {
        Atomics.store(this.#words, STATE, Math.min(state, this.#queue.length + 1) - 1);
        return WAIT_OBJECT_0;
      }
      this.sleep = { word: this.#address, expected: state };
      return MUST_WAIT;
    });
  }

  undo(): void {
    if (!this.#manual) this.#queue.guarded(() => this.#grant(this.#state + 1));
  }

  usePage(): void {
    this.#object.usePage();
  }

  unusePage(): void {
    this.#object.unusePage();
  }

  #grant(waits: number): void {
    const most = this.#queue.length + 1;
    if (waits <= most) this.#store(waits);
  }

  #store(state: number): void {
    this.#libc.futexSetAndWake(this.#address, state);
  }

  get #state(): number {
    return Atomics.load(this.#words, STATE);
  }

  get #address(): number {
    return this.#object.page.addressOf(STATE_OFFSET, 4);
  }
}

/**
 * WaitForSingleObject and WaitForMultipleObjects: look, and sleep until there is something new to look at.
 *
 * A wait for any of several objects takes a place in the queue of each. A wait for all of them takes none: it keeps
 * nothing from others while it cannot have everything.
 */
import { INFINITE, WAIT_ABANDONED, WAIT_ABANDONED_0, WAIT_OBJECT_0, WAIT_TIMEOUT } from '../../constants.js';
import { type Interruption, LONGEST_TIMER_MS } from '../../interruption.js';
import { LOOK_AGAIN_MS } from '../../wait-thread/serve.js';
import type { Libc } from '../libc.js';
import { FutexWait } from './futex-wait.js';
import type { Place } from './wait-queue.js';
import { MOST_WORDS, type WaitThreads } from './wait-threads.js';
import { MUST_WAIT, type Sleep, type WaitableState } from './waitable.js';

class Wait {
  readonly #states: readonly WaitableState[];
  readonly #all: boolean;
  readonly #end: number;
  #places: (Place | undefined)[] = [];
  /** Of a wait for all: where the first that was not to be had is slept on. */
  #missing: readonly Sleep[] = [];

  constructor(states: readonly WaitableState[], all: boolean, milliseconds: number) {
    this.#states = states;
    this.#all = all && states.length > 1;
    this.#end = milliseconds === INFINITE ? Number.POSITIVE_INFINITY : performance.now() + milliseconds;
  }

  get remainingMs(): number {
    return this.#end - performance.now();
  }

  /** Begins to wait: from here on it has its turn. */
  begin(): void {
    for (const state of this.#states) state.usePage();
    if (!this.#all) this.#places = this.#states.map((state) => state.join());
  }

  end(): void {
    for (const [index, state] of this.#states.entries()) state.leave(this.#places[index]);
    for (const state of this.#states) state.unusePage();
  }

  /** What WaitForMultipleObjects returns, or MUST_WAIT. */
  attempt(): number {
    return this.#all ? this.#attemptAll() : this.#attemptAny();
  }

  /** Where to sleep after an attempt that returned MUST_WAIT. One word of each object, if the kernel takes no more. */
  sleeps(): readonly Sleep[] {
    if (this.#all) return this.#missing;
    const words = this.#states.flatMap(({ sleeps }) => sleeps);
    return words.length <= MOST_WORDS ? words : this.#states.flatMap(({ sleeps }) => sleeps.slice(0, 1));
  }

  #attemptAny(): number {
    for (const [index, state] of this.#states.entries()) {
      const result = state.attempt(this.#places[index]);
      if (result !== MUST_WAIT) return result + index;
    }
    return MUST_WAIT;
  }

  #attemptAll(): number {
    const results: number[] = [];
    for (const state of this.#states) {
      const result = state.attempt(undefined);
      if (result === MUST_WAIT) {
        this.#missing = state.sleeps;
        for (const [index, had] of results.entries()) this.#states[index]?.undo(had);
        return MUST_WAIT;
      }
      results.push(result);
    }
    return results.includes(WAIT_ABANDONED) ? WAIT_ABANDONED_0 : WAIT_OBJECT_0;
  }
}

/** Blocks this thread. */
export function waitSync(
  libc: Libc,
  states: readonly WaitableState[],
  all: boolean,
  milliseconds: number,
): number {
  const wait = new Wait(states, all, milliseconds);
  const first = wait.attempt();
  if (first !== MUST_WAIT || milliseconds === 0) return first === MUST_WAIT ? WAIT_TIMEOUT : first;
  const futex = new FutexWait(libc);
  wait.begin();
  try {
    for (;;) {
      const result = wait.attempt();
      if (result !== MUST_WAIT) return result;
      if (wait.remainingMs <= 0) return WAIT_TIMEOUT;
      futex.clear();
      for (const sleep of wait.sleeps()) futex.add(sleep);
      futex.sleep(Math.min(wait.remainingMs, LOOK_AGAIN_MS));
    }
  } finally {
    wait.end();
  }
}

/** Leaves the event loop free. @throws what `interruption` throws; nothing is acquired then */
export async function waitAsync(
  threads: WaitThreads,
  states: readonly WaitableState[],
  all: boolean,
  milliseconds: number,
  interruption: Interruption,
): Promise<number> {
  interruption.check();
  const wait = new Wait(states, all, milliseconds);
  const first = wait.attempt();
  if (first !== MUST_WAIT || milliseconds === 0) return first === MUST_WAIT ? WAIT_TIMEOUT : first;
  wait.begin();
  try {
    for (;;) {
      const result = wait.attempt();
      if (result !== MUST_WAIT) return result;
      if (wait.remainingMs <= 0) return WAIT_TIMEOUT;
      await sleepAsync(threads, wait, interruption);
      interruption.check();
    }
  } finally {
    wait.end();
  }
}

async function sleepAsync(threads: WaitThreads, wait: Wait, interruption: Interruption): Promise<void> {
  const pending = threads.sleep(wait.sleeps());
  const deaf = interruption.listen(pending.cancel);
  const delay = Math.min(Math.max(wait.remainingMs, 0), LONGEST_TIMER_MS);
  const timer = Number.isFinite(wait.remainingMs) ? setTimeout(pending.cancel, delay) : undefined;
  try {
    await pending.reply;
  } finally {
    clearTimeout(timer);
    deaf();
  }
}

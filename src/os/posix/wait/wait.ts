/**
 * WaitForSingleObject and WaitForMultipleObjects: look, and sleep until there is something new to look at.
 *
 * A wait for any of several objects takes a place in the queue of each. A wait for all of them takes none: it keeps
 * nothing from others while it cannot have everything. It holds the guards of all of them while it looks, and while it
 * takes them: so nobody else sees anything in between. Guards are taken in the order of the objects' identities, which is
 * the same in every process, and nobody else holds two: so they come to no deadlock.
 */
import { INFINITE, WAIT_ABANDONED, WAIT_ABANDONED_0, WAIT_OBJECT_0, WAIT_TIMEOUT } from '../../constants.js';
import { type Interruption, LONGEST_TIMER_MS } from '../../interruption.js';
import { safetyLookMs } from '../../wait-thread/safety-look.js';
import type { Libc } from '../libc.js';
import { checkRobustRoom } from '../robust-mutex.js';
import { FutexWait } from './futex-wait.js';
import type { Place } from './wait-queue.js';
import { MOST_WORDS, type WaitThreads } from './wait-threads.js';
import { MUST_WAIT, type Sleep, type Store, type WaitableState } from './waitable.js';

/** All of several objects, taken at once or not at all. */
class AllOf {
  /** Each object once, in the order in which everybody locks them. */
  readonly #objects: readonly WaitableState[];
  /** Further handles of the same objects. */
  readonly #repeated: readonly WaitableState[];
  /** Where the first that was not to be had is slept on. */
  missing: readonly Sleep[] = [];

  constructor(states: readonly WaitableState[]) {
    const objects = new Map<string, WaitableState>();
    for (const state of states) if (!objects.has(state.identity)) objects.set(state.identity, state);
    this.#objects = [...objects.values()].sort((a, b) => (a.identity < b.identity ? -1 : 1));
    this.#repeated = states.filter((state) => !this.#objects.includes(state));
  }

  attempt(): number {
    let locked = 0;
    try {
      for (const object of this.#objects) {
        object.lock();
        locked++;
      }
      return this.#take();
    } finally {
      while (locked > 0) this.#objects[--locked]?.unlock();
    }
  }

  #take(): number {
    const results: number[] = [];
    for (const object of this.#objects) {
      const result = object.look();
      if (result === MUST_WAIT) {
        this.missing = object.sleeps;
        for (let index = 0; index < results.length; index++) this.#objects[index]?.leaveIt();
        return MUST_WAIT;
      }
      results.push(result);
    }
    checkRobustRoom(this.#objects.filter((object) => object.becomesOwner).length, 'WaitForMultipleObjects');
    commit(this.#objects.map((object) => object.prepare()).filter((store) => store !== undefined));
    for (const object of this.#objects) object.took();
    for (const handle of this.#repeated) handle.took();
    return results.includes(WAIT_ABANDONED) ? WAIT_ABANDONED_0 : WAIT_OBJECT_0;
  }
}

/**
 * From nothing taken to everything. A process killed before the first store has taken nothing, and after the last one
 * everything; killed between two of them, some nanoseconds, it has taken what was stored.
 */
function commit(stores: readonly Store[]): void {
  for (let at = 0; at < stores.length; at++) {
    const store = stores[at] as Store;
    Atomics.store(store.words, store.index, store.value);
  }
}

class Wait {
  readonly #states: readonly WaitableState[];
  readonly #all: AllOf | undefined;
  readonly #end: number;
  readonly #places: Place[] = [];

  constructor(states: readonly WaitableState[], all: boolean, milliseconds: number) {
    this.#states = states;
    this.#all = all && states.length > 1 ? new AllOf(states) : undefined;
    this.#end = milliseconds === INFINITE ? Number.POSITIVE_INFINITY : performance.now() + milliseconds;
  }

  get remainingMs(): number {
    return this.#end - performance.now();
  }

  /** Begins to wait: from here on it has its turn. */
  begin(): void {
    for (const state of this.#states) state.usePage();
    if (this.#all === undefined) for (const state of this.#states) this.#places.push(state.join());
  }

  end(): void {
    try {
      for (const [index, place] of this.#places.entries()) this.#states[index]?.leave(place);
    } finally {
      for (const state of this.#states) state.unusePage();
    }
  }

  /** Has `look` called when this thread comes to own one of the objects. Returns what takes that back. */
  onOwned(look: () => void): () => void {
    const stops = this.#states.map((state) => state.onOwned(look));
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** What WaitForMultipleObjects returns, or MUST_WAIT. */
  attempt(): number {
    if (this.#all !== undefined) return this.#all.attempt();
    for (const [index, state] of this.#states.entries()) {
      const result = state.attempt(this.#places[index]);
      if (result !== MUST_WAIT) return result + index;
    }
    return MUST_WAIT;
  }

  /** Where to sleep after an attempt that returned MUST_WAIT: first on the word of each object that matters most. */
  sleeps(): readonly Sleep[] {
    if (this.#all !== undefined) return this.#all.missing.slice(0, MOST_WORDS);
    const first = this.#states.flatMap(({ sleeps }) => sleeps.slice(0, 1));
    const rest = this.#states.flatMap(({ sleeps }) => sleeps.slice(1));
    return [...first, ...rest].slice(0, MOST_WORDS);
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
  try {
    wait.begin();
    for (;;) {
      const result = wait.attempt();
      if (result !== MUST_WAIT) return result;
      if (wait.remainingMs <= 0) return WAIT_TIMEOUT;
      futex.clear();
      for (const sleep of wait.sleeps()) futex.add(sleep);
      futex.sleep(Math.min(wait.remainingMs, safetyLookMs()));
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
  try {
    wait.begin();
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
  const stop = wait.onOwned(pending.cancel);
  const delay = Math.min(Math.max(wait.remainingMs, 0), LONGEST_TIMER_MS);
  const timer = Number.isFinite(wait.remainingMs) ? setTimeout(pending.cancel, delay) : undefined;
  try {
    await pending.reply;
  } finally {
    clearTimeout(timer);
    stop();
    deaf();
  }
}

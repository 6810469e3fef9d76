/**
 * How long a side that finds nothing to do keeps looking before it sleeps.
 *
 * First it looks again and again for some microseconds, without letting go of the thread: what the other side answers at
 * once is seen at once. Then it looks once in each turn of the event loop, so that timers and I/O run, for about as long as
 * being woken would take: so a side whose peer has just been woken does not have to be woken itself. Then it sleeps in the
 * kernel. Where looking was in vain several times in a row there is no more of it, since on a machine that is busy with other
 * things it only keeps the other side from running. Now and then it is tried again, and where it helps it stays.
 */
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';

const SPIN_MS = availableParallelism() > 1 ? 0.05 : 0;
const TURNS_MS = 0.4;
const LOOKS_BETWEEN_CLOCKS = 50;
/** After so many times in vain there is no looking any more, */
const MAX_FAILURES = 8;
/** but every so many-th time. */
const TRIAL_INTERVAL = 16;

export class Patience {
  #failures = 0;
  #sleeps = 0;

  /** Looks at a word until it differs from what it was, or for some microseconds. @returns true where it differs */
  spin(words: Int32Array, word: number, was: number): boolean {
    const end = this.#end(SPIN_MS);
    if (end === 0) return false;
    do {
      for (let look = 0; look < LOOKS_BETWEEN_CLOCKS; look++) {
        if (Atomics.load(words, word) !== was) return true;
      }
    } while (performance.now() < end);
    return false;
  }

  /** Until when to look once in a turn of the event loop. */
  turnsEnd(): number {
    return this.#end(TURNS_MS);
  }

  /** Something was found without sleeping. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** It came to sleeping. */
  failed(): void {
    this.#failures = Math.min(this.#failures + 1, MAX_FAILURES);
    this.#sleeps++;
  }

  #end(milliseconds: number): number {
    const looks = this.#failures < MAX_FAILURES || this.#sleeps % TRIAL_INTERVAL === 0;
    return looks && milliseconds > 0 ? performance.now() + milliseconds : 0;
  }
}

/**
 * How long a side that finds nothing to do keeps looking before it sleeps for good.
 *
 * First it looks again and again for some microseconds, without letting go of the thread: what the other side answers at
 * once is seen at once. Then it naps: it sleeps in the kernel, for a millisecond at most, and still keeps the thread. So it
 * is woken directly, and the core is the other side's meanwhile. Then it looks once in each turn of the event loop, so that
 * timers and I/O run, for about as long as being woken would take: so a side whose peer has just been woken does not have
 * to be woken itself. Then it sleeps by means of another thread, which costs most (some 80 µs).
 *
 * Each of these is left out where it was in vain several times in a row: on a machine that is busy with other things
 * looking only keeps the other side from running, and where messages are rare a nap only holds up the event loop. Now and
 * then it is tried again, and where it helps it stays; a sleep that was short says at once that a nap would have done. Between two processes that had to share two cores with six others, a
 * round trip took 60 to 110 µs; without naps 200 to 300.
 */
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';

const SPIN_MS = availableParallelism() > 1 ? 0.05 : 0;
/** None on Windows, where the shortest sleep may last 16 ms. */
const NAP_MS = process.platform === 'win32' ? 0 : 1;
const TURNS_MS = 0.4;
const LOOKS_BETWEEN_CLOCKS = 50;

/** Something that is worth doing as long as it helps. */
class Habit {
  readonly #maxFailures: number;
  readonly #trialInterval: number;
  #failures = 0;
  #omitted = 0;

  /** @param maxFailures after so many in a row it is left out @param trialInterval but for every so many-th time */
  constructor(maxFailures: number, trialInterval: number) {
    this.#maxFailures = maxFailures;
    this.#trialInterval = trialInterval;
  }

  isDue(): boolean {
    return this.#failures < this.#maxFailures || ++this.#omitted % this.#trialInterval === 0;
  }

  /** How it went. */
  note(helped: boolean): void {
    this.#failures = helped ? 0 : Math.min(this.#failures + 1, this.#maxFailures);
  }
}

export class Patience {
  readonly #spinning = new Habit(4, 32);
  readonly #napping = new Habit(4, 32);
  readonly #turning = new Habit(8, 16);

  /** Looks at a word until it differs from what it was, or for some microseconds. @returns true where it differs */
  spin(words: Int32Array, word: number, was: number): boolean {
    if (SPIN_MS === 0 || !this.#spinning.isDue()) return false;
    const end = performance.now() + SPIN_MS;
    do {
      for (let look = 0; look < LOOKS_BETWEEN_CLOCKS; look++) {
        if (Atomics.load(words, word) === was) continue;
        this.#spinning.note(true);
        return true;
      }
    } while (performance.now() < end);
    this.#spinning.note(false);
    return false;
  }

  /** For how long to nap, in milliseconds; 0: not now. To be followed by `napped`, unless there was no need. */
  napMs(): number {
    return NAP_MS > 0 && this.#napping.isDue() ? NAP_MS : 0;
  }

  napped(woken: boolean): void {
    this.#napping.note(woken);
  }

  /** It came to sleeping, for so long. */
  slept(milliseconds: number): void {
    if (milliseconds < NAP_MS) this.#napping.note(true);
  }

  /** Until when to look once in a turn of the event loop. To be followed by `turned`. */
  turnsEnd(): number {
    return this.#turning.isDue() ? performance.now() + TURNS_MS : 0;
  }

  turned(helped: boolean): void {
    this.#turning.note(helped);
  }
}

/**
 * Keeps a side that always finds something to do from keeping the event loop for itself.
 *
 * An operation that is done at once resolves in a microtask, and a loop around it would never let a timer or a socket
 * have its turn. So after a millisecond of such operations one waits for the next turn of the event loop.
 */
import { performance } from 'node:perf_hooks';

const MAX_MS = 1;
/** The clock is read after so many operations, as it costs as much as one of them (48 ns), or after a large one. */
const OPERATIONS_BETWEEN_CLOCKS = 16;
const LARGE_BYTES = 16_384;

export class Fairness {
  #last = 0;
  #operations = 0;
  #owesTurn = false;

  get owesTurn(): boolean {
    return this.#owesTurn;
  }

  /** Notes an operation that was done without a turn. */
  spent(lengthBytes = LARGE_BYTES): void {
    if (++this.#operations < OPERATIONS_BETWEEN_CLOCKS && lengthBytes < LARGE_BYTES) return;
    this.#operations = 0;
    if (performance.now() - this.#last > MAX_MS) this.#owesTurn = true;
  }

  /** Lets everybody else have a turn. */
  turn(): Promise<void> {
    this.#owesTurn = false;
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#last = performance.now();
        resolve();
      });
    });
  }
}

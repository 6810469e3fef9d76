/**
 * Long work, cut into slices so that the event loop goes on: timers fire, input is served.
 *
 * Invariant: between two rests at most SLICE_MS pass, plus one step of the work; an aborted signal is noticed at each rest.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';

const SLICE_MS = 4;

/** How far work has come. */
export interface TextProgress {
  /** Bytes looked at so far. */
  readonly doneBytes: number;
  /** Bytes to look at altogether, as far as is known. */
  readonly totalBytes: number;
}

/** What every long operation takes. */
export interface PaceOptions {
  /** Ends the operation: it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called after each slice. */
  onProgress?: (progress: TextProgress) => void;
}

export class Pace {
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: ((progress: TextProgress) => void) | undefined;
  #until = performance.now() + SLICE_MS;

  constructor({ signal, onProgress }: PaceOptions = {}) {
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new PerdureError('INVALID_ARGUMENT', `signal must be an AbortSignal, not ${show(signal)}`);
    }
    if (onProgress !== undefined && typeof onProgress !== 'function') {
      throw new PerdureError('INVALID_ARGUMENT', `onProgress must be a function, not ${show(onProgress)}`);
    }
    this.#signal = signal;
    this.#onProgress = onProgress;
    signal?.throwIfAborted();
  }

  /** True when the slice is over. */
  get due(): boolean {
    return performance.now() >= this.#until;
  }

  /** Lets the event loop have a turn, and begins the next slice. @throws the signal's reason */
  async rest(doneBytes: number, totalBytes: number): Promise<void> {
    this.#onProgress?.({ doneBytes, totalBytes });
    await nextTurn();
    this.#signal?.throwIfAborted();
    this.#until = performance.now() + SLICE_MS;
  }

  /** Says that the work is done. */
  finish(totalBytes: number): void {
    this.#onProgress?.({ doneBytes: totalBytes, totalBytes });
  }
}

/** How long to wait, as callers say it: whole milliseconds, or Infinity, which is also what nothing said means. */
import { integerIn, knownOptions, show } from '../os/arguments.js';
import { INFINITE } from '../os/constants.js';
import { PerdureError } from '../os/errors.js';
import { LONGEST_TIMER_MS } from '../os/interruption.js';

export interface WaitOptions {
  /** Milliseconds, 0 to 2^31 - 1; 0 only looks. Without limit unless given. */
  timeoutMs?: number;
  /** Ends the wait, which rejects with the signal's reason and has acquired nothing. */
  signal?: AbortSignal;
}

export class Deadline {
  readonly #end: number;

  /** @throws INVALID_ARGUMENT */
  constructor(timeoutMs: number = Number.POSITIVE_INFINITY) {
    const finite = timeoutMs !== Number.POSITIVE_INFINITY;
    if (finite) checkTimeout(timeoutMs);
    this.#end = finite ? performance.now() + timeoutMs : timeoutMs;
  }

  /** The deadline of an asynchronous wait, whose options are checked. @throws INVALID_ARGUMENT */
  static of(options: WaitOptions, what: string): Deadline {
    knownOptions(options, ['timeoutMs', 'signal'], `the options of ${what}`);
    const { signal } = options;
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new PerdureError('INVALID_ARGUMENT', `signal must be an AbortSignal, not ${show(signal)}`);
    }
    return new Deadline(options.timeoutMs);
  }

  /** Milliseconds that are left, at least 0; or Infinity. */
  get leftMs(): number {
    return Math.max(0, Math.ceil(this.#end - performance.now()));
  }

  /** The same as the system takes it: INFINITE for no limit. */
  get milliseconds(): number {
    const { leftMs } = this;
    return leftMs === Number.POSITIVE_INFINITY ? INFINITE : leftMs;
  }
}

/** Asynchronous waits take `{ timeoutMs }`, blocking ones the number: the one is easily given for the other. */
function checkTimeout(timeoutMs: number): void {
  if (typeof timeoutMs === 'object') {
    throw new PerdureError(
      'INVALID_ARGUMENT',
      `timeoutMs of a blocking wait is a number of its own, not ${show(timeoutMs)}: pass 5000, not { timeoutMs: 5000 }`,
    );
  }
  integerIn(timeoutMs, 0, LONGEST_TIMER_MS, 'timeoutMs');
}

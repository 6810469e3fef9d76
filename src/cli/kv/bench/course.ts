/**
 * Measured work in slices. Between two of them the event loop turns, so that a signal is heard, a bar is drawn and a
 * flush in the background goes on; only the slices are counted.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { Progress } from '../../progress.js';
import { onSignal } from '../../shared/told-to-end.js';

export interface Timed {
  readonly count: number;
  readonly seconds: number;
}

/** A signal came: the work ends where it is. */
class Interrupted extends Error {}

export class Course {
  readonly #milliseconds: number;
  readonly #wasInterrupted: () => boolean;

  private constructor(milliseconds: number, wasInterrupted: () => boolean) {
    this.#milliseconds = milliseconds;
    this.#wasInterrupted = wasInterrupted;
  }

  /**
   * Runs work that cleans up behind itself when it is interrupted; the signal ends the process then.
   * @param milliseconds how long `repeat` repeats
   */
  static async run<T>(milliseconds: number, work: (course: Course) => Promise<T>): Promise<T> {
    let heard: NodeJS.Signals | undefined;
    const stopListening = onSignal((signal) => {
      heard = signal;
    });
    try {
      return await work(new Course(milliseconds, () => heard !== undefined));
    } finally {
      stopListening();
      if (heard !== undefined) process.kill(process.pid, heard);
    }
  }

  /** Does slices until the time is up, one at least. A slice takes its own time and says how much was done. */
  repeat(label: string, slice: () => Timed | Promise<Timed>): Promise<Timed> {
    const enough = this.#milliseconds / 1000;
    return this.#go(label, slice, ({ seconds }) => seconds / enough);
  }

  /** Does slices until so much was done. */
  complete(label: string, count: number, slice: (done: number) => Timed | Promise<Timed>): Promise<Timed> {
    return this.#go(label, slice, (timed) => timed.count / count);
  }

  /** Gives the event loop a turn. @throws Interrupted */
  async pause(): Promise<void> {
    await turn();
    if (this.#wasInterrupted()) throw new Interrupted('interrupted');
  }

  async #go(
    label: string,
    slice: (done: number) => Timed | Promise<Timed>,
    fractionOf: (timed: Timed) => number,
  ): Promise<Timed> {
    using progress = new Progress(label);
    let count = 0;
    let seconds = 0;
    for (;;) {
      const done = await slice(count);
      count += done.count;
      seconds += done.seconds;
      const fraction = fractionOf({ count, seconds });
      if (fraction >= 1) return { count, seconds };
      progress.update(fraction, count, 'records');
      await this.pause();
    }
  }
}

/** Times one slice. */
export function timed(count: number, work: () => void): Timed {
  const start = performance.now();
  work();
  return { count, seconds: (performance.now() - start) / 1000 };
}

/** A record file: every acknowledged record is there, and none that was not flushed before the count that covers it. */
import { array, defineRecord, isPerdureError, RecordFile, type RecordOf, u32 } from '../../src/index.js';
import { History } from './history.js';
import type { Ending, Finding, Said, Subject, Task } from './subject.js';

/** 28 bytes: records straddle sectors and pages. */
export const Numbered = defineRecord({ number: u32, round: u32, copies: array(u32, 5) });

export interface RecordTask extends Task {
  readonly creates: boolean;
}

/** Record `number`, counted from 1, as a round writes it. */
export function numbered(number: number, round: number): RecordOf<typeof Numbered> {
  return { number, round, copies: Array.from({ length: 5 }, () => Math.imul(number, 0x9e3779b1) >>> 0) };
}

export class RecordSubject implements Subject {
  readonly writer = 'record-writer';
  readonly description = 'the record file';
  readonly #seed: number;
  readonly #history = new History();
  #exists = false;

  constructor(
    readonly path: string,
    seed: number,
  ) {
    this.#seed = seed;
  }

  begin(round: number): RecordTask {
    const first = this.#history.begin(round);
    return { path: this.path, seed: this.#seed, round, first, creates: !this.#exists };
  }

  check(said: Said, ending: Ending): Finding {
    const history = this.#history;
    const kept = Math.max(history.durable, said.kept);
    // Killed, it keeps the count that was found before: the header is in the page cache.
    const required = ending === 'kill' ? Math.max(history.found, kept) : kept;
    const file = this.#open(required);
    this.#exists = file !== undefined;
    if (file === undefined) {
      history.settle(0, 0);
      return { lost: 0, exists: false };
    }
    try {
      const { count } = file;
      if (count < required) throw new Error(`it has ${count} records, where ${required} were acknowledged`);
      for (let number = 1; number <= count; number++) {
        const found = JSON.stringify(file.get(number - 1));
        const wanted = JSON.stringify(numbered(number, history.roundOf(number)));
        if (found !== wanted) throw new Error(`record ${number} of ${count} is ${found}, not ${wanted}`);
      }
      const lost = Math.max(0, history.found - count);
      history.settle(count, ending === 'cut' ? count : kept);
      return { lost, exists: true };
    } finally {
      file.closeSync();
    }
  }

  /** Undefined where there is none and nothing in it was acknowledged. */
  #open(required: number) {
    try {
      return RecordFile.open(this.path, Numbered);
    } catch (error) {
      if (required > 0 || !isPerdureError(error)) throw error;
      return undefined;
    }
  }
}

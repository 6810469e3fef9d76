/**
 * What a writer says, a line each, on stdout: 'ready' before it opens the file, 'open', 'made' and 'kept' with a commit's number.
 * A line is written by the call, so that it is out before anything can happen to the writer.
 */
import { writeSync } from 'node:fs';
import type { Said } from './subject.js';

export function say(what: 'ready' | 'open' | 'made' | 'kept', number = 0): void {
  writeSync(1, `${what} ${number}\n`);
}

/** Listens to a writer. */
export class Listener implements Said {
  isReady = false;
  isOpen = false;
  made = 0;
  kept = 0;
  /** How many commits were acknowledged since it was opened. */
  acknowledged = 0;
  #torn = '';
  #first: number;

  /** @param first the number of the first commit */
  constructor(first: number) {
    this.#first = first;
  }

  /** The last line may be torn. */
  hear(text: string): void {
    const lines = (this.#torn + text).split('\n');
    this.#torn = lines.pop()!;
    for (const line of lines) {
      const [what, number] = line.split(' ');
      if (what === 'ready') this.isReady = true;
      else if (what === 'open') this.isOpen = true;
      else if (what === 'made') this.made = Math.max(this.made, Number(number));
      else if (what === 'kept') this.kept = Math.max(this.kept, Number(number));
      else throw new Error(`the writer said '${line}'`);
    }
    this.acknowledged = Math.max(0, this.kept - this.#first + 1);
  }
}

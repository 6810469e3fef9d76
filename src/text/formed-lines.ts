/** Lines of a reader as what is wanted of them: a long one over as many calls as it needs. */
import type { Former } from './line-forms.js';
import { isLongLine, type Lines, NOT_YET } from './line-reader.js';
import type { Steps } from './work.js';

/** What gives lines. */
interface Reader {
  next(start?: number): Lines | typeof NOT_YET | undefined;
}

export class FormedLines<T> {
  readonly #reader: Reader;
  readonly #former: Former<T>;
  /** A long line that is not done. */
  #long: Steps<T> | undefined;

  constructor(reader: Reader, former: Former<T>) {
    this.#reader = reader;
    this.#former = former;
  }

  /** The next lines in file order, or undefined at the end. @param start as the reader has it */
  next(start?: number): T[] | typeof NOT_YET | undefined {
    if (this.#long === undefined) {
      const lines = this.#reader.next(start);
      if (lines === undefined || lines === NOT_YET) return lines;
      if (!isLongLine(lines)) return this.#former.block(lines);
      this.#long = this.#former.long(lines);
    }
    const result = this.#long.step();
    if (result === undefined) return NOT_YET;
    this.#long = undefined;
    return [result.value];
  }
}

/**
 * Some lines of a file, spread evenly or at random over its bytes, without reading the rest.
 *
 * The file is cut into as many equal parts as lines are wanted, and of each part the line that holds one byte of it is taken:
 * long lines are likelier than short ones, and a line that spans parts is taken once.
 */
import { show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import type { Text } from './line-forms.js';
import { LineAt, LineStart } from './one-line.js';
import type { Source } from './work.js';

export interface SampledLine {
  /** Where the line begins, in bytes from the start of the file. */
  readonly offset: number;
  readonly text: string;
}

export class Sample implements Source<SampledLine> {
  readonly #text: Text;
  readonly #count: number;
  readonly #random: () => number;
  #part = 0;
  /** Behind the line that was taken last. */
  #taken = 0;
  #start: LineStart | undefined;
  #line: { readonly offset: number; readonly text: LineAt } | undefined;

  /** @param random from 0 to below 1: the place within a part */
  constructor(text: Text, count: number, random: () => number) {
    text.pages.look();
    this.#text = text;
    this.#count = count;
    this.#random = random;
  }

  get doneBytes(): number {
    return Math.floor((this.totalBytes * this.#part) / Math.max(this.#count, 1));
  }

  get totalBytes(): number {
    return this.#text.pages.size;
  }

  step(): readonly SampledLine[] | undefined {
    if (this.#line !== undefined) return this.#read(this.#line);
    if (this.#start === undefined) {
      const at = this.#next();
      if (at === undefined) return undefined;
      if (at < this.#taken) return [];
      this.#start = new LineStart(this.#text, at);
    }
    const start = this.#start.step();
    if (start === undefined) return [];
    this.#start = undefined;
    this.#line = { offset: start.value, text: new LineAt(this.#text, start.value) };
    return [];
  }

  /** The place within the next part; undefined behind the last one. */
  #next(): number | undefined {
    const { pages, encoding } = this.#text;
    const length = pages.size - encoding.markBytes;
    if (this.#part >= this.#count || length <= 0) return undefined;
    const place = this.#random();
    if (!(place >= 0 && place < 1))
      throw new PerdureError(
        'INVALID_ARGUMENT',
        `random() must return numbers from 0 to below 1, not ${show(place)}`,
      );
    const within = Math.floor(((this.#part++ + place) * length) / this.#count);
    return encoding.markBytes + within - (within % encoding.lineEnd.width);
  }

  #read({ offset, text }: { offset: number; text: LineAt }): readonly SampledLine[] {
    const line = text.step();
    if (line === undefined) return [];
    this.#line = undefined;
    this.#taken = text.behind;
    return line.value === undefined ? [] : [{ offset, text: line.value }];
  }
}

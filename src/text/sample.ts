/**
 * Some lines of a file, spread evenly or at random over its bytes, without reading the rest.
 *
 * The file is cut into as many equal parts as lines are wanted, and of each part the line that holds one byte of it is taken:
 * long lines are likelier than short ones, and a line that spans parts is taken once.
 */
import type { Text } from './line-forms.js';
import { lineAt, lineStart } from './one-line.js';
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
  #last = -1;

  /** @param random from 0 to below 1: the place within a part */
  constructor(text: Text, count: number, random: () => number) {
    text.pages.look();
    this.#text = text;
    this.#count = count;
    this.#random = random;
  }

  get doneBytes(): number {
    return this.#part;
  }

  get totalBytes(): number {
    return this.#count;
  }

  step(): readonly SampledLine[] | undefined {
    if (this.#part >= this.#count) return undefined;
    const { pages, encoding } = this.#text;
    const length = pages.size - encoding.markBytes;
    const within = Math.floor(((this.#part++ + this.#random()) * length) / this.#count);
    const { width } = encoding.lineEnd;
    const at = encoding.markBytes + within - (within % width);
    if (length <= 0) return undefined;
    const start = lineStart(this.#text, at);
    if (start === this.#last) return [];
    this.#last = start;
    return [{ offset: start, text: lineAt(this.#text, start)! }];
  }
}

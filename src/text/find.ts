/** Finding bytes in a file at the speed of memory, in steps. */
import { INPUT_BYTES, type Needle, threadScanner } from './kernel/scanner.js';
import type { Pages } from './pages.js';
import type { Source, Work } from './work.js';

export interface FindRange {
  readonly from: number;
  /** Matches end at most here; undefined: at the file's end. */
  readonly to: number | undefined;
  /** Matches begin at multiples of this: what looks like UTF-16 between two characters is none. */
  readonly unitBytes: 1 | 2;
}

/** The places of a needle from the start of a range on, none overlapping the one before. */
export class Matches implements Source<number> {
  readonly #pages: Pages;
  readonly #needle: Needle;
  readonly #range: FindRange;
  readonly #most: number;
  #at: number;
  #found = 0;

  constructor(pages: Pages, needle: Needle, range: FindRange, most = Number.POSITIVE_INFINITY) {
    this.#pages = pages;
    this.#needle = needle;
    this.#range = range;
    this.#most = most;
    this.#at = range.from;
    pages.look();
  }

  get doneBytes(): number {
    return this.#at - this.#range.from;
  }

  get totalBytes(): number {
    return this.#end - this.#range.from;
  }

  step(): readonly number[] | undefined {
    const { bytes } = this.#needle;
    if (this.#at + bytes.length > this.#end || this.#found >= this.#most) {
      const grew = this.#found < this.#most && this.#pages.look() && this.#at + bytes.length <= this.#end;
      return grew ? [] : undefined;
    }
    const scanner = threadScanner();
    const length = Math.min(INPUT_BYTES, this.#end - this.#at);
    this.#pages.read(scanner.input, this.#at, length);
    const places: number[] = [];
    let from = 0;
    while (places.length + this.#found < this.#most) {
      const place = scanner.find(this.#needle, from, length);
      if (place < 0) break;
      const whole = (this.#at + place) % this.#range.unitBytes === 0;
      if (whole) places.push(this.#at + place);
      from = whole ? place + bytes.length : place + 1;
    }
    this.#found += places.length;
    // What begins in the last bytes may end in the next piece.
    this.#at += Math.max(from, length - bytes.length + 1);
    return places;
  }

  get #end(): number {
    return Math.min(this.#range.to ?? Number.POSITIVE_INFINITY, this.#pages.size);
  }
}

/** The first place of a needle, or -1. */
export class FirstMatch implements Work<number> {
  readonly #matches: Matches;

  constructor(pages: Pages, needle: Needle, range: FindRange) {
    this.#matches = new Matches(pages, needle, range, 1);
  }

  get doneBytes(): number {
    return this.#matches.doneBytes;
  }

  get totalBytes(): number {
    return this.#matches.totalBytes;
  }

  step(): { value: number } | undefined {
    const places = this.#matches.step();
    if (places === undefined) return { value: -1 };
    return places.length > 0 ? { value: places[0]! } : undefined;
  }
}

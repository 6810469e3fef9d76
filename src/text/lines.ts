/** The lines of a text from one number to another, forwards or backwards, in any form. */
import { BackwardReader } from './backward-reader.js';
import { FormedLines } from './formed-lines.js';
import { type IndexedText, LocateLine } from './indexed-text.js';
import type { Former } from './line-forms.js';
import { LineReader, NOT_YET } from './line-reader.js';
import type { Source } from './work.js';

export interface LineRange {
  /** The first line, from 0. */
  readonly from: number;
  /** Behind the last line; undefined: the end of the file. */
  readonly to: number | undefined;
}

/** Lines [from, to) in file order. */
export class ForwardLines<T> implements Source<T> {
  readonly #text: IndexedText;
  readonly #form: Former<T>;
  readonly #locate: LocateLine;
  #left: number;
  #reader: LineReader | undefined;
  #lines: FormedLines<T> | undefined;

  constructor(text: IndexedText, form: Former<T>, { from, to = Number.POSITIVE_INFINITY }: LineRange) {
    this.#text = text;
    this.#form = form;
    this.#left = to - from;
    this.#locate = new LocateLine(text, from);
    text.pages.look();
  }

  get doneBytes(): number {
    return this.#reader?.at ?? this.#locate.doneBytes;
  }

  get totalBytes(): number {
    return this.#text.pages.size;
  }

  step(): readonly T[] | undefined {
    if (this.#left <= 0) return undefined;
    if (this.#lines === undefined) {
      const found = this.#locate.step();
      if (found === undefined) return [];
      if (found.value === undefined) return undefined;
      this.#reader = new LineReader(this.#text.pages, this.#text.encoding, found.value);
      this.#lines = new FormedLines(this.#reader, this.#form);
    }
    const items = this.#lines.next();
    if (items === undefined) return undefined;
    if (items === NOT_YET) return [];
    const taken = items.length > this.#left ? items.slice(0, this.#left) : items;
    this.#left -= taken.length;
    return taken;
  }
}

/** Lines [from, to) from the last one to the first. */
export class BackwardLines<T> implements Source<T> {
  readonly #text: IndexedText;
  readonly #form: Former<T>;
  readonly #start: LocateLine;
  readonly #end: LocateLine | undefined;
  /** Where the first line begins. */
  #from: number | undefined;
  #reader: BackwardReader | undefined;
  #lines: FormedLines<T> | undefined;

  constructor(text: IndexedText, form: Former<T>, { from, to }: LineRange) {
    this.#text = text;
    this.#form = form;
    this.#start = new LocateLine(text, from);
    this.#end = to === undefined ? undefined : new LocateLine(text, to);
    text.pages.look();
  }

  get doneBytes(): number {
    return this.#reader === undefined ? 0 : Math.max(this.totalBytes - this.#reader.at, 0);
  }

  get totalBytes(): number {
    return this.#text.pages.size;
  }

  step(): readonly T[] | undefined {
    const { pages, encoding } = this.#text;
    if (this.#from === undefined) {
      const found = this.#start.step();
      if (found === undefined) return [];
      if (found.value === undefined) return undefined;
      this.#from = found.value;
    }
    if (this.#lines === undefined) {
      const found = this.#end === undefined ? { value: pages.size } : this.#end.step();
      if (found === undefined) return [];
      this.#reader = new BackwardReader(pages, encoding, Math.max(found.value ?? pages.size, this.#from));
      this.#lines = new FormedLines(this.#reader, this.#form);
    }
    const items = this.#lines.next(this.#from);
    return items === NOT_YET ? [] : items?.reverse();
  }
}

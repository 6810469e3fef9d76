/** Single lines, by where they are, in steps: also a line of gigabytes is looked through piece by piece. */
import { BackwardReader } from './backward-reader.js';
import { formerOf, type Text } from './line-forms.js';
import { isLongLine, LineReader, type Lines, NOT_YET } from './line-reader.js';
import { ready, type Steps } from './work.js';

/** Finds where the line that holds the byte at an offset begins. */
export class LineStart implements Steps<number> {
  readonly #text: Text;
  readonly #offset: number;
  readonly #reader: BackwardReader;

  constructor(text: Text, offset: number) {
    this.#text = text;
    this.#offset = offset;
    this.#reader = new BackwardReader(text.pages, text.encoding, offset);
  }

  step(): { value: number } | undefined {
    if (this.#reader.isBehindEnd) return { value: this.#offset };
    const lines = this.#reader.next();
    if (lines === NOT_YET) return undefined;
    if (lines === undefined) return { value: this.#text.encoding.markBytes };
    return { value: isLongLine(lines) ? lines.start : lines.offset + lines.first };
  }
}

/** Reads the line that begins at an offset; undefined at the file's end. */
export class LineAt implements Steps<string | undefined> {
  readonly #text: Text;
  readonly #reader: LineReader;
  #line: Steps<string> | undefined;
  #behind: number;

  constructor(text: Text, start: number) {
    this.#text = text;
    this.#reader = new LineReader(text.pages, text.encoding, start, { one: true });
    this.#behind = start;
  }

  /** Behind the line's end, once it is read. */
  get behind(): number {
    return this.#behind;
  }

  step(): { value: string | undefined } | undefined {
    if (this.#line === undefined) {
      const lines = this.#reader.next();
      if (lines === NOT_YET) return undefined;
      if (lines === undefined) return { value: undefined };
      this.#line = this.#formed(lines);
    }
    return this.#line.step();
  }

  #formed(lines: Lines): Steps<string> {
    const former = formerOf(this.#text, 'string');
    if (isLongLine(lines)) {
      this.#behind = this.#reader.at;
      return former.long(lines);
    }
    const ends = lines.ends.subarray(0, 1);
    this.#behind = lines.offset + ends[0]! + this.#text.encoding.lineEnd.width;
    return ready(former.block({ ...lines, ends })[0]!);
  }
}

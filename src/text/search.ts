/**
 * Searching line by line, for a text or by a regular expression, with the numbers of the lines.
 *
 * Invariant: where every match holds a text that is known, no line without it is decoded, so that one which no string can
 * hold is an error only where it may match.
 */
import type { Encoding } from './encoding.js';
import { FirstMatch } from './find.js';
import { needleOf } from './kernel/needle.js';
import { type Needle, threadScanner } from './kernel/scanner.js';
import { type Former, formerOf, type Text } from './line-forms.js';
import { isLongLine, LineReader, type LongLine, NOT_YET } from './line-reader.js';
import { requiredText } from './required-text.js';
import type { Source, Steps } from './work.js';

/** A line that fits. */
export interface LineMatch {
  /** The line's number, from 0. */
  readonly line: number;
  /** Where the line begins, in bytes from the start of the file. */
  readonly offset: number;
  readonly text: string;
  /** The first match in the line: its place in `text`, and what it is, with the groups of a regular expression. */
  readonly index: number;
  readonly match: readonly string[];
}

type Matcher = (text: string) => { readonly index: number; readonly match: readonly string[] } | undefined;

export class LineSearch implements Source<LineMatch> {
  readonly #text: Text;
  readonly #reader: LineReader;
  readonly #matches: Matcher;
  /** Bytes that a block with a match must hold. */
  readonly #required: Needle | undefined;
  readonly #strings: Former<string>;
  #line = 0;
  #long: LongSearch | undefined;

  constructor(text: Text, wanted: string | RegExp) {
    this.#text = text;
    this.#reader = new LineReader(text.pages, text.encoding);
    this.#matches = typeof wanted === 'string' ? textMatcher(wanted) : expressionMatcher(wanted);
    this.#required = requiredBytes(text.encoding, typeof wanted === 'string' ? wanted : requiredText(wanted));
    this.#strings = formerOf(text, 'string');
    text.pages.look();
  }

  get doneBytes(): number {
    return this.#reader.at;
  }

  get totalBytes(): number {
    return this.#text.pages.size;
  }

  step(): readonly LineMatch[] | undefined {
    if (this.#long !== undefined) return this.#searchLong(this.#long);
    const lines = this.#reader.next();
    if (lines === undefined) return undefined;
    if (lines === NOT_YET) return [];
    if (isLongLine(lines)) {
      this.#long = new LongSearch(this.#text, lines, this.#required, this.#strings);
      return [];
    }
    const { bytes, offset, first, ends } = lines;
    const firstLine = this.#line;
    this.#line += ends.length;
    if (this.#required !== undefined && threadScanner().find(this.#required, first, bytes.length) < 0)
      return [];
    const { width } = this.#text.encoding.lineEnd;
    const found: LineMatch[] = [];
    this.#strings.block(lines).forEach((text, index) => {
      const start = index === 0 ? first : ends[index - 1]! + width;
      const match = this.#matchOf(text, firstLine + index, offset + start);
      if (match !== undefined) found.push(match);
    });
    return found;
  }

  #searchLong(long: LongSearch): readonly LineMatch[] {
    const result = long.step();
    if (result === undefined) return [];
    this.#long = undefined;
    const line = this.#line++;
    const match = result.value === undefined ? undefined : this.#matchOf(result.value, line, long.offset);
    return match === undefined ? [] : [match];
  }

  #matchOf(text: string, line: number, offset: number): LineMatch | undefined {
    const found = this.#matches(text);
    return found && { line, offset, text, ...found };
  }
}

/** The text of a long line, where it may match; else undefined. */
class LongSearch implements Steps<string | undefined> {
  readonly #line: LongLine;
  readonly #strings: Former<string>;
  #finding: Steps<number> | undefined;
  #reading: Steps<string> | undefined;

  constructor(text: Text, line: LongLine, required: Needle | undefined, strings: Former<string>) {
    this.#line = line;
    this.#strings = strings;
    const { start: from, end: to } = line;
    const unitBytes = text.encoding.lineEnd.width;
    if (required) this.#finding = new FirstMatch(text.pages, required, { from, to, unitBytes });
  }

  get offset(): number {
    return this.#line.start;
  }

  step(): { value: string | undefined } | undefined {
    const found = this.#finding?.step();
    if (this.#finding !== undefined) {
      if (found === undefined) return undefined;
      this.#finding = undefined;
      if (found.value < 0) return { value: undefined };
    }
    this.#reading ??= this.#strings.long(this.#line);
    return this.#reading.step();
  }
}

function textMatcher(wanted: string): Matcher {
  return (text) => {
    const index = text.indexOf(wanted);
    return index < 0 ? undefined : { index, match: [wanted] };
  };
}

function expressionMatcher(wanted: RegExp): Matcher {
  // A copy, which begins at the start of each line whatever its flags are.
  const expression = new RegExp(wanted.source, wanted.flags.replace(/[gy]/g, ''));
  return (text) => {
    const match = expression.exec(text);
    return match === null ? undefined : { index: match.index, match };
  };
}

function requiredBytes(encoding: Encoding, text: string | undefined): Needle | undefined {
  // U+FFFD stands for any bytes that are no text.
  if (!text || text.length > 1000 || /[\ufffd\ud800-\udfff]/.test(text)) return undefined;
  return needleOf(encoding.encode(text));
}

/** Columns of CSV, TSV and NDJSON files, record by record, without decoding the others. */
import { show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import { allFields, pickFields, scanQuotes, Within } from './delimited.js';
import { FormedLines } from './formed-lines.js';
import { NoJson, pickMembers } from './json-fields.js';
import { formerOf, type Text } from './line-forms.js';
import { LineReader, NOT_YET } from './line-reader.js';
import type { Source } from './work.js';

export type FieldFormat = 'csv' | 'tsv' | 'ndjson';

/** A record: the values of the columns that were asked for, in that order; undefined where it has none. */
export type FieldRow = readonly unknown[];

export interface FieldSettings {
  readonly format: FieldFormat;
  /** Names, or numbers of columns from 0. */
  readonly columns: readonly (string | number)[] | undefined;
  /** The first record holds the names of the columns. */
  readonly header: boolean;
}

/** What becomes of lines. */
interface Rows {
  /** The row that a line completes; undefined where it completes none. */
  take(line: Buffer): FieldRow | undefined;
  /** The file is at its end. */
  end(): void;
}

export class Fields implements Source<FieldRow> {
  readonly #text: Text;
  readonly #reader: LineReader;
  readonly #lines: FormedLines<Buffer>;
  readonly #rows: Rows;

  constructor(text: Text, settings: FieldSettings) {
    this.#text = text;
    this.#reader = new LineReader(text.pages, text.encoding);
    this.#lines = new FormedLines(this.#reader, formerOf(text, 'bytes'));
    this.#rows =
      settings.format === 'ndjson' ? new JsonRows(text, settings) : new DelimitedRows(text, settings);
    text.pages.look();
  }

  get doneBytes(): number {
    return this.#reader.at;
  }

  get totalBytes(): number {
    return this.#text.pages.size;
  }

  step(): readonly FieldRow[] | undefined {
    const lines = this.#lines.next();
    if (lines === undefined) {
      this.#rows.end();
      return undefined;
    }
    if (lines === NOT_YET) return [];
    const { encoding } = this.#text;
    const rows: FieldRow[] = [];
    for (const bytes of lines) {
      // Separators and quotes are looked for as single bytes.
      const row = this.#rows.take(encoding.lineEnd.width === 1 ? bytes : Buffer.from(encoding.decode(bytes)));
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }
}

class DelimitedRows implements Rows {
  readonly #text: Text;
  readonly #settings: FieldSettings;
  readonly #separator: number;
  readonly #quoted: boolean;
  readonly #decode: (bytes: Buffer) => string;
  #names: readonly string[] | undefined;
  #wanted: Int32Array | undefined;
  /** Lines of a record that goes on, because of open quotes. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  #within: Within = Within.FieldStart;
  #line = 0;

  constructor(text: Text, settings: FieldSettings) {
    this.#text = text;
    this.#settings = settings;
    this.#separator = settings.format === 'csv' ? 0x2c : 0x09;
    this.#quoted = settings.format === 'csv';
    this.#decode = text.encoding.lineEnd.width === 1 ? text.encoding.decode : (bytes) => bytes.toString();
    if (!settings.header) this.#wanted = this.#places(undefined);
  }

  take(line: Buffer): FieldRow | undefined {
    this.#line++;
    const record = this.#quoted ? this.#joined(line) : line;
    if (record === undefined) return undefined;
    if (this.#settings.header && this.#names === undefined) {
      this.#names = allFields(record, this.#separator, this.#quoted, this.#decode);
      this.#wanted = this.#places(this.#names);
      return undefined;
    }
    // An empty line is no record, as in most programs that read CSV.
    if (record.length === 0) return undefined;
    if (this.#wanted === undefined) return allFields(record, this.#separator, this.#quoted, this.#decode);
    const width = this.#settings.columns!.length;
    return pickFields(record, this.#separator, this.#quoted, this.#wanted, width, this.#decode);
  }

  end(): void {
    if (this.#parts.length === 0) return;
    throw invalid(this.#text, `the quote in line ${this.#line - this.#parts.length + 1} is never closed`);
  }

  /** The record that ends with this line, or undefined where it goes on. */
  #joined(line: Buffer): Buffer | undefined {
    this.#within = scanQuotes(line, this.#separator, this.#within);
    const goesOn = this.#within === Within.Quotes;
    if (!goesOn) this.#within = Within.FieldStart;
    if (!goesOn && this.#parts.length === 0) return line;
    this.#parts.push(line);
    this.#partBytes += line.length + 1;
    if (this.#partBytes > this.#text.maxLineBytes) {
      throw invalid(
        this.#text,
        `the record with line ${this.#line} has more than ${this.#text.maxLineBytes} bytes`,
      );
    }
    if (goesOn) return undefined;
    const newline = Buffer.from('\n');
    const record = Buffer.concat(
      this.#parts.flatMap((part, index) => (index === 0 ? [part] : [newline, part])),
    );
    this.#parts = [];
    this.#partBytes = 0;
    return record;
  }

  /** By the number of a field its place in a row; undefined where every field is wanted. */
  #places(names: readonly string[] | undefined): Int32Array | undefined {
    const { columns } = this.#settings;
    if (columns === undefined) return undefined;
    const numbers = columns.map((column) => this.#numberOf(column, names));
    const places = new Int32Array(Math.max(-1, ...numbers) + 1).fill(-1);
    numbers.forEach((number, place) => {
      places[number] = place;
    });
    return places;
  }

  #numberOf(column: string | number, names: readonly string[] | undefined): number {
    if (typeof column === 'number') return column;
    const number = names?.indexOf(column) ?? -1;
    if (number >= 0) return number;
    const known =
      names === undefined
        ? 'there is no header: say its number'
        : `there is ${names.map((name) => show(name)).join(', ')}`;
    throw new PerdureError(
      'INVALID_ARGUMENT',
      `'${this.#text.pages.path}' has no column ${show(column)}; ${known}`,
    );
  }
}

class JsonRows implements Rows {
  readonly #text: Text;
  readonly #keys: readonly string[];
  #line = 0;

  constructor(text: Text, { columns }: FieldSettings) {
    if (columns === undefined || columns.some((column) => typeof column !== 'string')) {
      throw new PerdureError('INVALID_ARGUMENT', 'of NDJSON the names of the columns must be given');
    }
    this.#text = text;
    this.#keys = columns as string[];
  }

  take(line: Buffer): FieldRow | undefined {
    this.#line++;
    if (line.length === 0) return undefined;
    try {
      return pickMembers(line, this.#keys);
    } catch (error) {
      if (!(error instanceof NoJson)) throw error;
      throw invalid(this.#text, `line ${this.#line} is no JSON object: ${error.message}`);
    }
  }

  end(): void {}
}

function invalid({ pages }: Text, what: string): PerdureError {
  return new PerdureError('INVALID_INPUT', `'${pages.path}': ${what}`, { path: pages.path });
}

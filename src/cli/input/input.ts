/**
 * What is imported: a file, or standard input, as rows.
 *
 * CSV, TSV and NDJSON are read piece by piece, so that they may be larger than memory. A JSON document is read whole.
 */
import { statSync } from 'node:fs';
import { extname } from 'node:path';
import type { Readable } from 'node:stream';
import { PerdureError } from '../../os/index.js';
import { UsageError } from '../errors.js';
import { jsonRows } from './json.js';
import { ndjsonRows } from './ndjson.js';
import { fileSource, type Source, spool, stdin } from './source.js';

export const INPUT_FORMATS = ['csv', 'tsv', 'json', 'ndjson'] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** One row: its values by column, and where it stands. */
export interface Row {
  /** The line it begins at, from 1; in a JSON document the element's number. */
  readonly line: number;
  /** Cells in the order of the columns (CSV), or an object (JSON). */
  readonly values: readonly string[] | Readonly<Record<string, unknown>>;
}

/** Rows in batches of what one piece of the input held. */
export interface Rows {
  /** The names of the columns, where rows are cells. */
  readonly columns: readonly string[] | undefined;
  readonly batches: AsyncIterable<readonly Row[]>;
}

export interface InputOptions {
  /** The separator of cells; ',' for csv and a tab for tsv unless given. */
  delimiter?: string;
  /** Names for the columns of an input that has no header line. */
  columns?: readonly string[];
}

export interface Input extends Disposable {
  /** How errors name it. */
  readonly name: string;
  readonly format: InputFormat;
  /** How a place in it is called. */
  readonly place: 'line' | 'element';
  /** Unknown for standard input. */
  readonly totalBytes: number | undefined;
  /** How far reading has come. */
  readonly readBytes: number;
  /** Reads it from the start. */
  rows(): Promise<Rows>;
}

const EXTENSIONS: Record<string, InputFormat> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.tab': 'tsv',
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
};

/** The format by what was said, or by the name of the file. */
export function inputFormat(path: string, format: InputFormat | undefined): InputFormat {
  const known = format ?? EXTENSIONS[extname(path).toLowerCase()];
  if (known === undefined) {
    const what = path === '-' ? 'standard input' : `'${path}'`;
    throw new UsageError(
      `cannot tell the format of ${what} by its name; add --format csv, tsv, json or ndjson`,
    );
  }
  return known;
}

/**
 * Opens what is to be imported.
 * @param path '-' for standard input
 * @param again true where it has to be read more than once; standard input is then kept in a temporary file
 * @throws NOT_FOUND, NOT_A_FILE
 */
export async function openInput(
  path: string,
  format: InputFormat,
  again: boolean,
  options: InputOptions,
): Promise<Input> {
  if (path === '-') return new StreamInput(again ? await spool(process.stdin) : stdin(), format, options);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new PerdureError('NOT_FOUND', `'${path}' does not exist`, { path });
  if (stat.isDirectory()) throw new PerdureError('NOT_A_FILE', `'${path}' is a folder`, { path });
  return new StreamInput(fileSource(path), format, options);
}

class StreamInput implements Input {
  readonly name: string;
  readonly place: 'line' | 'element';
  readonly totalBytes: number | undefined;
  #readBytes = 0;
  #stream: Readable | undefined;

  constructor(
    readonly source: Source,
    readonly format: InputFormat,
    readonly options: InputOptions,
  ) {
    this.name = source.name;
    this.totalBytes = source.totalBytes;
    this.place = format === 'json' ? 'element' : 'line';
  }

  get readBytes(): number {
    return this.#readBytes;
  }

  async rows(): Promise<Rows> {
    if (this.format === 'json') return jsonRows(this.#pieces(), this.name);
    if (this.format === 'ndjson') return ndjsonRows(this.#text(), this.name);
    // The parser takes as long to load as Node.js to start: only those who need it wait for it.
    const { csvRows } = await import('./csv.js');
    const delimiter = this.options.delimiter ?? (this.format === 'tsv' ? '\t' : ',');
    return csvRows(this.#text(), this.name, delimiter, this.options.columns);
  }

  /** Stops reading: standard input that nobody reads to its end would keep the process alive. */
  [Symbol.dispose](): void {
    this.#stream?.destroy();
    this.source[Symbol.dispose]();
  }

  async *#pieces(): AsyncGenerator<Buffer> {
    this.#readBytes = 0;
    this.#stream = this.source.open();
    for await (const piece of this.#stream as AsyncIterable<Buffer>) {
      this.#readBytes += piece.length;
      yield piece;
    }
  }

  /** The text, without a byte order mark. */
  async *#text(): AsyncGenerator<string> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const decode = (piece?: Buffer) => {
      try {
        return decoder.decode(piece, { stream: piece !== undefined });
      } catch (error) {
        throw notUtf8(this.name, error);
      }
    };
    for await (const piece of this.#pieces()) yield decode(piece);
    yield decode();
  }
}

export function notUtf8(name: string, cause: unknown): PerdureError {
  return new PerdureError(
    'INVALID_INPUT',
    `${name} is not UTF-8 text; convert it first (for example with iconv)`,
    {
      cause,
    },
  );
}

/** An error in the input, with its place. */
export function inputError(name: string, place: string, message: string, cause?: unknown): PerdureError {
  return new PerdureError('INVALID_INPUT', `${name}, ${place}: ${message}`, { cause });
}

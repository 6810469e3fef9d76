/**
 * CSV and TSV as RFC 4180 has them: quoted cells may hold separators, quotes (doubled) and line ends; lines end in LF or
 * CRLF. Empty lines are skipped, except where there is only one column: there they are empty cells.
 */
import { CsvError, parse } from 'csv-parse';
import type { PerdureError } from '../../os/index.js';
import { inputError, type Row, type Rows } from './input.js';

/** The longest cell or line taken; a stray quote swallows the rest of the file otherwise. */
const MAX_LINE_CHARACTERS = 2 ** 24;

/** @param columns the names where the first line does not hold them */
export async function csvRows(
  pieces: AsyncIterable<string>,
  name: string,
  delimiter: string,
  columns: readonly string[] | undefined,
): Promise<Rows> {
  const batches = parsedRows(pieces, name, delimiter);
  if (columns) return { columns, batches: tableRows(batches, name, columns) };
  for (let next = await batches.next(); !next.done; next = await batches.next()) {
    const at = next.value.findIndex((row) => !isEmpty(row));
    if (at < 0) continue;
    const header = next.value[at]!;
    const names = (header.values as string[]).map((title) => title.trim());
    checkHeader(names, name, header.line);
    const rest = prepended(next.value.slice(at + 1), batches);
    return { columns: names, batches: tableRows(rest, name, names) };
  }
  throw inputError(name, 'line 1', 'there is no header line: the input is empty');
}

function isEmpty({ values }: Row): boolean {
  return (values as string[]).length === 1 && (values as string[])[0] === '';
}

/** Batches of rows, with the lines that they begin at. */
async function* parsedRows(pieces: AsyncIterable<string>, name: string, delimiter: string) {
  const parser = parse({
    delimiter,
    relax_column_count: true,
    record_delimiter: ['\r\n', '\n'],
    max_record_size: MAX_LINE_CHARACTERS,
  });
  let failure: unknown;
  let rows: Row[] = [];
  let line = 1;
  parser.on('error', (error) => {
    failure = error;
  });
  parser.on('data', (cells: string[]) => {
    rows.push({ line, values: cells });
    line += 1;
    // csv-parse would count the lines itself, at twice the time of parsing them.
    for (const cell of cells) if (cell.includes('\n')) line += cell.split('\n').length - 1;
  });
  const take = (): readonly Row[] => {
    if (failure !== undefined) throw csvFailure(failure, name, line);
    const taken = rows;
    rows = [];
    return taken;
  };
  for await (const piece of pieces) {
    await new Promise<void>((resolve) => parser.write(piece, () => resolve()));
    yield take();
  }
  await new Promise<void>((resolve) => parser.once('close', resolve).end());
  yield take();
}

async function* prepended(first: readonly Row[], rest: AsyncIterable<readonly Row[]>) {
  yield first;
  yield* rest;
}

/** Rows that have as many cells as there are columns. */
async function* tableRows(
  batches: AsyncIterable<readonly Row[]>,
  name: string,
  columns: readonly string[],
): AsyncGenerator<readonly Row[]> {
  for await (const batch of batches) {
    yield batch.filter((row) => (columns.length === 1 || !isEmpty(row)) && hasWidth(row, columns, name));
  }
}

function hasWidth({ line, values }: Row, columns: readonly string[], name: string): true {
  if (values.length === columns.length) return true;
  const named = columns.length === 1 ? '1 column is' : `${columns.length} columns are`;
  const cells = values.length === 1 ? '1 cell' : `${values.length} cells`;
  throw inputError(name, `line ${line}`, `${cells} where ${named} named`);
}

function checkHeader(names: readonly string[], name: string, line: number): void {
  const unnamed = names.indexOf('');
  if (unnamed >= 0) {
    throw inputError(
      name,
      `line ${line}`,
      `column ${unnamed + 1} of the header has no name; name the columns with --columns if there is no header`,
    );
  }
  const twice = names.find((title, at) => names.indexOf(title) !== at);
  if (twice !== undefined) throw inputError(name, `line ${line}`, `the header names '${twice}' twice`);
}

function csvFailure(error: unknown, name: string, line: number): PerdureError {
  if (!(error instanceof CsvError)) throw error;
  const messages: Partial<Record<string, string>> = {
    CSV_QUOTE_NOT_CLOSED: 'a quoted cell that begins here or later is never closed',
    CSV_INVALID_CLOSING_QUOTE:
      'a quoted cell goes on after its closing quote (a quote inside is written twice)',
    INVALID_OPENING_QUOTE: 'a quote inside a cell that does not begin with one',
    CSV_MAX_RECORD_SIZE: `a line or quoted cell is longer than ${MAX_LINE_CHARACTERS} characters`,
  };
  const at = typeof error.lines === 'number' ? error.lines : line;
  return inputError(name, `line ${at}`, messages[error.code] ?? error.message, error);
}

/** NDJSON (JSON Lines): one JSON object a line. Empty lines are skipped. */
import { parseJson } from '../values/exact-json.js';
import { inputError, type Row, type Rows } from './input.js';

/** The longest line taken, in characters. */
const MAX_LINE_CHARACTERS = 2 ** 26;

export async function ndjsonRows(pieces: AsyncIterable<string>, name: string): Promise<Rows> {
  return { columns: undefined, batches: parsedRows(pieces, name) };
}

async function* parsedRows(pieces: AsyncIterable<string>, name: string): AsyncGenerator<readonly Row[]> {
  let rest = '';
  let line = 0;
  const parsed = (lines: readonly string[]): Row[] => {
    const rows: Row[] = [];
    for (const text of lines) {
      line += 1;
      const row = text.trim();
      if (row !== '') rows.push({ line, values: objectOf(row, name, line) });
    }
    return rows;
  };
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    if (rest.length > MAX_LINE_CHARACTERS) {
      throw inputError(name, `line ${line + lines.length + 1}`, 'the line is too long; is this NDJSON?');
    }
    if (lines.length > 0) yield parsed(lines);
  }
  yield parsed([rest]);
}

function objectOf(text: string, name: string, line: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw inputError(name, `line ${line}`, `not JSON: ${(error as Error).message}`, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw inputError(name, `line ${line}`, 'each line must be a JSON object, {...}');
  }
  return value as Record<string, unknown>;
}

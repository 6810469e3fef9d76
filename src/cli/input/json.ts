/** A JSON document: an array of objects, or one object. It is read whole, so it has to fit in memory. */
import { constants } from 'node:buffer';
import { PerdureError } from '../../os/index.js';
import { parseJson } from '../values/exact-json.js';
import { inputError, notUtf8, type Row, type Rows } from './input.js';

export async function jsonRows(pieces: AsyncIterable<Buffer>, name: string): Promise<Rows> {
  const value = parseDocument(await readText(pieces, name), name);
  const elements = Array.isArray(value) ? value : [value];
  const rows: Row[] = elements.map((element, at) => {
    if (typeof element !== 'object' || element === null || Array.isArray(element)) {
      throw inputError(name, `element ${at + 1}`, 'each element must be a JSON object, {...}');
    }
    return { line: at + 1, values: element as Record<string, unknown> };
  });
  return { columns: undefined, batches: batches(rows) };
}

async function* batches(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  for (let at = 0; at < rows.length; at += 4096) yield rows.slice(at, at + 4096);
}

async function readText(pieces: AsyncIterable<Buffer>, name: string): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > constants.MAX_STRING_LENGTH) {
      throw new PerdureError(
        'TOO_LARGE',
        `${name} is too large for one JSON document (${constants.MAX_STRING_LENGTH} bytes); convert it to NDJSON, one object a line, which is read piece by piece`,
      );
    }
    parts.push(piece);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch (error) {
    throw notUtf8(name, error);
  }
}

function parseDocument(text: string, name: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw new PerdureError('INVALID_INPUT', `${name} is not JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

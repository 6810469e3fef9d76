/** What a file that is being opened says of itself, checked: its schema, against the one given, and its count. */
import { statSync } from 'node:fs';
import type { MappedFile } from '../mapping/index.js';
import { show } from '../os/arguments.js';
import { isPerdureError, PerdureError } from '../os/errors.js';
import { schemaDifference } from './difference.js';
import { dataOffset, type Header } from './format.js';
import { parseSchema } from './parse-schema.js';
import { Schema } from './schema.js';

/** @throws INVALID_ARGUMENT */
export function checkSchema<R>(schema: Schema<R>): Schema<R> {
  if (schema instanceof Schema) return schema;
  throw new PerdureError(
    'INVALID_ARGUMENT',
    `a schema comes from defineRecord() or parseSchema(), it is not ${show(schema)}`,
  );
}

/**
 * The schema to use for a file: the one given, if its fields are those in the file, or else the file's own.
 * @throws SCHEMA_MISMATCH, CORRUPT
 */
export function fileSchema<R>(header: Header, path: string, given: Schema<R> | undefined): Schema<R> {
  if (
    given !== undefined &&
    given.toString() === header.schemaText &&
    given.recordSize === header.recordSize
  ) {
    return given;
  }
  const own = ownSchema(header, path);
  if (given === undefined) return own as Schema<R>;
  const difference = schemaDifference(own, given);
  if (difference === undefined) return given;
  throw new PerdureError(
    'SCHEMA_MISMATCH',
    `'${path}' holds records of another schema: ${difference}; open it without a schema to see its own, or migrate() it`,
    { path },
  );
}

function ownSchema(header: Header, path: string): Schema {
  let own: Schema;
  try {
    own = parseSchema(header.schemaText);
  } catch (cause) {
    if (!isPerdureError(cause, 'INVALID_SCHEMA')) throw cause;
    throw new PerdureError('CORRUPT', `the schema in '${path}' makes no sense: ${cause.message}`, {
      path,
      cause,
    });
  }
  if (own.recordSize === header.recordSize) return own;
  throw new PerdureError(
    'CORRUPT',
    `'${path}' says that its records are ${header.recordSize} bytes long, and its schema lays out ${own.recordSize}`,
    { path },
  );
}

/** The header's count, if the file is long enough for it. @throws CORRUPT, FILE_CHANGED (copy-on-write) */
export function checkedCount(header: Header, file: MappedFile, capacity: number): number {
  const { count, recordSize } = header;
  if (count <= capacity) return count;
  if (file.mode === 'copy-on-write' && mayHaveGrown(file, header)) {
    throw new PerdureError(
      'FILE_CHANGED',
      `'${file.path}' holds ${count} records, and there is room for ${capacity} in what was mapped: the file has grown ` +
        'beyond what this copy-on-write opening covers; open it again',
      { path: file.path },
    );
  }
  throw new PerdureError(
    'CORRUPT',
    `'${file.path}' says that it holds ${count} records of ${recordSize} bytes, and is ${file.size} bytes long, ` +
      `which is room for ${capacity}; somebody cut it short`,
    { path: file.path },
  );
}

/** A copy-on-write opening keeps the length that the file had. True also where nobody can tell: opening again will. */
function mayHaveGrown(file: MappedFile, { slotSize, count, recordSize }: Header): boolean {
  const { size } = statSync(file.path, { throwIfNoEntry: false }) ?? {};
  return size === undefined || size >= dataOffset(slotSize) + count * recordSize;
}

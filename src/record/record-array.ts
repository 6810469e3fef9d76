/**
 * Typed records in a view: a C array of structs, in shared memory or anywhere in a file, reached by the same accessors,
 * cursors and columns as the records of a record file.
 *
 * Nothing in the bytes says what the records are, or how many: everybody who shares them must use the same definition.
 * All of them are there from the beginning; fresh memory holds records of zeros, empty texts and first names.
 *
 * A record is read and stored field by field. Whoever needs several fields to belong together takes a mutex.
 */
import { View } from '../mapping/index.js';
import { type ByteCount, byteCount, integerIn, knownOptions, rangeWithin, show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import { ViewGround } from './ground.js';
import { checkSchema } from './opening.js';
import { recordAccess } from './record-access.js';
import { RecordArea } from './record-area.js';
import { Records } from './records.js';
import type { Schema } from './schema.js';
import { Table } from './table.js';

export interface RecordsInOptions {
  /** Where in the view the first record begins: a multiple of 8; 0 unless given. */
  offset?: ByteCount;
  /** How many records; as many as fit the rest of the view unless given. */
  count?: number;
}

/** Typed arrays of every kind stand over the records: the largest element has 8 bytes. */
const ALIGNMENT = 8;

// biome-ignore lint/suspicious/noExplicitAny: any record type; the default for signatures that do not care
export class RecordArray<R = any> extends Records<R> {
  /** @internal Made by recordsIn. */
  constructor(view: View, schema: Schema<R>, offset: number, count: number) {
    const ground = new ViewGround(view, offset + count * schema.recordSize);
    const area = new RecordArea(ground, offset, schema.recordSize);
    const table = new Table(view.path, ground.mode, schema, recordAccess(schema), area);
    super(table);
    table.count = count;
    ground.closing = () => {
      area.close();
      table.shortened();
    };
  }

  protected override handedOut(): void {}
}

/**
 * The records of a schema in a view of a mapped file or of shared memory, which must fit one Buffer of this Node.js.
 * They are there until the view is closed.
 *
 * ```ts
 * const seats = recordsIn(memory.view(), Seat, { count: 100 });
 * seats.set(7, { taken: true });
 * ```
 * @throws INVALID_ARGUMENT where the records would not begin at a multiple of 8, OUT_OF_BOUNDS, CLOSED, TOO_LARGE
 */
export function recordsIn<R>(view: View, schema: Schema<R>, options: RecordsInOptions = {}): RecordArray<R> {
  if (!(view instanceof View)) {
    throw new PerdureError('INVALID_ARGUMENT', `recordsIn takes a View, not ${show(view)}`);
  }
  checkSchema(schema);
  knownOptions(options, ['offset', 'count'], 'the options of recordsIn');
  const offset = byteCount(options.offset ?? 0, 'offset');
  const what = `view of '${view.path}'`;
  rangeWithin(offset, 0, view.length, what);
  if (offset % ALIGNMENT !== 0 || view.offset % ALIGNMENT !== 0) {
    throw new PerdureError(
      'INVALID_ARGUMENT',
      `records begin at a multiple of ${ALIGNMENT}, in the view and in what it is part of; this is offset ${offset} of a view that begins at ${view.offset}`,
    );
  }
  const { recordSize } = schema;
  const fitting = Math.floor((view.length - offset) / recordSize);
  const count = integerIn(options.count ?? fitting, 0, Number.MAX_SAFE_INTEGER, 'count');
  rangeWithin(offset, count * recordSize, view.length, what);
  return new RecordArray(view, schema, offset, count);
}

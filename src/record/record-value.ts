/**
 * Records as values of a key-value store: the same bytes as in a record file, without its header. The object that is
 * returned has the shape of the store's value codecs; neither layer needs the other.
 */
import { PerdureError } from '../os/errors.js';
import { codecOf } from './codec.js';
import type { Schema } from './schema.js';
import { Window } from './window.js';

/** How a store keeps records: hand it over as the `values` of a table. */
export interface RecordValueCodec<R> {
  readonly id: number;
  readonly name: string;
  /** The schema as canonical JSON, which the store keeps: a table is never read with another one. */
  readonly schemaText: string;
  /** @throws INVALID_VALUE, naming the field */
  encode(record: R): Uint8Array;
  /** @throws CORRUPT where there are not the bytes of one record */
  decode(memory: { readonly u8: Uint8Array }, at: number, length: number): R;
}

/** The number by which files name this codec. */
const RECORD_VALUE_ID = 5;

/**
 * A codec for records of a schema: `openStore('cities', { keys: 'string', values: recordValue(City) })`. A record takes
 * `schema.recordSize` bytes, and comes back as an object of its own.
 */
export function recordValue<R>(schema: Schema<R>): RecordValueCodec<R> {
  const { recordSize } = schema;
  const codec = codecOf(schema.root, '');
  // Values lie at any byte; fields are read at natural alignment.
  const bytes = Buffer.from(new ArrayBuffer((recordSize + 7) & ~7));
  const window = new Window(bytes, 'the store', 0, 1);
  const record = bytes.subarray(0, recordSize);
  return {
    id: RECORD_VALUE_ID,
    name: 'record',
    schemaText: String(schema),
    encode(value) {
      if (!codec.fits(value)) throw codec.refusal(value, '');
      if (schema.padded) record.fill(0);
      codec.store(window, 0, value);
      return record;
    },
    decode(memory, at, length) {
      if (length !== recordSize) {
        const found = `a value of the store has ${length} bytes where a record has ${recordSize}`;
        throw new PerdureError('CORRUPT', found);
      }
      record.set(memory.u8.subarray(at, at + length));
      return codec.read(window, 0) as R;
    },
  };
}

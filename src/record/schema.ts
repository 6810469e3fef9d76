/**
 * A schema: the fields of a record with their places in it, and the text that stands for it in files.
 *
 * Invariants: a schema is immutable and within the limits of `limits.ts`; two schemas have the same fields exactly if
 * their canonical texts, names aside, are equal.
 */
import { show } from '../os/arguments.js';
import type { FieldLayout } from './layout.js';
import { hasPadding } from './layout.js';
import { MAX_SLOT_BYTES } from './limits.js';
import { checkIdentifier, invalidSchema } from './names.js';
import { type FieldJson, fieldsToJson } from './schema-json.js';
import { type Fields, type RecordOfFields, RecordType } from './types.js';

/** A schema as JSON: what a record file's header holds. */
export interface SchemaJson {
  readonly name?: string;
  readonly fields: readonly FieldJson[];
}

/** A record of a file that was opened without its schema: fields by name, of whatever type the file says. */
export type UntypedRecord = { [field: string]: unknown };

/** Describes records of type `R`. Made by `defineRecord` or `parseSchema`. */
// biome-ignore lint/suspicious/noExplicitAny: any record type; the default for signatures that do not care
export class Schema<R = any> {
  declare readonly recordType: R;
  /** The name that was given to it, used for the C struct; '' for none. */
  readonly name: string;
  /** The fields in the order in which they are stored: name, type, offset and size in bytes. */
  readonly fields: readonly FieldLayout[];
  /** Bytes from one record to the next. */
  readonly recordSize: number;
  /** 1, 2, 4 or 8: what `recordSize` and the beginning of every record are a multiple of. */
  readonly alignment: number;
  /** @internal The record as a type, with which the codec works. */
  readonly root: RecordType;
  /** @internal True where bytes of a record belong to no field. */
  readonly padded: boolean;
  readonly #text: string;

  /** @internal */
  constructor(root: RecordType, name: string) {
    this.name = name === '' ? name : checkIdentifier(name, 'the schema name');
    this.root = root;
    this.fields = root.fields;
    this.recordSize = root.size;
    this.alignment = root.alignment;
    this.padded = hasPadding(root);
    this.#text = JSON.stringify(this.toJSON());
    if (Buffer.byteLength(this.#text) > MAX_SLOT_BYTES - 64) {
      throw invalidSchema(
        `the schema's text is longer than ${MAX_SLOT_BYTES - 64} bytes, which a file's header can hold`,
      );
    }
    Object.freeze(this);
  }

  /** The canonical form; `parseSchema` takes back its JSON text (`String(schema)`). */
  toJSON(): SchemaJson {
    const fields = fieldsToJson(this.fields);
    return this.name === '' ? { fields } : { name: this.name, fields };
  }

  /** The canonical JSON text: what files hold. */
  toString(): string {
    return this.#text;
  }
}

/** The type of the records that a schema describes. */
export type RecordOf<S> = S extends Schema<infer R> ? R : never;

/**
 * Defines records: field types by name, in the order in which they are stored.
 *
 * ```ts
 * const City = defineRecord({ id: u32, name: utf8(64), position: record({ lat: f64, lon: f64 }) }, { name: 'City' });
 * type City = RecordOf<typeof City>; // { id: number; name: string; position: { lat: number; lon: number } }
 * ```
 * @param options.name what the C struct is called; an identifier
 * @throws INVALID_SCHEMA no fields, names that are no identifiers, beyond a limit (4,096 fields, 1 MiB a record)
 */
export function defineRecord<const F extends Fields>(
  fields: F,
  options: { name?: string } = {},
): Schema<RecordOfFields<F>> {
  if (typeof fields !== 'object' || fields === null) {
    throw invalidSchema(`a record is defined by an object of field types, not ${show(fields)}`);
  }
  return new Schema<RecordOfFields<F>>(new RecordType(Object.entries(fields)), options.name ?? '');
}

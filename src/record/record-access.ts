/** Everything made from a schema that working with its records takes, made once per schema. */
import { type AccessorClass, finish } from './accessor.js';
import { compiledAccessor } from './accessor-compiled.js';
import { plainAccessor } from './accessor-plain.js';
import { type Codec, codecOf } from './codec.js';
import type { Schema } from './schema.js';

export interface RecordAccess {
  readonly codec: Codec;
  /** The codecs and places of the top-level fields, by name. */
  readonly fields: ReadonlyMap<string, { readonly codec: Codec; readonly offset: number }>;
  readonly Accessor: AccessorClass;
}

// By the canonical text, so that opening the same file again and again yields one class: loops over records stay
// monomorphic. Bounded, since a program may meet any number of files.
const made = new Map<string, RecordAccess>();
const MAX_KEPT = 256;

export function recordAccess(schema: Schema): RecordAccess {
  const key = schema.toString();
  let access = made.get(key);
  if (access === undefined) {
    access = make(schema);
    if (made.size >= MAX_KEPT) made.delete(made.keys().next().value!);
    made.set(key, access);
  }
  return access;
}

function make(schema: Schema): RecordAccess {
  const codec = codecOf(schema.root, '');
  const fields = new Map(
    schema.fields.map(({ name, type, offset }) => [name, { codec: codecOf(type, name), offset }]),
  );
  const Accessor = compiledAccessor(schema.root) ?? plainAccessor(schema.root);
  return { codec, fields, Accessor: finish(Accessor, schema, codec) };
}

/**
 * Where each field lies in its record: the rules of C, so that the same bytes are a struct.
 *
 * A field begins at the next multiple of its alignment; the record's alignment is that of its most aligned field, and
 * its size a multiple of that, so that records follow each other without gaps (System V ABI, 3.1.2; the same in
 * Microsoft's x64 ABI for these types).
 */
import { MAX_FIELDS, MAX_RECORD_BYTES } from './limits.js';
import { checkIdentifier, invalidSchema } from './names.js';
import type { AnyType } from './types.js';

/** One field of a record, and where it lies. */
export interface FieldLayout {
  readonly name: string;
  readonly type: AnyType;
  /** Bytes from the beginning of the record that it belongs to. */
  readonly offset: number;
  /** Bytes that it occupies. */
  readonly size: number;
}

export interface RecordLayout {
  readonly fields: readonly FieldLayout[];
  readonly size: number;
  readonly alignment: number;
  readonly fieldCount: number;
  readonly depth: number;
}

/** @throws INVALID_SCHEMA: no fields, a bad or repeated name, too many fields, a record beyond 1 MiB */
export function layOut(named: readonly (readonly [string, AnyType])[]): RecordLayout {
  if (named.length === 0) throw invalidSchema('a record has at least one field');
  const fields: FieldLayout[] = [];
  const names = new Set<string>();
  let end = 0;
  let alignment = 1;
  let fieldCount = 0;
  let depth = 0;
  for (const [name, type] of named) {
    checkIdentifier(name, 'the field name');
    if (names.has(name)) throw invalidSchema(`the field '${name}' is there twice`);
    names.add(name);
    const offset = roundUp(end, type.alignment);
    end = offset + type.size;
    alignment = Math.max(alignment, type.alignment);
    fieldCount += type.fieldCount;
    depth = Math.max(depth, type.depth);
    if (fieldCount > MAX_FIELDS) throw invalidSchema(`a record has at most ${MAX_FIELDS} fields`);
    if (end > MAX_RECORD_BYTES) {
      throw invalidSchema(`with the field '${name}' the record is beyond ${MAX_RECORD_BYTES} bytes`);
    }
    fields.push(Object.freeze({ name, type, offset, size: type.size }));
  }
  const size = roundUp(end, alignment);
  return { fields: Object.freeze(fields), size, alignment, fieldCount, depth };
}

/** The next multiple of `unit`, which is a power of two. */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** True where bytes of a value of this type belong to no field: they are written as zeros. */
export function hasPadding(type: AnyType): boolean {
  if (type.kind === 'array') return hasPadding(type.element);
  if (type.kind !== 'record') return false;
  const used = type.fields.reduce((sum, field) => sum + field.size, 0);
  return used !== type.size || type.fields.some((field) => hasPadding(field.type));
}

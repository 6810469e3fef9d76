/**
 * The types that fields may have, as values to write a record definition with.
 *
 * Each knows its size and alignment in bytes (the rules of C: a scalar is aligned to its size, an array to its element,
 * a record to its most aligned field) and carries the TypeScript type of its values. Types are immutable.
 */
import { show } from '../os/arguments.js';
import { type FieldLayout, layOut } from './layout.js';
import { MAX_DEPTH, MAX_ENUMERATION_NAMES, MAX_RECORD_BYTES } from './limits.js';
import { checkMember, invalidSchema } from './names.js';

declare const VALUE: unique symbol;

/** The typed arrays that hold numeric fields, by type. */
export const NUMERIC_KINDS = ['u8', 'i8', 'u16', 'i16', 'u32', 'i32', 'f32', 'f64', 'u64', 'i64'] as const;
export type NumericKind = (typeof NUMERIC_KINDS)[number];
export type ScalarKind = NumericKind | 'bool' | 'date';
export type Kind = ScalarKind | 'utf8' | 'bytes' | 'array' | 'enumeration' | 'record';

/** The type of a field whose values are of type `T`. */
export abstract class FieldType<T = unknown> {
  /** The TypeScript type of the values; it exists for inference only. */
  declare readonly [VALUE]: T;
  abstract readonly kind: Kind;
  /** Bytes that a value occupies. */
  abstract readonly size: number;
  /** A power of two up to 8: offsets of such fields are multiples of it. */
  abstract readonly alignment: number;
  /** Fields inside, itself included where it is one. */
  readonly fieldCount: number = 1;
  /** Arrays and records nested in it. */
  readonly depth: number = 0;
}

/** The TypeScript type of a field type's values. */
export type ValueOf<F> = F extends FieldType<infer T> ? T : never;

/** What `defineRecord` and `record` take: field types by name, in the order in which they are stored. */
export type Fields = Readonly<Record<string, FieldType>>;

/** The record that `Fields` describe. */
export type RecordOfFields<F extends Fields> = { -readonly [K in keyof F]: ValueOf<F[K]> };

export class ScalarType<T = unknown> extends FieldType<T> {
  readonly alignment: number;
  constructor(
    readonly kind: ScalarKind,
    readonly size: number,
  ) {
    super();
    this.alignment = size;
    Object.freeze(this);
  }
}

/** An unsigned integer of 8 bits. */
export const u8: FieldType<number> = new ScalarType('u8', 1);
/** A signed integer of 8 bits. */
export const i8: FieldType<number> = new ScalarType('i8', 1);
/** An unsigned integer of 16 bits. */
export const u16: FieldType<number> = new ScalarType('u16', 2);
/** A signed integer of 16 bits. */
export const i16: FieldType<number> = new ScalarType('i16', 2);
/** An unsigned integer of 32 bits. */
export const u32: FieldType<number> = new ScalarType('u32', 4);
/** A signed integer of 32 bits. */
export const i32: FieldType<number> = new ScalarType('i32', 4);
/** An unsigned integer of 64 bits, as a bigint. */
export const u64: FieldType<bigint> = new ScalarType('u64', 8);
/** A signed integer of 64 bits, as a bigint. */
export const i64: FieldType<bigint> = new ScalarType('i64', 8);
/** An IEEE 754 number of 32 bits: values are rounded to it; finite ones beyond its range are refused. */
export const f32: FieldType<number> = new ScalarType('f32', 4);
/** An IEEE 754 number of 64 bits. */
export const f64: FieldType<number> = new ScalarType('f64', 8);
/** One byte: 0 is false, anything else (only 1 is written) is true. */
export const bool: FieldType<boolean> = new ScalarType('bool', 1);
/** Milliseconds since 1970-01-01T00:00Z as an i64, NumPy's datetime64[ms]; -2^63 (NaT) is an invalid Date. */
export const date: FieldType<Date> = new ScalarType('date', 8);

export class Utf8Type extends FieldType<string> {
  readonly kind = 'utf8';
  readonly alignment = 1;
  constructor(readonly size: number) {
    super();
    Object.freeze(this);
  }
}

export class BytesType extends FieldType<Uint8Array> {
  readonly kind = 'bytes';
  readonly alignment = 1;
  constructor(readonly size: number) {
    super();
    Object.freeze(this);
  }
}

export class EnumerationType<T extends string = string> extends FieldType<T> {
  readonly kind = 'enumeration';
  readonly size: number;
  readonly alignment: number;
  constructor(readonly names: readonly T[]) {
    super();
    this.size = names.length > 256 ? 2 : 1;
    this.alignment = this.size;
    Object.freeze(this);
  }
}

export class ArrayType<T = unknown> extends FieldType<readonly T[]> {
  readonly kind = 'array';
  readonly size: number;
  readonly alignment: number;
  override readonly fieldCount: number;
  override readonly depth: number;
  constructor(
    readonly element: AnyType,
    readonly length: number,
  ) {
    super();
    this.size = element.size * length;
    this.alignment = element.alignment;
    this.fieldCount = element.fieldCount;
    this.depth = element.depth + 1;
    Object.freeze(this);
  }
}

export class RecordType<T = unknown> extends FieldType<T> {
  readonly kind = 'record';
  readonly size: number;
  readonly alignment: number;
  readonly fields: readonly FieldLayout[];
  override readonly fieldCount: number;
  override readonly depth: number;
  constructor(fields: Iterable<readonly [string, FieldType]>) {
    super();
    const layout = layOut([...fields].map(([name, type]) => [name, checkType(type, `field '${name}'`)]));
    this.fields = layout.fields;
    this.size = layout.size;
    this.alignment = layout.alignment;
    this.fieldCount = layout.fieldCount;
    this.depth = layout.depth + 1;
    Object.freeze(this);
  }
}

export type AnyType = ScalarType | Utf8Type | BytesType | EnumerationType | ArrayType | RecordType;

/** A text of at most `lengthBytes` bytes in UTF-8, padded with NUL; it cannot hold NUL. @throws INVALID_SCHEMA */
export function utf8(lengthBytes: number): FieldType<string> {
  return new Utf8Type(checkLength(lengthBytes, 'utf8(n)'));
}

/** Exactly `lengthBytes` bytes. Read as a copy. @throws INVALID_SCHEMA */
export function bytes(lengthBytes: number): FieldType<Uint8Array> {
  return new BytesType(checkLength(lengthBytes, 'bytes(n)'));
}

/** Exactly `length` values of one type. Read as a copy. @throws INVALID_SCHEMA */
export function array<T>(element: FieldType<T>, length: number): FieldType<readonly T[]> {
  const type = checkType(element, 'the element of an array');
  checkLength(length, 'array(type, n)');
  if (type.size * length > MAX_RECORD_BYTES) {
    throw invalidSchema(
      `an array of ${length} values of ${type.size} bytes is beyond the ${MAX_RECORD_BYTES} bytes of a record`,
    );
  }
  return checkDepth(new ArrayType<T>(type, length));
}

/** One of the names, stored as its position in a u8, or in a u16 beyond 256 of them. @throws INVALID_SCHEMA */
export function enumeration<const T extends string>(...names: readonly T[]): FieldType<T> {
  if (names.length === 0 || names.length > MAX_ENUMERATION_NAMES) {
    throw invalidSchema(`an enumeration has 1 to ${MAX_ENUMERATION_NAMES} names, not ${names.length}`);
  }
  const seen = new Set<string>();
  for (const name of names) {
    checkMember(name);
    if (seen.has(name)) throw invalidSchema(`the enumeration names ${show(name)} twice`);
    seen.add(name);
  }
  return new EnumerationType(Object.freeze([...names]));
}

/** A record within a record, laid out as a C struct within a struct. @throws INVALID_SCHEMA */
export function record<F extends Fields>(fields: F): FieldType<RecordOfFields<F>> {
  if (typeof fields !== 'object' || fields === null) {
    throw invalidSchema(`a record is defined by an object of field types, not ${show(fields)}`);
  }
  return checkDepth(new RecordType<RecordOfFields<F>>(Object.entries(fields)));
}

function checkType(type: unknown, what: string): AnyType {
  if (type instanceof FieldType) return type as AnyType;
  const hint = typeof type === 'function' ? '; call it with its arguments' : '';
  throw invalidSchema(`${what} must have a type such as u32 or utf8(32), not ${show(type)}${hint}`);
}

function checkLength(length: number, what: string): number {
  if (Number.isSafeInteger(length) && length >= 1 && length <= MAX_RECORD_BYTES) return length;
  throw invalidSchema(
    `the length of ${what} must be a whole number from 1 to ${MAX_RECORD_BYTES}, not ${show(length)}`,
  );
}

function checkDepth<T extends AnyType>(type: T): T {
  if (type.depth <= MAX_DEPTH) return type;
  throw invalidSchema(`arrays and records may be nested ${MAX_DEPTH} deep, not ${type.depth}`);
}

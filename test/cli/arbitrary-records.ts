/** Random schemas, and random records that fit them. */
import fc from 'fast-check';
import {
  array,
  bool,
  bytes,
  date,
  defineRecord,
  enumeration,
  type FieldType,
  f32,
  f64,
  i8,
  i64,
  record,
  type Schema,
  u16,
  u32,
  u64,
  utf8,
} from '../../src/record/index.js';

interface Typed {
  readonly type: FieldType;
  readonly value: fc.Arbitrary<unknown>;
}

const text = (lengthBytes: number) =>
  fc
    .string({ unit: 'binary', maxLength: lengthBytes })
    .map((value) => value.replaceAll('\0', ' '))
    .filter((value) => Buffer.byteLength(value) <= lengthBytes);

const NAMES = ['a', 'two words', 'ünï', '"quoted"', 'x,y', ' padded ', '1'] as const;

const scalar: fc.Arbitrary<Typed> = fc.constantFrom<Typed>(
  { type: i8, value: fc.integer({ min: -128, max: 127 }) },
  { type: u16, value: fc.nat(65535) },
  { type: u32, value: fc.nat(2 ** 32 - 1) },
  { type: i64, value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { type: u64, value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  { type: f32, value: fc.float() },
  { type: f64, value: fc.double() },
  { type: bool, value: fc.boolean() },
  { type: date, value: fc.date({ noInvalidDate: false }) },
  { type: utf8(1), value: text(1) },
  { type: utf8(24), value: text(24) },
  { type: bytes(3), value: fc.uint8Array({ minLength: 3, maxLength: 3 }) },
  { type: enumeration(...NAMES), value: fc.constantFrom(...NAMES) },
);

const fieldNames = fc.uniqueArray(
  fc.constantFrom('a', 'B', 'c_1', 'd-e', '名前', '$f', 'toString', 'constructor'),
  {
    minLength: 1,
    maxLength: 5,
  },
);

function recordOf(inner: fc.Arbitrary<Typed>): fc.Arbitrary<Typed> {
  return fieldNames.chain((names) =>
    fc.tuple(...names.map(() => inner)).map((types) => ({
      type: record(Object.fromEntries(names.map((name, at) => [name, types[at]!.type]))),
      value: fc.record(
        Object.fromEntries(names.map((name, at) => [name, types[at]!.value])),
      ) as fc.Arbitrary<unknown>,
    })),
  );
}

function arrayOf(inner: fc.Arbitrary<Typed>): fc.Arbitrary<Typed> {
  return fc.tuple(inner, fc.integer({ min: 1, max: 3 })).map(([{ type, value }, length]) => ({
    type: array(type, length),
    value: fc.array(value, { minLength: length, maxLength: length }),
  }));
}

const nested = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: arrayOf(scalar) },
  { weight: 1, arbitrary: recordOf(scalar) },
  { weight: 1, arbitrary: arrayOf(recordOf(scalar)) },
);

export interface Table {
  readonly schema: Schema;
  readonly records: readonly Record<string, unknown>[];
}

/** A schema with up to 12 records of it. */
export const anyTable: fc.Arbitrary<Table> = fieldNames.chain((names) =>
  fc.tuple(...names.map(() => nested)).chain((types) =>
    fc
      .array(fc.record(Object.fromEntries(names.map((name, at) => [name, types[at]!.value]))), {
        maxLength: 12,
      })
      .map((records) => ({
        schema: defineRecord(Object.fromEntries(names.map((name, at) => [name, types[at]!.type]))) as Schema,
        records: records as Record<string, unknown>[],
      })),
  ),
);

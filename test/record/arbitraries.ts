/** Random schemas, and values that fit them. */
import fc from 'fast-check';
import {
  type AnyType,
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
  i16,
  i32,
  i64,
  record,
  type Schema,
  u8,
  u16,
  u32,
  u64,
  utf8,
} from '../../src/record/index.js';

const NAMES = [
  'id',
  'naïve',
  '名前',
  'constructor',
  'toJSON',
  '$x',
  'a-b',
  'int',
  'valueOf',
  'at',
  'o',
  '_1',
  'then',
];

const scalar = fc.constantFrom<FieldType>(u8, i8, u16, i16, u32, i32, u64, i64, f32, f64, bool, date);

const members = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 })
  .map((names) => names.map((name, index) => `${index}${name.replace(/[\p{Cc}\u2028\u2029]/gu, '_')}`));

const wide = enumeration(...Array.from({ length: 300 }, (_, index) => `name ${index}`));

/** Any field type, nested at most `depth` deep. */
function fieldType(depth: number): fc.Arbitrary<FieldType> {
  const flat: fc.Arbitrary<FieldType>[] = [
    scalar,
    scalar,
    fc.integer({ min: 1, max: 20 }).map((length) => utf8(length)),
    fc.integer({ min: 1, max: 9 }).map((length) => bytes(length)),
    members.map((names) => enumeration(...names)),
    fc.constant(wide),
  ];
  if (depth === 0) return fc.oneof(...flat);
  return fc.oneof(
    ...flat,
    fc
      .tuple(fieldType(depth - 1), fc.integer({ min: 1, max: 4 }))
      .map(([type, length]) => array(type, length)),
    fields(depth - 1).map((inner) => record(inner)),
  );
}

function fields(depth: number): fc.Arbitrary<Record<string, FieldType>> {
  return fc.dictionary(fc.constantFrom(...NAMES), fieldType(depth), {
    minKeys: 1,
    maxKeys: 6,
    noNullPrototype: true,
  });
}

/** Any schema, nested at most two deep. */
export const anySchema: fc.Arbitrary<Schema> = fields(2).map((inner) => defineRecord(inner, { name: 'Any' }));

const integers = { u8: [0, 255], i8: [-128, 127], u16: [0, 65535], i16: [-32768, 32767] } as const;

/** A text whose UTF-8 fits. */
function text(bytesAtMost: number): fc.Arbitrary<string> {
  return fc.string({ unit: 'binary', maxLength: bytesAtMost }).map((value) => {
    let cut = [...value.replaceAll('\0', ' ')];
    while (Buffer.byteLength(cut.join('')) > bytesAtMost) cut = cut.slice(0, -1);
    return cut.join('');
  });
}

/** Any value of a type. */
export function anyValue(type: AnyType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'u8':
    case 'i8':
    case 'u16':
    case 'i16': {
      const [min, max] = integers[type.kind];
      return fc.integer({ min, max });
    }
    case 'u32':
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case 'i32':
      return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    case 'u64':
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case 'i64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'f32':
      return fc.float();
    case 'f64':
      return fc.double();
    case 'bool':
      return fc.boolean();
    case 'date':
      return fc.date();
    case 'utf8':
      return text(type.size);
    case 'bytes':
      return fc.uint8Array({ minLength: type.size, maxLength: type.size });
    case 'enumeration':
      return fc.constantFrom(...type.names);
    case 'array':
      return fc.array(anyValue(type.element), { minLength: type.length, maxLength: type.length });
    case 'record':
      return fc.record(Object.fromEntries(type.fields.map((field) => [field.name, anyValue(field.type)])), {
        noNullPrototype: true,
      });
  }
}

/** A schema and some records of it. */
export const schemaAndRecords = anySchema.chain((schema) =>
  fc.record({
    schema: fc.constant(schema),
    records: fc.array(anyValue(schema.root) as fc.Arbitrary<Record<string, unknown>>, {
      minLength: 1,
      maxLength: 5,
    }),
  }),
);

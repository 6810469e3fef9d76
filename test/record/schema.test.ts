/** Schemas: layout, the two texts, limits, and hostile input. */
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
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
  i64,
  parseSchema,
  type RecordFile,
  type RecordOf,
  record,
  Schema,
  u8,
  u16,
  u32,
  utf8,
} from '../../src/record/index.js';
import { failure } from '../support/failure.js';
import { runs } from '../support/seed.js';
import { anySchema } from './arbitraries.js';

const City = defineRecord(
  {
    id: u32,
    name: utf8(20),
    position: record({ lat: f64, lon: f64 }),
    tags: array(u16, 4),
    kind: enumeration('a', 'b'),
    when: date,
    big: i64,
    raw: bytes(3),
    ok: bool,
    stops: array(record({ at: f32 }), 2),
  },
  { name: 'City' },
);

describe('the type of a record', () => {
  it('is inferred, enumerations as unions of their names', () => {
    expectTypeOf<RecordOf<typeof City>>().toEqualTypeOf<{
      id: number;
      name: string;
      position: { lat: number; lon: number };
      tags: readonly number[];
      kind: 'a' | 'b';
      when: Date;
      big: bigint;
      raw: Uint8Array;
      ok: boolean;
      stops: readonly { at: number }[];
    }>();
  });

  it('gives the paths of columns and the types of their values', () => {
    type File = RecordFile<RecordOf<typeof City>>;
    type Paths = Parameters<File['column']>[0];
    expectTypeOf<'position.lat'>().toExtend<Paths>();
    expectTypeOf<'tags.2'>().toExtend<Paths>();
    expectTypeOf<'stops.1.at'>().toExtend<Paths>();
    expectTypeOf<'nothing'>().not.toExtend<Paths>();
    const columns = (file: File) => [file.column('kind').at(0), file.column('big').sum()] as const;
    expectTypeOf<ReturnType<typeof columns>>().toEqualTypeOf<readonly ['a' | 'b', bigint]>();
  });
});

describe('the layout', () => {
  it('aligns each field to its size and pads the end', () => {
    const places = City.fields.map(({ name, offset, size }) => [name, offset, size]);
    expect(places).toEqual([
      ['id', 0, 4],
      ['name', 4, 20],
      ['position', 24, 16],
      ['tags', 40, 8],
      ['kind', 48, 1],
      ['when', 56, 8],
      ['big', 64, 8],
      ['raw', 72, 3],
      ['ok', 75, 1],
      ['stops', 76, 8],
    ]);
    expect([City.recordSize, City.alignment]).toEqual([88, 8]);
    const odd = defineRecord({ a: u8, b: u32, c: u8 });
    expect([odd.recordSize, odd.alignment]).toEqual([12, 4]);
    expect(defineRecord({ a: bytes(3) }).recordSize).toBe(3);
  });

  it('stores an enumeration of up to 256 names in one byte, of more in two', () => {
    const of = (count: number) => enumeration(...Array.from({ length: count }, (_, index) => `n${index}`));
    expect(of(256).size).toBe(1);
    expect(of(257).size).toBe(2);
    expect(of(65536).size).toBe(2);
    failure(() => of(65537), 'INVALID_SCHEMA');
  });
});

describe('the texts of a schema', () => {
  it('come back as the same schema', () => {
    fc.assert(
      fc.property(anySchema, (schema) => {
        const again = parseSchema(schema.toString());
        expect(again.toString()).toBe(schema.toString());
        expect(again.fields.map(({ offset }) => offset)).toEqual(schema.fields.map(({ offset }) => offset));
      }),
      runs(200),
    );
  });

  it('have a shorthand', () => {
    const text =
      ' id:u32, name : utf8(20),position:record(lat:f64, lon:f64), tags:array( u16 , 4 ), kind:enumeration(a|b), when:date, ' +
      'big:i64, raw:bytes(3), ok:bool, stops:array(record(at:f32),2)';
    expect(parseSchema(text).toJSON().fields).toEqual(City.toJSON().fields);
    expect(parseSchema('größe:f32,名前:utf8(3),a-b:u8').fields.map(({ name }) => name)).toEqual([
      'größe',
      '名前',
      'a-b',
    ]);
  });

  const bad = [
    '',
    ' ',
    'id',
    'id:',
    ':u32',
    'id:u33',
    'id:u32,',
    'id:u32 name:u8',
    'id:u32,id:u8',
    'id:utf8',
    'id:utf8()',
    'id:utf8(0)',
    'id:utf8(-1)',
    'id:utf8(1.5)',
    'id:utf8(1e3)',
    'id:utf8(3',
    'id:utf8(3))',
    'id:array(u8)',
    'id:array(u8,0)',
    'id:array(u8,99999999999)',
    'id:record()',
    'id:enumeration()',
    'id:enumeration(a|a)',
    'id:u32(4)',
    '1id:u8',
    'i d:u8',
    '__proto__:u8',
    `x:${'array('.repeat(5000)}`,
    `x:${'array('.repeat(9)}u8${',1)'.repeat(9)}`,
    `x:${'record(x:'.repeat(9)}u8${')'.repeat(9)}`,
    `x:bytes(${2 ** 20 + 1})`,
    `x:array(bytes(1024),1025)`,
    Array.from({ length: 4097 }, (_, index) => `f${index}:u8`).join(),
    `${'n'.repeat(256)}:u8`,
    'n\u0007:u8',
    'n\ud800:u8',
  ];
  it.each(bad)('refuse %j', (text) => {
    const { message } = failure(() => parseSchema(text), 'INVALID_SCHEMA');
    expect(message.length).toBeLessThan(500);
  });

  const hostile = [
    '{',
    '{}',
    '{"fields":[]}',
    '{"fields":{}}',
    '{"fields":[{"name":"a"}]}',
    '{"fields":[{"name":"a","type":"u8","x":1}]}',
    '{"fields":[{"name":1,"type":"u8"}]}',
    '{"fields":[{"name":"a","type":null}]}',
    '{"fields":[{"name":"a","type":{}}]}',
    '{"fields":[{"name":"a","type":{"utf8":"9"}}]}',
    '{"fields":[{"name":"a","type":{"utf8":1e99}}]}',
    '{"fields":[{"name":"a","type":{"array":"u8"}}]}',
    '{"fields":[{"name":"a","type":{"array":"u8","length":2,"__proto__":3}}]}',
    '{"fields":[{"name":"a","type":{"enumeration":"ab"}}]}',
    '{"fields":[{"name":"a","type":{"enumeration":[1]}}]}',
    '{"fields":[{"name":"a","type":{"constructor":1}}]}',
    '{"fields":[{"name":"__proto__","type":"u8"}]}',
    '{"name":"","fields":[{"name":"a","type":"u8"}]}',
    '{"name":{},"fields":[{"name":"a","type":"u8"}]}',
    '{"fields":[{"name":"a","type":"u8"}],"more":1}',
    '{"__proto__":{"fields":[{"name":"a","type":"u8"}]}}',
    `{"fields":[{"name":"a","type":${'{"array":'.repeat(50_000)}`,
    `{"fields":[{"name":"a","type":${'{"array":'.repeat(9)}"u8"${',"length":1}'.repeat(9)}}]}`,
    `{"fields":[{"name":"a","type":{"enumeration":[${'1,'.repeat(200_000)}1]}}]}`,
  ];
  it.each(hostile)('refuse %j', (text) => {
    failure(() => parseSchema(text), 'INVALID_SCHEMA');
  });

  it('refuse or accept, but never fail otherwise', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })), (text) => {
        try {
          expect(parseSchema(text)).toBeInstanceOf(Schema);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_SCHEMA' });
        }
      }),
      runs(1000),
    );
  });

  it('refuse a schema that no header can hold', () => {
    const names = Array.from({ length: 5000 }, (_, index) => `${index}${'x'.repeat(240)}`);
    failure(() => defineRecord({ kind: enumeration(...names) }), 'INVALID_SCHEMA');
  });
});

describe('defineRecord', () => {
  it('refuses what is no type, and names that are none', () => {
    const of = (fields: unknown) => () => defineRecord(fields as Record<string, FieldType>);
    for (const fields of [
      {},
      { a: utf8 },
      { a: 'u8' },
      { a: {} },
      { a: undefined },
      null,
      3,
      { '': u8 },
      { 'a.b': u8 },
    ]) {
      failure(of(fields), 'INVALID_SCHEMA');
    }
    failure(() => defineRecord({ a: u8 }, { name: 'not an identifier' }), 'INVALID_SCHEMA');
  });

  it('refuses records that nest and multiply beyond the limits, at once', () => {
    let type: FieldType = u8;
    failure(() => {
      for (let depth = 0; depth < 8; depth++) {
        const inner = type as AnyType;
        type = record(Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`f${index}`, inner])));
      }
    }, 'INVALID_SCHEMA');
  });
});

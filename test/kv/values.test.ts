/** What a value codec encodes it reads back, from wherever the bytes lie. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageMemory } from '../../src/kv/page-memory.js';
import {
  bytesValue,
  jsonValue,
  messagePackValue,
  stringValue,
  type ValueCodec,
} from '../../src/kv/values/index.js';
import { array, defineRecord, f64, recordValue, u8, u32, utf8 } from '../../src/record/index.js';
import { runs } from '../support/seed.js';

function roundTrip<V>(codec: ValueCodec<V>, value: V): V {
  const encoded = codec.encode(value);
  const memory = new PageMemory(new ArrayBuffer(encoded.length + 8));
  memory.u8.set(encoded, 5);
  const decoded = codec.decode(memory, 5, encoded.length);
  memory.u8.fill(0xff);
  return decoded;
}

function circle(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}

describe('values', () => {
  it('that are bytes come back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (value) => {
        expect(roundTrip(bytesValue, value)).toEqual(value);
      }),
      runs(300),
    );
  });

  it('that are texts come back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        expect(roundTrip(stringValue, value)).toBe(value);
      }),
      runs(300),
    );
  });

  it('that are JSON come back', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value: unknown = JSON.parse(text);
        expect(JSON.stringify(roundTrip(jsonValue, value))).toBe(JSON.stringify(value));
      }),
      runs(300),
    );
  });

  it('that MessagePack has forms for come back as they were', () => {
    const leaf = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.double({ noNaN: true }),
      fc.maxSafeInteger(),
      fc.bigInt(),
      fc.boolean(),
      fc.constant(null),
      fc.date({ noInvalidDate: true }),
      fc.uint8Array(),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          fc.string({ maxLength: 3 }).filter((name) => name !== '__proto__'),
          tie('value'),
          { maxKeys: 4, noNullPrototype: true },
        ),
        fc.array(fc.tuple(leaf, tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
        fc.array(leaf, { maxLength: 3 }).map((elements) => new Set(elements)),
      ),
    }));
    fc.assert(
      fc.property(value, (each) => {
        expect(roundTrip(messagePackValue, each)).toEqual(each);
      }),
      runs(500),
    );
  });

  it('that are records come back, and take as many bytes as in a file', () => {
    const schema = defineRecord({ small: u8, lat: f64, name: utf8(5), tags: array(u32, 2) });
    const codec = recordValue(schema);
    const value = { small: 7, lat: -0.5, name: 'Züri', tags: [1, 2 ** 32 - 1] };
    expect(roundTrip(codec, value)).toEqual(value);
    expect(codec.encode(value).length).toBe(schema.recordSize);
    expect(codec.schemaText).toBe(String(schema));
    expect(() => codec.encode({ ...value, small: 256 })).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE' }),
    );
    const short = new PageMemory(new ArrayBuffer(64));
    expect(() => codec.decode(short, 0, schema.recordSize - 1)).toThrow(
      expect.objectContaining({ code: 'CORRUPT' }),
    );
  });

  it('that are any bytes are read as something, or said to be damaged', () => {
    const codecs = [
      bytesValue,
      stringValue,
      jsonValue,
      messagePackValue,
      recordValue(defineRecord({ a: utf8(8), b: f64 })),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...codecs), fc.uint8Array({ maxLength: 24 }), (codec, bytes) => {
        const memory = new PageMemory(new ArrayBuffer(32));
        memory.u8.set(bytes);
        try {
          codec.decode(memory, 0, bytes.length);
        } catch (error) {
          expect(error).toMatchObject({ code: 'CORRUPT' });
        }
      }),
      runs(3000),
    );
  });

  it.each([
    ['JSON', jsonValue, Buffer.from('{"a":')],
    ['MessagePack', messagePackValue, Buffer.from([0x93, 1])],
    ['MessagePack with more behind it', messagePackValue, Buffer.from([1, 1])],
  ])('that are damaged %s are said to be', (_, codec, bytes) => {
    const memory = new PageMemory(new ArrayBuffer(16));
    memory.u8.set(bytes);
    expect(() => codec.decode(memory, 0, bytes.length)).toThrow(expect.objectContaining({ code: 'CORRUPT' }));
  });

  it.each([
    ['a function in an object', messagePackValue, { a: () => 1 }],
    ['a symbol', messagePackValue, Symbol('a')],
    ['an object of a class', messagePackValue, new (class Point {})()],
    ['a typed array that would come back as bytes', messagePackValue, new Float64Array(1)],
    ['an object with a property __proto__', messagePackValue, JSON.parse('{"__proto__":1}')],
    ['a circle', jsonValue, circle()],
    ['a bigint', jsonValue, 1n],
    ['a number', bytesValue, 1],
    ['bytes', stringValue, new Uint8Array()],
    ['undefined', jsonValue, undefined],
    ['a function', jsonValue, () => 1],
  ])('refuse %s', (_, codec, value) => {
    expect(() => (codec as ValueCodec<unknown>).encode(value)).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE' }),
    );
  });
});

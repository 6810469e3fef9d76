/** What a value codec encodes it reads back, from wherever the bytes lie. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageMemory } from '../../src/kv/page-memory.js';
import { bytesValue, jsonValue, stringValue, type ValueCodec } from '../../src/kv/values/value-codec.js';
import { runs } from '../support/seed.js';

function roundTrip<V>(codec: ValueCodec<V>, value: V): V {
  const encoded = codec.encode(value);
  const memory = new PageMemory(new ArrayBuffer(encoded.length + 8));
  memory.u8.set(encoded, 5);
  const decoded = codec.decode(memory, 5, encoded.length);
  memory.u8.fill(0xff);
  return decoded;
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

  it.each([
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

/** What keys and values are written as is read as the same again: as text, as JSON, and whatever they look like. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyNotation, valueNotation } from '../../src/cli/kv/notation.js';
import { parseJson } from '../../src/cli/values/exact-json.js';
import { runs } from '../support/seed.js';

const scalar = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('12', '12n', '-0', 'true', 'null', '"', '[', '{', '1e5', '007', '', '$date', '0x1'),
  fc.double({ noNaN: true }),
  fc.bigInt(),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array(),
);
const { key } = fc.letrec((tie) => ({
  key: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie('key'), { maxLength: 4 })),
}));
const name = fc.oneof(
  fc.string(),
  fc.constantFrom('$date', '$bigint', '$$map', '$', '$set', 'toString', '__proto'),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.constant(Number.NaN),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((pairs) => new Map(pairs)),
    fc.uniqueArray(fc.string(), { maxLength: 3 }).map((elements) => new Set(elements)),
  ),
}));

describe('what is written is what is read', () => {
  it('of keys of any type', () => {
    const { parse, text, json, fromJson } = keyNotation('any');
    fc.assert(
      fc.property(key, (each) => {
        expect(parse(text(each))).toEqual(each);
        expect(fromJson(parseJson(json(each)))).toEqual(each);
      }),
      runs(2000),
    );
  });

  it('of values as MessagePack has them', () => {
    const { parse, text } = valueNotation('messagepack');
    fc.assert(
      fc.property(value, (each) => {
        expect(parse(text(each))).toEqual(each);
      }),
      runs(2000),
    );
  });

  it('of values of JSON', () => {
    const { parse, text } = valueNotation('json');
    const numbers = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer().map((n) => n * 2 ** 33),
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.array(numbers), fc.string()), (each) => {
        const kept = JSON.parse(JSON.stringify(each)) as unknown;
        expect(parse(text(kept))).toEqual(JSON.parse(JSON.stringify(kept)));
      }),
      runs(1000),
    );
    expect(text(2 ** 53)).toBe('9.007199254740992e+15');
    expect(text(['9007199254740993', 0.1234567890123456])).toBe('["9007199254740993",0.1234567890123456]');
  });

  it('of bytes', () => {
    const { parse, text } = keyNotation('bytes');
    fc.assert(
      fc.property(fc.uint8Array(), (each) => {
        expect(parse(text(each))).toEqual(each);
      }),
      runs(200),
    );
    expect(parse('base64:AAH/')).toEqual(new Uint8Array([0, 1, 255]));
  });
});

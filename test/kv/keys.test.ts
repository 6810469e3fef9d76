/**
 * The order of encoded keys is the order of the keys, and what was encoded is read back. The order to compare with is written
 * down here by itself.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys } from '../../src/kv/compare-keys.js';
import { KeyBuffer } from '../../src/kv/key-buffer.js';
import { type AnyKey, anyKey, bytesKey, type KeyCodec, stringKey } from '../../src/kv/keys/index.js';
import { isPerdureError } from '../../src/os/errors.js';
import { runs } from '../support/seed.js';

/** Types in the order of their keys. */
function typeRank(key: AnyKey): number {
  if (key === null) return 0;
  if (typeof key === 'boolean') return 1;
  if (typeof key === 'number') return 2;
  if (typeof key === 'bigint') return 3;
  if (key instanceof Date) return 4;
  if (key instanceof Uint8Array) return 5;
  return typeof key === 'string' ? 6 : 7;
}

function compare(a: AnyKey, b: AnyKey): number {
  const rank = typeRank(a) - typeRank(b);
  if (rank !== 0) return rank;
  if (a instanceof Date) return a.getTime() - (b as Date).getTime();
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array);
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  if (!Array.isArray(a)) return a! < b! ? -1 : a! > b! ? 1 : 0;
  const other = b as AnyKey[];
  for (let index = 0; index < Math.min(a.length, other.length); index++) {
    const order = compare(a[index], other[index]);
    if (order !== 0) return order;
  }
  return a.length - other.length;
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 70 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('\0', '\x01', 'a', '\u{10ffff}', '\uffff'), maxLength: 4 }),
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.array(fc.constantFrom(0, 1, 254, 255), { maxLength: 4 }).map((each) => Uint8Array.from(each)),
);
const number = fc.oneof(
  fc.double({ noNaN: true }).map((each) => each + 0),
  fc.integer(),
  fc.constantFrom(0, Number.MIN_VALUE, -Number.MIN_VALUE, Infinity, -Infinity),
);
const bigint = fc.oneof(
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }),
  fc.bigInt({ min: -300n, max: 300n }),
);
const key = fc.letrec<{ key: AnyKey }>((tie) => ({
  key: fc.oneof(
    { maxDepth: 3 },
    text,
    number,
    bytes,
    bigint,
    fc.boolean(),
    fc.constant(null),
    fc.date({ noInvalidDate: true }),
    fc.array(tie('key'), { maxLength: 3 }),
  ),
})).key;

function encode<K>(codec: KeyCodec<K>, value: K): KeyBuffer {
  const into = new KeyBuffer();
  codec.encode(value, into);
  return into;
}

function check<K>(codec: KeyCodec<K>, arbitrary: fc.Arbitrary<K>, order: (a: K, b: K) => number): void {
  fc.assert(
    fc.property(arbitrary, arbitrary, (a, b) => {
      const [first, second] = [encode(codec, a), encode(codec, b)];
      expect(codec.decode(first.memory, first.length)).toStrictEqual(a);
      expect(Math.sign(compareKeys(first, second))).toBe(Math.sign(order(a, b)));
    }),
    runs(3000),
  );
}

describe('keys', () => {
  it('of any type keep their order and come back', () => check(anyKey, key, compare));
  it('of one type keep their order and come back', () => {
    for (const each of [text, number, bytes, bigint]) check(anyKey, each as fc.Arbitrary<AnyKey>, compare);
  });
  it('that are arrays with common beginnings keep their order and come back', () => {
    const element = fc.constantFrom<AnyKey>(
      '',
      '\0',
      'a',
      'a\0',
      new Uint8Array(),
      new Uint8Array([0]),
      1,
      1n,
      null,
      [],
      [[]],
    );
    check(anyKey, fc.array(element, { maxLength: 4 }), compare);
  });
  it('that are texts keep their order and come back', () => check(stringKey, text, compare));
  it('that are bytes keep their order and come back', () => check(bytesKey, bytes, compare));

  it('are followed by zeros, whatever was there before', () => {
    const into = new KeyBuffer();
    into.bytes.fill(0xff);
    for (const each of ['x', 'x'.repeat(100), ['x', 1], 5] as AnyKey[]) {
      anyKey.encode(each, into);
      expect([...into.bytes.subarray(into.length, into.length + 4)]).toEqual([0, 0, 0, 0]);
    }
  });

  it.each([
    ['NaN', Number.NaN],
    ['an invalid date', new Date(Number.NaN)],
    ['half a surrogate pair', '\ud800'],
    ['half a surrogate pair in a long text', `${'x'.repeat(100)}\udc00`],
    ['undefined', undefined],
    ['an object', {}],
    ['a text that is too long', 'x'.repeat(5000)],
    ['a text that is too long as UTF-8', '\u20ac'.repeat(2000)],
    ['bytes that are too long', new Uint8Array(5000)],
    ['bytes that are too long in an array', [new Uint8Array(3000)]],
    ['a bigint that is too long', 2n ** 40_000n],
    ['an array that is too long', Array.from({ length: 1000 }, () => 1)],
  ])('refuse %s', (_, value) => {
    let problem: unknown;
    try {
      anyKey.encode(value as AnyKey, new KeyBuffer());
    } catch (error) {
      problem = error;
    }
    expect(isPerdureError(problem, 'INVALID_ARGUMENT')).toBe(true);
  });

  it('-0 is 0', () => {
    expect(compareKeys(encode(anyKey, -0), encode(anyKey, 0))).toBe(0);
  });

  it('of any bytes are read as something, or said to be damaged', () => {
    const tagged = fc.tuple(
      fc.constantFrom(2, 4, 5, 8, 12, 13, 16, 20, 24, 28),
      fc.uint8Array({ maxLength: 12 }),
    );
    const nested = fc
      .array(tagged, { maxLength: 3 })
      .map((parts) => parts.flatMap(([tag, rest]) => [28, tag, ...rest]));
    fc.assert(
      fc.property(
        fc.constantFrom(anyKey, bytesKey, stringKey),
        fc.oneof(fc.uint8Array(), nested),
        (codec, bytes) => {
          const key = new KeyBuffer().set(Uint8Array.from(bytes));
          try {
            codec.decode(key.memory, key.length);
          } catch (error) {
            expect(error).toMatchObject({ code: 'CORRUPT' });
          }
        },
      ),
      runs(3000),
    );
  });
});

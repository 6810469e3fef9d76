/**
 * Any mix of operations leaves what a map and a sorted array say.
 *
 * Method: random programs of stores, removals, nested transactions, aborts and commits run on a tree and on the model, with keys
 * of one distribution and pages of one size a program. After every step the whole tree is walked in both directions, the full
 * check runs, and after a commit every page is accounted for. Values are long, so that few records make a tree of several levels.
 */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { maxKeyBytes } from '../../src/kv/format.js';
import { random, runs, SEED } from '../support/seed.js';
import { TreeModel } from './model.js';

const DISTRIBUTIONS = [
  'random',
  'ascending',
  'descending',
  'prefixed',
  'huge',
  'tiny',
  'text',
  'ties',
] as const;
type Distribution = (typeof DISTRIBUTIONS)[number];

/** Key number `number` of a distribution, as a latin1 string. */
function keyText(distribution: Distribution, number: number, pageBytes: number): string {
  const mixed = random(number)(2 ** 32)
    .toString(16)
    .padStart(8, '0');
  const digits = String(number).padStart(8, '0');
  switch (distribution) {
    case 'random':
      return Buffer.from(mixed, 'hex').toString('latin1') + mixed.slice(0, number % 9);
    case 'ascending':
      return digits;
    case 'descending':
      return String(99_999_999 - number);
    case 'prefixed':
      return `some/long/path/that/all/of/them/share/${number % 7}/and/more/${mixed}`;
    case 'huge':
      return mixed
        .repeat(1 + Math.floor((maxKeyBytes(pageBytes) - 8) / 8))
        .slice(0, maxKeyBytes(pageBytes) - (number % 3));
    case 'tiny':
      // The empty key, and keys that differ in zeros at their end only.
      return (
        '\0'.repeat(number % 6) +
        String.fromCharCode(...[(number >> 3) % 5, (number >> 6) % 256].slice(0, number % 3))
      );
    case 'text':
      return Buffer.from(
        String.fromCodePoint(0x3b1 + (number % 25), 0x1f600 + (number % 40)) + digits,
      ).toString('latin1');
    case 'ties':
      return `${'same'.repeat(1 + (number % 3))}${digits.slice(4)}`;
  }
}

const step = fc.record({
  kind: fc.constantFrom(
    'put',
    'put many',
    'append many',
    'delete',
    'delete many',
    'probe',
    'save',
    'roll back',
    'release',
    'commit',
    'abort',
  ),
  number: fc.nat(3000),
  size: fc.integer({ min: 1, max: 150 }),
  valueBytes: fc.oneof(fc.nat(60), fc.nat(1500), fc.constantFrom(0, 3000, 9000)),
});
const program = fc.record({
  distribution: fc.constantFrom(...DISTRIBUTIONS),
  pageBytes: fc.constantFrom(4096, 4096, 8192, 65536),
  writesEarly: fc.boolean(),
  steps: fc.array(step, { maxLength: 30 }),
});

type Program = typeof program extends fc.Arbitrary<infer T> ? T : never;

function run({ distribution, pageBytes, writesEarly, steps }: Program): void {
  const model = new TreeModel(pageBytes, 2 ** 20, writesEarly);
  let appended = 3000;
  let committed = new Map(model.expected);
  const text = (number: number) => keyText(distribution, number % 3001, pageBytes);
  for (const { kind, number, size, valueBytes } of steps) {
    const value = Buffer.alloc(valueBytes, size);
    const stride = 1 + (number % 5);
    if (kind === 'put') model.put(text(number), value);
    else if (kind === 'put many') {
      for (let index = 0; index < size; index++)
        model.put(text(number + index * stride), value.subarray(index % 7));
    } else if (kind === 'append many') {
      for (let index = 0; index < size; index++)
        model.put(keyText(distribution, ++appended, pageBytes), value.subarray(index % 7));
    } else if (kind === 'delete') model.delete(text(number));
    else if (kind === 'delete many') {
      for (let index = 0; index < size; index++) model.delete(text(number + index * stride));
    } else if (kind === 'probe') model.probe(text(number));
    else if (kind === 'save') model.save();
    else if (kind === 'roll back') model.rollBack(number % (model.depth + 1));
    else if (kind === 'release') model.release();
    else if (kind === 'commit') {
      model.commit();
      committed = new Map(model.expected);
    } else model.abort(committed);
    model.check();
  }
  model.commit();
  model.check();
}

describe('any mix of operations', () => {
  it('leaves what a map and a sorted array say', { timeout: 240_000 }, () => {
    fc.assert(fc.property(program, run), runs(150));
  });

  it.each(DISTRIBUTIONS)('holds for thousands of %s keys in and out, in many commits', (distribution) => {
    const next = random(SEED);
    const model = new TreeModel(4096);
    for (let round = 0; round < 12; round++) {
      const isGrowing = round < 6;
      for (let index = 0; index < 400; index++) {
        const text = keyText(distribution, next(3000), 4096);
        if (isGrowing ? next(4) > 0 : next(4) === 0) model.put(text, Buffer.alloc(next(300), index));
        else model.delete(text);
      }
      model.commit();
      model.check();
      model.probe(keyText(distribution, next(3000), 4096));
    }
  });
});

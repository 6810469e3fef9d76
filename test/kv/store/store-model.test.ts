/**
 * Any mix of calls leaves what maps and sorted arrays say.
 *
 * Method: random programs of changes in four tables (of any keys, of texts, with versions, with many values a key), of
 * nested transactions that fail or not, asynchronous writes, snapshots, iterations that go on while the store changes,
 * and reopenings. After every step all tables are read in all ways, also within transactions; after every commit the
 * full check runs and every page is accounted for.
 */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { AnyKey } from '../../../src/kv/keys/index.js';
import type { RangeOptions } from '../../../src/kv/store/options.js';
import { runs } from '../../support/seed.js';
import { tempFiles } from '../../support/temp-folder.js';
import { FileGround, type Ground, MemoryGround } from './ground.js';
import { type Change, Machine } from './machine.js';
import type { Ranges } from './model.js';

/** Few different ones, so that programs meet the same again. */
const shortText = fc.oneof(
  fc.constantFrom('', 'a', 'ab', 'a\0', 'a\0\0', 'b', 'ä', '🙂', 'some/long/path/1', 'some/long/path/2'),
  fc.string({ maxLength: 2 }),
);
const text = fc.oneof(
  { weight: 8, arbitrary: shortText },
  fc.constantFrom('x', 'y').map((letter) => letter.repeat(400)),
);
const key: fc.Arbitrary<AnyKey> = fc.oneof(
  text,
  fc.integer({ min: -3, max: 30 }),
  fc.constantFrom<AnyKey>(
    null,
    true,
    5n,
    -5n,
    new Date(7),
    new Uint8Array([0, 255]),
    new Uint8Array([255, 255]),
  ),
  fc.array(fc.oneof(shortText, fc.nat(3)), { maxLength: 3 }),
);
const value = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc
    .tuple(fc.constantFrom('v', 'w'), fc.constantFrom(300, 1500, 5000, 9000))
    .map(([letter, length]) => letter.repeat(length)),
);

/** With one bound or two, or a prefix: more of them at once leave nothing, as a rule. */
function range<K>(keys: fc.Arbitrary<K>, prefix: fc.Arbitrary<unknown>): fc.Arbitrary<RangeOptions<K>> {
  const none = fc.constant({});
  const low = fc.oneof(none, fc.record({ gt: keys }), fc.record({ gte: keys }));
  const high = fc.oneof(none, fc.record({ lt: keys }), fc.record({ lte: keys }));
  const where = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(low, high).map(([from, to]) => ({ ...from, ...to })) },
    fc.tuple(low, fc.record({ prefix })).map(([from, within]) => ({ ...from, ...within })),
    fc.record({ gt: keys, gte: keys }),
    fc.record({ lt: keys, lte: keys }),
  );
  const order = fc.record({ reverse: fc.boolean(), limit: fc.nat(5) }, { requiredKeys: [] });
  return fc.tuple(where, order).map((parts) => Object.assign({}, ...parts) as RangeOptions<K>);
}

const ranges: fc.Arbitrary<Ranges> = fc.record({
  any: range(
    key,
    fc.oneof(
      text,
      fc.constantFrom(new Uint8Array([0]), new Uint8Array([255])),
      fc.array(fc.nat(3), { maxLength: 2 }),
    ),
  ),
  text: range(text, text),
});

const { change } = fc.letrec<{ change: Change }>((tie) => ({
  change: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({
      kind: fc.constantFrom('set', 'set', 'set', 'delete', 'replace', 'version'),
      table: fc.constantFrom('own', 'named', 'versioned'),
      key,
      text,
      value,
      many: fc.constantFrom(1, 1, 1, 40),
    }),
    fc.record({ kind: fc.constantFrom('add', 'add', 'add', 'remove', 'removeAll'), key, value: key }),
    fc.record({ kind: fc.constant('clear'), table: fc.constantFrom('own', 'named', 'versioned', 'multi') }),
    fc.record({
      kind: fc.constant('nested'),
      steps: fc.array(tie('change'), { maxLength: 5 }),
      fails: fc.boolean(),
    }),
  ) as fc.Arbitrary<Change>,
}));

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('change' as const), change }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      jobs: fc.array(fc.record({ steps: fc.array(change, { maxLength: 4 }), fails: fc.boolean() }), {
        maxLength: 4,
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('async' as const),
      entries: fc.array(fc.tuple(key, value), { maxLength: 6 }),
    }),
  },
  fc.record({
    kind: fc.constantFrom(
      'snapshot' as const,
      'release' as const,
      'iterate' as const,
      'reopen' as const,
      'flush' as const,
    ),
  }),
);

const program = fc.record({
  pageBytes: fc.constantFrom(4096, 4096, 8192, 65536),
  durability: fc.constantFrom('sync' as const, 'group' as const, 'deferred' as const),
  steps: fc.array(fc.tuple(step, ranges), { maxLength: 20 }),
});

type Program = typeof program extends fc.Arbitrary<infer T> ? T : never;

const file = tempFiles();

async function run(
  { pageBytes, durability, steps }: Program,
  groundOf: (pageBytes: number) => Ground,
): Promise<void> {
  const machine = new Machine(groundOf(pageBytes), durability);
  try {
    for (const [each, where] of steps) await machine.step(each, where);
    await machine.reopen();
  } finally {
    machine.tables.store.close();
  }
}

describe('any mix of calls leaves what maps and sorted arrays say', () => {
  it.each([
    ['in memory', 100, (pageBytes: number) => new MemoryGround(pageBytes)],
    ['in a file', 30, (pageBytes: number) => new FileGround(file(), pageBytes, false)],
    [
      'in a file that is written through its map',
      30,
      (pageBytes: number) => new FileGround(file(), pageBytes, true),
    ],
  ])('%s', { timeout: 240_000 }, async (_, cases, groundOf) => {
    await fc.assert(
      fc.asyncProperty(program, (each) => run(each, groundOf)),
      runs(cases),
    );
  });
});

/**
 * Changes that were given up leave nothing: pages that ascending keys had filled, and that were built before the commit, are used
 * again by others of the same transaction.
 */
import { describe, expect, it } from 'vitest';
import { openStore, type StoreOptions } from '../../../src/kv/store/index.js';
import { random, runs, SEED } from '../../support/seed.js';
import { tempFiles } from '../../support/temp-folder.js';

const path = tempFiles();

const OPTIONS: [what: string, options: StoreOptions][] = [
  ['pages written by position', {}],
  ['pages built in the mapping', { writeMap: true }],
];

describe.each(OPTIONS)('%s: where many ascending records were undone', (_what, options) => {
  it('large values of the same batch are what they were', async () => {
    const file = path();
    const store = openStore(file, { ...options, keys: 'string', values: 'string' });
    const undone = store.write(() => {
      for (let record = 0; record < 500; record++) store.set(`log ${1000 + record}`, 'x'.repeat(100));
      throw new Error('changed my mind');
    });
    const kept = Array.from({ length: 5 }, (_, each) =>
      store.setAsync(`text ${each}`, 'y'.repeat(3000 + each)),
    );
    await expect(undone).rejects.toThrow('changed my mind');
    expect(await Promise.all(kept)).toEqual(Array(5).fill(true));
    store.close();
    using again = openStore(file, { keys: 'string', values: 'string' });
    for (let each = 0; each < 5; each++) expect(again.get(`text ${each}`)).toBe('y'.repeat(3000 + each));
    again.check();
  });

  it('what follows in the transaction is what it was, whatever its sizes', () => {
    const next = random(SEED);
    const file = path();
    const expected = new Map<string, Buffer>();
    for (let round = 0; round < runs(20).numRuns; round++) {
      const store = openStore(file, { ...options, keys: 'string', values: 'bytes', durability: 'deferred' });
      store.transaction(() => {
        for (let part = 0; part < 3; part++) {
          try {
            store.transaction(() => {
              const records = 50 + next(400);
              const value = Buffer.alloc(50 + next(400), round);
              for (let record = 0; record < records; record++) store.set(`zz ${10_000 + record}`, value);
              throw new Error('given up');
            });
          } catch {}
          for (let record = next(6); record > 0; record--) {
            const key = `key ${next(200)}`;
            const value = Buffer.alloc(next(3) === 0 ? next(200) : 2000 + next(20_000), next(256));
            store.set(key, value);
            expected.set(key, value);
          }
        }
      });
      store.check();
      store.close();
    }
    using again = openStore(file, { keys: 'string', values: 'bytes' });
    expect([...again.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [key, value] of expected) expect(value.equals(again.get(key)!)).toBe(true);
    again.check();
  });
});

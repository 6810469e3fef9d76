/** Small changes that have to be on the disk: one by one, and many asynchronous ones at once. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Contest, Place, Prepare } from '../contest.js';
import { withOwnStores } from './contestants.js';
import { makeKeys, makeValues, noteOfBytes } from './data.js';
import type { KvStore } from './kv-store.js';

/** For which there are records. */
const MOST_ROUNDS = 20;
/** Records that are there before. */
const LOADED = 100_000;
const oneByOneOf = ({ quick }: Place) => (quick ? 200 : 1000);
const atOnceOf = ({ quick }: Place) => (quick ? 5000 : 20_000);

/**
 * A contestant with a store of 100,000 records, which gets new records round by round.
 * @param write stores the keys, the value of `keys[i]` being at i of the values
 */
function committing(
  countOf: (place: Place) => number,
  write: (store: KvStore, keys: readonly string[], values: readonly Buffer[]) => Promise<unknown>,
) {
  return withOwnStores(async (open, place) => {
    const folder = join(place.own, 'committed');
    mkdirSync(folder, { recursive: true });
    const store = await open(folder, {});
    const count = countOf(place);
    const keys = makeKeys(LOADED + count * MOST_ROUNDS);
    const values = makeValues();
    await store.load(keys.slice(0, LOADED), values);
    let at = LOADED;
    return {
      round: async () => {
        const written = keys.slice(at, at + count);
        at += count;
        const start = performance.now();
        await write(store, written, values);
        const seconds = (performance.now() - start) / 1000;
        let result = 0;
        for (let i = 0; i < count; i++)
          if (noteOfBytes(store.getBytes(written[i]!)!) === noteOfBytes(values[i % values.length]!)) result++;
        return { done: count, result, rates: [count / seconds] };
      },
    };
  });
}

const oneByOne: Contest = {
  cases: [{ name: 'durable commits of one record', unit: 'commits/s' }],
  method:
    'Inserts 1,000 records (quick: 200) into a store of 100,000, each in a commit of its own that is on the disk before the ' +
    'next. lmdb: putSync without overlappingSync. SQLite: WAL, synchronous = FULL. classic-level: sync.',
  contestants: committing(oneByOneOf, async (store, keys, values) => {
    for (let i = 0; i < keys.length; i++) {
      const done = store.put(keys[i]!, values[i]!);
      if (done !== undefined) await done;
    }
  }),
  expected: (count) => count,
};

const atOnce: Contest = {
  cases: [{ name: 'asynchronous writes, all on the disk at the end', unit: 'records/s' }],
  method:
    'Inserts 20,000 records (quick: 5,000) by as many asynchronous calls, all started at once, and waits until all are on the ' +
    'disk. perdure: setAsync. lmdb: put without overlappingSync. SQLite has no such calls.',
  contestants: withoutSqlite(committing(atOnceOf, (store, keys, values) => store.putLater!(keys, values))),
  expected: (count) => count,
};

function withoutSqlite(everybody: Record<string, Prepare>): Record<string, Prepare> {
  return Object.fromEntries(Object.entries(everybody).filter(([name]) => !name.includes('sqlite')));
}

export const commits: readonly Contest[] = [oneByOne, atOnce];

/** Reads and writes in turns. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Contest, Place } from '../contest.js';
import { randomIndexes } from '../random.js';
import { withOwnStores } from './contestants.js';
import { makeKeys, makeValues, noteOfBytes, recordCount } from './data.js';

const operationsOf = ({ quick }: Place) => (quick ? 5000 : 50_000);

function mixedContest(writesPercent: number): Contest {
  return {
    cases: [{ name: `${100 - writesPercent} % reads, ${writesPercent} % writes`, unit: 'operations/s' }],
    method:
      'Random records are read, or replaced in a commit of their own, in a store of 1 M records (quick: 100 k; large: 10 M). ' +
      'Commits survive the end of the process, and nobody waits for the disk: perdure durability "deferred", lmdb noSync, ' +
      'SQLite synchronous = OFF, classic-level without sync.',
    rounds: { quick: 3, full: 7 },
    contestants: withOwnStores(async (open, place) => {
      const folder = join(place.own, 'mixed');
      mkdirSync(folder, { recursive: true });
      const store = await open(folder, { durable: false });
      const keys = makeKeys(recordCount(place));
      const values = makeValues();
      await store.load(keys, values);
      const operations = operationsOf(place);
      const indexes = randomIndexes(operations, keys.length);
      const percents = randomIndexes(operations, 100, 3);
      return {
        round: async () => {
          let result = 0;
          const start = performance.now();
          for (let i = 0; i < operations; i++) {
            const index = indexes[i]!;
            if (percents[i]! >= writesPercent) {
              result += noteOfBytes(store.getBytes(keys[index]!)!);
            } else {
              const done = store.put(keys[index]!, values[index % values.length]!);
              if (done !== undefined) await done;
            }
          }
          const seconds = (performance.now() - start) / 1000;
          return { done: operations, result, rates: [operations / seconds] };
        },
      };
    }),
  };
}

export const mixes: readonly Contest[] = [mixedContest(5), mixedContest(50)];

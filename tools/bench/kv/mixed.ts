/** Reads and writes in turns. */
import { join } from 'node:path';
import type { Contest, Place } from '../contest.js';
import { randomIndexes } from '../random.js';
import { copyMade, makeStores, withOwnStores } from './contestants.js';
import { flatKeyOf, makeValues, noteOfBytes, recordCount } from './data.js';

const operationsOf = ({ quick }: Place) => (quick ? 5000 : 50_000);

function mixedContest(writesPercent: number): Contest {
  return {
    cases: [{ name: `${100 - writesPercent} % reads, ${writesPercent} % writes`, unit: 'operations/s' }],
    method:
      'Random records are read, or replaced in a commit of their own, in a store of 1 M records (quick: 100 k; large: 10 M). ' +
      'Commits survive the end of the process, and nobody asks for the disk: perdure durability "deferred", lmdb noSync, ' +
      'SQLite synchronous = OFF, classic-level without sync. What a contestant does about the disk of its own accord is counted: ' +
      'perdure flushes when 16 MiB or a quarter of the file waits.',
    setup: (place) => makeStores(place, 'bytes'),
    rounds: { quick: 3, full: 7 },
    contestants: withOwnStores(async (open, place) => {
      const folder = join(place.own, 'mixed');
      await copyMade(open, place, 'bytes', folder);
      const store = await open(folder, { durable: false });
      const values = makeValues();
      const operations = operationsOf(place);
      const indexes = randomIndexes(operations, recordCount(place));
      const keys = Array.from(indexes, flatKeyOf);
      const percents = randomIndexes(operations, 100, 3);
      return {
        round: async () => {
          let result = 0;
          const start = performance.now();
          for (let i = 0; i < operations; i++) {
            if (percents[i]! >= writesPercent) {
              result += noteOfBytes(store.getBytes(keys[i]!)!);
            } else {
              const done = store.put(keys[i]!, values[indexes[i]! % values.length]!);
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

/** Many records in one transaction into a new store, and how large its file is. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contest, Place } from '../contest.js';
import { type Filling, withOwnStores } from './contestants.js';
import { makeKeys, makeValues, noteOfBytes, recordCount } from './data.js';

const MIB = 2 ** 20;
/** Records that are read back. */
const SAMPLE = 1000;

/** Loads these records in this order, in each round into a new store. */
export function loadingContest(
  names: { load: string; size: string },
  method: string,
  records: (place: Place) => Filling | Promise<Filling>,
): Contest {
  return {
    cases: [
      { name: names.load, unit: 'records/s' },
      { name: names.size, unit: 'records/MiB' },
    ],
    method,
    rounds: { quick: 3, full: 3, large: 1 },
    warmups: 1,
    contestants: withOwnStores(async (open, place) => {
      const folder = join(place.own, 'loaded');
      await mkdir(folder, { recursive: true });
      // It may not be there at all: that is told before the first round.
      await (await open(folder, {})).close();
      const { keys, values } = await records(place);
      const step = Math.max(1, Math.floor(keys.length / SAMPLE));
      return {
        round: async () => {
          rmSync(folder, { recursive: true, force: true });
          await mkdir(folder, { recursive: true });
          const store = await open(folder, {});
          const start = performance.now();
          await store.load(keys, values);
          const seconds = (performance.now() - start) / 1000;
          let result = 0;
          for (let i = 0; i < keys.length; i += step) result += noteOfBytes(store.getBytes(keys[i]!)!);
          await store.close();
          const done = keys.length;
          return { done, result, rates: [done / seconds, (done * MIB) / folderBytes(folder)] };
        },
      };
    }),
  };
}

const folderBytes = (folder: string) =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

const random = loadingContest(
  { load: 'insert at random in one transaction', size: 'size of the file after inserts at random' },
  'Inserts 1 M records (quick: 100 k; large: 10 M) in one transaction, which is on the disk at its end. Size: of all files, after ' +
    'the store was closed.',
  (place) => ({ keys: makeKeys(recordCount(place)), values: makeValues() }),
);

const sorted = loadingContest(
  { load: 'insert in order in one transaction', size: 'size of the file after inserts in order' },
  'The same records in the order of their keys.',
  (place) => ({ keys: makeKeys(recordCount(place)).sort(), values: makeValues() }),
);

export const loading: readonly Contest[] = [random, sorted];

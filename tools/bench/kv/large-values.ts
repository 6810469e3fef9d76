/** Values of 1 KiB and more: written in one transaction, and read. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Contest } from '../contest.js';
import { withOwnStores } from './contestants.js';
import { makeKeys, makeValues } from './data.js';

const MIB = 2 ** 20;
const READ_MIB = 256;
/** Bytes from one that is looked at to the next. */
const STRIDE = 4096;

function largeContest(name: string, bytes: number, mib: { quick: number; full: number }): Contest {
  return {
    cases: [
      { name: `replace values of ${name}`, unit: 'MiB/s' },
      { name: `read values of ${name}`, unit: 'MiB/s' },
    ],
    method:
      'All values of the store are replaced in one transaction, which is on the disk at its end; then they are read, again and ' +
      'again, and of each 4 KiB one byte is looked at: who reads without a copy need not touch the rest.',
    rounds: { quick: 3, full: 5 },
    warmups: 1,
    contestants: withOwnStores(async (open, place) => {
      const folder = join(place.own, 'large');
      mkdirSync(folder, { recursive: true });
      const store = await open(folder, {});
      const count = Math.ceil(((place.quick ? mib.quick : mib.full) * MIB) / bytes);
      const keys = makeKeys(count);
      const values = makeValues(bytes);
      const passes = Math.max(1, Math.floor((READ_MIB * MIB) / (count * bytes)));
      return {
        round: async () => {
          const start = performance.now();
          await store.load(keys, values);
          const written = performance.now();
          let result = 0;
          for (let pass = 0; pass < passes; pass++) {
            for (let i = 0; i < count; i++) {
              const value = store.getBytes(keys[i]!)!;
              for (let at = 0; at < bytes; at += STRIDE) result += value[at]!;
            }
          }
          const end = performance.now();
          const size = (count * bytes) / MIB;
          const rates = [(size * 1000) / (written - start), (size * passes * 1000) / (end - written)];
          return { done: count, result, rates };
        },
      };
    }),
  };
}

export const largeValues: readonly Contest[] = [
  largeContest('1 KiB', 1024, { quick: 16, full: 128 }),
  largeContest('64 KiB', 2 ** 16, { quick: 32, full: 128 }),
  largeContest('16 MiB', 2 ** 24, { quick: 32, full: 256 }),
];

/** Single records by their keys, and all of them in order. */
import type { Contest, Place } from '../contest.js';
import { randomIndexes } from '../random.js';
import { timed } from '../timing.js';
import { makeStores, overStores } from './contestants.js';
import { flatKeyOf, noteOfBytes, noteOfText, recordCount, skewedIndexes } from './data.js';
import type { KvStore } from './kv-store.js';

/** A round takes seconds. */
const ROUNDS = { quick: 3, full: 7 };

const readsOf = ({ quick }: Place) => (quick ? 100_000 : 1_000_000);

/** The keys that are asked for, as strings whose hash is known after the first round. */
function wantedKeys(place: Place, isSlow: boolean, indexes: typeof randomIndexes): string[] {
  const wanted = indexes(readsOf(place), recordCount(place));
  const few = wanted.subarray(0, isSlow ? wanted.length / 10 : wanted.length);
  return Array.from(few, flatKeyOf);
}

function addUpBytes(store: KvStore, keys: readonly string[]): number {
  let sum = 0;
  for (let i = 0; i < keys.length; i++) sum += noteOfBytes(store.getBytes(keys[i]!)!);
  return sum;
}

function addUpTexts(store: KvStore, keys: readonly string[]): number {
  let sum = 0;
  for (let i = 0; i < keys.length; i++) sum += noteOfText(store.getText(keys[i]!)!);
  return sum;
}

const gettingBytes = (name: string, method: string, indexes: typeof randomIndexes): Contest => ({
  cases: [{ name, unit: 'gets/s' }],
  method,
  setup: (place) => makeStores(place, 'bytes'),
  rounds: ROUNDS,
  contestants: overStores('bytes', (store, place, isSlow) => {
    const keys = wantedKeys(place, isSlow, indexes);
    return { round: () => timed(keys.length, () => addUpBytes(store, keys)) };
  }),
});

const randomBytes = gettingBytes(
  'get bytes at random',
  'Reads values of 100 bytes by keys of 16 bytes, and both ends of each value: 1 M reads (quick: 100 k) over 1 M records (quick: ' +
    '100 k; large: 10 M) that were inserted in random order. perdure: getBytes. lmdb: getBinaryFast. classic-level: getSync. ' +
    'The two SQLites: a prepared statement; these three read the first tenth.',
  randomIndexes,
);

const skewedBytes = gettingBytes(
  'get bytes, some keys much more often',
  'The same with keys by a zipfian distribution (exponent 0.99).',
  skewedIndexes,
);

const randomTexts: Contest = {
  cases: [{ name: 'get a string at random', unit: 'gets/s' }],
  method: 'The same over a store whose values are strings of 100 ASCII characters. lmdb: encoding "string".',
  setup: (place) => makeStores(place, 'texts'),
  rounds: ROUNDS,
  contestants: overStores('texts', (store, place, isSlow) => {
    const keys = wantedKeys(place, isSlow, randomIndexes);
    return { round: () => timed(keys.length, () => addUpTexts(store, keys)) };
  }),
};

const scanning: Contest = {
  cases: [{ name: 'go through all keys and values in order', unit: 'records/s' }],
  method:
    'Every key as a string, every value as bytes. perdure: range().records(). lmdb: getRange. classic-level: nextv by the ' +
    'thousand. Map: sorts its keys first.',
  setup: (place) => makeStores(place, 'bytes'),
  rounds: ROUNDS,
  contestants: overStores('bytes', (store, place) => ({
    round: async () => {
      const start = performance.now();
      const result = await store.scan();
      const seconds = (performance.now() - start) / 1000;
      const done = recordCount(place);
      return { done, result, rates: [done / seconds] };
    },
  })),
};

export const reading: readonly Contest[] = [randomBytes, randomTexts, skewedBytes, scanning];

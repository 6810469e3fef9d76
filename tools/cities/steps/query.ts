/** Step 2: another process opens the file and finds things in it, straight from the mapping. */

import { grouped, table } from '../../../src/cli/output.js';
import { type Cursor, RecordFile } from '../../../src/index.js';
import { check, step } from '../protocol.js';
import { type City, CitySchema } from '../schema.js';
import { Top } from '../top.js';

const EARTH_RADIUS_KM = 6371.0088;
const RADIANS = Math.PI / 180;

await step((path, lat, lon) => {
  const here = { lat: Number(lat), lon: Number(lon) };
  const started = performance.now();
  const file = RecordFile.open(path!, CitySchema);
  const openedMs = performance.now() - started;
  check(file.count > 100_000, `only ${file.count} cities are in the file`);
  const [largest, largestMs] = timed(() => largestCities(file.cursor()));
  const [nearest, nearestMs] = timed(() => nearestCities(file.cursor(), here));
  const [countries, countriesMs] = timed(() => populationByCountry(file.cursor()));
  const scans = largestMs + nearestMs + countriesMs;
  const { count } = file;
  file.closeSync();
  return {
    summary: `opened in ${openedMs.toFixed(1)} ms; three scans of ${grouped(count)} in ${scans.toFixed(0)} ms`,
    details: [
      `the ten largest (${largestMs.toFixed(1)} ms)`,
      ...largest,
      `the ten nearest to ${here.lat}, ${here.lon} (${nearestMs.toFixed(1)} ms)`,
      ...nearest,
      `population by country, the first ten (${countriesMs.toFixed(1)} ms)`,
      ...countries,
    ],
  };
});

function timed<T>(work: () => T): [T, number] {
  const started = performance.now();
  const result = work();
  return [result, performance.now() - started];
}

function largestCities(cursor: Cursor<City>): string[] {
  const top = new Top<string[]>(10);
  const { record: city } = cursor;
  while (cursor.next()) top.offer(city.population, () => [city.name, city.country, grouped(city.population)]);
  return lines(
    [{ title: 'city' }, { title: 'country' }, { title: 'population', right: true }],
    top.entries.map(({ value }) => value),
  );
}

function nearestCities(cursor: Cursor<City>, here: City['position']): string[] {
  const top = new Top<string[]>(10);
  const { record: city } = cursor;
  while (cursor.next()) {
    const km = distanceKm(here.lat, here.lon, city.position.lat, city.position.lon);
    top.offer(-km, () => [city.name, city.country, km.toFixed(1)]);
  }
  return lines(
    [{ title: 'city' }, { title: 'country' }, { title: 'km', right: true }],
    top.entries.map(({ value }) => value),
  );
}

function populationByCountry(cursor: Cursor<City>): string[] {
  const sums = new Map<string, { people: number; cities: number }>();
  const { record: city } = cursor;
  while (cursor.next()) {
    const { country } = city;
    const sum = sums.get(country) ?? { people: 0, cities: 0 };
    sums.set(country, sum);
    sum.people += city.population;
    sum.cities += 1;
  }
  const first = [...sums].sort(([, a], [, b]) => b.people - a.people).slice(0, 10);
  return lines(
    [{ title: 'country' }, { title: 'in cities', right: true }, { title: 'cities', right: true }],
    first.map(([country, { people, cities }]) => [country, grouped(people), grouped(cities)]),
  );
}

function lines(columns: Parameters<typeof table>[0], rows: string[][]): string[] {
  return table(columns, rows)
    .split('\n')
    .map((line) => `  ${line}`);
}

/** The haversine formula, on a sphere of the earth's mean radius (IUGG). Degrees. */
function distanceKm(lat1: number, lon1: number, lat2: number, lon2: number): number {
  const byLat = Math.sin(((lat2 - lat1) * RADIANS) / 2) ** 2;
  const byLon = Math.sin(((lon2 - lon1) * RADIANS) / 2) ** 2;
  const h = byLat + Math.cos(lat1 * RADIANS) * Math.cos(lat2 * RADIANS) * byLon;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

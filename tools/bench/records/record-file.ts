/** The file of 5 million records that the reading contests share. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RecordFile } from '../../../src/index.js';
import type { Place } from '../contest.js';
import { fillSample, SAMPLE } from './data.js';

export const COUNT = 5_000_000;

export const recordFile = (place: Place) => join(place.shared, 'samples');

export function makeRecordFile(place: Place): void {
  if (!existsSync(recordFile(place))) makeSamples(recordFile(place), COUNT);
}

/** A new file with the first `count` samples. */
export function makeSamples(path: string, count: number): void {
  const file = RecordFile.create(path, SAMPLE, { capacity: count });
  file.appendMany(count, fillSample);
  file.closeSync();
}

/**
 * The process that step 5 kills: appends one city after the other, each with a flush, and acknowledges each on stdout
 * once the flush has returned.
 */
import { writeSync } from 'node:fs';
import { RecordFile } from '../../../src/index.js';
import { foundedCity } from '../founded.js';
import { CitySchema } from '../schema.js';

const [path, first] = process.argv.slice(2) as [string, string];
const file = RecordFile.open(path, CitySchema, { mode: 'readwrite' });
for (let at = 0; ; at++) {
  file.append(foundedCity(file, Number(first), at));
  file.flushSync();
  // Written at once and by this thread: what was acknowledged is in the pipe even if the next instruction never comes.
  writeSync(1, `${at}\n`);
}

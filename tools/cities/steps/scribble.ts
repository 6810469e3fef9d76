/**
 * Step 3: a copy-on-write opening in which every population becomes zero. While the private zeros are in place, another
 * process is started and asked for the sum that it sees.
 */
import { grouped } from '../../../src/cli/output.js';
import { RecordFile } from '../../../src/index.js';
import { check, report, runStep, step } from '../protocol.js';
import { CitySchema } from '../schema.js';

await step(async (path) => {
  const file = RecordFile.open(path!, CitySchema, { mode: 'copy-on-write' });
  const before = Number(file.column('population').sum());
  check(before > 1e9, `the populations add up to ${before} only`);
  const cursor = file.cursor();
  while (cursor.next()) {
    cursor.record.population = 0;
    if (cursor.index % 8192 === 0) report(cursor.index, file.count, 'cities zeroed');
  }
  const here = Number(file.column('population').sum());
  const there = Number((await runStep('sum', [path!])).value);
  const still = Number(file.column('population').sum());
  await file.close();
  check(here === 0 && still === 0, `the sum in the copy-on-write opening is ${here}, then ${still}, not 0`);
  check(there === before, `another process sees ${there}, not ${before}: the private zeros leaked`);
  return {
    summary: `sum here 0, in another process ${grouped(there)}`,
    details: [
      `sum before            ${grouped(before).padStart(13)}`,
      `sum here, all zeroed  ${grouped(here).padStart(13)}`,
      `sum another process sees at that moment ${grouped(there)}`,
    ],
  };
});

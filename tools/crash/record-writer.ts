/** A process that appends records to a file and flushes it until it is killed. Argument: a task, and whether to create the file, as JSON. */

import { RecordFile } from '../../src/index.js';
import { random } from '../../test/support/seed.js';
import { Numbered, numbered, type RecordTask } from './record-subject.js';
import { say } from './said.js';

const { path, seed, round, first, creates } = JSON.parse(process.argv[2]!) as RecordTask;
const next = random(seed + round);

say('ready');
const file = creates
  ? RecordFile.create(path, Numbered, { overwrite: true })
  : RecordFile.open(path, Numbered, { mode: 'readwrite' });
if (file.count !== first - 1) throw new Error(`it has ${file.count} records, not ${first - 1}`);
say('open');

for (;;) {
  const size = 1 + next(next(10) === 0 ? 2000 : 20);
  file.appendMany(Array.from({ length: size }, (_, index) => numbered(file.count + 1 + index, round)));
  const { count } = file;
  if (next(3) === 0) file.flushSync();
  else await file.flush();
  say('kept', count);
}

/**
 * A process that commits to a store until it is killed. Commit n writes a few records that n tells, and the number itself; it is
 * reported on stdout when it is durable, and not before.
 *
 * Arguments: path, options as JSON, how to flush: 'blocking', or 'together' for several commits a flush in the background.
 */
import { writeSync } from 'node:fs';
import { FilePager } from '../../src/kv/file/file-pager.js';
import { NUMBER_KEY, recordsOf } from '../kv/file/numbered.js';
import { contentsOf, OneTable } from '../kv/file/one-table.js';

const [path, options, way] = process.argv.slice(2) as [string, string, string];
const pager = FilePager.open(path, JSON.parse(options));
const table = new OneTable(pager);
let number = Number(contentsOf(pager, pager.newest.tables).get(NUMBER_KEY) ?? 0);

function commit(): void {
  number++;
  table.begin();
  for (const [key, value] of recordsOf(number)) {
    if (value === undefined) table.delete(key);
    else table.put(key, value);
  }
  table.commit();
}

function report(committed: number): void {
  writeSync(1, `${committed}\n`);
}

report(number);
for (;;) {
  commit();
  if (way === 'blocking') {
    pager.flushSync();
    report(number);
    continue;
  }
  const committed = number;
  void pager.flush().then(() => report(committed));
  if (number % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
}

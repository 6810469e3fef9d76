/** `perdure kv bench`: how fast stores are on this machine and this disk. */
import { statSync } from 'node:fs';
import { MultiTable } from '../../../kv/store/index.js';
import { PerdureError } from '../../../os/index.js';
import { printable, UsageError } from '../../errors.js';
import { Course } from '../../kv/bench/course.js';
import * as measure from '../../kv/bench/measure.js';
import { keyOf, randomNumbers } from '../../kv/bench/records.js';
import { type BenchReport, jsonReport, textReport } from '../../kv/bench/report.js';
import { ScratchStore } from '../../kv/bench/scratch-store.js';
import { openTable } from '../../kv/open-table.js';
import { TABLE_OPTIONS } from '../../kv/options.js';
import { print, printJson } from '../../output.js';
import { seconds } from '../../shared/told-to-end.js';
import { command, wholeNumber } from '../command.js';

const DEFAULT_ENTRIES = 100_000;
const DEFAULT_VALUE_BYTES = 100;
const DEFAULT_MILLISECONDS = 1000;
/** The numbers of records, which their keys are made of, have 32 bits. */
const MAX_ENTRIES = 2 ** 32;
const MAX_VALUE_BYTES = 2 ** 31 - 1;

export const benchCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 kv bench [where]

Makes a scratch store in a folder, the current one unless another is given, measures how
fast it is filled, read and changed, and removes it, also when it is interrupted. Of a
store that exists it measures how fast that is read, and changes nothing.

Commits are measured as they can be asked for: each on the disk before the next (sync),
many asynchronous ones that share flushes (group), and flushed later (deferred).`,
      )
      .positional('where', {
        type: 'string',
        default: '.',
        defaultDescription: 'the current folder',
        describe: 'A folder for the scratch store, on the disk that is to be measured; or a store, to read',
      })
      .option('entries', {
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--entries', 1, MAX_ENTRIES),
        describe: `Records of the scratch store; ${DEFAULT_ENTRIES} unless given`,
      })
      .option('value-bytes', {
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--value-bytes', 0, MAX_VALUE_BYTES),
        describe: `Bytes of each of its values; ${DEFAULT_VALUE_BYTES} unless given`,
      })
      .option('seconds', {
        type: 'string',
        requiresArg: true,
        coerce: seconds('--seconds', { from: 'above zero', forever: false }),
        describe: `How long each of the measurements takes, but for filling the store; ${DEFAULT_MILLISECONDS / 1000} unless given`,
      })
      .option('table', { ...TABLE_OPTIONS.table, describe: 'Of a store that exists: a named table' })
      .example('$0 kv bench', 'of the disk that the current folder is on')
      .example('$0 kv bench /mnt/data --entries 1000000 --value-bytes 1000', '')
      .example('$0 kv bench cities.store', 'how fast that is read'),
  handler: async (argv) => {
    const isFolder = statSync(argv.where, { throwIfNoEntry: false })?.isDirectory() ?? false;
    if (isFolder && argv.table !== '') throw new UsageError('--table is for a store that exists');
    for (const name of isFolder ? [] : (['entries', 'value-bytes'] as const))
      if (argv[name] !== undefined) throw new UsageError(`--${name} is for a scratch store, in a folder`);
    const { entries = DEFAULT_ENTRIES, valueBytes = DEFAULT_VALUE_BYTES } = argv;
    const report = await Course.run(argv.seconds ?? DEFAULT_MILLISECONDS, (course) =>
      isFolder
        ? scratch(course, argv.where, { entries, valueBytes })
        : existing(course, argv.where, argv.table),
    );
    if (argv.json) await printJson(jsonReport(report));
    else await print(textReport(report));
  },
});

async function scratch(course: Course, folder: string, amount: measure.Amount): Promise<BenchReport> {
  using scratch = new ScratchStore(folder);
  const { store, path } = scratch;
  const random = randomNumbers();
  const measurements = [await measure.load(course, store, amount)];
  const fileBytes = statSync(path).size;
  measurements.push(
    await measure.getAtRandom(course, store, () => keyOf(random(amount.entries))),
    await measure.scan(course, store, store),
    await measure.commit(course, store, 'sync', amount),
    await measure.commitTogether(course, store, amount),
    await measure.commit(course, store, 'deferred', amount),
  );
  return { where: folder, isScratch: true, ...amount, fileBytes, measurements };
}

async function existing(course: Course, path: string, name: string): Promise<BenchReport> {
  const wish = { table: name, keyCodec: undefined, valueCodec: undefined };
  using open = openTable(path, { ...wish, purpose: 'read' });
  const { store, table } = open;
  if (table instanceof MultiTable) throw new UsageError('bench reads tables with one value a key');
  const entries = table.size;
  if (entries === 0) {
    const other = store.stats().tables.find(({ records, kind }) => records > 0 && kind !== 'multi');
    const hint = other === undefined ? '' : `; --table names another, such as '${other.name}'`;
    throw new PerdureError('NOT_FOUND', printable(`'${path}' has no records to read${hint}`), { path });
  }
  const sample = await measure.sampleKeys(course, table);
  const random = randomNumbers();
  const measurements = [
    await measure.getAtRandom(course, table, () => sample[random(sample.length)]),
    await measure.scan(course, store, table),
  ];
  return { where: path, isScratch: false, entries, fileBytes: statSync(path).size, measurements };
}

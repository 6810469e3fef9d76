/** `perdure kv import`: fills a store from NDJSON, JSON, CSV or TSV. */
import { statSync } from 'node:fs';
import { UsageError } from '../../errors.js';
import { delimiterOf } from '../../input/delimiter.js';
import { INPUT_OPTIONS, INPUT_POSITIONAL } from '../../input/options.js';
import { importPairs } from '../../kv/import.js';
import { STORE_POSITIONAL, TABLE_OPTIONS, WRITING } from '../../kv/options.js';
import { facts, grouped, print, printJson, shortByteSize } from '../../output.js';
import { command, nameList } from '../command.js';

export const importCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 kv import <input> <store>

Reads JSON objects (.ndjson, .jsonl: one a line; .json: one array) or a table (.csv,
.tsv), and stores each as a record: 'key' and 'value', as 'kv export' writes them, or what
--key and --value name. With --key alone the value is an object of all the others; its
cells of a table are texts, but for those of --numbers. NDJSON and CSV may be larger than
memory.

A store that does not exist is made, complete or not at all. Into one that exists records
are stored in place of what their keys had, some megabytes of the input at a time: when
the import fails, those of its beginning may be there, and the same import again does no
harm. When it ends with 0, all is on the disk.

${WRITING}`,
      )
      .positional('input', INPUT_POSITIONAL)
      .positional('store', { ...STORE_POSITIONAL, describe: 'The store to fill' })
      .options(TABLE_OPTIONS)
      .option('key', {
        type: 'string',
        requiresArg: true,
        describe: 'What is the key; several names, separated by commas, make an array',
      })
      .option('value', { type: 'string', requiresArg: true, describe: 'What is the value' })
      .option('numbers', {
        type: 'string',
        requiresArg: true,
        describe: 'With --key alone: columns whose cells are numbers, separated by commas',
      })
      .options(INPUT_OPTIONS)
      .option('force', {
        alias: 'f',
        type: 'boolean',
        default: false,
        describe: 'Replace a store that exists, all of its tables',
      })
      .example('$0 kv import pairs.ndjson pairs.store', '')
      .example('$0 kv import cities.csv cities.store --key name --numbers population', 'the rest as JSON')
      .example('$0 kv import cities.csv by-country.store --key country,name --value population', '')
      .example('$0 kv export old.store | $0 kv import - new.store --format ndjson --value-codec json', ''),
  handler: async (argv) => {
    const wholeRows = argv.key !== undefined && argv.value === undefined;
    if (argv.numbers !== undefined && !wholeRows)
      throw new UsageError('--numbers goes with --key alone, without --value');
    const { read, records, inputBytes, seconds } = await importPairs({
      ...argv,
      key: nameList('--key')(argv.key),
      numbers: nameList('--numbers')(argv.numbers) ?? [],
      delimiter: argv.delimiter === undefined ? undefined : delimiterOf(argv.delimiter),
    });
    const fileBytes = statSync(argv.store).size;
    if (argv.json) {
      return await printJson({
        store: argv.store,
        read,
        records,
        inputBytes,
        fileBytes,
        seconds: Math.round(seconds * 1000) / 1000,
      });
    }
    const perSecond = `${(inputBytes / 1e6 / seconds).toFixed(1)} MB/s, ${grouped(Math.round(read / seconds))} records/s`;
    await print(
      facts([
        [
          'records',
          read === records ? grouped(read) : `${grouped(read)} read, ${grouped(records)} in the table now`,
        ],
        ['read', shortByteSize(inputBytes)],
        ['file', shortByteSize(fileBytes)],
        ['time', `${seconds.toFixed(2)} s (${perSecond})`],
      ]),
    );
  },
});

/** `perdure kv list`: the records of a table, or of a range, in the order of their keys. */
import { UsageError } from '../../errors.js';
import { recordLine } from '../../kv/export-text.js';
import { type OpenTable, openTable } from '../../kv/open-table.js';
import {
  checkBounds,
  RANGE_OPTIONS,
  rangeOf,
  STORE_POSITIONAL,
  TABLE_OPTIONS,
  WRITING,
} from '../../kv/options.js';
import { grouped, print, table } from '../../output.js';
import { shown } from '../../shared/text.js';
import { command, wholeNumber } from '../command.js';

const DEFAULT_LIMIT = 20;
/** Longer texts are cut in the table; --json has them whole. */
const MAX_CELL_CHARACTERS = 60;

export const listCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 kv list <store>

Lists the records of a store, or of a range of keys, as a table, or with --json as one
JSON object a line. Lists the first ${DEFAULT_LIMIT} unless --limit says otherwise; 'kv export' writes them
all.

${WRITING}`,
      )
      .positional('store', STORE_POSITIONAL)
      .options(TABLE_OPTIONS)
      .options(RANGE_OPTIONS)
      .option('reverse', { type: 'boolean', default: false, describe: 'From the greatest key to the least' })
      .option('limit', {
        type: 'string',
        requiresArg: true,
        coerce: limit,
        describe: `At most so many records, or 'all'; ${DEFAULT_LIMIT} unless given`,
      })
      .option('keys', { type: 'boolean', default: false, describe: 'Only the keys, one a line' })
      .option('count', {
        type: 'boolean',
        default: false,
        describe: 'Only how many there are: nothing is visited',
      })
      .example('$0 kv list cities.store --prefix Li', '')
      .example('$0 kv list log.store --reverse --limit 5', 'the last ones')
      .example('$0 kv list log.store --gte 2026-01 --lt 2026-02 --count', ''),
  handler: async (argv) => {
    checkBounds(argv);
    if (argv.count && argv.keys) throw new UsageError('--count and --keys exclude each other');
    if (argv.count && argv.limit !== undefined)
      throw new UsageError('--count counts all, whatever --limit says');
    using open = openTable(argv.store, { ...argv, purpose: 'read' });
    const bounds = rangeOf(argv, open.keys);
    const count = open.table.count(bounds);
    if (argv.count) return await print(argv.json ? JSON.stringify({ count }) : String(count));
    const most = argv.limit ?? DEFAULT_LIMIT;
    const range = { ...bounds, reverse: argv.reverse, limit: most };
    if (argv.keys) await printKeys(open, range, argv.json);
    else if (argv.json) {
      for (const [key, value] of open.table.entries(range)) await print(recordLine(open, key, value));
    } else if (count > 0) await printTable(open, range);
    if (argv.json) return;
    if (count === 0) process.stderr.write('there are none\n');
    else if (argv.limit === undefined && count > most)
      process.stderr.write(`${grouped(most)} listed, of ${grouped(count)}; --limit lists more\n`);
  },
});

type Range = Parameters<OpenTable['table']['keys']>[0];

async function printKeys({ table, keys }: OpenTable, range: Range, json: boolean): Promise<void> {
  for (const key of table.keys(range)) await print(json ? keys.json(key) : shown(keys.text(key)));
}

async function printTable({ table: records, keys, values }: OpenTable, range: Range): Promise<void> {
  const rows = [...records.entries(range)].map(([key, value]) => [
    cut(keys.text(key)),
    cut(values.text(value)),
  ]);
  await print(table([{ title: 'key' }, { title: 'value' }], rows));
}

function cut(text: string): string {
  if (text.length <= MAX_CELL_CHARACTERS) return text;
  return `${[...text.slice(0, MAX_CELL_CHARACTERS)].slice(0, MAX_CELL_CHARACTERS - 1).join('')}…`;
}

function limit(value: string | undefined): number | undefined {
  return value === 'all' ? Number.POSITIVE_INFINITY : wholeNumber('--limit', 1)(value);
}

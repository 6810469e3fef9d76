/** `perdure records show`: records as a table. */
import { UsageError } from '../../errors.js';
import { grouped, print, table } from '../../output.js';
import { openForReading } from '../../record-file.js';
import { type Selection, select } from '../../select.js';
import { jsonText, jsonValue, textValue } from '../../values/format.js';
import { fieldAt, type Leaf, leavesOf, put, valueAt } from '../../values/leaves.js';
import { command, nameList, wholeNumber } from '../command.js';

const DEFAULT_LIMIT = 20;
/** Longer texts are cut in the table; --json has them whole. */
const MAX_CELL_CHARACTERS = 60;

export const showCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 records show <file>

Shows records as a table, with their indexes, or with --json as one JSON object a line.
Shows the first ${DEFAULT_LIMIT} unless --limit says otherwise.`,
      )
      .positional('file', { type: 'string', demandOption: true, describe: 'The record file' })
      .option('from', {
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--from'),
        describe: 'Index of the first record to look at, from 0',
      })
      .option('to', {
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--to'),
        describe: 'Index behind the last record to look at',
      })
      .option('limit', {
        type: 'string',
        requiresArg: true,
        coerce: limit,
        describe: `At most so many records, or 'all'; ${DEFAULT_LIMIT} unless given`,
      })
      .option('where', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe:
          'Only records for which this holds: a field, = != < <= > >= or ~ (contains), a value; may be repeated',
      })
      .option('sort', {
        type: 'string',
        requiresArg: true,
        describe: 'Sort by this field; --sort=-field for the largest first',
      })
      .option('fields', {
        type: 'string',
        requiresArg: true,
        coerce: nameList('--fields'),
        describe: 'Only these fields, separated by commas; position.lat is a field of a nested record',
      })
      .example('$0 records show cities.rec', 'the first records')
      .example(
        "$0 records show cities.rec --where 'population>5000000' --sort=-population",
        'the largest cities',
      )
      .example("$0 records show cities.rec --where 'name~york' --fields name,country", 'a search'),
  handler: async (argv) => {
    using file = openForReading(argv.file);
    const all = leavesOf(file.schema.fields);
    const leaves = argv.fields?.map((path) => fieldAt(file.schema.fields, path)) ?? all;
    const { from, to, where, sort } = argv;
    const selection: Selection = { from, to, where, sort, limit: argv.limit ?? DEFAULT_LIMIT };
    if (argv.json) {
      for (const index of select(file, selection)) await print(jsonLine(leaves, file.get(index)));
      return;
    }
    const columns = [{ title: '#', right: true }, ...leaves.map(column)];
    const rows = [...select(file, selection)].map((index) => {
      const record = file.get(index);
      return [String(index), ...leaves.map((leaf) => cell(leaf, record))];
    });
    await print(table(columns, rows));
    if (rows.length === selection.limit && rows.length < file.count) {
      process.stderr.write(
        `${grouped(rows.length)} shown, of ${grouped(file.count)} in the file; --limit shows more\n`,
      );
    }
  },
});

function limit(value: string | undefined): number | undefined {
  if (value === 'all') return Number.POSITIVE_INFINITY;
  const number = wholeNumber('--limit')(value);
  if (number === 0) throw new UsageError("--limit must be at least 1, or 'all'");
  return number;
}

function jsonLine(leaves: readonly Leaf[], record: unknown): string {
  const object: Record<string, unknown> = {};
  for (const { keys, type } of leaves) put(object, keys, jsonValue(type, valueAt(record, keys)));
  return jsonText(object);
}

const LEFT_ALIGNED = new Set(['utf8', 'bytes', 'enumeration', 'date', 'array', 'record', 'bool']);

function column({ path, type }: Leaf) {
  return { title: path, right: !LEFT_ALIGNED.has(type.kind) };
}

function cell({ type, keys }: Leaf, record: unknown): string {
  const text = textValue(type, valueAt(record, keys));
  if (text.length <= MAX_CELL_CHARACTERS) return text;
  return `${[...text.slice(0, MAX_CELL_CHARACTERS)].slice(0, MAX_CELL_CHARACTERS - 1).join('')}…`;
}

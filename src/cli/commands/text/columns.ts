/** `perdure columns`: some columns of a CSV, TSV or NDJSON file. */
import { extname } from 'node:path';
import type { FieldFormat, FieldRow } from '../../../text/index.js';
import { UsageError } from '../../errors.js';
import { Progress } from '../../progress.js';
import {
  ENCODING_OPTION,
  onProgress,
  openText,
  printLines,
  SAFE_OPTION,
  shownLine,
} from '../../text-file.js';
import { command, nameList } from '../command.js';

const FORMATS: Readonly<Record<string, FieldFormat>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.tab': 'tsv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
};

export const columnsCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 columns <file> <columns>

Prints the columns, in the order in which they are named, with tabs between them; with --json an
array for each record. Only what is asked for is decoded.`,
      )
      .positional('file', { type: 'string', demandOption: true, describe: 'A CSV, TSV or NDJSON file' })
      .positional('columns', {
        type: 'string',
        demandOption: true,
        coerce: nameList('columns'),
        describe: 'Names, separated by commas; with --no-header numbers from 1',
      })
      .option('format', {
        choices: ['csv', 'tsv', 'ndjson'] as const,
        describe: 'Unless the name of the file tells',
      })
      .option('header', { type: 'boolean', default: true, describe: 'The first record names the columns' })
      .option('encoding', ENCODING_OPTION)
      .option('safe', SAFE_OPTION)
      .example('$0 columns cities.csv name,population', ''),
  handler: async (argv) => {
    const format = argv.format ?? FORMATS[extname(argv.file).toLowerCase()];
    if (format === undefined) throw new UsageError(`say --format: '${argv.file}' does not tell it`);
    const numbered = !argv.header && format !== 'ndjson';
    const columns = numbered ? argv.columns!.map(columnNumber) : argv.columns!;
    using file = openText(argv);
    using progress = new Progress('reading');
    const pace = { onProgress: onProgress(progress) };
    const rows = file.fields({ format, columns, header: argv.header, ...pace });
    await printLines(
      rows.batches(),
      argv.json ? (row) => JSON.stringify(row.map((value) => value ?? null)) : asText,
      progress,
    );
  },
});

function columnNumber(name: string): number {
  const number = Number(name);
  if (/^\d+$/.test(name) && Number.isSafeInteger(number) && number >= 1) return number - 1;
  throw new UsageError(`with --no-header columns have numbers from 1, not '${name}'`);
}

/** A record on one line: what would break it is spelled out. */
function asText(row: FieldRow): string {
  return shownLine(row.map(cell).join('\t'));
}

function cell(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
}

/** `perdure records export`: all records as CSV, JSON or NDJSON. */
import { formatOption, OUTPUT_OPTIONS, writeExport } from '../../export-file.js';
import { recordForm, recordsOf } from '../../export-records.js';
import { exportText } from '../../export-text.js';
import { openForReading } from '../../record-file.js';
import { command } from '../command.js';

export const exportCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 records export <file>

Writes all records to standard output or to --output. 'records import' with the same --schema
makes the same records of it again: dates are ISO 8601, bytes hexadecimal, whole numbers beyond
2^53 texts of their digits (in JSON), NaN and invalid dates null or an empty cell.`,
      )
      .positional('file', { type: 'string', demandOption: true, describe: 'The record file' })
      .option('format', formatOption('ndjson with --json, else csv'))
      .options(OUTPUT_OPTIONS)
      .example('$0 records export cities.rec > cities.csv', '')
      .example('$0 records export cities.rec --format ndjson | head -3', '')
      .example('$0 records export cities.rec --output cities.json', ''),
  handler: async (argv) => {
    using file = openForReading(argv.file);
    const form = recordForm(file);
    await writeExport(
      argv,
      argv.json ? 'ndjson' : 'csv',
      () => file.count,
      (format, reached) => exportText(recordsOf(file), form, format, reached),
    );
  },
});

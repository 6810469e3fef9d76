/** `perdure kv export`: the records of a table, or of a range, as NDJSON, JSON, CSV or TSV. */
import { formatOption, OUTPUT_OPTIONS, writeExport } from '../../export-file.js';
import { exportText } from '../../export-text.js';
import { pairForm } from '../../kv/export-text.js';
import { openTable } from '../../kv/open-table.js';
import {
  checkBounds,
  RANGE_OPTIONS,
  rangeOf,
  STORE_POSITIONAL,
  TABLE_OPTIONS,
  WRITING,
} from '../../kv/options.js';
import { command } from '../command.js';

export const exportCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 kv export <store>

Writes the records in the order of their keys, to standard output or to --output: as
objects with 'key' and 'value', or as a table with these two columns. 'kv import' into a
table of the same codecs makes the same records of it again.

${WRITING}`,
      )
      .positional('store', STORE_POSITIONAL)
      .options(TABLE_OPTIONS)
      .options(RANGE_OPTIONS)
      .option('format', formatOption('ndjson'))
      .options(OUTPUT_OPTIONS)
      .example('$0 kv export cities.store > cities.ndjson', '')
      .example('$0 kv export cities.store --prefix Li --output li.csv', ''),
  handler: async (argv) => {
    checkBounds(argv);
    using open = openTable(argv.store, { ...argv, purpose: 'read' });
    const range = rangeOf(argv, open.keys);
    const form = pairForm(open);
    await writeExport(
      argv,
      'ndjson',
      () => open.table.count(range),
      (format, reached) => exportText(open.table.entries(range), form, format, reached),
    );
  },
});

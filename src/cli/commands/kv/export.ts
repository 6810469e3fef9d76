/** `perdure kv export`: the records of a table, or of a range, as NDJSON, JSON, CSV or TSV. */
import { createWriteStream } from 'node:fs';
import { extname } from 'node:path';
import { finished } from 'node:stream/promises';
import { EXPORT_FORMATS, type ExportFormat } from '../../export-text.js';
import { exportText } from '../../kv/export-text.js';
import { openTable } from '../../kv/open-table.js';
import {
  checkBounds,
  RANGE_OPTIONS,
  rangeOf,
  STORE_POSITIONAL,
  TABLE_OPTIONS,
  WRITING,
} from '../../kv/options.js';
import { plural, print, printJson, writeTo } from '../../output.js';
import { Progress } from '../../progress.js';
import { Replacement } from '../../replacement.js';
import { command } from '../command.js';

export const exportCommand = command({
  command: 'export <store>',
  describe: 'Write all records, or those of a range, as NDJSON, JSON, CSV or TSV',
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
      .option('format', {
        choices: EXPORT_FORMATS,
        describe: 'The format; by the name of --output unless given, else ndjson',
      })
      .option('output', { alias: 'o', type: 'string', requiresArg: true, describe: 'The file to write' })
      .option('force', {
        alias: 'f',
        type: 'boolean',
        default: false,
        describe: 'Replace a file that exists',
      })
      .example('$0 kv export cities.store > cities.ndjson', '')
      .example('$0 kv export cities.store --prefix Li --output li.csv', ''),
  handler: async (argv) => {
    checkBounds(argv);
    using open = openTable(argv.store, { ...argv, purpose: 'read' });
    const range = rangeOf(argv, open.keys);
    const format = argv.format ?? byName(argv.output) ?? 'ndjson';
    if (argv.output === undefined) {
      for (const text of exportText(open, range, format)) await writeTo(process.stdout, text);
      return;
    }
    const all = open.table.count(range);
    using replacement = new Replacement(argv.output, argv.force);
    using progress = new Progress('exporting');
    const stream = createWriteStream(replacement.path, { flush: true });
    const done = finished(stream);
    // Whoever waits for 'drain' learns of a failure through `done`.
    done.catch(() => {});
    let count = 0;
    for (const text of exportText(open, range, format, (reached) => (count = reached))) {
      await Promise.race([writeTo(stream, text), done]);
      progress.update(count / all, count, 'records');
    }
    stream.end();
    await done;
    replacement.commit();
    progress[Symbol.dispose]();
    if (argv.json)
      await printJson({ output: argv.output, format, records: count, bytes: stream.bytesWritten });
    else await print(`${plural(count, 'record')} written to ${argv.output}`);
  },
});

function byName(output: string | undefined): ExportFormat | undefined {
  const extension = extname(output ?? '').toLowerCase();
  if (extension === '.jsonl') return 'ndjson';
  return EXPORT_FORMATS.find((format) => extension === `.${format}`);
}

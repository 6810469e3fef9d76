/** `perdure records export`: all records as CSV, JSON or NDJSON. */
import { createWriteStream } from 'node:fs';
import { extname } from 'node:path';
import { finished } from 'node:stream/promises';
import { EXPORT_FORMATS, type ExportFormat, exportText } from '../../export-text.js';
import { plural, print, printJson, writeTo } from '../../output.js';
import { Progress } from '../../progress.js';
import { openForReading } from '../../record-file.js';
import { Replacement } from '../../replacement.js';
import { command } from '../command.js';

export const exportCommand = command({
  command: 'export <file>',
  describe: 'Write all records as CSV, JSON or NDJSON',
  builder: (yargs) =>
    yargs
      .usage(
        `$0 records export <file>

Writes all records to standard output or to --output. 'records import' with the same --schema
makes the same records of it again: dates are ISO 8601, bytes hexadecimal, whole numbers beyond
2^53 texts of their digits (in JSON), NaN and invalid dates null or an empty cell.`,
      )
      .positional('file', { type: 'string', demandOption: true, describe: 'The record file' })
      .option('format', {
        choices: EXPORT_FORMATS,
        describe: 'The format; by the name of --output unless given, else ndjson with --json, else csv',
      })
      .option('output', { alias: 'o', type: 'string', requiresArg: true, describe: 'The file to write' })
      .option('force', {
        alias: 'f',
        type: 'boolean',
        default: false,
        describe: 'Replace a file that exists',
      })
      .example('$0 records export cities.rec > cities.csv', '')
      .example('$0 records export cities.rec --format ndjson | head -3', '')
      .example('$0 records export cities.rec --output cities.json', ''),
  handler: async (argv) => {
    using file = openForReading(argv.file);
    const format = argv.format ?? byName(argv.output) ?? (argv.json ? 'ndjson' : 'csv');
    if (argv.output === undefined) {
      for (const text of exportText(file, format)) await writeTo(process.stdout, text);
      return;
    }
    using replacement = new Replacement(argv.output, argv.force);
    using progress = new Progress('exporting');
    const stream = createWriteStream(replacement.path, { flush: true });
    const done = finished(stream);
    // Whoever waits for 'drain' learns of a failure through `done`.
    done.catch(() => {});
    let index = 0;
    for (const text of exportText(file, format, (at) => (index = at))) {
      await Promise.race([writeTo(stream, text), done]);
      progress.update(index / file.count, index, 'records');
    }
    stream.end();
    await done;
    replacement.commit();
    progress[Symbol.dispose]();
    if (argv.json)
      await printJson({ output: argv.output, format, records: file.count, bytes: stream.bytesWritten });
    else await print(`${plural(file.count, 'record')} written to ${argv.output}`);
  },
});

function byName(output: string | undefined): ExportFormat | undefined {
  const extension = extname(output ?? '').toLowerCase();
  if (extension === '.jsonl') return 'ndjson';
  return EXPORT_FORMATS.find((format) => extension === `.${format}`);
}

/** `perdure records`: the commands for record files. */
import { group, later } from './command.js';

export const recordsCommand = group(
  {
    command: 'records',
    describe: 'Make, look at, change and export files of typed records',
    builder: (yargs) => yargs.usage('$0 records <command>\n\nFiles of typed records, all of one layout.'),
  },
  'records',
  [
    later(
      'import <input> <file>',
      'Make a record file from a CSV, TSV, JSON or NDJSON file',
      async () => (await import('./records/import.js')).importCommand,
    ),
    later(
      'show <file>',
      'Show records as a table',
      async () => (await import('./records/show.js')).showCommand,
    ),
    later('get <file> <index>', 'Show one record', async () => (await import('./records/get.js')).getCommand),
    later(
      'set <file> <index> <assignments..>',
      'Change fields of one record, and flush',
      async () => (await import('./records/set.js')).setCommand,
    ),
    later(
      'schema <file>',
      'Show the layout of the records, also as a C struct and a NumPy dtype',
      async () => (await import('./records/schema.js')).schemaCommand,
    ),
    later(
      'export <file>',
      'Write all records as CSV, JSON or NDJSON',
      async () => (await import('./records/export.js')).exportCommand,
    ),
  ],
);

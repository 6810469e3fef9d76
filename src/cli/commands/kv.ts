/** `perdure kv`: the commands for key-value stores. */
import { group, later } from './command.js';

export const kvCommand = group(
  {
    command: 'kv',
    describe: 'Read, change, fill, check and measure sorted key-value stores',
    builder: (yargs) =>
      yargs.usage(
        '$0 kv <command>\n\nSorted maps in files: each change is a transaction, on the disk when the command ends with 0.',
      ),
  },
  'a store',
  [
    later(
      'get <store> <key>',
      'Print the value of a key',
      async () => (await import('./kv/get.js')).getCommand,
    ),
    later(
      'set <store> <key> <value>',
      'Store a value under a key, and flush',
      async () => (await import('./kv/set.js')).setCommand,
    ),
    later(
      'delete <store> [key]',
      'Remove a record, or all of a range, and flush',
      async () => (await import('./kv/delete.js')).deleteCommand,
    ),
    later(
      'list <store>',
      'List records in the order of their keys',
      async () => (await import('./kv/list.js')).listCommand,
    ),
    later(
      'import <input> <store>',
      'Fill a store from an NDJSON, JSON, CSV or TSV file',
      async () => (await import('./kv/import.js')).importCommand,
    ),
    later(
      'export <store>',
      'Write all records, or those of a range, as NDJSON, JSON, CSV or TSV',
      async () => (await import('./kv/export.js')).exportCommand,
    ),
    later(
      'stats <store>',
      'Show the tables of a store, their codecs and their sizes',
      async () => (await import('./kv/stats.js')).statsCommand,
    ),
    later(
      'check <store>',
      'Read all of a store, and check it',
      async () => (await import('./kv/check.js')).checkCommand,
    ),
    later(
      'bench [where]',
      'Measure how fast stores are on this machine and its disk',
      async () => (await import('./kv/bench.js')).benchCommand,
    ),
  ],
);

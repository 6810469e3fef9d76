/** `perdure kv delete`: removes a record, or those of a range, durably. */
import { UsageError } from '../../errors.js';
import { openTable } from '../../kv/open-table.js';
import {
  checkBounds,
  isRange,
  parsed,
  RANGE_OPTIONS,
  rangeOf,
  STORE_POSITIONAL,
  TABLE_OPTIONS,
} from '../../kv/options.js';
import { plural, print, printJson } from '../../output.js';
import { command } from '../command.js';
import { noRecord } from './get.js';

export const deleteCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 kv delete <store> [key]

Removes the record of a key, which has to be there, or all records of a range, which may
be none: all of them or, if it fails, none. When the command ends with 0, the change is on
the disk.`,
      )
      .positional('store', STORE_POSITIONAL)
      .positional('key', { type: 'string', describe: 'The key' })
      .options(TABLE_OPTIONS)
      .options(RANGE_OPTIONS)
      .example('$0 kv delete settings.store colour', '')
      .example('$0 kv delete sessions.store --prefix 2025-', ''),
  handler: async (argv) => {
    checkBounds(argv);
    if ((argv.key === undefined) !== isRange(argv)) {
      throw new UsageError('delete takes either a key or a range, such as --prefix or --gte');
    }
    using open = openTable(argv.store, { ...argv, purpose: 'change' });
    const { store, table, keys } = open;
    const before = table.size;
    if (argv.key === undefined) {
      const range = rangeOf(argv, keys);
      store.transaction(() => {
        for (const key of [...table.keys(range)]) table.delete(key);
      });
    } else {
      const key = parsed('the key', () => keys.parse(argv.key!));
      if (!table.delete(key)) throw noRecord(argv.store, keys, key);
    }
    const deleted = before - table.size;
    if (argv.json) return await printJson({ deleted, records: table.size });
    await print(`${plural(deleted, 'record')} deleted`);
  },
});

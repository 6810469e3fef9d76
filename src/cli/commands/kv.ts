/** `perdure kv`: the commands for key-value stores. */
import { group } from './command.js';
import { checkCommand } from './kv/check.js';
import { deleteCommand } from './kv/delete.js';
import { exportCommand } from './kv/export.js';
import { getCommand } from './kv/get.js';
import { importCommand } from './kv/import.js';
import { listCommand } from './kv/list.js';
import { setCommand } from './kv/set.js';
import { statsCommand } from './kv/stats.js';

export const kvCommand = group(
  {
    command: 'kv',
    describe: 'Read, change, fill and check sorted key-value stores',
    builder: (yargs) =>
      yargs.usage(
        '$0 kv <command>\n\nSorted maps in files: each change is a transaction, on the disk when the command ends with 0.',
      ),
  },
  'a store',
  [
    getCommand,
    setCommand,
    deleteCommand,
    listCommand,
    importCommand,
    exportCommand,
    statsCommand,
    checkCommand,
  ],
);

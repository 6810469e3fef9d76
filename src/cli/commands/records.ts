/** `perdure records`: the commands for record files. */
import { command } from './command.js';
import { exportCommand } from './records/export.js';
import { getCommand } from './records/get.js';
import { importCommand } from './records/import.js';
import { schemaCommand } from './records/schema.js';
import { setCommand } from './records/set.js';
import { showCommand } from './records/show.js';

export const recordsCommand = command({
  command: 'records',
  describe: 'Make, look at, change and export files of typed records',
  builder: (yargs) =>
    yargs
      .usage('$0 records <command>\n\nFiles of typed records, all of one layout.')
      .command([importCommand, showCommand, getCommand, setCommand, schemaCommand, exportCommand])
      .demandCommand(1, 'say what to do with records: import, show, get, set, schema or export'),
  handler: () => {},
});

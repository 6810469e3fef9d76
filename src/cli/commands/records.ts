/** `perdure records`: the commands for record files. */
import { group } from './command.js';
import { exportCommand } from './records/export.js';
import { getCommand } from './records/get.js';
import { importCommand } from './records/import.js';
import { schemaCommand } from './records/schema.js';
import { setCommand } from './records/set.js';
import { showCommand } from './records/show.js';

export const recordsCommand = group(
  {
    command: 'records',
    describe: 'Make, look at, change and export files of typed records',
    builder: (yargs) => yargs.usage('$0 records <command>\n\nFiles of typed records, all of one layout.'),
  },
  'records',
  [importCommand, showCommand, getCommand, setCommand, schemaCommand, exportCommand],
);

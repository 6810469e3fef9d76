/** `perdure shm list`: the named objects that this user can see. */
import { listNamedObjects } from '../../../os/index.js';
import { grouped, print, printJson, table } from '../../output.js';
import { command } from '../command.js';

export const listCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 shm list

Lists the mappings, events and mutexes that have names and that this user can see; on Windows those
of every program.`,
      )
      .example('$0 shm list --json', ''),
  handler: async (argv) => {
    const objects = listNamedObjects();
    if (argv.json) return printJson(objects);
    if (objects.length === 0) process.stderr.write('there are none\n');
    const columns = [{ title: 'name' }, { title: 'kind' }, { title: 'bytes', right: true }];
    const rows = objects.map(({ name, kind, sizeBytes }) => [
      name,
      kind,
      sizeBytes === undefined ? '' : grouped(sizeBytes),
    ]);
    if (rows.length > 0) await print(table(columns, rows));
  },
});

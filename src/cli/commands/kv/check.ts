/** `perdure kv check`: reads all of a store, and checks everything that can be checked. */
import { openWhole } from '../../kv/open-table.js';
import { STORE_POSITIONAL } from '../../kv/options.js';
import { grouped, print, printJson, shortByteSize, table } from '../../output.js';
import { command } from '../command.js';

export const checkCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 kv check <store>

Reads every page that the newest commit uses, and checks everything that can be checked:
checksums, the order of the keys, counts, and that no page is used twice. Damage is a
failure that names the page.`,
      )
      .positional('store', STORE_POSITIONAL)
      .example('$0 kv check cities.store && cp cities.store backup.store', ''),
  handler: async (argv) => {
    const { store } = openWhole(argv.store);
    using _closed = store;
    const tables = store.check();
    if (argv.json) return await printJson({ store: argv.store, sound: true, tables });
    const columns = [
      { title: 'table' },
      { title: 'records', right: true },
      { title: 'pages', right: true },
      { title: 'in use', right: true },
    ];
    const rows = tables.map(({ name, records, leaves, branches, largePages, usedBytes }) => [
      name === '' ? '(own)' : name,
      grouped(records),
      grouped(leaves + branches + largePages),
      shortByteSize(usedBytes),
    ]);
    if (rows.length > 0) await print(`${table(columns, rows)}\n`);
    await print(`'${argv.store}' is sound`);
  },
});

/** `perdure kv stats`: what a store holds, without visiting it. */
import { codecNames, openWhole } from '../../kv/open-table.js';
import { STORE_POSITIONAL } from '../../kv/options.js';
import { byteSize, facts, grouped, print, printJson, table } from '../../output.js';
import { command } from '../command.js';

export const statsCommand = command({
  builder: (yargs) =>
    yargs
      .usage('$0 kv stats <store>\n\nShows what a store holds. It costs the same however much that is.')
      .positional('store', STORE_POSITIONAL)
      .example('$0 kv stats cities.store', ''),
  handler: async (argv) => {
    const { store, tables: records } = openWhole(argv.store);
    using _closed = store;
    const { tables, ...file } = store.stats();
    const described = tables.map((each) => ({ ...each, codecs: codecNames(records.get(each.name)!) }));
    if (argv.json) return await printJson({ store: argv.store, ...file, tables: described });
    await print(
      facts([
        ['file', byteSize(file.fileBytes)],
        ['pages', `of ${grouped(file.pageBytes)} bytes`],
        ['newest commit', `number ${grouped(file.sequence)}`],
      ]),
    );
    const columns = [
      { title: 'table' },
      { title: 'records', right: true },
      { title: 'keys' },
      { title: 'values' },
      { title: 'levels', right: true },
    ];
    const rows = described.map(({ name, kind, records, codecs, levels }) => [
      name === '' ? '(own)' : name,
      grouped(records),
      codecs.keys,
      codecs.values + NOTES[kind],
      String(levels),
    ]);
    if (rows.length > 0) await print(`\n${table(columns, rows)}`);
  },
});

const NOTES = { plain: '', versioned: ', with versions', multi: ', many a key' } as const;

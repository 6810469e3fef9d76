/** `perdure kv get`: the value of a key. */
import { MultiTable } from '../../../kv/store/index.js';
import { PerdureError } from '../../../os/index.js';
import { UsageError } from '../../errors.js';
import type { KeyNotation } from '../../kv/notation.js';
import { type OpenTable, openTable } from '../../kv/open-table.js';
import { parsed, STORE_POSITIONAL, TABLE_OPTIONS, WRITING } from '../../kv/options.js';
import { shortened } from '../../kv/typed-json.js';
import { print, writeTo } from '../../output.js';
import { shown } from '../../shared/text.js';
import { command } from '../command.js';

export const getCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 kv get <store> <key>

Prints the value of a key, or, of a table with many values a key, each on a line of its
own. A key that is not there is a failure.

${WRITING}`,
      )
      .positional('store', STORE_POSITIONAL)
      .positional('key', { type: 'string', demandOption: true, describe: 'The key' })
      .options(TABLE_OPTIONS)
      .option('raw', {
        type: 'boolean',
        default: false,
        describe: "The value's bytes as they are in the file, for another program",
      })
      .example('$0 kv get settings.store colour', '')
      .example('$0 kv get cities.store Lisbon --json | jq .population', '')
      .example('$0 kv get images.store logo --raw > logo.png', ''),
  handler: async (argv) => {
    if (argv.raw && argv.json) throw new UsageError('--raw and --json exclude each other');
    using open = openTable(argv.store, { ...argv, purpose: 'read' });
    const key = parsed('the key', () => open.keys.parse(argv.key));
    if (argv.raw) return await printRaw(argv.store, open, key);
    const values = valuesOf(open, key);
    if (values.length === 0) throw noRecord(argv.store, open.keys, key);
    for (const value of values) {
      await print(argv.json ? open.values.json(value, 2) : shown(open.values.text(value)));
    }
  },
});

function valuesOf({ table }: OpenTable, key: unknown): unknown[] {
  if (table instanceof MultiTable) return [...table.valuesOf(key)];
  const value = table.get(key);
  return value === undefined ? [] : [value];
}

/** In pieces: a value may have 2 GiB. */
async function printRaw(path: string, { table, keys }: OpenTable, key: unknown): Promise<void> {
  if (table instanceof MultiTable) throw new UsageError('--raw is for tables with one value a key');
  const stream = table.stream(key);
  if (stream === undefined) throw noRecord(path, keys, key);
  for await (const piece of stream) await writeTo(process.stdout, piece as Uint8Array);
}

export function noRecord(path: string, keys: KeyNotation, key: unknown): PerdureError {
  return new PerdureError(
    'NOT_FOUND',
    `'${path}' has no record with the key '${shortened(keys.text(key))}'`,
    { path },
  );
}

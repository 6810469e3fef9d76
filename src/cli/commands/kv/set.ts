/** `perdure kv set`: stores a value under a key, durably. */
import { MultiTable } from '../../../kv/store/index.js';
import { PerdureError } from '../../../os/index.js';
import { UsageError } from '../../errors.js';
import { inStore } from '../../kv/new-store.js';
import type { Notation } from '../../kv/notation.js';
import { type OpenTable, openTable } from '../../kv/open-table.js';
import { parsed, STORE_POSITIONAL, TABLE_OPTIONS, WRITING } from '../../kv/options.js';
import { shortened } from '../../kv/typed-json.js';
import { print } from '../../output.js';
import { command } from '../command.js';

export const setCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 kv set <store> <key> <value>

Stores a value under a key, in place of the one that it has. When the command ends with 0,
the change is on the disk. A store that does not exist is created. The value '-' is
standard input: a text without a line end at its end, bytes as they are.

${WRITING}`,
      )
      .positional('store', {
        ...STORE_POSITIONAL,
        describe: 'The store, which is created where there is none',
      })
      .positional('key', { type: 'string', demandOption: true, describe: 'The key' })
      .positional('value', { type: 'string', demandOption: true, describe: "The value, or '-'" })
      .options(TABLE_OPTIONS)
      .option('if-absent', {
        type: 'boolean',
        default: false,
        describe: 'Only where the key has no value yet; otherwise fail',
      })
      .example('$0 kv set settings.store colour blue', '')
      .example('$0 kv set images.store logo - --value-codec bytes < logo.png', '')
      .example(`$0 kv set cities.store Lisbon '{"country":"PT"}' --value-codec json`, ''),
  handler: async (argv) => {
    const input = argv.value === '-' ? await standardInput() : undefined;
    const stored = await inStore(argv.store, false, async (path) => {
      using open = openTable(path, { ...argv, purpose: 'create' });
      return store(open, argv, input);
    });
    if (argv.json) await print(stored);
  },
});

/** Returns what --json prints. */
function store(
  { table, keys, values }: OpenTable,
  wanted: { key: string; value: string; ifAbsent: boolean },
  input: Buffer | undefined,
): string {
  const key = parsed('the key', () => keys.parse(wanted.key));
  const value = parsed('the value', () =>
    input === undefined ? values.parse(wanted.value) : fromInput(values, input),
  );
  if (table instanceof MultiTable) {
    if (wanted.ifAbsent) throw new UsageError('--if-absent is for tables with one value a key');
    table.add(key, value);
  } else if (!table.set(key, value, wanted.ifAbsent ? { ifAbsent: true } : undefined)) {
    const what = `the key '${shortened(keys.text(key))}' has a value`;
    throw new PerdureError('ALREADY_EXISTS', `${what}; without --if-absent it is replaced`);
  }
  return `{"key":${keys.json(key)},"records":${table.size}}`;
}

async function standardInput(): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

function fromInput(values: Notation, input: Buffer): unknown {
  if (values.isBytes) return new Uint8Array(input);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input);
  } catch (cause) {
    throw new PerdureError(
      'INVALID_INPUT',
      'standard input is not UTF-8 text; --value-codec bytes stores anything',
      { cause },
    );
  }
  return values.parse(text.replace(/\r?\n$/, ''));
}

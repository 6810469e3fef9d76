/**
 * The import itself: rows in, records out.
 *
 * Invariants: a new store takes its name only when it is complete and on the disk. In a store that exists the records are
 * committed as they come, some megabytes of the input at a time and in order: a failure leaves those that were committed before.
 */
import { MultiTable } from '../../kv/store/index.js';
import { type Input, type InputFormat, inputFormat, openInput, type Row } from '../input/input.js';
import { Progress } from '../progress.js';
import { inStore } from './new-store.js';
import { type OpenTable, openTable, type TableWish } from './open-table.js';
import { type PairOptions, pairsOf, placed, takesWholeRows } from './pairs.js';

export interface ImportOptions extends TableWish, PairOptions {
  readonly input: string;
  readonly store: string;
  readonly format: InputFormat | undefined;
  readonly delimiter: string | undefined;
  readonly columns: readonly string[] | undefined;
  readonly force: boolean;
}

export interface ImportResult {
  /** Records that the input held. */
  readonly read: number;
  /** Records in the table now. */
  readonly records: number;
  readonly inputBytes: number;
  readonly seconds: number;
}

/** @throws INVALID_INPUT, ALREADY_EXISTS, SCHEMA_MISMATCH, and what opening and writing files throws */
export async function importPairs(options: ImportOptions): Promise<ImportResult> {
  const started = performance.now();
  const format = inputFormat(options.input, options.format);
  using input = await openInput(options.input, format, false, options);
  const counts = await inStore(options.store, options.force, (path) => add(input, options, path));
  return { ...counts, inputBytes: input.readBytes, seconds: (performance.now() - started) / 1000 };
}

type Counts = Pick<ImportResult, 'read' | 'records'>;

async function add(input: Input, options: ImportOptions, path: string): Promise<Counts> {
  const several = (options.key?.length ?? 1) > 1;
  using open = openTable(path, {
    ...options,
    purpose: 'create',
    newKeys: several ? 'any' : 'string',
    newValues: takesWholeRows(options) ? 'json' : 'string',
  });
  const read = await fill(open, input, options);
  await open.store.flush();
  return { read, records: open.table.size };
}

/** How much of the input makes a transaction. Pages that many of its records go to are written once. */
const TRANSACTION_BYTES = 2 ** 23;

async function fill(open: OpenTable, input: Input, options: ImportOptions): Promise<number> {
  using progress = new Progress('importing');
  const { columns, batches } = await input.rows();
  const pairOf = pairsOf(input, columns, open, options);
  const { table } = open;
  const put =
    table instanceof MultiTable
      ? (key: unknown, value: unknown) => table.add(key, value)
      : (key: unknown, value: unknown) => table.set(key, value);
  const store = (batches: readonly (readonly Row[])[]) =>
    open.store.transaction(
      () => {
        for (const row of batches.flat()) {
          const [key, value] = pairOf(row);
          placed(input, row, 'the record', () => put(key, value));
        }
      },
      // On the disk at the end, all together.
      { durability: 'deferred' },
    );
  let waiting: (readonly Row[])[] = [];
  let storedBytes = 0;
  let count = 0;
  for await (const batch of batches) {
    waiting.push(batch);
    count += batch.length;
    progress.update(input.totalBytes ? input.readBytes / input.totalBytes : undefined, count, 'records');
    if (input.readBytes - storedBytes < TRANSACTION_BYTES) continue;
    store(waiting);
    waiting = [];
    storedBytes = input.readBytes;
  }
  store(waiting);
  return count;
}

/**
 * The import itself: rows in, records out.
 *
 * Invariants: a new file takes its name only when it is complete and on the disk; in an appended file the count covers
 * the new records only when all of them are on the disk.
 */
import { RecordFile, type Schema } from '../record/index.js';
import { inferSchema } from './input/infer.js';
import { type Input, type InputFormat, inputError, inputFormat, openInput } from './input/input.js';
import { type Plan, planFor } from './input/plan.js';
import { Progress } from './progress.js';
import { Replacement } from './replacement.js';
import { readSchema } from './schema-option.js';
import { fieldAt } from './values/leaves.js';

export interface ImportOptions {
  input: string;
  file: string;
  schema: string | undefined;
  format: InputFormat | undefined;
  delimiter: string | undefined;
  columns: readonly string[] | undefined;
  /** The input's names of fields, by dotted name. */
  renames: ReadonlyMap<string, string>;
  zeroMissing: boolean;
  append: boolean;
  force: boolean;
  /** What an inferred schema is called. */
  schemaName: string;
}

export interface ImportResult {
  readonly schema: Schema;
  readonly inferred: boolean;
  /** Records that were added. */
  readonly records: number;
  /** Records in the file now. */
  readonly count: number;
  readonly inputBytes: number;
  readonly seconds: number;
  /** Columns or keys of the input that feed no field. */
  readonly ignored: readonly string[];
  /** What is most likely not what was meant. */
  readonly warning?: string;
}

/** @throws INVALID_INPUT, ALREADY_EXISTS, SCHEMA_MISMATCH, and what opening and writing files throws */
export async function importRecords(options: ImportOptions): Promise<ImportResult> {
  const format = inputFormat(options.input, options.format);
  const started = performance.now();
  const given = options.schema === undefined ? undefined : readSchema(options.schema);
  const result = options.append
    ? await appendToFile(options, format, given)
    : await makeFile(options, format, given);
  return { ...result, seconds: (performance.now() - started) / 1000 };
}

type Result = Omit<ImportResult, 'seconds'>;

async function makeFile(
  options: ImportOptions,
  format: InputFormat,
  given: Schema | undefined,
): Promise<Result> {
  using replacement = new Replacement(options.file, options.force);
  using input = await openInput(options.input, format, given === undefined, options);
  const inferred = given === undefined ? await infer(input, options) : undefined;
  const schema = given ?? inferred!.schema;
  const sources = new Map([...(inferred?.sources ?? []), ...options.renames]);
  const file = RecordFile.create(replacement.path, schema, { overwrite: true });
  let result: Result;
  try {
    const { records, ignored } = await fill(file, input, schema, sources, options);
    await file.flush();
    result = {
      schema,
      inferred: inferred !== undefined,
      records,
      count: records,
      inputBytes: input.readBytes,
      ignored,
      warning: options.delimiter === undefined ? delimiterWarning(input, inferred?.columns) : undefined,
    };
  } finally {
    await file.close();
  }
  replacement.commit();
  return result;
}

async function appendToFile(
  options: ImportOptions,
  format: InputFormat,
  given: Schema | undefined,
): Promise<Result> {
  const file: RecordFile =
    given === undefined
      ? RecordFile.open(options.file, { mode: 'readwrite' })
      : RecordFile.open(options.file, given, { mode: 'readwrite' });
  const before = file.count;
  let complete = false;
  try {
    using input = await openInput(options.input, format, false, options);
    const { records, ignored } = await fill(file, input, file.schema, options.renames, options);
    complete = true;
    return {
      schema: file.schema,
      inferred: false,
      records,
      count: before + records,
      inputBytes: input.readBytes,
      ignored,
    };
  } finally {
    // close() flushes: what it covers has to be all of the input, or nothing of it.
    if (!complete) file.truncateSync(before);
    await file.close();
  }
}

/** A header that is one column, with another separator in it. */
function delimiterWarning(input: Input, columns: readonly string[] | undefined): string | undefined {
  if (input.format !== 'csv' || columns?.length !== 1) return undefined;
  const separator = [';', '\t', '|'].find((character) => columns[0]!.includes(character));
  if (separator === undefined) return undefined;
  const written = separator === '\t' ? '\\t' : separator;
  return `warning: ${input.name} was read as one column, '${columns[0]}'; --delimiter '${written}' would separate it`;
}

async function infer(input: Input, options: ImportOptions) {
  using progress = new Progress('finding a schema');
  const names = new Map([...options.renames].map(([path, from]) => [from, path]));
  return await inferSchema(input, options.schemaName, names, (rows) =>
    progress.update(fractionRead(input), rows, 'rows'),
  );
}

async function fill(
  file: RecordFile,
  input: Input,
  schema: Schema,
  sources: ReadonlyMap<string, string>,
  options: ImportOptions,
): Promise<{ records: number; ignored: readonly string[] }> {
  for (const path of options.renames.keys()) fieldAt(schema.fields, path);
  using progress = new Progress('importing');
  const { columns, batches } = await input.rows();
  const plan: Plan = planFor(input, columns, schema, sources, { zeroMissing: options.zeroMissing });
  let records = 0;
  for await (const batch of batches) {
    for (const row of batch) {
      const record = plan.record(row);
      try {
        file.append(record);
      } catch (error) {
        throw (error as { code?: string }).code === 'INVALID_VALUE'
          ? inputError(input.name, `${input.place} ${row.line}`, (error as Error).message, error)
          : error;
      }
    }
    records += batch.length;
    progress.update(fractionRead(input), records, 'records');
  }
  if (records > 0) plan.finish();
  return { records, ignored: plan.ignored };
}

function fractionRead(input: Input): number | undefined {
  return input.totalBytes ? input.readBytes / input.totalBytes : undefined;
}

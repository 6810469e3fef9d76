/** From the rows of an input to keys and values: which columns, or keys of the objects, are which. */
import { PerdureError } from '../../os/index.js';
import { UsageError } from '../errors.js';
import { type Input, inputError, type Row } from '../input/input.js';
import type { OpenTable } from './open-table.js';

export interface PairOptions {
  /** The columns that make the key. Several make an array. */
  readonly key: readonly string[] | undefined;
  /** The column that is the value; all that are not the key's where only those are named. */
  readonly value: string | undefined;
  /** Columns of a table whose cells are numbers, where values are objects. */
  readonly numbers: readonly string[];
}

/** True where a value is an object of what is not the key. */
export function takesWholeRows({ key, value }: PairOptions): boolean {
  return key !== undefined && value === undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** @throws UsageError for columns that the input has not */
export function pairsOf(
  input: Input,
  columns: readonly string[] | undefined,
  open: OpenTable,
  options: PairOptions,
): (row: Row) => [key: unknown, value: unknown] {
  const { keys, values } = open;
  const names = options.key ?? ['key'];
  const whole = takesWholeRows(options);
  const valueName = options.value ?? 'value';
  const needed = [...names, ...options.numbers, ...(whole ? [] : [valueName])];
  if (columns !== undefined) checkColumns(input, columns, needed, options);
  const isText = columns !== undefined;
  const one = isText ? (cell: unknown) => keys.parse(cell as string) : (json: unknown) => keys.fromJson(json);
  const keyIn = (fields: Fields) => {
    const parts = names.map((name) => one(field(fields, name)));
    return names.length === 1 ? parts[0] : parts;
  };
  const valueIn = (fields: Fields) => {
    if (whole) return values.fromJson(rest(fields, names, options.numbers));
    const value = field(fields, valueName);
    return isText ? values.parse(value as string) : values.fromJson(value);
  };
  return (row) => {
    const fields =
      columns === undefined ? (row.values as Fields) : named(columns, row.values as readonly string[]);
    return [
      placed(input, row, 'the key', () => keyIn(fields)),
      placed(input, row, 'the value', () => valueIn(fields)),
    ];
  };
}

/** Does something with a row; what is wrong is told with its line. */
export function placed<T>(input: Input, row: Row, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PerdureError) || !OF_THE_INPUT.has(error.code)) throw error;
    throw inputError(input.name, `${input.place} ${row.line}`, `${what}: ${error.message}`, error);
  }
}

/** What is wrong with a key or a value, and not with the store. */
const OF_THE_INPUT: ReadonlySet<string> = new Set([
  'INVALID_VALUE',
  'INVALID_ARGUMENT',
  'INVALID_INPUT',
  'TOO_LARGE',
]);

function checkColumns(
  input: Input,
  columns: readonly string[],
  needed: readonly string[],
  { key }: PairOptions,
): void {
  const missing = needed.find((name) => !columns.includes(name));
  if (missing === undefined) return;
  const hint = key === undefined ? '; --key says which column is the key' : '';
  throw new UsageError(`${input.name} has no column '${missing}', but ${columns.join(', ')}${hint}`);
}

function field(fields: Fields, name: string): unknown {
  if (Object.hasOwn(fields, name)) return fields[name];
  throw new PerdureError('INVALID_VALUE', `there is no '${name}'; --key and --value name others`);
}

function named(columns: readonly string[], cells: readonly string[]): Fields {
  return Object.fromEntries(columns.map((name, at) => [name, cells[at]]));
}

/** What is not the key's. Cells of the columns of numbers become numbers, and null where they are empty. */
function rest(fields: Fields, keys: readonly string[], numbers: readonly string[]): Fields {
  const entries = Object.entries(fields).filter(([name]) => !keys.includes(name));
  if (numbers.length === 0) return Object.fromEntries(entries);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, numbers.includes(name) ? numberOf(name, value) : value]),
  );
}

function numberOf(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if (text === '') return null;
  const number = Number(text);
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(number)) return number;
  throw new PerdureError('INVALID_VALUE', `'${text}' in the column '${name}' is not a number`);
}

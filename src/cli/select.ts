/** Which records of a file are wanted: a range, conditions, an order. */
import type { FieldLayout, RecordFile } from '../record/index.js';
import type { AnyType } from '../record/types.js';
import { UsageError } from './errors.js';
import { textValue } from './values/format.js';
import { fieldAt, valueAt } from './values/leaves.js';
import { parseValue } from './values/parse.js';

export interface Selection {
  from?: number;
  to?: number;
  /** Conditions such as 'population>1000000'; all have to hold. */
  where: readonly string[];
  /** A field to sort by; '-field' for descending. */
  sort?: string;
  /** At most so many. */
  limit: number;
}

type Test = (record: unknown) => boolean;
type Ordered = number | bigint | string | boolean;

/** The indexes of the records that are wanted, in order. A sorted selection keeps one key for each record that matches. */
export function* select(file: RecordFile, selection: Selection): Generator<number> {
  const { fields } = file.schema;
  const tests = selection.where.map((condition) => parseCondition(fields, condition));
  const cursor = file.cursor({ from: selection.from, to: selection.to });
  const key = selection.sort === undefined ? undefined : sortKey(fields, selection.sort);
  const found: { index: number; key: Ordered }[] = [];
  let count = 0;
  while (count < selection.limit && cursor.next()) {
    if (!tests.every((test) => test(cursor.record))) continue;
    if (key) found.push({ index: cursor.index, key: key.of(cursor.record) });
    else {
      count++;
      yield cursor.index;
    }
  }
  if (!key) return;
  found.sort((a, b) => key.sign * compare(a.key, b.key) || a.index - b.index);
  for (const { index } of found.slice(0, selection.limit)) yield index;
}

function sortKey(
  fields: readonly FieldLayout[],
  sort: string,
): { of: (record: unknown) => Ordered; sign: number } {
  const descending = sort.startsWith('-');
  const { keys, type } = fieldAt(fields, descending ? sort.slice(1) : sort);
  const comparable = orderedBy(type, sort);
  return { of: (record) => comparable(valueAt(record, keys)), sign: descending ? -1 : 1 };
}

const CONDITION = /^\s*([^\s=!<>~]+)\s*(==|=|!=|<=|>=|<|>|~)\s*(.*?)\s*$/s;

function parseCondition(fields: readonly FieldLayout[], condition: string): Test {
  const match = CONDITION.exec(condition);
  if (match === null) {
    throw new UsageError(
      `--where needs a field, one of = != < <= > >= ~ and a value, as in 'population>1000000', not '${condition}'`,
    );
  }
  const [, path, operator] = match as unknown as [string, string, string];
  const operand = match[3]!.replace(/^(["'])(.*)\1$/s, '$2');
  const { keys, type } = fieldAt(fields, path);
  if (operator === '~') {
    const needle = operand.toLowerCase();
    return (record) => textValue(type, valueAt(record, keys)).toLowerCase().includes(needle);
  }
  const comparable = orderedBy(type, condition);
  const wanted = comparable(parseOperand(type, operand, condition));
  const holds = OPERATORS[operator]!;
  return (record) => holds(compare(comparable(valueAt(record, keys)), wanted));
}

const OPERATORS: Record<string, (order: number) => boolean> = {
  '=': (order) => order === 0,
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function parseOperand(type: AnyType, operand: string, condition: string): unknown {
  try {
    const value = parseValue(type, operand);
    if (type.kind === 'enumeration' && !type.names.includes(value as string)) {
      throw new Error(`'${operand}' is not one of ${type.names.slice(0, 20).join(', ')}`);
    }
    return value;
  } catch (error) {
    throw new UsageError(`in '${condition}': ${(error as Error).message}`);
  }
}

/** What values of a type are compared by. */
function orderedBy(type: AnyType, what: string): (value: unknown) => Ordered {
  switch (type.kind) {
    case 'array':
    case 'record':
      throw new UsageError(
        `'${what}' compares ${type.kind}s, which have no order; name a field of one value`,
      );
    case 'date':
      return (value) => (value as Date).getTime();
    case 'bytes':
      return (value) => textValue(type, value);
    case 'u64':
    case 'i64':
      return (value) => value as bigint;
    default:
      // -0 is 0; integers are compared as numbers, whatever they were parsed to.
      return (value) => (typeof value === 'bigint' ? Number(value) : (value as Ordered));
  }
}

/** Missing values (NaN) come last and equal each other. */
function compare(a: Ordered, b: Ordered): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

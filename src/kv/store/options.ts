/** What the store's calls take: options and arguments, checked. */
import { integerIn, knownOptions, show } from '../../os/arguments.js';
import { PerdureError } from '../../os/errors.js';
import type { AnyKey, KeyChoice } from '../keys/index.js';
import type { ValueChoice } from '../values/index.js';

/**
 * When a commit is on the disk:
 *
 * - `sync`: before the call returns, or the promise resolves;
 * - `group`: a flush begins at the end of the event loop's turn, for all commits made until then. Calls that return a
 *   promise resolve when their own data is on the disk, others return at once;
 * - `deferred`: some time later; see `flushDelayMs`.
 *
 * After a power cut the newest commits that were not on the disk are missing, in order, and nothing else. The end of
 * the process, however it comes, loses no commit; but in a `strict` store, where it is the flush that makes commits visible
 * to the next opening, a process that is killed loses those that were not flushed.
 */
export type Durability = (typeof DURABILITIES)[number];
const DURABILITIES = ['sync', 'group', 'deferred'] as const;

export interface TableOptions<KC extends KeyChoice = KeyChoice, VC extends ValueChoice = ValueChoice> {
  /** The codec of the keys: what the file has, or 'any' for a new table. */
  keys?: KC;
  /** The codec of the values: what the file has, or 'messagepack' for a new table. */
  values?: VC;
  /** Gives each record a version, for `ifVersion`. 8 bytes a record. What the file has, or false for a new table. */
  versions?: boolean;
}

export interface MultiTableOptions<KC extends KeyChoice = KeyChoice, VC extends KeyChoice = KeyChoice> {
  /** The codec of the keys: what the file has, or 'any' for a new table. */
  keys?: KC;
  /** The codec of the values, which are sorted, and so one of those for keys: what the file has, or 'any' for a new table. */
  values?: VC;
}

export interface TransactionOptions {
  /** The store's unless given. */
  durability?: Durability;
}

/** Under what condition a record is changed. At most one of them. */
export interface DeleteCondition<V> {
  /** Only where the record has this value: the same bytes, once encoded; undefined: only where there is no record. */
  ifValue?: V;
  /** Only where the record has this version (see `TableOptions.versions`); 0 for no record. */
  ifVersion?: number;
}

export interface SetCondition<V> extends DeleteCondition<V> {
  /** Only where there is no record with the key. */
  ifAbsent?: boolean;
}

/** What keys can begin with: texts with a text, bytes with bytes, arrays with some first elements. */
export type PrefixOf<K> = K extends string | Uint8Array
  ? K
  : K extends readonly unknown[]
    ? readonly AnyKey[]
    : never;

/** A part of a table. Without options: all of it. */
export interface RangeOptions<K> {
  /** Keys greater than this. */
  gt?: K;
  /** Keys from this on. */
  gte?: K;
  /** Keys less than this. */
  lt?: K;
  /** Keys up to this. */
  lte?: K;
  /** Keys that begin with this. */
  prefix?: PrefixOf<K>;
  /** From the greatest to the least. */
  reverse?: boolean;
  /** At most so many, from where the range begins. */
  limit?: number;
}

const RANGE_NAMES = ['gt', 'gte', 'lt', 'lte', 'prefix', 'reverse', 'limit'] as const;

/** @throws INVALID_ARGUMENT */
export function checkRange<K>(options: RangeOptions<K>): RangeOptions<K> {
  knownOptions(options, RANGE_NAMES, 'a range');
  if (options.limit !== undefined && options.limit !== Number.POSITIVE_INFINITY)
    integerIn(options.limit, 0, Number.MAX_SAFE_INTEGER, 'limit');
  return options;
}

/** @throws INVALID_ARGUMENT */
export function checkDurability(durability: Durability): Durability {
  if (DURABILITIES.includes(durability)) return durability;
  const names = DURABILITIES.map((name) => `'${name}'`).join(', ');
  throw new PerdureError('INVALID_ARGUMENT', `durability must be ${names}, not ${show(durability)}`);
}

/** @throws INVALID_ARGUMENT */
export function transactionDurability(
  options: TransactionOptions | undefined,
  ofStore: Durability,
): Durability {
  if (options === undefined) return ofStore;
  knownOptions(options, ['durability'], 'the options of a transaction');
  return options.durability === undefined ? ofStore : checkDurability(options.durability);
}

/** @throws INVALID_ARGUMENT */
export function checkCondition<V>(condition: SetCondition<V>, names: readonly string[]): void {
  knownOptions(condition, names, 'a condition');
  const { ifVersion, ifAbsent } = condition;
  const given = Number('ifVersion' in condition) + Number('ifValue' in condition) + Number(ifAbsent === true);
  if (given > 1) throw new PerdureError('INVALID_ARGUMENT', 'a change has one condition, not several');
  if ('ifVersion' in condition) integerIn(ifVersion!, 0, 2 ** 48 - 1, 'ifVersion');
}

/** @throws INVALID_ARGUMENT */
export function checkFunction(value: unknown, what: string): void {
  if (typeof value !== 'function')
    throw new PerdureError('INVALID_ARGUMENT', `${what} takes a function, not ${show(value)}`);
}

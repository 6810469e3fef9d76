/**
 * A store, and beside it what it should hold: for each table a map, with its keys as the hexadecimal of their bytes, so
 * that their order as texts is the order of the keys.
 */
import { expect } from 'vitest';
import { KeyBuffer } from '../../../src/kv/key-buffer.js';
import { type AnyKey, anyKey, type KeyCodec, stringKey } from '../../../src/kv/keys/index.js';
import type { MultiTable } from '../../../src/kv/store/multi-table.js';
import type { MultiTableReader } from '../../../src/kv/store/multi-table-reader.js';
import type { Durability, RangeOptions } from '../../../src/kv/store/options.js';
import type { Snapshot } from '../../../src/kv/store/snapshot.js';
import type { Store } from '../../../src/kv/store/store.js';
import type { Table } from '../../../src/kv/store/table.js';
import type { TableReader } from '../../../src/kv/store/table-reader.js';

/** A record of the model: its key, and its value, or the values of the key by their hexadecimals. */
type Entry<K, V> = readonly [K, V];
export type Plain<K, V> = Map<string, Entry<K, V>>;
export type Multi<K, V> = Map<string, Map<string, Entry<K, V>>>;

/** What a store holds. */
export interface Contents {
  own: Plain<AnyKey, unknown>;
  named: Plain<string, string>;
  versioned: Plain<AnyKey, string>;
  multi: Multi<AnyKey, AnyKey>;
}

export const EMPTY: Contents = { own: new Map(), named: new Map(), versioned: new Map(), multi: new Map() };

export function copyOf({ own, named, versioned, multi }: Contents): Contents {
  return {
    own: new Map(own),
    named: new Map(named),
    versioned: new Map(versioned),
    multi: new Map([...multi].map(([key, values]) => [key, new Map(values)])),
  };
}

const buffer = new KeyBuffer();

export function hexOf<K>(codec: KeyCodec<K>, key: K): string {
  codec.encode(key, buffer);
  return Buffer.from(buffer.toBytes()).toString('hex');
}

/** A store with its tables. */
export class Tables {
  readonly named: Table<string, string>;
  readonly versioned: Table<AnyKey, string>;
  readonly multi: MultiTable<AnyKey, AnyKey>;

  constructor(readonly store: Store<AnyKey, unknown>) {
    this.named = store.table('named', { keys: 'string', values: 'string' });
    this.versioned = store.table('versioned', { keys: 'any', values: 'string', versions: true });
    this.multi = store.multiTable('multi', { keys: 'any', values: 'any' });
  }

  transaction<T>(run: () => T, durability: Durability): T {
    return this.store.transaction(run, { durability });
  }
}

/** An array's encoding ends in 00. */
function prefixHex<K>(codec: KeyCodec<K>, prefix: unknown): string {
  const hex = hexOf(codec, prefix as K);
  return Array.isArray(prefix) ? hex.slice(0, -2) : hex;
}

/** What a range selects, in the order in which it gives it. */
export function selected<K, T>(
  codec: KeyCodec<K>,
  sorted: readonly (readonly [hex: string, item: T])[],
  { gt, gte, lt, lte, prefix, reverse, limit }: RangeOptions<K>,
): T[] {
  const found = sorted.filter(
    ([hex]) =>
      (gt === undefined || hex > hexOf(codec, gt)) &&
      (gte === undefined || hex >= hexOf(codec, gte)) &&
      (lt === undefined || hex < hexOf(codec, lt)) &&
      (lte === undefined || hex <= hexOf(codec, lte)) &&
      (prefix === undefined || hex.startsWith(prefixHex(codec, prefix))),
  );
  if (reverse) found.reverse();
  return found.slice(0, limit).map(([, item]) => item);
}

function sortedOf<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Everything that a table tells, of all of it and of a range, is what the model says. */
export function checkTable<K, V>(
  codec: KeyCodec<K>,
  table: TableReader<K, V>,
  model: Plain<K, V>,
  range: RangeOptions<K>,
): void {
  const sorted = sortedOf(model);
  const all = sorted.map(([, entry]) => entry);
  expect([...table]).toEqual(all);
  expect(table.size).toBe(all.length);
  const some = selected(codec, sorted, range);
  expect([...table.entries(range)]).toEqual(some);
  expect([...table.keys(range)]).toEqual(some.map(([key]) => key));
  expect([...table.values(range)]).toEqual(some.map(([, value]) => value));
  expect(table.count(range)).toBe(some.length);
  expect([...table.range(range).records()].length).toBe(some.length);
  for (const [key, value] of some.slice(0, 3)) {
    expect(table.get(key)).toEqual(value);
    expect(table.has(key)).toBe(true);
  }
}

/** The same for a table with many values a key. */
export function checkMulti<K, V>(
  codec: KeyCodec<K>,
  table: MultiTableReader<K, V>,
  model: Multi<K, V>,
  range: RangeOptions<K>,
): void {
  const sorted = sortedOf(model).map(
    ([hex, values]) => [hex, sortedOf(values).map(([, entry]) => entry)] as const,
  );
  const all = sorted.flatMap(([, entries]) => entries);
  expect([...table]).toEqual(all);
  expect(table.size).toBe(all.length);
  const { limit, ...unlimited } = range;
  const keys = selected(
    codec,
    sorted.map(([hex, entries]) => [hex, entries[0][0]] as const),
    range,
  );
  expect([...table.keys(range)]).toEqual(keys);
  const some = selected(codec, sorted, unlimited).flatMap((entries) =>
    range.reverse ? [...entries].reverse() : entries,
  );
  expect([...table.entries(range)]).toEqual(some.slice(0, limit));
  expect(table.count(range)).toBe(some.slice(0, limit).length);
  for (const [, entries] of sorted.slice(0, 3)) {
    const [key, value] = entries[0];
    expect(table.get(key)).toEqual(value);
    expect([...table.valuesOf(key)]).toEqual(entries.map((entry) => entry[1]));
    expect(table.countOf(key)).toBe(entries.length);
    expect([...table.valuesOf(key, { gt: value, reverse: true })]).toEqual(
      entries
        .slice(1)
        .map((entry) => entry[1])
        .reverse(),
    );
    expect(table.has(key, value)).toBe(true);
  }
}

export interface Ranges {
  any: RangeOptions<AnyKey>;
  text: RangeOptions<string>;
}

/** All tables of a store, or of a snapshot of it. */
export function checkAll(
  tables: Tables,
  snapshot: Snapshot<AnyKey, unknown> | undefined,
  expected: Contents,
  { any, text }: Ranges,
): void {
  checkTable(anyKey, snapshot ?? tables.store, expected.own, any);
  checkTable(stringKey, snapshot?.table(tables.named) ?? tables.named, expected.named, text);
  checkTable(anyKey, snapshot?.table(tables.versioned) ?? tables.versioned, expected.versioned, any);
  checkMulti(anyKey, snapshot?.table(tables.multi) ?? tables.multi, expected.multi, any);
}

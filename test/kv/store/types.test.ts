/** The types of keys and values come from the codecs. Checked by the compiler; at run time there is nothing to see. */
import { describe, expectTypeOf, it } from 'vitest';
import {
  type AnyKey,
  anyKeyOf,
  jsonOf,
  type MultiTable,
  messagePackOf,
  openStore,
  type Store,
  type Table,
} from '../../../src/kv/index.js';
import { defineRecord, f64, recordValue, utf8 } from '../../../src/record/index.js';

interface City {
  country: string;
  population: number;
}

function typesOnly(): void {
  expectTypeOf(openStore('x')).toEqualTypeOf<Store<AnyKey, unknown>>();
  expectTypeOf(openStore('x', { keys: 'string', values: 'bytes' })).toEqualTypeOf<
    Store<string, Uint8Array>
  >();
  expectTypeOf(openStore('x', { values: jsonOf<City>() })).toEqualTypeOf<Store<AnyKey, City>>();

  const store = openStore('x', {
    keys: anyKeyOf<[country: string, name: string]>(),
    values: messagePackOf<City>(),
  });
  expectTypeOf(store.get(['CH', 'Zürich'])).toEqualTypeOf<City | undefined>();
  expectTypeOf(store.getBytes(['CH', 'Zürich'])).toEqualTypeOf<Uint8Array | undefined>();
  expectTypeOf([...store]).toEqualTypeOf<[[country: string, name: string], City][]>();
  expectTypeOf([...store.values({ prefix: ['CH'] })]).toEqualTypeOf<City[]>();
  // @ts-expect-error a key of another shape
  store.get('CH');
  // @ts-expect-error a value without one of its fields
  store.set(['CH', 'Zürich'], { country: 'CH' });
  // @ts-expect-error a prefix of tuples is a tuple
  store.range({ prefix: 'CH' });

  const Place = defineRecord({ lat: f64, name: utf8(10) });
  const places = store.table('places', { keys: 'string', values: recordValue(Place) });
  expectTypeOf(places).toEqualTypeOf<Table<string, { lat: number; name: string }>>();
  expectTypeOf(store.snapshot().table(places).get('x')).toEqualTypeOf<
    { lat: number; name: string } | undefined
  >();

  const tags = store.multiTable('tags', { keys: 'string', values: 'any' });
  expectTypeOf(tags).toEqualTypeOf<MultiTable<string, AnyKey>>();
  expectTypeOf(store.snapshot().table(tags).get('x')).toEqualTypeOf<AnyKey | undefined>();
  // @ts-expect-error values of such a table are sorted, and so have a codec of keys
  store.multiTable('tags', { values: 'json' });
  // @ts-expect-error numbers have no prefix
  openStore('x', { keys: anyKeyOf<number>() }).range({ prefix: 1 });

  expectTypeOf(store.transaction(() => 5)).toEqualTypeOf<number>();
  expectTypeOf(store.write(() => 'x')).toEqualTypeOf<Promise<string>>();
}

describe('types', () => {
  it('are inferred', () => {
    expectTypeOf(typesOnly).toBeFunction();
  });
});

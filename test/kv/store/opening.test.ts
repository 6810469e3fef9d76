/** Opening a store: options, what the file says of itself, several tables, and the end. */
import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { anyKeyOf, jsonOf, openStore, type StoreOptions } from '../../../src/kv/index.js';
import type { ValueCodec } from '../../../src/kv/values/index.js';
import { isPerdureError } from '../../../src/os/errors.js';
import { f64, recordValue, u32, utf8 } from '../../../src/record/index.js';
import { defineRecord } from '../../../src/record/schema.js';
import { eventually } from '../../support/eventually.js';
import { tempFiles } from '../../support/temp-folder.js';
import { coded } from './open-memory.js';

const file = tempFiles();

const City = defineRecord({ population: u32, lat: f64, name: utf8(20) });
const Town = defineRecord({ population: u32, lat: f64, name: utf8(21) });
const ZURICH = { population: 341_730, lat: 47.36667, name: 'Zürich' };

/** Makes a store with all kinds of tables. */
function create(path: string): void {
  using store = openStore(path, { keys: 'string', values: jsonOf<{ n: number }>(), pageBytes: 8192 });
  store.set('a', { n: 1 });
  store
    .table('records', { keys: anyKeyOf<[string, number]>(), values: recordValue(City) })
    .set(['CH', 1], ZURICH);
  store.table('versioned', { versions: true, values: 'string' }).set(1, 'one');
  store.multiTable('multi', { keys: 'bytes', values: 'string' }).add(Buffer.from('k'), 'v');
}

function isFree(path: string): boolean {
  try {
    openStore(path).close();
    return true;
  } catch (error) {
    if (isPerdureError(error, 'SHARING_VIOLATION')) return false;
    throw error;
  }
}

describe('a store', () => {
  it('is what it was when it is opened again, without being told what it is', () => {
    const path = file();
    create(path);
    using store = openStore(path);
    expect([...store]).toEqual([['a', { n: 1 }]]);
    expect(store.table('records', { values: recordValue(City) }).get(['CH', 1])).toEqual(ZURICH);
    expect(store.table('versioned').version(1)).toBe(1);
    expect([...store.multiTable('multi')]).toEqual([[new Uint8Array([107]), 'v']]);
    expect(store.path).toBe(path);
    expect(store.stats()).toEqual({
      pageBytes: 8192,
      fileBytes: statSync(path).size,
      sequence: expect.any(Number),
      durable: expect.any(Number),
      tables: [
        { name: '', kind: 'plain', records: 1, levels: 1 },
        { name: 'multi', kind: 'multi', records: 1, levels: 1 },
        { name: 'records', kind: 'plain', records: 1, levels: 1 },
        { name: 'versioned', kind: 'versioned', records: 1, levels: 1 },
      ],
    });
    expect(store.check().map(({ name, records }) => [name, records])).toEqual([
      ['', 1],
      ['multi', 1],
      ['records', 1],
      ['versioned', 1],
    ]);
  });

  it.each<[string, StoreOptions, string]>([
    ['other keys', { keys: 'any' }, "keys of the codec 'string', not 'any'"],
    ['other values', { values: 'bytes' }, "values of the codec 'json', not 'bytes'"],
    ['versions', { versions: true }, 'without versions'],
  ])('is refused with %s than it has', (_, options, message) => {
    const path = file();
    create(path);
    expect(() => openStore(path, options)).toThrow(coded('SCHEMA_MISMATCH', message));
    // The file was let go.
    openStore(path).close();
  });

  it('refuses tables as what they are not', () => {
    const path = file();
    create(path);
    using store = openStore(path);
    const mismatch = (message: string) => coded('SCHEMA_MISMATCH', message);
    expect(() => store.table('multi')).toThrow(mismatch('many values'));
    expect(() => store.multiTable('records')).toThrow(mismatch('one value'));
    expect(() => store.table('records')).toThrow(mismatch('codec number 5'));
    expect(() => store.table('records', { values: 'json' })).toThrow(mismatch("not 'json'"));
    expect(() => store.table('records', { values: recordValue(Town) })).toThrow(mismatch('schema'));
    store.table('new', { keys: 'string' });
    expect(() => store.table('new', { keys: 'bytes' })).toThrow(mismatch("'string'"));
    expect(store.stats().tables.map(({ name }) => name)).not.toContain('new');
  });

  it.each<[string, object, string]>([
    ['an unknown option', { size: 1 }, 'size'],
    ['an unknown key codec', { keys: 'text' }, 'keys'],
    ['an unknown value codec', { values: 'text' }, 'values'],
    ['what is no codec', { values: { id: 3 } }, 'values'],
    ['versions of another type', { versions: 1 }, 'versions'],
    ['an unknown durability', { durability: 'none' }, 'durability'],
    ['a negative delay', { flushDelayMs: -1 }, 'flushDelayMs'],
    ['an odd page size', { pageBytes: 5000 }, 'pageBytes'],
  ])('refuses %s', (_, options, message) => {
    expect(() => openStore(file(), options)).toThrow(coded('INVALID_ARGUMENT', message));
  });

  it('keeps a schema that is longer than a page', () => {
    const path = file();
    const fields = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`field${index}`, u32]));
    const values = recordValue(defineRecord(fields));
    const record = Object.fromEntries(Object.keys(fields).map((name, index) => [name, index]));
    expect(values.schemaText.length).toBeGreaterThan(4096);
    const store = openStore(path, { values });
    store.set('a', record);
    store.close();
    using again = openStore(path, { values });
    expect(again.get('a')).toEqual(record);
  });

  it('takes a codec of the caller, as long as it stays the same', () => {
    const path = file();
    const codec: ValueCodec<bigint> = {
      id: 200,
      name: 'mine',
      schemaText: 'v1',
      encode: (value) => Buffer.from(value.toString(16)),
      decode: (memory, at, length) => BigInt(`0x${memory.text.toString('latin1', at, at + length)}`),
    };
    const store = openStore(path, { values: codec });
    store.set('a', 255n);
    store.close();
    using again = openStore(path, { values: codec });
    expect(again.get('a')).toBe(255n);
    again.close();
    expect(() => openStore(path, { values: { ...codec, schemaText: 'v2' } })).toThrow(
      coded('SCHEMA_MISMATCH', 'v1'),
    );
  });

  it.each(['', 5, 'x'.repeat(1025)])('refuses %o as the name of a table', (name) => {
    using store = openStore(file());
    expect(() => store.table(name as string)).toThrow(coded('INVALID_ARGUMENT', 'name'));
  });

  it('that was opened for reading reads, and nothing else', async () => {
    const path = file();
    create(path);
    using store = openStore(path, { readonly: true });
    expect(store.size).toBe(1);
    expect(() => store.set('b', 1)).toThrow(coded('READ_ONLY'));
    expect(() => store.clear()).toThrow(coded('READ_ONLY'));
    await expect(store.setAsync('b', 1)).rejects.toThrow(coded('READ_ONLY'));
    await expect(store.setPiecesAsync('b', 0, [])).rejects.toThrow(coded('READ_ONLY'));
  });

  it('that is closed during a flush is on the disk, and every promise says so', async () => {
    for (const turns of [0, 1, 2]) {
      const path = file();
      const store = openStore(path);
      const writes = [store.setAsync('a', 1)];
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      writes.push(store.setAsync('b', 2));
      const flushed = store.flush();
      store.close();
      expect(await Promise.all([...writes, flushed])).toEqual([true, true, undefined]);
      // On Windows a flush that was under way may still hold the file.
      await eventually('the file can be opened', () => isFree(path));
      using again = openStore(path);
      expect(again.size).toBe(2);
    }
  });

  it('is an error after its end, whatever is called', async () => {
    const store = openStore(file());
    const table = store.table('table');
    const multi = store.multiTable('multi');
    const snapshot = store.snapshot();
    const bytes = store.set('a', 1) && store.getBytes('a')!;
    store.close();
    store.close();
    expect(store.isClosed).toBe(true);
    const uses: (() => unknown)[] = [
      () => store.get('a'),
      () => store.set('a', 1),
      () => store.size,
      () => [...store],
      () => store.clear(),
      () => store.stats(),
      () => store.check(),
      () => store.snapshot(),
      () => store.table('b'),
      () => store.transaction(() => 1),
      () => store.flushSync(),
      () => table.has('a'),
      () => multi.add(1, 1),
      () => multi.size,
      () => [...multi.keys()],
      () => snapshot.get('a'),
    ];
    for (const use of uses) expect(use).toThrow(coded('CLOSED'));
    await expect(store.flush()).rejects.toThrow(coded('CLOSED'));
    // The mapping is gone: nothing can be read through what is left of it.
    expect((bytes as Uint8Array).length).toBe(0);
    snapshot.close();
  });
});

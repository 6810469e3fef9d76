/** `perdure kv`, as a person and as a program meet it. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineRecord, openStore, recordValue, u8, utf8 } from '../../src/index.js';
import { tempFolder } from '../support/temp-folder.js';
import { done, doneJson, failed, inProcess, perdure } from './cli.js';

const root = tempFolder();

function folder(): string {
  return mkdtempSync(join(root, 'case-'));
}

const path = () => join(folder(), 'a.store');

/** A store with these pairs of texts. */
function storeOf(pairs: Readonly<Record<string, string>>): string {
  const file = path();
  using store = openStore(file, { keys: 'string', values: 'string' });
  store.transaction(() => {
    for (const [key, value] of Object.entries(pairs)) store.set(key, value);
  });
  return file;
}

describe('set, get and delete', () => {
  it('make a store of texts, which a program opens', async () => {
    const file = path();
    expect(await done(['kv', 'set', file, 'colour', 'blue'])).toBe('');
    expect(await doneJson(['kv', 'set', file, '', '12'])).toEqual({ key: '', records: 2 });
    expect(await done(['kv', 'get', file, 'colour'])).toBe('blue\n');
    expect(await doneJson(['kv', 'get', file, ''])).toBe('12');
    expect(readdirSync(join(file, '..'))).toEqual(['a.store']);
    using store = openStore(file, { keys: 'string', values: 'string', readonly: true });
    expect([...store]).toEqual([
      ['', '12'],
      ['colour', 'blue'],
    ]);
  });

  it('replace, keep what is there where asked to, and delete', async () => {
    const file = storeOf({ a: '1', b: '2' });
    await done(['kv', 'set', file, 'a', 'one']);
    const message = await failed(['kv', 'set', file, 'a', 'uno', '--if-absent'], 'ALREADY_EXISTS');
    expect(message).toContain("the key 'a' has a value");
    expect(await done(['kv', 'get', file, 'a'])).toBe('one\n');
    expect(await done(['kv', 'delete', file, 'a'])).toBe('1 record deleted\n');
    await failed(['kv', 'delete', file, 'a'], 'NOT_FOUND');
    expect(await done(['kv', 'list', file, '--keys'])).toBe('b\n');
  });

  it('delete a range', async () => {
    const file = storeOf({ a1: '', a2: '', b1: '', b2: '' });
    expect(await doneJson(['kv', 'delete', file, '--prefix', 'a'])).toEqual({ deleted: 2, records: 2 });
    expect(await done(['kv', 'delete', file, '--gt', 'b2'])).toBe('0 records deleted\n');
    expect(await done(['kv', 'delete', file, '--gte', 'b1', '--lt', 'b2'])).toBe('1 record deleted\n');
    expect(await done(['kv', 'list', file, '--keys'])).toBe('b2\n');
  });

  it('take and give bytes and texts through pipes', async () => {
    const file = path();
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, at) => at & 127));
    await done(['kv', 'set', file, 'k', '-', '--value-codec', 'bytes'], String(bytes));
    const { stdout } = perdure(['kv', 'get', file, 'k', '--raw']);
    expect(stdout).toBe(String(bytes));
    expect(await done(['kv', 'get', file, 'k'])).toBe(`${bytes.toString('hex')}\n`);
    const texts = path();
    await done(['kv', 'set', texts, 'k', '-'], 'two\nlines\n');
    expect(await done(['kv', 'get', texts, 'k'])).toBe('two\nlines\n');
    using store = openStore(texts);
    expect(store.get('k')).toBe('two\nlines');
  });

  it('write keys of any type as they read them', async () => {
    const file = path();
    const keys = [
      '12',
      '12n',
      'true',
      'null',
      '"12"',
      'plain',
      '007',
      '["a",1]',
      '{"$date":"1970-01-01T00:00:00.005Z"}',
    ];
    for (const key of keys) await done(['kv', 'set', file, key, key, '--key-codec', 'any']);
    for (const key of keys) expect(await done(['kv', 'get', file, key])).toBe(`${key}\n`);
    using store = openStore(file, { readonly: true });
    const found = [null, true, 12, 12n, new Date(5), '007', '12', 'plain', ['a', 1]];
    expect([...store.keys()]).toEqual(found);
  });
});

describe('list', () => {
  const letters = () =>
    storeOf(Object.fromEntries([...'abcdefghijklmnopqrstuvwxyz'].map((each) => [each, each.repeat(2)])));

  it('shows a table, and says that there is more', async () => {
    const { stdout, stderr } = await inProcess(['kv', 'list', letters()]);
    expect(stdout.startsWith('key  value\na    aa\nb    bb\n')).toBe(true);
    expect(stdout.trim().split('\n').length).toBe(21);
    expect(stderr).toBe('20 listed, of 26; --limit lists more\n');
  });

  it('takes ranges', async () => {
    const file = letters();
    const keys = async (...options: string[]) =>
      (await done(['kv', 'list', file, '--keys', ...options])).trim().split('\n').join('');
    expect(await keys('--gt', 'b', '--lt', 'e')).toBe('cd');
    expect(await keys('--gte', 'b', '--lte', 'e')).toBe('bcde');
    expect(await keys('--reverse', '--limit', '3')).toBe('zyx');
    expect(await keys('--limit', 'all')).toBe('abcdefghijklmnopqrstuvwxyz');
    expect(await keys('--prefix', 'q')).toBe('q');
    expect(await done(['kv', 'list', file, '--count', '--gte', 'x'])).toBe('3\n');
    expect(await doneJson(['kv', 'list', file, '--count', '--gte', 'x'])).toEqual({ count: 3 });
    expect(await inProcess(['kv', 'list', file, '--gt', 'z'])).toEqual({
      status: 0,
      stdout: '',
      stderr: 'there are none\n',
    });
    expect(await done(['kv', 'list', file, '--gte', 'y', '--json'])).toBe(
      '{"key":"y","value":"yy"}\n{"key":"z","value":"zz"}\n',
    );
    expect(await done(['kv', 'list', file, '--prefix', 'a', '--keys', '--json'])).toBe('"a"\n');
  });

  it('takes what arrays begin with, and texts that look like numbers', async () => {
    const file = path();
    {
      using store = openStore(file, { keys: 'any', values: 'json' });
      for (const key of ['12a', '13', ['x', 1], ['x', 2], ['y', 1]]) store.set(key, {});
    }
    expect(await done(['kv', 'list', file, '--keys', '--prefix', '["x"]'])).toBe('["x",1]\n["x",2]\n');
    expect(await done(['kv', 'list', file, '--keys', '--prefix', '12'])).toBe('12a\n');
  });
});

describe('import and export', () => {
  const CSV = 'name,population,country\nLisbon,517802,PT\n"Porto, o",,PT\nMadrid,3255944,ES\n';

  function csv(text = CSV): { input: string; file: string } {
    const at = folder();
    writeFileSync(join(at, 'in.csv'), text);
    return { input: join(at, 'in.csv'), file: join(at, 'out.store') };
  }

  it('a column as the key, the rest as JSON, with numbers where asked for', async () => {
    const { input, file } = csv();
    const { records, read } = await doneJson<{ records: number; read: number }>([
      'kv',
      'import',
      input,
      file,
      '--key',
      'name',
      '--numbers',
      'population',
    ]);
    expect([records, read]).toEqual([3, 3]);
    using store = openStore(file, { keys: 'string', values: 'json', readonly: true });
    expect([...store]).toEqual([
      ['Lisbon', { population: 517802, country: 'PT' }],
      ['Madrid', { population: 3255944, country: 'ES' }],
      ['Porto, o', { population: null, country: 'PT' }],
    ]);
  });

  it('columns as an array, another one as the value', async () => {
    const { input, file } = csv();
    await done(['kv', 'import', input, file, '--key', 'country,name', '--value', 'population']);
    expect(await done(['kv', 'export', file, '--format', 'csv'])).toBe(
      'key,value\n"[""ES"",""Madrid""]",3255944\n"[""PT"",""Lisbon""]",517802\n"[""PT"",""Porto, o""]",\n',
    );
  });

  it.each(['ndjson', 'json', 'csv', 'tsv'])('%s gives the same records again', async (format) => {
    const file = path();
    const values = [
      null,
      -0,
      Number.NaN,
      1e300,
      2n ** 70n,
      'a\tb"c\nd',
      '',
      [1, { $date: 'x' }],
      new Map([[1, new Set(['é'])]]),
      new Date(7),
      new Uint8Array([0, 255]),
    ];
    const keys = [
      null,
      false,
      1.5,
      3n,
      new Date(0),
      new Uint8Array([1]),
      '"quoted"',
      '12',
      ' a ',
      ['x', '', 2],
      '東京\r\n🏙',
    ];
    {
      using store = openStore(file);
      for (const [at, key] of keys.entries()) store.set(key, values[at]);
    }
    const text = join(folder(), `out.${format}`);
    expect(await done(['kv', 'export', file, '--output', text])).toBe(`11 records written to ${text}\n`);
    const again = path();
    await done(['kv', 'import', text, again, '--key-codec', 'any', '--value-codec', 'messagepack']);
    using before = openStore(file, { readonly: true });
    using after = openStore(again, { readonly: true });
    expect([...after]).toEqual([...before]);
    expect(after.size).toBe(11);
    expect(await failed(['kv', 'export', file, '--output', text], 'ALREADY_EXISTS')).toContain('--force');
  });

  it('into a store that is there: its codecs, its records, and those of the input over them', async () => {
    const file = storeOf({ a: 'old', z: 'stays' });
    await done(
      ['kv', 'import', '-', file, '--format', 'ndjson'],
      '{"key":"a","value":"new"}\n{"key":"b","value":"x"}\n',
    );
    expect(await done(['kv', 'export', file])).toBe(
      '{"key":"a","value":"new"}\n{"key":"b","value":"x"}\n{"key":"z","value":"stays"}\n',
    );
    await done(['kv', 'import', '-', file, '--format', 'ndjson', '--force'], '{"key":"c","value":"x"}');
    expect(await done(['kv', 'list', file, '--keys'])).toBe('c\n');
  });

  it('a range, to standard output and to a file', async () => {
    const file = storeOf({ a: '1', b: '2', c: '3' });
    expect(await done(['kv', 'export', file, '--gte', 'b', '--format', 'tsv'])).toBe(
      'key\tvalue\nb\t2\nc\t3\n',
    );
    const output = join(folder(), 'out.json');
    const told = await doneJson(['kv', 'export', file, '--lt', 'b', '--output', output]);
    expect(told).toMatchObject({ format: 'json', records: 1 });
    expect(JSON.parse(readFileSync(output, 'utf8'))).toEqual([{ key: 'a', value: '1' }]);
  });

  it('into a new store has nothing of what a killed import of the same process number left', async () => {
    const { input, file } = csv();
    {
      using left = openStore(join(dirname(file), `.out.store.${process.pid}.tmp`), {
        keys: 'string',
        values: 'json',
      });
      left.set('left', 1);
    }
    await done(['kv', 'import', input, file, '--key', 'name']);
    expect(await done(['kv', 'list', file, '--count'])).toBe('3\n');
    expect(readdirSync(dirname(file)).sort()).toEqual(['in.csv', 'out.store']);
  });

  it('nothing', async () => {
    const file = storeOf({});
    expect(await done(['kv', 'export', file, '--format', 'json'])).toBe('[\n]\n');
    expect(await done(['kv', 'export', file, '--format', 'csv'])).toBe('key,value\n');
    expect(await done(['kv', 'export', file])).toBe('');
  });
});

describe('tables', () => {
  function library(): string {
    const file = path();
    using store = openStore(file, {
      keys: 'any',
      values: recordValue(defineRecord({ title: utf8(8), n: u8 })),
    });
    store.set(1, { title: 'Emma', n: 3 });
    const tags = store.multiTable('tags', { keys: 'string', values: 'any' });
    for (const [tag, id] of [
      ['old', 1],
      ['old', 2],
      ['new', 3],
    ] as const)
      tags.add(tag, id);
    const foreign = {
      id: 200,
      name: 'mine',
      encode: (text: unknown) => Buffer.from(text as string),
      decode: () => '',
    };
    store.table('foreign', { keys: 'bytes', values: foreign }).set(new Uint8Array([1, 2]), 'hi');
    store.table('versioned', { values: 'json', versions: true }).set('k', [1]);
    return file;
  }

  it('of records are read and written as JSON', async () => {
    const file = library();
    expect(await done(['kv', 'get', file, '1'])).toBe('{"title":"Emma","n":3}\n');
    await done(['kv', 'set', file, '2', '{"title":"Ulysses","n":200}']);
    await failed(['kv', 'set', file, '2', '{"title":"Ulysses","n":300}'], 'INVALID_VALUE');
    expect(await done(['kv', 'export', file])).toBe(
      '{"key":1,"value":{"title":"Emma","n":3}}\n{"key":2,"value":{"title":"Ulysses","n":200}}\n',
    );
  });

  it('with many values a key', async () => {
    const file = library();
    const tags = ['--table', 'tags'];
    expect(await done(['kv', 'get', file, 'old', ...tags])).toBe('1\n2\n');
    await done(['kv', 'set', file, 'old', '"x"', ...tags]);
    expect(await done(['kv', 'list', file, '--keys', ...tags])).toBe('new\nold\n');
    expect(await done(['kv', 'delete', file, 'old', ...tags])).toBe('3 records deleted\n');
    await failed(['kv', 'get', file, 'old', ...tags], 'NOT_FOUND');
    await failed(['kv', 'get', file, 'new', '--raw', ...tags], 'USAGE');
    await failed(['kv', 'set', file, 'new', '1', '--if-absent', ...tags], 'USAGE');
  });

  it('are described', async () => {
    const text = await done(['kv', 'stats', library()]);
    for (const line of [
      '(own)            1  any     record',
      'foreign          1  bytes   number 200',
      'tags             3  string  any, many a key',
      'versioned        1  any     json, with versions',
    ])
      expect(text).toContain(line);
    const { tables } = await doneJson<{ tables: { name: string }[] }>(['kv', 'stats', library()]);
    expect(tables.map(({ name }) => name)).toEqual(['', 'foreign', 'tags', 'versioned']);
  });

  it('of a codec that only a program knows are shown as bytes', async () => {
    expect(await done(['kv', 'list', library(), '--table', 'foreign', '--json'])).toBe(
      '{"key":"0102","value":"6869"}\n',
    );
  });

  it('are made by set, beside the store’s own', async () => {
    const file = storeOf({ a: '1' });
    await done(['kv', 'set', file, '5', '{}', '--table', 't', '--key-codec', 'any', '--value-codec', 'json']);
    using store = openStore(file, { keys: 'string', values: 'string', readonly: true });
    expect([...store.table('t', { values: 'json' })]).toEqual([[5, {}]]);
    expect(store.size).toBe(1);
  });

  it('are checked', async () => {
    const file = library();
    expect(await done(['kv', 'check', file])).toMatch(/\nversioned +1 +1 +\d+ bytes\n\n'.*' is sound\n$/);
    expect(await doneJson(['kv', 'check', file])).toMatchObject({
      sound: true,
      tables: [{ name: '', records: 1 }, {}, { records: 3 }, {}],
    });
  });
});

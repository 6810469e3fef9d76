/** What `perdure kv` refuses, in the words of the command line, and what is left then: what was there before. */
import { mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/index.js';
import { tempFolder } from '../support/temp-folder.js';
import { done, failed } from './cli.js';

const root = tempFolder();

function path(name = 'a.store'): string {
  return join(mkdtempSync(join(root, 'case-')), name);
}

/** A store of many pages. */
function largeStore(): string {
  const file = path();
  using store = openStore(file, { keys: 'string', values: 'string' });
  store.transaction(() => {
    for (let at = 0; at < 2000; at++) store.set(`key ${at}`, 'value '.repeat(10));
  });
  return file;
}

type Command = [verb: string, ...rest: string[]];
const READING: Command[] = [['get', 'k'], ['list'], ['export'], ['stats'], ['check']];
const DELETE: Command = ['delete', 'k'];
const SET: Command = ['set', 'k', 'v'];

describe('a store that is not there', () => {
  it.each([...READING, DELETE])('%s %s', async (command, ...rest) => {
    const file = path();
    const message = await failed(['kv', command, file, ...rest], 'NOT_FOUND');
    expect(message).toBe(
      `perdure: there is no store '${file}'; 'kv set' and 'kv import' make one [NOT_FOUND]`,
    );
    expect(readdirSync(dirname(file))).toEqual([]);
  });

  it('nor its folder', async () => {
    const file = join(path('no'), 'a.store');
    await failed(['kv', 'get', file, 'k'], 'NOT_FOUND');
    expect(await failed(['kv', 'set', file, 'k', 'v'], 'NOT_FOUND')).toContain(`there is no folder`);
  });

  it('is not made by a command that fails', async () => {
    const file = path();
    await failed(['kv', 'set', file, 'k', '{', '--value-codec', 'json'], 'INVALID_VALUE');
    await failed(['kv', 'set', file, 'x'.repeat(2000), 'v'], 'INVALID_ARGUMENT');
    await failed(['kv', 'set', file, 'xyz', 'v', '--key-codec', 'bytes'], 'INVALID_VALUE');
    expect(readdirSync(dirname(file))).toEqual([]);
  });
});

describe('what is no store', () => {
  it.each([...READING, DELETE, SET])('%s %s', async (command, ...rest) => {
    const file = path('text.csv');
    writeFileSync(file, 'name,country\nLisbon,PT\n');
    expect(await failed(['kv', command, file, ...rest], 'CORRUPT')).toContain('it is no store');
    expect(readFileSync(file, 'utf8')).toBe('name,country\nLisbon,PT\n');
  });

  it('a folder', async () => {
    await failed(['kv', 'stats', root], ['NOT_A_FILE', 'ACCESS_DENIED']);
  });
});

describe('a damaged store', () => {
  it('is told of by check, naming the page; what is whole can be read', async () => {
    const file = largeStore();
    expect(await done(['kv', 'check', file])).toContain('is sound');
    const bytes = readFileSync(file);
    const at = bytes.indexOf('value value', bytes.length >> 2);
    bytes[at]! ^= 1;
    writeFileSync(file, bytes);
    const message = await failed(['kv', 'check', file], 'CORRUPT');
    expect(message).toContain(`page ${Math.floor(at / 4096)}`);
    for (const key of [0, 1999]) expect((await done(['kv', 'get', file, `key ${key}`])).length).toBe(61);
  });

  it('and one that was cut short', async () => {
    const file = largeStore();
    truncateSync(file, 20_000);
    expect(await failed(['kv', 'list', file], 'CORRUPT')).toContain('it was cut short');
  });
});

describe('another type than the table has', () => {
  it('of keys, of values, and a table that is not there', async () => {
    const file = path();
    await done(['kv', 'set', file, 'k', 'v']);
    for (const args of [
      ['kv', 'get', file, 'k'],
      ['kv', 'set', file, 'k', '1'],
    ]) {
      expect(await failed([...args, '--key-codec', 'any'], 'SCHEMA_MISMATCH')).toContain(
        "keys of the codec 'string', not 'any'",
      );
      expect(await failed([...args, '--value-codec', 'json'], 'SCHEMA_MISMATCH')).toContain(
        "values of the codec 'string', not 'json'",
      );
    }
    expect(await failed(['kv', 'get', file, 'k', '--table', 'x'], 'NOT_FOUND')).toContain(
      "has no table 'x'; it has none but its own",
    );
    expect(await done(['kv', 'get', file, 'k'])).toBe('v\n');
  });

  it('of an argument, which is named', async () => {
    const file = path();
    await done(['kv', 'set', file, '0a', '[1]', '--key-codec', 'bytes', '--value-codec', 'json']);
    expect(await failed(['kv', 'get', file, 'xyz'], 'INVALID_VALUE')).toContain(
      "the key: 'xyz' is not bytes in hexadecimal",
    );
    expect(await failed(['kv', 'list', file, '--gte', 'xyz'], 'INVALID_VALUE')).toContain(
      "--gte: 'xyz' is not bytes",
    );
    expect(await failed(['kv', 'set', file, '0b', 'text'], 'INVALID_VALUE')).toContain(
      "the value: 'text' is not JSON",
    );
    const any = path();
    await done(['kv', 'set', any, '1', 'x', '--key-codec', 'any']);
    expect(await failed(['kv', 'get', any, '{"$date":"soon"}'], 'INVALID_VALUE')).toContain('is no date');
    expect(await failed(['kv', 'get', any, '{"a":1}'], 'INVALID_ARGUMENT')).toContain('cannot be a key');
  });
});

it('a store that is in use', async () => {
  const file = path();
  using store = openStore(file, { keys: 'string', values: 'string' });
  store.set('k', 'v');
  for (const command of [['get', 'k'], ['set', 'k', 'w'], ['check']]) {
    const [verb, ...rest] = command as [string, ...string[]];
    expect(await failed(['kv', verb, file, ...rest], 'SHARING_VIOLATION')).toContain(
      `the store '${file}' is in use`,
    );
  }
  expect(store.get('k')).toBe('v');
});

describe('an import that fails', () => {
  function input(text: string, name = 'in.ndjson') {
    const at = path(name);
    writeFileSync(at, text);
    return { at, file: join(dirname(at), 'out.store') };
  }

  it.each([
    ['{"key":"a","value":"1"}\n{"key":1,"value":"x"}\n', 'line 2: the key: 1 is not a text'],
    ['{"key":"a","value":{}}\n', 'line 1: the value: {} is not a text'],
    ['{"key":"a"}\n', "line 1: the value: there is no 'value'"],
    ['{"value":"a"}\n', "line 1: the key: there is no 'key'"],
    ['{"key":"a","value":"1"}\n\n{"key"\n', 'line 3: not JSON'],
    [`{"key":"${'x'.repeat(2000)}","value":""}\n`, 'line 1: the record: this cannot be a key'],
  ])('makes no store: %#', async (text, words) => {
    const { at, file } = input(text);
    expect(await failed(['kv', 'import', at, file], 'INVALID_INPUT')).toContain(words);
    expect(readdirSync(dirname(file))).toEqual(['in.ndjson']);
  });

  it('leaves a store that is there sound, with its records', async () => {
    const { at, file } = input('{"key":"a","value":"1"}\n{"key":"b"}\n');
    await done(['kv', 'set', file, 'z', 'old']);
    await failed(['kv', 'import', at, file], 'INVALID_INPUT');
    expect(await done(['kv', 'get', file, 'z'])).toBe('old\n');
    await failed(['kv', 'import', at, file, '--force'], 'INVALID_INPUT');
    expect(await done(['kv', 'get', file, 'z'])).toBe('old\n');
    expect(await done(['kv', 'check', file])).toContain('is sound');
    expect(readdirSync(dirname(file)).sort()).toEqual(['in.ndjson', 'out.store']);
  });

  it('after megabytes of input leaves the first of them in a store that is there, and makes no new one', async () => {
    const lines = Array.from(
      { length: 100_000 },
      (_, at) => `{"key":"${100_000 + at}","value":"${'x'.repeat(100)}"}\n`,
    );
    const { at, file } = input(`${lines.join('')}{}\n`);
    expect(await failed(['kv', 'import', at, file], 'INVALID_INPUT')).toContain('line 100001: the key');
    expect(readdirSync(dirname(file))).toEqual(['in.ndjson']);
    await done(['kv', 'set', file, 'z', 'old']);
    await failed(['kv', 'import', at, file], 'INVALID_INPUT');
    await done(['kv', 'check', file]);
    using store = openStore(file, { readonly: true });
    const keys = [...store.keys()];
    expect(keys.length).toBeGreaterThan(50_000);
    expect(keys.length).toBeLessThan(100_001);
    expect(keys.pop()).toBe('z');
    expect(keys.every((key, index) => key === String(100_000 + index))).toBe(true);
  });

  it('of columns that are not there, and of cells that are no numbers', async () => {
    const { at, file } = input('name,size\na,1\nb,large\n', 'in.csv');
    expect(await failed(['kv', 'import', at, file], 'USAGE')).toContain(
      "has no column 'key', but name, size; --key says",
    );
    expect(await failed(['kv', 'import', at, file, '--key', 'name', '--value', 'weight'], 'USAGE')).toContain(
      "'weight'",
    );
    const message = await failed(
      ['kv', 'import', at, file, '--key', 'name', '--numbers', 'size'],
      'INVALID_INPUT',
    );
    expect(message).toContain("line 3: the value: 'large' in the column 'size' is not a number");
    await failed(['kv', 'import', `${at}-not`, file, '--format', 'csv'], 'NOT_FOUND');
    expect(readdirSync(dirname(file))).toEqual(['in.csv']);
  });
});

describe('wrong command lines', () => {
  it.each([
    [['kv'], 'say what to do with a store: get, set,'],
    [['kv', 'put', 'x'], "there is no 'perdure kv put'"],
    [['kv', 'get', 'x'], '<key> is missing'],
    [['kv', 'set', 'x', 'k'], '<value> is missing'],
    [['kv', 'delete', 'x'], 'delete takes either a key or a range'],
    [['kv', 'delete', 'x', 'k', '--gte', 'a'], 'delete takes either a key or a range'],
    [['kv', 'list', 'x', '--gt', 'a', '--gte', 'b'], '--gt and --gte exclude each other'],
    [['kv', 'export', 'x', '--lt', 'a', '--lte', 'b'], '--lt and --lte exclude each other'],
    [['kv', 'list', 'x', '--limit', '0'], "--limit must be a whole number from 1, not '0'"],
    [['kv', 'list', 'x', '--limit', 'few'], "--limit must be a whole number from 1, not 'few'"],
    [['kv', 'list', 'x', '--count', '--keys'], '--count and --keys exclude each other'],
    [['kv', 'list', 'x', '--count', '--limit', '3'], '--count counts all'],
    [['kv', 'list', 'x', '--gt'], '--gt needs a value'],
    [['kv', 'list', 'x', '--gt', 'a', '--gt', 'b'], '--gt is given more than once'],
    [['kv', 'get', 'x', 'k', '--raw', '--json'], '--raw and --json exclude each other'],
    [['kv', 'get', 'x', 'k', '--key-codec', 'float'], '--key-codec takes one of string, bytes, any'],
    [['kv', 'import', 'in.csv', 'x', '--key', 'a,'], '--key needs names separated by commas'],
    [['kv', 'import', 'in.csv', 'x', '--numbers', 'a'], '--numbers goes with --key alone'],
    [['kv', 'import', 'in.csv', 'x', '--delimiter', 'ab'], '--delimiter must be one character'],
    [['kv', 'import', 'in.what', 'x'], 'add --format csv, tsv, json or ndjson'],
  ])('%j', async (args, words) => {
    expect(await failed(args, 'USAGE')).toContain(words);
  });
});

/** The commands on a record file, and the command line itself. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { RecordFile } from '../../src/record/index.js';
import { tempFolder } from '../support/temp-folder.js';
import { done, doneJson, failed } from './cli.js';

const folder = tempFolder();
const file = join(folder, 'stations.rec');

const SCHEMA =
  'id:u32, name:utf8(16), at:record(lat:f64,lon:f64), kind:enumeration(buoy|mast), since:date, tags:array(u8,3), key:bytes(2), total:u64';
const CSV = [
  'id,name,at.lat,at.lon,kind,since,tags,key,total',
  '7,Cabo da Roca,38.78,-9.5,mast,2020-01-01,1;2;3,00ff,5',
  '8,Berlengas,39.41,-9.51,buoy,2021-06-01,4;5;6,beef,9007199254740993',
  '9,Sagres,37,,mast,,7;8;9,0000,0',
].join('\n');

beforeAll(async () => {
  writeFileSync(join(folder, 'stations.csv'), CSV);
  await done(['records', 'import', join(folder, 'stations.csv'), file, '--schema', SCHEMA]);
});

/** A copy that a test may change. */
function copy(): string {
  const path = join(mkdtempSync(join(folder, 'copy-')), 'stations.rec');
  writeFileSync(path, readFileSync(file));
  return path;
}

describe('help', () => {
  it.each([
    [['--help'], ['records', 'inspect', 'Exit codes', 'Examples']],
    [
      ['records', '--help'],
      ['import', 'show', 'get', 'set', 'schema', 'export'],
    ],
    [
      ['records', 'import', '--help'],
      ['--schema', '--append', 'utf8(n)', 'Examples', 'standard input'],
    ],
    [
      ['records', 'show', '--help'],
      ['--where', '--sort', '--limit'],
    ],
    [['inspect', '--help'], ['in memory']],
  ])('%j', async (args, words) => {
    const help = await done(args);
    for (const word of words) expect(help).toContain(word);
    expect(help.split('\n').every((line) => line.length <= 110)).toBe(true);
  });

  it('tells how an option is written that was written wrongly', async () => {
    expect(await failed(['records', 'show', file, '--sort', '-id'], 'USAGE')).toContain('--sort=-id');
    expect(await done(['records', 'show', '--help'])).toContain('--sort=-field');
    const message = await failed(['records', 'export', file, '--format', 'xml'], 'USAGE');
    expect(message).toContain("--format takes one of csv, tsv, json, ndjson, not 'xml'; see");
    expect((await done(['records', 'import', '--help'])).replaceAll(/\s+/g, ' ')).toContain(
      'which needs --format',
    );
  });

  it('tells the version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await done(['--version'])).toBe(`${version}\n`);
  });

  it.each([
    [[]],
    [['frobnicate']],
    [['records']],
    [['records', 'shwo', file]],
    [['records', 'show']],
    [['records', 'show', file, '--nope']],
    [['records', 'show', file, '--limit', '-3']],
    [['records', 'show', file, '--limit', '1', '--limit', '2']],
    [['records', 'show', file, '--sort', 'id', '--sort', 'id']],
    [['records', 'show', file, '--where', 'id']],
    [['records', 'show', file, '--where', 'nope=1']],
    [['records', 'show', file, '--where', 'id=x']],
    [['records', 'show', file, '--where', 'kind=ship']],
    [['records', 'show', file, '--where', 'tags=1']],
    [['records', 'show', file, '--fields', 'nope']],
    [['records', 'get', file, '0x1']],
    [['records', 'get', file, '1.5']],
    [['records', 'set', file, '0']],
    [['records', 'set', file, '0', 'name']],
    [['records', 'set', file, '0', 'nope=1']],
    [['records', 'schema', file, '--as', 'fortran']],
    [['inspect', file, file]],
  ])('refuses %j as wrong usage', async (args) => {
    await failed(args, 'USAGE');
  });
});

describe('show', () => {
  it('prints a table that lines up', async () => {
    expect(await done(['records', 'show', file, '--fields', 'id,name,at.lat,since', '--limit', '2'])).toBe(
      [
        '#  id  name          at.lat  since',
        '0   7  Cabo da Roca   38.78  2020-01-01T00:00:00.000Z',
        '1   8  Berlengas      39.41  2021-06-01T00:00:00.000Z',
        '',
      ].join('\n'),
    );
  });

  const ids = async (...options: string[]) =>
    (await done(['records', 'show', file, '--json', '--fields', 'id', ...options]))
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { id: number }).id);

  it.each([
    [
      ['--where', 'id>7'],
      [8, 9],
    ],
    [['--where', 'id>=8', '--where', 'kind=buoy'], [8]],
    [['--where', 'name~CABO'], [7]],
    [['--where', 'name = "Sagres"'], [9]],
    [['--where', 'total=9007199254740993'], [8]],
    [['--where', 'since<2021-01-01'], [7]],
    [['--where', 'at.lon='], [9]],
    [['--where', 'key=0xBEEF'], [8]],
    [['--where', 'kind!=mast'], [8]],
    [['--where', 'id<0'], []],
    [['--sort=-id'], [9, 8, 7]],
    [
      ['--sort', 'name'],
      [8, 7, 9],
    ],
    [
      ['--sort=at.lon', '--limit', '2'],
      [8, 7],
    ],
    [['--from', '1', '--to', '2'], [8]],
    [['--from', '5'], []],
    [
      ['--limit', 'all'],
      [7, 8, 9],
    ],
  ])('%j', async (options, wanted) => {
    expect(await ids(...options)).toEqual(wanted);
  });
});

describe('get and set', () => {
  it('show a record', async () => {
    expect(await doneJson(['records', 'get', file, '1'])).toEqual({
      id: 8,
      name: 'Berlengas',
      at: { lat: 39.41, lon: -9.51 },
      kind: 'buoy',
      since: '2021-06-01T00:00:00.000Z',
      tags: [4, 5, 6],
      key: 'beef',
      total: '9007199254740993',
    });
    expect(await done(['records', 'get', file, '2'])).toContain('at.lat  37\n');
    expect(await failed(['records', 'get', file, '3'], 'OUT_OF_BOUNDS')).toContain('3 records');
  });

  it('change some fields and leave the others alone', async () => {
    const path = copy();
    const before = await doneJson<object>(['records', 'get', path, '0']);
    const said = await done([
      'records',
      'set',
      path,
      '0',
      'at.lon=-9.25',
      'name=a=b ü',
      'tags=[9,8,7]',
      'since=2000-01-01',
    ]);
    expect(said).toContain('Cabo da Roca → a=b ü');
    expect(await doneJson(['records', 'get', path, '0'])).toEqual({
      ...before,
      at: { lat: 38.78, lon: -9.25 },
      name: 'a=b ü',
      tags: [9, 8, 7],
      since: '2000-01-01T00:00:00.000Z',
    });
    expect(await doneJson(['records', 'get', path, '1'])).toEqual(
      await doneJson(['records', 'get', file, '1']),
    );
  });

  it('refuse what does not fit, and change nothing', async () => {
    const path = copy();
    const before = await doneJson(['records', 'get', path, '0']);
    for (const bad of [
      'id=-1',
      'id=x',
      'name=much too long for this field',
      'kind=ship',
      'tags=1;2',
      'key=0',
      'since=today',
    ]) {
      await failed(['records', 'set', path, '0', 'total=1', bad], 'INVALID_VALUE');
    }
    await failed(['records', 'set', path, '3', 'id=1'], 'OUT_OF_BOUNDS');
    expect(await doneJson(['records', 'get', path, '0'])).toEqual(before);
  });

  it('wait for nobody: a file that another process writes is refused', async () => {
    const path = copy();
    const writer = RecordFile.open(path, { mode: 'readwrite' });
    await failed(['records', 'set', path, '0', 'id=1'], 'SHARING_VIOLATION');
    await failed(['records', 'get', path, '0'], 'SHARING_VIOLATION');
    await failed(['records', 'import', join(folder, 'stations.csv'), path, '--force'], 'SHARING_VIOLATION');
    writer.closeSync();
    await done(['records', 'set', path, '0', 'id=1']);
  });
});

describe('schema', () => {
  it('prints what import, C and NumPy take', async () => {
    const json = await done(['records', 'schema', file, '--json']);
    expect(json).toBe(await done(['records', 'schema', file, '--as', 'json']));
    writeFileSync(join(folder, 'schema.json'), json);
    await done([
      'records',
      'import',
      join(folder, 'stations.csv'),
      join(folder, 'b.rec'),
      '--schema',
      join(folder, 'schema.json'),
    ]);
    expect(readFileSync(join(folder, 'b.rec')).equals(readFileSync(file))).toBe(true);
    expect(await done(['records', 'schema', file, '--as', 'c'])).toMatch(/struct[\s\S]*char name\[16\]/);
    expect(await done(['records', 'schema', file, '--as', 'numpy'])).toContain('numpy.memmap');
    const text = await done(['records', 'schema', file]);
    for (const part of ['at.lon', 'struct', 'numpy.dtype', 'array(u8,3)']) expect(text).toContain(part);
  });
});

describe('export', () => {
  it('writes files by their name, whole or not at all', async () => {
    for (const name of ['out.csv', 'out.tsv', 'out.json', 'out.ndjson']) {
      const path = join(folder, name);
      expect(await doneJson(['records', 'export', file, '--output', path])).toMatchObject({ records: 3 });
      const again = join(folder, `${name}.rec`);
      await done(['records', 'import', path, again, '--schema', SCHEMA]);
      expect(readFileSync(again).equals(readFileSync(file)), name).toBe(true);
    }
    await failed(['records', 'export', file, '--output', join(folder, 'out.csv')], 'ALREADY_EXISTS');
    await done(['records', 'export', file, '--output', join(folder, 'out.csv'), '--force']);
    await failed(['records', 'export', join(folder, 'none.rec')], 'NOT_FOUND');
  });

  it('writes an empty file as one', async () => {
    const empty = join(folder, 'empty.rec');
    const full = RecordFile.open(file);
    RecordFile.create(empty, full.schema).closeSync();
    full.closeSync();
    expect(await done(['records', 'export', empty, '--format', 'json'])).toBe('[\n]\n');
    expect(await done(['records', 'export', empty, '--format', 'ndjson'])).toBe('');
    expect(await done(['records', 'export', empty])).toMatch(/^id,name,.*total\n$/);
    expect(await done(['records', 'show', empty])).toMatch(/^#/);
  });
});

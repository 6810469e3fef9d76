/** `perdure records import`. Method: small inputs through the compiled command; what is in the file is read with `export`. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../support/temp-folder.js';
import { done, doneJson, failed, inProcess } from './cli.js';

const root = tempFolder();

/** A fresh folder with an input in it, and a name for the record file. */
function given(name: string, text: string | Buffer) {
  const folder = mkdtempSync(join(root, 'case-'));
  const input = join(folder, name);
  writeFileSync(input, text);
  return { folder, input, file: join(folder, 'out.rec') };
}

/** Imports a text and returns the records. */
async function imported(name: string, text: string | Buffer, ...options: string[]): Promise<unknown[]> {
  const { input, file } = given(name, text);
  await done(['records', 'import', input, file, ...options]);
  return await records(file);
}

async function records(file: string): Promise<unknown[]> {
  return JSON.parse(await done(['records', 'export', file, '--format', 'json'])) as unknown[];
}

/** Imports a text that has to be refused, and checks that nothing was left behind. */
async function refused(
  name: string,
  text: string | Buffer,
  code: string,
  ...options: string[]
): Promise<string> {
  const { folder, input, file } = given(name, text);
  const message = await failed(['records', 'import', input, file, ...options], code);
  expect(readdirSync(folder)).toEqual([name]);
  return message;
}

describe('formats', () => {
  const schema = ['--schema', 'id:u32, name:utf8(32)'];

  it('CSV with quotes, separators, line ends and scripts of all kinds in its cells', async () => {
    const text = 'id,name\n1,"Saint-Denis, ""La"" Réunion"\n2,"two\nlines"\n3,東京\n4,🏙️ и Łódź\n5,\n';
    expect(await imported('a.csv', text, ...schema)).toEqual([
      { id: 1, name: 'Saint-Denis, "La" Réunion' },
      { id: 2, name: 'two\nlines' },
      { id: 3, name: '東京' },
      { id: 4, name: '🏙️ и Łódź' },
      { id: 5, name: '' },
    ]);
  });

  it('CSV with a byte order mark, CRLF, empty lines and no line end at the end', async () => {
    const text = '\ufeffid,name\r\n\r\n1,a\r\n\r\n2,"b\r\nc"\r\n3,d';
    const wanted = ['a', 'b\r\nc', 'd'].map((name, at) => ({ id: at + 1, name }));
    expect(await imported('a.csv', text, ...schema)).toEqual(wanted);
  });

  it('TSV, and CSV with another separator', async () => {
    expect(await imported('a.tsv', 'id\tname\n1\ta,b\n', ...schema)).toEqual([{ id: 1, name: 'a,b' }]);
    expect(await imported('a.csv', 'id;name\n1;a,b\n', '--delimiter', ';', ...schema)).toEqual([
      { id: 1, name: 'a,b' },
    ]);
  });

  it('columns in another order, with other capitals, and more of them than the schema has', async () => {
    expect(await imported('a.csv', 'Name,x,ID\na,9,1\n', ...schema)).toEqual([{ id: 1, name: 'a' }]);
    const { input, file } = given('a.csv', 'Name,x,ID\na,9,1\n');
    expect(await doneJson(['records', 'import', input, file, ...schema])).toMatchObject({
      records: 1,
      ignored: ['x'],
    });
  });

  it('CSV without a header, and renamed columns', async () => {
    expect(await imported('a.csv', '1,a\n2,b\n', '--columns', 'id,name', ...schema)).toHaveLength(2);
    expect(await imported('a.csv', 'no,name\n1,a\n', '--rename', 'no=id', ...schema)).toEqual([
      { id: 1, name: 'a' },
    ]);
  });

  it('NDJSON and JSON, nested', async () => {
    const nested = ['--schema', 'id:u64, at:record(lat:f64,lon:f64), tags:array(u8,2)'];
    const object = '{"id":18446744073709551615,"at":{"lat":1.5,"lon":-2},"tags":[1,2],"other":null}';
    const wanted = { id: '18446744073709551615', at: { lat: 1.5, lon: -2 }, tags: [1, 2] };
    expect(await imported('a.ndjson', `${object}\n\n${object}`, ...nested)).toEqual([wanted, wanted]);
    expect(await imported('a.jsonl', `${object}\r\n`, ...nested)).toEqual([wanted]);
    expect(await imported('a.json', `[${object}]`, ...nested)).toEqual([wanted]);
    expect(await imported('a.json', object, ...nested)).toEqual([wanted]);
    expect(
      await imported('a.csv', 'at.lat,at.lon,id,tags\n1.5,-2,18446744073709551615,1;2\n', ...nested),
    ).toEqual([wanted]);
  });

  it('standard input, with a schema and without', async () => {
    const { file } = given('unused', '');
    const csv = 'id,name\n1,a\n';
    await done(['records', 'import', '-', file, '--format', 'csv', ...schema], csv);
    expect(await records(file)).toEqual([{ id: 1, name: 'a' }]);
    await done(['records', 'import', '-', file, '--format', 'csv', '--force'], csv);
    expect(await records(file)).toEqual([{ id: 1, name: 'a' }]);
    await failed(['records', 'import', '-', file, '--force'], 'USAGE', csv);
  });

  it('every type from text', async () => {
    const all = 'b:bool, d:date, x:bytes(2), k:enumeration(red|green), f:f32, n:i64';
    const csv =
      'b,d,x,k,f,n\nyes,2024-02-29,0xFF00,green,-1.5e3,-9223372036854775808\nFalse,2024-05-31T12:30:00+02:00,base64:AAE=,red,,12.0\n';
    expect(await imported('a.csv', csv, '--schema', all)).toEqual([
      { b: true, d: '2024-02-29T00:00:00.000Z', x: 'ff00', k: 'green', f: -1500, n: '-9223372036854775808' },
      { b: false, d: '2024-05-31T10:30:00.000Z', x: '0001', k: 'red', f: null, n: 12 },
    ]);
  });
});

describe('a schema that is not given', () => {
  async function inferred(name: string, text: string): Promise<string> {
    const { input, file } = given(name, text);
    const printed = await done(['records', 'import', input, file]);
    return /^schema found +(.*)$/m.exec(printed)![1]!;
  }

  it('is the narrowest common one that holds everything', async () => {
    const csv = [
      'id,postal code,big,price,flag,day,name,gap,at.lat,at.lon',
      '1,01099,4294967296,1.5,true,2024-01-01,Ærø,7,1,-2',
      '2,80331,-1,2,FALSE,2024-01-02T10:00Z,longer than that,,1.25,3',
    ].join('\n');
    expect(await inferred('a.csv', csv)).toBe(
      'id:u32, postal_code:utf8(8), big:i64, price:f64, flag:bool, day:date, name:utf8(16), gap:f64, at:record(lat:f64,lon:i32)',
    );
  });

  it('follows the structure of JSON', async () => {
    const ndjson =
      '{"a b":-1,"p":{"x":1,"y":"ü"},"l":[1,2.5],"v":[1]}\n{"a b":2,"p":{"x":2},"l":[3,4],"v":[1,2],"only":true}\n';
    expect(await inferred('a.ndjson', ndjson)).toBe(
      'a_b:i32, p:record(x:u32,y:utf8(8)), l:array(f64,2), v:utf8(8), only:utf8(8)',
    );
  });

  it('gives back what was read, names that are no identifiers included', async () => {
    const csv = 'The City!,2nd,__proto__\nOslo,1,x\n';
    expect(await imported('a.csv', csv)).toEqual([{ The_City: 'Oslo', _2nd: 1, proto: 'x' }]);
    const renamed = [{ city: { name: 'Oslo' }, _2nd: 1, proto: 'x' }];
    expect(await imported('a.csv', csv, '--rename', 'The City!=city.name')).toEqual(renamed);
  });

  it.each([
    ['1.5', '12345678901234567', 'utf8(24)'],
    ['1.5', '12345678901234567890123', 'utf8(24)'],
    ['1', '12345678901234567890123', 'utf8(24)'],
    ['1.5', '-9007199254740993', 'utf8(24)'],
    ['1.5', '0.1234567890123456789', 'utf8(24)'],
    ['1.5', '1e-400', 'utf8(8)'],
    ['1.5', '1e400', 'utf8(8)'],
    ['1', '12345678901234567', 'u64'],
    ['1.5', '9007199254740994', 'f64'],
    ['0.1', '0.30000000000000004', 'f64'],
    ['1.50', '-1.25000000000000000000E+10', 'f64'],
    ['1e23', '5e-324', 'f64'],
    ['0.00000000000000000', '.5', 'f64'],
  ])('holds %s and %s exactly', async (one, other, type) => {
    expect(await inferred('a.csv', `a\n${one}\n${other}\n`)).toBe(`a:${type}`);
    const [first, second] = (await imported('a.csv', `a\n${one}\n${other}\n`)) as { a: string | number }[];
    const value: (written: unknown) => unknown = type === 'f64' ? Number : String;
    expect([first!.a, second!.a].map(value)).toEqual([value(one), value(other)]);
  });

  it('holds large numbers of JSON exactly', async () => {
    const ndjson = '{"a":1.5}\n{"a":12345678901234567}\n';
    expect(await imported('a.ndjson', ndjson)).toEqual([{ a: '1.5' }, { a: '12345678901234567' }]);
  });

  it.each([
    ['1,2\n3,4\n', ['--columns', 'a'], 'line 1: 2 cells where 1 column is named'],
    ['a\n1,2', [], 'line 2: 2 cells where 1 column is named'],
    ['a,b\n1,2\n3', [], 'line 3: 1 cell where 2 columns are named'],
  ])('needs rows of one width: %j', async (text, options, message) => {
    expect(await refused('a.csv', text, 'INVALID_INPUT', ...options)).toContain(message);
  });

  it('comes with a warning where another separator is most likely', async () => {
    const { input, file } = given('a.csv', 'id;name\n1;a\n');
    const { status, stderr } = await inProcess(['records', 'import', input, file]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^perdure: warning: .+ one column, 'id;name'; --delimiter ';' .+\n$/);
    const right = await inProcess(['records', 'import', input, file, '--force', '--delimiter', ';']);
    expect(right).toMatchObject({ status: 0, stderr: '' });
  });

  it('cannot come from nothing', async () => {
    expect(await refused('a.csv', 'id,name\n', 'INVALID_INPUT')).toContain('no rows');
    await refused('a.csv', '', 'INVALID_INPUT');
    await refused('a.ndjson', '{}\n', 'INVALID_INPUT');
  });
});

describe('what is wrong is said with its place, and nothing is left behind', () => {
  const schema = ['--schema', 'id:u8, name:utf8(4), d:date'];

  it.each([
    ['a number', 'id,name,d\n1,a,\n\nx,b,\n', "line 4, field 'id': 'x' is not a whole number"],
    ['a range', 'id,name,d\n"1","a\nb",\n300,c,\n', "line 4: the field 'id' takes"],
    ['a length', 'id,name,d\n1,abcde,\n', "line 2: the field 'name'"],
    ['a missing value', 'id,name,d\n,a,\n', 'zero-missing'],
    ['a date', 'id,name,d\n1,a,2023-02-29\n', "line 2, field 'd': '2023-02-29' is not a date"],
    ['the cells of a line', 'id,name,d\n1,a\n', 'line 2: 2 cells where 3 columns'],
    ['a column', 'id,nome,d\n1,a,\n', "no column for 'name'"],
    ['a header', 'id,id,d\n1,a,\n', "names 'id' twice"],
    ['a quote', 'id,name,d\n1,"a,\n', 'never closed'],
  ])('%s', async (_, text, message) => {
    expect(await refused('a.csv', text, 'INVALID_INPUT', ...schema)).toContain(message);
  });

  it.each([
    ['a.ndjson', '{"id":1,"name":"a"}\n{"id":\n', 'line 2: not JSON'],
    ['a.ndjson', '[1]\n', 'line 1: each line must be a JSON object'],
    ['a.ndjson', '{"id":1.5,"name":"a","d":0}\n', "line 1, field 'id': 1.5 is not a whole number"],
    ['a.ndjson', '{"id":1,"nam":"a","d":0}\n', "no object with 'name'; keys that feed no field are 'nam'"],
    ['a.json', '[{"id":1,"name":"a","d":0},7]', 'element 2: each element'],
    ['a.json', '{"id":', 'is not JSON'],
  ])('%s %s', async (name, text, message) => {
    expect(await refused(name, text, 'INVALID_INPUT', ...schema)).toContain(message);
  });

  it('text that is not UTF-8', async () => {
    const latin1 = Buffer.from('id,name,d\n1,Århus,\n', 'latin1');
    expect(await refused('a.csv', latin1, 'INVALID_INPUT', ...schema)).toContain('not UTF-8');
    await refused('a.json', latin1, 'INVALID_INPUT', ...schema);
  });

  it('the input, the schema, the format', async () => {
    const { folder, file, input } = given('a.csv', 'id\n1\n');
    await failed(['records', 'import', join(folder, 'none.csv'), file], 'NOT_FOUND');
    await failed(['records', 'import', folder, file, '--format', 'csv'], 'NOT_A_FILE');
    await failed(['records', 'import', input, join(folder, 'none', 'out.rec')], 'NOT_FOUND');
    await failed(['records', 'import', input, file, '--schema', 'id:u33'], 'INVALID_SCHEMA');
    await failed(['records', 'import', input, file, '--schema', 'none.json'], 'NOT_FOUND');
    await failed(['records', 'import', input, file, '--rename', 'id=no', '--schema', 'id:u8'], 'USAGE');
    await failed(['records', 'import', input, file, '--rename', 'id'], 'USAGE');
    await failed(['records', 'import', input, file, '--delimiter', 'ab'], 'USAGE');
    await failed(['records', 'import', input, file, '--format', 'xml'], 'USAGE');
    await failed(['records', 'import', input, file, '--append', '--force'], 'USAGE');
    expect(readdirSync(folder)).toEqual(['a.csv']);
  });

  it('missing values become zeros where that is asked for', async () => {
    const options = ['--schema', 'id:u8, b:bool, k:enumeration(x|y), more:u64', '--zero-missing'];
    expect(await imported('a.csv', 'id,b,k\n,,\n', ...options)).toEqual([
      { id: 0, b: false, k: 'x', more: 0 },
    ]);
  });
});

describe('a file that exists', () => {
  const schema = ['--schema', 'id:u8'];

  it('stays, unless it is to be replaced, and stays when that fails', async () => {
    const { folder, input, file } = given('a.csv', 'id\n1\n2\n');
    const bad = join(folder, 'bad.csv');
    writeFileSync(bad, 'id\n3\nx\n');
    await done(['records', 'import', input, file, ...schema]);
    const before = readFileSync(file);
    await failed(['records', 'import', input, file, ...schema], 'ALREADY_EXISTS');
    await failed(['records', 'import', bad, file, '--force', ...schema], 'INVALID_INPUT');
    await failed(['records', 'import', input, folder, '--force', ...schema], 'NOT_A_FILE');
    expect(readFileSync(file).equals(before)).toBe(true);
    await done(['records', 'import', input, file, '--force', '--schema', 'id:u16']);
    expect(await doneJson(['records', 'schema', file])).toEqual({ fields: [{ name: 'id', type: 'u16' }] });
    expect(readdirSync(folder).sort()).toEqual(['a.csv', 'bad.csv', 'out.rec']);
  });

  it('grows by all of the input or by nothing of it', async () => {
    const { folder, input, file } = given('a.csv', 'id\n1\n2\n');
    const bad = join(folder, 'bad.csv');
    writeFileSync(bad, `id\n${'3\n'.repeat(50_000)}x\n`);
    await done(['records', 'import', input, file, ...schema]);
    expect(await failed(['records', 'import', bad, file, '--append'], 'INVALID_INPUT')).toContain(
      'line 50002',
    );
    expect(await records(file)).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await doneJson(['records', 'import', input, file, '--append'])).toMatchObject({
      records: 2,
      count: 4,
    });
    expect(await records(file)).toEqual([1, 2, 1, 2].map((id) => ({ id })));
    const message = await failed(
      ['records', 'import', input, file, '--append', '--schema', 'id:u16'],
      'SCHEMA_MISMATCH',
    );
    expect(message).toContain("'id'");
    await failed(['records', 'import', input, join(folder, 'none.rec'), '--append'], 'NOT_FOUND');
    expect(existsSync(join(folder, 'none.rec'))).toBe(false);
  });
});

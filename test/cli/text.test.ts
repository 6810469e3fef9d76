/** The commands for text files, as a person and as a program meets them. */

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Progress } from '../../src/cli/progress.js';
import { printLines } from '../../src/cli/text-file.js';
import { eventually } from '../support/eventually.js';
import { tempFiles } from '../support/temp-folder.js';
import { inProcess, MAIN, perdure } from './cli.js';
import { Program } from './program.js';

const file = tempFiles();

function textFile(text: string, name = 'text'): string {
  const path = file(name);
  fs.writeFileSync(path, text);
  return path;
}

async function output(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await inProcess(args);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

const NUMBERS = Array.from({ length: 1000 }, (_, index) => `line ${index + 1}`);

describe('perdure lines', () => {
  it('prints lines by number, backwards, with numbers and as JSON', async () => {
    const path = textFile(`${NUMBERS.join('\r\n')}\r\n`);
    expect(await output('lines', path)).toBe(`${NUMBERS.join('\n')}\n`);
    expect(await output('lines', path, '--from', '999')).toBe('line 999\nline 1000\n');
    expect(await output('lines', path, '--from', '2', '--to', '3', '--numbers')).toBe(
      '2\tline 2\n3\tline 3\n',
    );
    expect(await output('lines', path, '--to', '2', '--reverse', '--json')).toBe(
      '{"line":2,"text":"line 2"}\n{"line":1,"text":"line 1"}\n',
    );
    expect(await output('lines', path, '--from', '999', '--reverse', '--numbers')).toBe(
      '1,000\tline 1000\n999\tline 999\n',
    );
    expect((await output('lines', path, '--sample', '7')).trim().split('\n').length).toBe(7);
  });

  it('refuses what makes no sense as a usage error', async () => {
    const path = textFile('x\n');
    for (const args of [
      ['lines', path, '--from', '0'],
      ['lines', path, '--sample', '2', '--reverse'],
      ['lines', path, '--encoding', 'ebcdic'],
      ['find', path, ''],
      ['find', path, 'x', '--ignore-case'],
      ['find', path, '(', '--regex'],
      ['find', path, 'x', '--regex', '--offsets'],
      ['columns', path, 'a'],
      ['columns', path, 'a', '--format', 'csv', '--no-header'],
    ]) {
      expect((await inProcess(args)).status, args.join(' ')).toBe(2);
    }
    expect(await inProcess(['lines', `${path}-not`])).toMatchObject({ status: 1, stdout: '' });
  });

  it('ends quietly when its reader does', async () => {
    const path = textFile('some words of a line\n'.repeat(1_000_000));
    const program = Program.start(['lines', path]);
    await eventually('the first lines', () => program.stdout.length > 0);
    program.process.stdout!.destroy();
    expect(await program.ended).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('perdure find', () => {
  it('prints lines, counts, offsets and JSON', async () => {
    const path = textFile('one fish\ntwo fish\nred\nFISH fish fish\n');
    expect(await output('find', path, 'fish')).toBe('1:one fish\n2:two fish\n4:FISH fish fish\n');
    expect(await output('find', path, 'fish', '--count')).toBe('3\n');
    expect(await output('find', path, 'fish', '--offsets')).toBe('4\n13\n27\n32\n');
    expect(await output('find', path, 'fish', '--offsets', '--count')).toBe('4\n');
    expect(await output('find', path, '^fi.h', '--regex', '--ignore-case', '--json')).toBe(
      '{"line":4,"offset":22,"text":"FISH fish fish","index":0,"match":["FISH"]}\n',
    );
    expect(await output('find', path, 'blue')).toBe('');
  });
});

describe('perdure count and perdure index', () => {
  it('count leaves nothing behind; index does, and later commands use it', async () => {
    const path = textFile('a line of thirty-two characters\n'.repeat(2 ** 19));
    const names = () =>
      fs.readdirSync(dirname(path)).filter((name) => path.endsWith(name.replace('.lines', '')));
    expect(await output('count', path)).toBe('524,288\n');
    expect(names().length).toBe(1);
    expect(JSON.parse(await output('index', path, '--json'))).toMatchObject({
      lines: 2 ** 19,
      index: `${path}.lines`,
    });
    expect(names().length).toBe(2);
    expect(await output('count', path, '--json')).toBe(`{"lines":${2 ** 19},"bytes":${2 ** 24}}\n`);
    expect(await output('lines', path, '--from', '524288')).toBe('a line of thirty-two characters\n');
    expect(await output('index', textFile('x\n'))).toContain('none is kept');
    fs.rmSync(`${path}.lines`);
    fs.mkdirSync(`${path}.lines`);
    const { status, stderr } = await inProcess(['index', path]);
    expect([status, stderr]).toEqual([1, expect.stringContaining(`could not be kept as '${path}.lines'`)]);
  });
});

describe('perdure columns', () => {
  it('prints columns of CSV and NDJSON', async () => {
    const csv = textFile('name,size\n"a ""b""",1\n"two\nlines",2\n');
    expect(await output('columns', csv, 'size,name', '--format', 'csv')).toBe('1\ta "b"\n2\ttwo\\nlines\n');
    expect(await output('columns', csv, '2', '--format', 'csv', '--no-header', '--json')).toBe(
      '["size"]\n["1"]\n["2"]\n',
    );
    const json = `${textFile('{"a":1,"b":{"c":[2]}}\n{"b":null}\n')}`;
    expect(await output('columns', json, 'b,a', '--format', 'ndjson')).toBe('{"c":[2]}\t1\nnull\t\n');
    expect((await inProcess(['columns', csv, 'weight', '--format', 'csv'])).status).toBe(1);
  });
});

describe('perdure tail', () => {
  it('prints the last lines, and follows until it is told to end', async () => {
    const path = textFile(`${NUMBERS.join('\n')}\n`);
    expect(perdure(['tail', path, '--lines', '2'])).toMatchObject({
      status: 0,
      stdout: 'line 999\nline 1000\n',
    });
    const program = Program.start(['tail', path, '--lines', '1', '--follow']);
    await eventually('the last line', () => program.stdout.length > 0);
    fs.appendFileSync(path, 'new\n');
    await eventually('the new line', () => program.stdout.includes('new'));
    fs.writeFileSync(path, 'cut\n');
    await eventually('the line after the cut', () => program.stdout.includes('cut'));
    program.process.kill('SIGTERM');
    const { stdout, stderr } = await program.ended;
    expect(stdout).toBe('line 1000\nnew\ncut\n');
    if (process.platform !== 'win32') expect(stderr).toBe(`perdure: '${path}' was truncated\n`);
  });

  it.skipIf(process.platform === 'win32')(
    'ends quietly when its reader does, also where no line comes',
    async () => {
      const path = textFile('one\n');
      const program = Program.start(['tail', path, '--follow']);
      await program.printed('one');
      program.process.stdout!.destroy();
      expect(await program.ended).toMatchObject({ status: 0, signal: null, stderr: '' });
      const shell = 'exec "$0" "$1" tail "$2" --follow | head -n 1';
      const { stdout, status } = spawnSync('sh', ['-c', shell, process.execPath, MAIN, path], {
        encoding: 'utf8',
      });
      expect([stdout, status]).toEqual(['one\n', 0]);
    },
  );
});

it('a line that is printed stands on a row of its own, whatever is drawn of the progress', async () => {
  let screen = '';
  const write = (text: string) => {
    screen += text;
    return true;
  };
  const { write: real } = process.stdout;
  process.stdout.write = write as typeof real;
  try {
    using progress = new Progress('looking', { isTTY: true, write } as never);
    async function* batches() {
      progress.update(0.5, 1, 'MB');
      yield ['found', 'found too'];
    }
    await printLines(batches(), String, progress);
  } finally {
    process.stdout.write = real;
  }
  const rows = screen.split('\n').map((row) => row.slice(row.lastIndexOf('\x1b[K') + 1).replace('[K', ''));
  expect(screen).toContain('looking');
  expect(rows).toEqual(['found', 'found too', '']);
});

it('perdure residency shows a bar', async () => {
  const path = textFile('x'.repeat(100_000));
  expect(await output('residency', path)).toMatch(/^▕[·░▒▓█]+▏ .+ of 100\.0 kB, \d+ %\n$/);
  expect(JSON.parse(await output('residency', path, '--json'))).toMatchObject({ size: 100_000 });
});

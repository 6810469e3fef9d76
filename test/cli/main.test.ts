/**
 * The command as a process of its own: it does what the functions do that the other tests call, and behaves as a
 * process should (pipes, exit codes, standard input).
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { defineRecord, RecordFile, u32, utf8 } from '../../src/record/index.js';
import { tempFolder } from '../support/temp-folder.js';
import { inProcess, MAIN, perdure } from './cli.js';

const folder = tempFolder();
const path = (name: string) => join(folder, name);

/** b.rec as it is before a command. */
const fresh = () => inProcess(['records', 'import', path('a.csv'), path('b.rec'), '--force']);

beforeAll(() => {
  writeFileSync(path('a.csv'), 'id,name\r\n1,"a ""quoted"" Ærø, 東京"\r\n2,b\r\n');
  writeFileSync(path('bad.ndjson'), '{"id":1}\n{"id":-1}\n');
});

describe('the compiled command', () => {
  it.each([
    [['--help']],
    [['records', 'import', '--help']],
    [[]],
    [['records', 'import', path('a.csv'), path('a.rec'), '--schema', 'id:u32,name:utf8(32)', '--no-such']],
    [['records', 'import', path('bad.ndjson'), path('bad.rec'), '--schema', 'id:u32']],
    [['records', 'show', path('b.rec')]],
    [['records', 'get', path('b.rec'), '0', '--json']],
    [['records', 'get', path('b.rec'), '2']],
    [['records', 'set', path('b.rec'), '1', 'name=é']],
    [['records', 'schema', path('b.rec')]],
    [['records', 'export', path('b.rec'), '--format', 'json']],
    [['records', 'show', path('a.csv')]],
  ])('%j', async (args) => {
    await fresh();
    const { status, stdout, stderr } = perdure(args);
    await fresh();
    expect({ status, stdout, stderr }).toEqual(await inProcess(args));
  });

  it('sends records from one process to the next', async () => {
    await fresh();
    const { stdout } = perdure(['records', 'export', path('b.rec'), '--format', 'ndjson']);
    const args = [
      'records',
      'import',
      '-',
      path('c.rec'),
      '--format',
      'ndjson',
      '--schema',
      'name:utf8(40), id:u8',
    ];
    expect(perdure(args, stdout)).toMatchObject({ status: 0, stderr: '' });
    expect(perdure(['records', 'show', path('c.rec')]).stdout).toContain('a "quoted" Ærø, 東京');
  });

  it('ends quietly when its reader goes away', () => {
    const file = RecordFile.create(path('many.rec'), defineRecord({ id: u32, name: utf8(32) }));
    file.appendMany(100_000, (record, index) => {
      record.id = index;
      record.name = 'a reader that has seen enough';
    });
    file.closeSync();
    for (const command of [['show', '--limit', 'all', '--json'], ['export']]) {
      const script = `
        const child = require('node:child_process')
          .spawn(process.execPath, process.argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
        child.stdout.once('data', () => child.stdout.destroy());
        child.on('exit', (code, signal) => console.log(JSON.stringify({ code, signal })));`;
      const [name, ...options] = command as [string, ...string[]];
      const args = ['-e', script, '--', MAIN, 'records', name, path('many.rec'), ...options];
      const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual({ code: 0, signal: null });
    }
  });

  it.skipIf(!existsSync('/dev/full'))('says in one line that its output cannot be written', async () => {
    await fresh();
    const full = openSync('/dev/full', 'w');
    for (const args of [
      ['--help'],
      ['records', 'show', path('b.rec')],
      ['records', 'export', path('b.rec')],
    ]) {
      const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', full, 'pipe'],
      });
      expect(stderr).toMatch(/^perdure: cannot write the output: [^\n]+ \[DISK_FULL\]\n$/);
      expect(status).toBe(1);
    }
    closeSync(full);
  });

  it('does not wait for the rest of a standard input that is wrong already', async () => {
    const args = [MAIN, 'records', 'import', '-', path('d.rec'), '--format', 'csv', '--schema', 'id:u8'];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.write(`id\nx\n${'1\n'.repeat(1000)}`);
    const [code] = await once(child, 'exit');
    child.stdin.destroy();
    expect(code).toBe(1);
  });
});

/** Arguments that look like options, or like 'help', and are text: behind `--`, or behind a `=`. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { defineRecord, RecordFile, utf8 } from '../../src/index.js';
import { memoryOf } from '../shared/memory-of.js';
import { tempFiles } from '../support/temp-folder.js';
import { done, failed } from './cli.js';

const file = tempFiles();

it.each(['--foo', '-x', '--', '---', '-1', '--size=4', '--json', '--help', 'help', 'plain'])(
  'behind -- %s is a text',
  async (text) => {
    const { name } = memoryOf(64);
    await done(['shm', 'write', name, '--', text]);
    expect(await done(['shm', 'read', '--', name])).toBe(`${text}\n`);
    await done(['shm', 'write', '--offset', '1', '--', name, text]);
    expect(await done(['shm', 'read', name, '--offset', '1'])).toBe(`${text}\n`);
  },
);

it('one text behind --, and the file before it', async () => {
  const path = file('text');
  writeFileSync(path, 'one\ntwo --foo\nthree\n');
  expect(await done(['find', path, '--', '--foo'])).toContain('two --foo');
});

it('several of them', async () => {
  const path = file('names.rec');
  await RecordFile.create(path, defineRecord({ a: utf8(8), b: utf8(8) }), { overwrite: true }).close();
  expect(await failed(['records', 'set', path, '0', '--', 'a=1', '-b=2'], 'USAGE')).toContain("'-b'");
});

it('a lone dash behind -- is still standard input', async () => {
  const { name } = memoryOf(64);
  await done(['shm', 'write', name, '--', '-'], 'piped');
  expect(await done(['shm', 'read', name])).toBe('piped\n');
});

/**
 * Input that means no good: every command ends with a code of its own and one line on stderr, never with INTERNAL, a
 * stack or a signal.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeError } from '../../src/cli/errors.js';
import { importRecords } from '../../src/cli/import-records.js';
import type { InputFormat } from '../../src/cli/input/input.js';
import { defineRecord, RecordFile, u32, utf8 } from '../../src/record/index.js';
import { random, runs } from '../support/seed.js';
import { tempFiles, tempFolder } from '../support/temp-folder.js';
import { done, failed, inProcess } from './cli.js';

const folder = tempFolder();
const temporary = tempFiles();

describe('record files', () => {
  it('that are none', async () => {
    const path = join(folder, 'text.rec');
    for (const [text, code] of [
      ['', 'EMPTY_FILE'],
      ['x', 'NOT_A_RECORD_FILE'],
      ['\x89PERDURE', 'NOT_A_RECORD_FILE'],
      ['a,b\n1,2\n'.repeat(5000), 'NOT_A_RECORD_FILE'],
    ] as const) {
      writeFileSync(path, text, 'latin1');
      for (const command of [['show'], ['schema'], ['export'], ['get', '0'], ['set', '0', 'a=1']]) {
        const [name, ...rest] = command as [string, ...string[]];
        const { status, stderr, stdout } = await inProcess(['records', name, path, ...rest]);
        expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
        expect(stderr).toMatch(/^perdure: [^\n]+ \[(EMPTY_FILE|NOT_A_RECORD_FILE|CORRUPT)\]\n$/);
        if (text.length !== 8) expect(stderr).toContain(code);
      }
    }
  });

  it('with any byte of the header changed', async () => {
    const path = join(folder, 'mutated.rec');
    const file = RecordFile.create(path, defineRecord({ id: u32, name: utf8(8) }));
    file.append({ id: 1, name: 'a' });
    file.closeSync();
    const whole = readFileSync(path);
    const next = random();
    for (let round = 0; round < 60; round++) {
      const content = Buffer.from(whole);
      for (let n = 0; n < 4; n++) content[next(2) * 4096 + next(96)] = next(256);
      writeFileSync(path, content);
      for (const args of [
        ['inspect', path],
        ['records', 'show', path],
      ]) {
        const { status, stderr } = await inProcess(args);
        expect(status === 0 || status === 1, stderr).toBe(true);
        expect(stderr).not.toContain('INTERNAL');
      }
    }
  });

  it('whose texts would steer the terminal', async () => {
    const path = join(folder, 'escape.rec');
    const file = RecordFile.create(path, defineRecord({ id: u32, name: utf8(40) }));
    file.append({ id: 1, name: '\x1b[2J\x1b]0;title\x07\nnext\r\u009b1A' });
    file.closeSync();
    for (const args of [
      ['show', path],
      ['get', path, '0'],
      ['set', path, '0', 'name=\x1b[2J'],
    ]) {
      const shown = await done(['records', ...args]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
      expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
      expect(shown).toContain('\\x1b[2J');
    }
  });
});

describe('imports', () => {
  it('of anything at all end with a code of their own', async () => {
    const format = fc.constantFrom<InputFormat>('csv', 'tsv', 'json', 'ndjson');
    const pieces = fc.constantFrom(
      '"',
      ',',
      '\n',
      '\r\n',
      '{',
      '}',
      '[',
      ']',
      ':',
      '1',
      '-',
      'a',
      '\\',
      'null',
      'é',
      '1e999',
      '__proto__',
      '\0',
      '9'.repeat(30),
    );
    const text = fc.oneof(
      fc.array(pieces).map((parts) => parts.join('')),
      fc.json(),
      fc.string({ unit: 'binary' }),
    );
    const bytes = fc.oneof(
      text.map((value) => Buffer.from(value)),
      fc.uint8Array().map((value) => Buffer.from(value)),
    );
    const schema = fc.constantFrom(undefined, 'a:u32, b:utf8(8)');
    await fc.assert(
      fc.asyncProperty(format, bytes, schema, fc.boolean(), async (kind, content, shorthand, zeroMissing) => {
        const [input, file] = [temporary('input'), temporary('out')];
        writeFileSync(input, content);
        const options = { input, file, format: kind, schema: shorthand, schemaName: 'x', zeroMissing };
        const rest = {
          delimiter: undefined,
          columns: undefined,
          renames: new Map(),
          append: false,
          force: false,
        };
        try {
          await importRecords({ ...options, ...rest });
        } catch (error) {
          const { line } = describeError(error);
          expect(line, (error as Error).stack).toMatch(/^perdure: .+ \[(INVALID_INPUT|INVALID_SCHEMA)\]$/);
        }
      }),
      runs(400),
    );
  });

  it('with a cell that never ends are stopped, not collected', async () => {
    const input = join(folder, 'endless.csv');
    writeFileSync(input, `a\n"${'x'.repeat(40_000_000)}`);
    await failed(
      ['records', 'import', input, join(folder, 'endless.rec'), '--schema', 'a:utf8(8)'],
      'INVALID_INPUT',
    );
  });

  it('with deep nesting, or with more columns than a schema may have', async () => {
    const path = join(folder, 'deep.json');
    const out = join(folder, 'deep.rec');
    const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    writeFileSync(path, nested(100));
    await done(['records', 'import', path, out]);
    writeFileSync(path, nested(300_000));
    // JSON.parse overflows the stack up to Node 24; later ones read it, and no field holds so long a text.
    await failed(['records', 'import', path, out, '--force'], ['INVALID_INPUT', 'INVALID_SCHEMA']);
    writeFileSync(path, `[${'['.repeat(100_000)}`);
    await failed(['records', 'import', path, out, '--force'], 'INVALID_INPUT');
    const csv = join(folder, 'wide.csv');
    const columns = Array.from({ length: 5000 }, (_, at) => `c${at}`);
    writeFileSync(csv, `${columns.join(',')}\n${columns.map(() => 1).join(',')}\n`);
    await failed(['records', 'import', csv, out, '--force'], 'INVALID_SCHEMA');
  });

  it('of a schema that is none', async () => {
    const input = join(folder, 'one.csv');
    writeFileSync(input, 'a\n1\n');
    for (const schema of [
      'a:',
      ':u8',
      'a:u8,',
      'a:utf8()',
      'a:utf8(0)',
      'a:utf8(99999999)',
      'a:record(b:u8',
      '1:u8',
      'a:u8,a:u8',
    ]) {
      const message = await failed(
        ['records', 'import', input, join(folder, 'one.rec'), '--schema', schema],
        'INVALID_SCHEMA',
      );
      expect(message.length).toBeLessThan(400);
    }
  });
});

/**
 * The layout is C's: a real compiler agrees with every offset and size.
 *
 * Method: the headers of many random schemas, each with its own static assertions, and hostile names, in one
 * translation unit; skipped where there is no gcc.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defineRecord,
  enumeration,
  parseSchema,
  record,
  toCStruct,
  u8,
  u32,
  u64,
  utf8,
} from '../../src/record/index.js';
import { SEED } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';
import { anySchema } from './arbitraries.js';

const hasCompiler = spawnSync('gcc', ['--version']).status === 0;

const hostile = defineRecord(
  {
    int: u8,
    int_: u32,
    'a-b': u64,
    a_b: u8,
    kind: enumeration('*/ evil /*', 'int', '\\', 'a b', 'a_b', '??/', '0'),
    名前: utf8(7),
    名字: record({ _: u8, $: u64 }),
    static_assert: u8,
  },
  { name: 'struct' },
);

describe.skipIf(!hasCompiler)('a C compiler', () => {
  const name = tempFiles();

  it('lays out any schema alike', () => {
    const schemas = [hostile, ...fc.sample(anySchema, { seed: SEED, numRuns: 300 })];
    const source = schemas
      .map((schema, index) =>
        toCStruct(parseSchema(`${JSON.stringify({ ...schema.toJSON(), name: `R${index}` })}`)),
      )
      .join('\n');
    const path = name('layout');
    fs.writeFileSync(`${path}.c`, `${source}\nint main(void) { return 0; }\n`);
    const { status, stderr } = spawnSync(
      'gcc',
      ['-std=c11', '-Wall', '-Werror', '-c', '-o', `${path}.o`, `${path}.c`],
      {
        encoding: 'utf8',
      },
    );
    expect(stderr, `PERDURE_SEED=${SEED}`).toBe('');
    expect(status).toBe(0);
  });

  it('takes the header of a hostile schema under its own name', () => {
    const path = name('hostile');
    fs.writeFileSync(`${path}.c`, toCStruct(hostile));
    expect(spawnSync('gcc', ['-std=c11', '-fsyntax-only', `${path}.c`], { encoding: 'utf8' }).stderr).toBe(
      '',
    );
  });
});

describe('toCStruct', () => {
  it('declares nested records, arrays, texts and the names of enumerations', () => {
    const text = toCStruct(
      parseSchema('id:u32, at:record(lat:f64), tags:array(array(u16,2),3), kind:enumeration(a|b)'),
    );
    expect(text).toContain('struct Record {');
    expect(text).toContain('  struct Record_at at;');
    expect(text).toContain('  uint16_t tags[3][2];');
    expect(text).toContain('Record_kind_b = 1,');
    expect(text).toContain('static_assert(sizeof(struct Record) == 32');
  });
});

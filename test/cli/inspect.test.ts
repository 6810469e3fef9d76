/** `perdure inspect`, on files of every kind. */
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineRecord, RecordFile, u32, utf8 } from '../../src/record/index.js';
import { tempFolder } from '../support/temp-folder.js';
import { done, doneJson, failed } from './cli.js';

const folder = tempFolder();
const Station = defineRecord({ id: u32, name: utf8(12) });

/** A record file whose header was written three times. */
function stations(name: string): string {
  const path = join(folder, name);
  const file = RecordFile.create(path, Station, { capacity: 100 });
  file.append({ id: 1, name: 'a' });
  file.flushSync();
  file.append({ id: 2, name: 'b' });
  file.closeSync();
  return path;
}

/** The file with the bytes at `at` replaced. */
function damaged(name: string, at: number, ...bytes: number[]): string {
  const path = stations(name);
  const content = readFileSync(path);
  content.set(bytes, at);
  writeFileSync(path, content);
  return path;
}

interface Inspected {
  size: number;
  allocatedBytes: number;
  sparse: boolean;
  residentBytes: number;
  residentFractions: number[];
  records: null | {
    count?: number;
    problem?: string;
    slots: { valid: boolean; current: boolean; sequence?: string; count?: number; problem?: string }[];
  };
}

describe('any file', () => {
  it('one with text in it', async () => {
    const path = join(folder, 'text');
    writeFileSync(path, 'x'.repeat(100_000));
    const facts = await doneJson<Inspected>(['inspect', path]);
    expect(facts).toMatchObject({ size: 100_000, sparse: false, records: null });
    expect(facts.residentBytes).toBeGreaterThanOrEqual(0);
    expect(facts.residentFractions.every((fraction) => fraction >= 0 && fraction <= 1)).toBe(true);
    expect(await done(['inspect', path])).toMatch(
      /size +100\.0 kB \(100,000 bytes\)[\s\S]*in memory[\s\S]*▕.+▏/,
    );
  });

  it('one of a byte, and one of none', async () => {
    const path = join(folder, 'small');
    writeFileSync(path, 'x');
    expect(await doneJson<Inspected>(['inspect', path])).toMatchObject({
      size: 1,
      sparse: false,
      records: null,
    });
    writeFileSync(path, '');
    expect(await doneJson<Inspected>(['inspect', path])).toMatchObject({
      size: 0,
      residentFractions: [],
      records: null,
    });
    expect(await done(['inspect', path])).toContain('0 bytes');
  });

  it('a large one with a hole', async () => {
    const path = join(folder, 'hole');
    const file = openSync(path, 'w');
    writeSync(file, 'start');
    ftruncateSync(file, 3 * 2 ** 30);
    closeSync(file);
    const facts = await doneJson<Inspected>(['inspect', path]);
    expect(facts.size).toBe(3 * 2 ** 30);
    expect(facts.residentFractions).toHaveLength(60);
    // Windows makes files sparse only when it is told to.
    if (process.platform !== 'win32') expect(facts).toMatchObject({ sparse: true, records: null });
  });

  it('no file at all', async () => {
    await failed(['inspect', join(folder, 'none')], 'NOT_FOUND');
    await failed(['inspect', folder], 'NOT_A_FILE');
  });

  it('one that another process has to itself', async () => {
    const path = stations('taken.rec');
    const writer = RecordFile.open(path, { mode: 'readwrite' });
    const facts = await doneJson<Inspected & { problem: string }>(['inspect', path]);
    writer.closeSync();
    expect(facts.size).toBe(readFileSync(path).length);
    expect(facts.problem).toContain('ERROR_SHARING_VIOLATION');
  });
});

describe('a record file', () => {
  it('shows both slots, and which one counts', async () => {
    const path = stations('whole.rec');
    const { records } = await doneJson<Inspected>(['inspect', path]);
    expect(records).toMatchObject({
      count: 2,
      capacity: 100,
      recordSize: 16,
      schema: 'id:u32, name:utf8(12)',
      slots: [
        { slot: 0, valid: true, current: true, sequence: '3', count: 2 },
        { slot: 1, valid: true, current: false, sequence: '2', count: 1 },
      ],
    });
    expect(await done(['inspect', path])).toMatch(/0 +3 +2 +valid, the newest\n1 +2 +1 +valid\n/);
  });

  it('one that was just created', async () => {
    const path = join(folder, 'new.rec');
    RecordFile.create(path, Station).closeSync();
    const { slots } = (await doneJson<Inspected>(['inspect', path])).records!;
    expect(slots[0]).toMatchObject({ valid: true, current: true, sequence: '1', count: 0 });
    expect(slots[1]).toMatchObject({ valid: false, problem: 'never written' });
  });

  it('a torn slot: the other one counts', async () => {
    const path = damaged('torn.rec', 30, 9);
    const { records } = await doneJson<Inspected>(['inspect', path]);
    expect(records!.count).toBe(1);
    expect(records!.slots[0]).toMatchObject({ valid: false, problem: expect.stringContaining('checksum') });
    expect(records!.slots[1]).toMatchObject({ valid: true, current: true });
  });

  it('no valid slot: what is wrong with them', async () => {
    const path = damaged('lost.rec', 30, 9);
    const content = readFileSync(path);
    content[4096 + 30] = 9;
    writeFileSync(path, content);
    const { records } = await doneJson<Inspected>(['inspect', path]);
    expect(records!.problem).toContain('checksum');
    expect(records!.slots.every((slot) => !slot.valid)).toBe(true);
    expect(await done(['inspect', path])).toContain('cannot be opened');
    await failed(['records', 'show', path], 'CORRUPT');
  });

  it('one of a later format', async () => {
    const path = damaged('later.rec', 8, 2);
    const { records } = await doneJson<Inspected>(['inspect', path]);
    expect(records!.slots[0]!.problem).toContain('version 2');
  });
});

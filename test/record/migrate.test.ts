/** Migration: new fields behind the present ones, by an atomic swap of files. */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  array,
  date,
  defineRecord,
  f64,
  migrate,
  RecordFile,
  record,
  u8,
  u16,
  u32,
  utf8,
} from '../../src/record/index.js';
import { rejection } from '../support/failure.js';
import { tempFiles } from '../support/temp-folder.js';

const first = { id: u32, at: record({ lat: f64, flag: u8 }), small: u8 };
const Old = defineRecord(first, { name: 'Place' });
const New = defineRecord(
  { ...first, tiny: u8, name: utf8(5), tags: array(u16, 2), when: date },
  { name: 'Place' },
);
const old = (id: number) => ({ id, at: { lat: id / 2, flag: 7 }, small: id & 0xff });
const added = { tiny: 9, name: 'new', tags: [1, 2], when: new Date(5) };
const COUNT = 3000;

describe('migrate', () => {
  const name = tempFiles();
  const make = () => {
    const path = name('migrate');
    const file = RecordFile.create(path, Old, { capacity: COUNT * 2 });
    file.appendMany(Array.from({ length: COUNT }, (_, id) => old(id)));
    file.closeSync();
    return path;
  };
  const leftovers = (path: string) => fs.readdirSync(dirname(path)).filter((entry) => entry.endsWith('.tmp'));

  it('adds fields with their defaults', async () => {
    const path = make();
    expect(await migrate(path, New, { defaults: added })).toBe(COUNT);
    const file = RecordFile.open(path, New, { mode: 'readwrite' });
    expect([...file]).toEqual(Array.from({ length: COUNT }, (_, id) => ({ ...old(id), ...added })));
    file.append({ ...old(COUNT), ...added });
    file.closeSync();
    await rejection(
      Promise.resolve().then(() => RecordFile.open(path, Old)),
      'SCHEMA_MISMATCH',
    );
    expect(leftovers(path)).toEqual([]);
    // Again, with nothing to do.
    const before = fs.readFileSync(path);
    expect(await migrate(path, New, { defaults: {} })).toBe(COUNT + 1);
    expect(fs.readFileSync(path).equals(before)).toBe(true);
  });

  it('makes them of each record where a function is given', async () => {
    const path = make();
    await migrate(path, New, {
      defaults: (record, index) => ({ ...added, name: `n${record.id}`, tags: [index & 0xffff, 0] }),
    });
    const file = RecordFile.open(path, New);
    expect(file.get(17)).toEqual({ ...old(17), ...added, name: 'n17', tags: [17, 0] });
    file.closeSync();
  });

  it('leaves the file as it was where it is refused', async () => {
    const path = make();
    const before = fs.readFileSync(path);
    const Reordered = defineRecord({ small: u8, id: u32, more: u8 });
    const Retyped = defineRecord({ ...first, id: f64, more: u8 });
    const Shorter = defineRecord({ id: u32 });
    for (const schema of [Reordered, Retyped, Shorter]) {
      await rejection(migrate(path, schema, { defaults: {} }), 'SCHEMA_MISMATCH');
    }
    const wrong = [{}, { ...added, tiny: 256 }, { ...added, small: 3 }, { ...added, more: 1 }, null];
    for (const defaults of wrong) {
      await rejection(migrate(path, New, { defaults: defaults as object }), 'INVALID_VALUE');
    }
    await rejection(
      migrate(path, New, { defaults: (_, index) => ({ ...added, tiny: index }) }),
      'INVALID_VALUE',
    );
    const held = RecordFile.open(path, Old, { mode: 'readwrite' });
    await rejection(migrate(path, New, { defaults: added }), 'SHARING_VIOLATION');
    held.closeSync();
    await rejection(migrate(name('missing'), New, { defaults: added }), 'NOT_FOUND');
    expect(fs.readFileSync(path).equals(before)).toBe(true);
    expect(leftovers(path)).toEqual([]);
  });
});

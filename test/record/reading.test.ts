/**
 * Cursors, iteration and columns, across windows.
 *
 * Method: windows of a few records, so that a small file has many; the same calls on a file in one window must give
 * the same.
 */

import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  array,
  bool,
  date,
  defineRecord,
  enumeration,
  f32,
  f64,
  i16,
  i32,
  i64,
  RecordFile,
  record,
  u8,
  u32,
  u64,
  utf8,
} from '../../src/record/index.js';
import { failure } from '../support/failure.js';
import { runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';

const Row = defineRecord({
  id: u32,
  name: utf8(10),
  at: record({ lat: f64, lon: f32 }),
  tags: array(i16, 3),
  big: i64,
  huge: u64,
  kind: enumeration('a', 'b', 'c'),
  when: date,
  ok: bool,
  small: u8,
});
const row = (id: number) => ({
  id,
  name: `row ${id}`,
  at: { lat: id / 8, lon: (0 - id) / 4 },
  tags: [id & 0xff, 0 - (id & 0xff), 7],
  big: BigInt(id) * -(10n ** 14n),
  huge: BigInt(id) * 10n ** 14n,
  kind: (['a', 'b', 'c'] as const)[id % 3]!,
  when: new Date(id * 1e10),
  ok: id % 2 === 1,
  small: id & 0xff,
});
const rows = (count: number) => Array.from({ length: count }, (_, id) => row(id));
/** Windows of 8 records. */
const SMALL = { maxWindowBytes: 8 * Row.recordSize };

describe('reading', () => {
  const name = tempFiles();
  const make = (count: number, capacity = count) => {
    const path = name('rows');
    const file = RecordFile.create(path, Row, { capacity }, SMALL);
    file.appendMany(rows(count));
    file.closeSync();
    return path;
  };

  it('gives the same whatever the windows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.nat(70), fc.nat(70), (count, from, to) => {
        const file = RecordFile.open(make(count), Row, {}, SMALL);
        const expected = rows(count);
        expect([...file]).toEqual(expected);
        const ids: number[] = [];
        const cursor = file.cursor({ from, to });
        while (cursor.next()) {
          expect(cursor.record.id).toBe(cursor.index);
          ids.push(cursor.record.id);
        }
        expect(ids).toEqual(expected.slice(from, Math.max(from, to)).map(({ id }) => id));
        expect(cursor.next()).toBe(false);
        expect(Array.from(file.records({ from }), ({ at }) => at.lat)).toEqual(
          expected.slice(from).map(({ at }) => at.lat),
        );
        for (const index of [count - 1, 0, count >> 1, from]) {
          if (index < 0 || index >= count) continue;
          expect(cursor.moveTo(index)).toBe(cursor.record);
          expect([cursor.index, cursor.record.name]).toEqual([index, `row ${index}`]);
          expect(cursor.next()).toBe(index + 1 < Math.min(to, count));
        }
        file.closeSync();
      }),
      runs(60),
    );
  });

  it('reuses one accessor, which shows itself as a plain object', () => {
    const file = RecordFile.open(make(2), Row, {}, SMALL);
    const [first, second] = [...file.records()];
    expect(first).toBe(second);
    const cursor = file.cursor();
    expect(inspect(cursor.record)).toContain('no record');
    cursor.next();
    expect(JSON.parse(JSON.stringify({ ...row(0), big: 0, huge: 0 }))).toEqual({
      ...JSON.parse(JSON.stringify(cursor.record, (_, value) => (typeof value === 'bigint' ? 0 : value))),
    });
    expect(inspect(cursor.record)).toContain("name: 'row 0'");
    expect(cursor.record.at).toBe(cursor.record.at);
    file.closeSync();
  });

  it('goes on over records that are appended meanwhile, through growth, with old accessors still valid', () => {
    const file = RecordFile.open(make(3), Row, { mode: 'readwrite' });
    const old = file.cursor();
    old.moveTo(2);
    const cursor = file.cursor();
    let seen = 0;
    while (cursor.next()) {
      expect(cursor.record.id).toBe(seen++);
      if (file.count < 30_000) file.appendMany(rows(file.count * 2 + 1).slice(file.count));
    }
    expect(seen).toBe(file.count);
    expect(old.record.name).toBe('row 2');
    old.record.name = 'changed';
    expect(file.get(2).name).toBe('changed');
    expect(old.moveTo(file.count - 1).id).toBe(file.count - 1);
    file.closeSync();
  });

  it('never sees a record that was truncated away', () => {
    const file = RecordFile.open(make(30), Row, { mode: 'readwrite' });
    const cursor = file.cursor();
    const behind = file.cursor();
    behind.moveTo(29);
    const column = file.column('id');
    for (let index = 0; index < 10; index++) cursor.next();
    file.truncateSync(15);
    failure(() => behind.record.id, 'OUT_OF_BOUNDS');
    expect(behind.next()).toBe(false);
    let seen = 10;
    while (cursor.next()) expect(cursor.record.id).toBe(seen++);
    expect(seen).toBe(15);
    expect([...column]).toEqual(Array.from({ length: 15 }, (_, id) => id));
    file.append(row(99));
    expect(cursor.next()).toBe(true);
    expect(cursor.record.id).toBe(99);
    file.closeSync();
  });
});

describe('columns', () => {
  const name = tempFiles();
  const COUNT = 37;
  const open = () => {
    const file = RecordFile.create(name('columns'), Row, { capacity: COUNT }, SMALL);
    file.appendMany(rows(COUNT));
    return file;
  };
  const expected = rows(COUNT);

  it('add up, and find the smallest and the largest', () => {
    const file = open();
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    for (const [path, values] of [
      ['id', expected.map(({ id }) => id)],
      ['at.lat', expected.map(({ at }) => at.lat)],
      ['at.lon', expected.map(({ at }) => at.lon)],
      ['tags.1', expected.map(({ tags }) => tags[1]!)],
      ['small', expected.map(({ small }) => small)],
    ] as const) {
      const column = file.column(path as 'id');
      expect(column.sum()).toBe(sum(values));
      expect(column.min()).toBe(Math.min(...values));
      expect(column.max()).toBe(Math.max(...values));
      expect([...column]).toEqual(values);
      expect([...column.toTypedArray()]).toEqual(values);
      expect(column.length).toBe(COUNT);
    }
    const big = file.column('big');
    expect([big.sum(), big.min(), big.max()]).toEqual([-666n * 10n ** 14n, -36n * 10n ** 14n, 0n]);
    expect(file.column('huge').sum()).toBe(666n * 10n ** 14n);
    expect(file.column('huge').toTypedArray()).toBeInstanceOf(BigUint64Array);
    file.closeSync();
  });

  it('hand out elements in place, a window at a time', () => {
    const file = open();
    let seen = 0;
    for (const { array: elements, offset, stride, count, first } of file.column('at.lat').chunks()) {
      expect(first).toBe(seen);
      expect(elements).toBeInstanceOf(Float64Array);
      for (let k = 0; k < count; k++) expect(elements[offset + k * stride]).toBe((seen + k) / 8);
      elements[offset] = 1e6 + seen;
      seen += count;
    }
    expect(seen).toBe(COUNT);
    expect(file.get(8).at.lat).toBe(1e6 + 8);
    file.flushSync();
    file.closeSync();
    const again = RecordFile.open(file.path, Row);
    expect(again.column('at.lat').max()).toBe(1e6 + 32);
    expect([...again.column('kind').toTypedArray().subarray(0, 4)]).toEqual([0, 1, 2, 0]);
    expect([...again.column('ok').toTypedArray().subarray(0, 2)]).toEqual([0, 1]);
    expect(again.column('when').toTypedArray()[3]).toBe(30_000_000_000n);
    again.closeSync();
  });

  it('of other types are read one by one', () => {
    const file = open();
    expect([...file.column('name')].slice(0, 2)).toEqual(['row 0', 'row 1']);
    expect([...file.column('when')][2]).toEqual(new Date(2e10));
    expect(file.column('at').at(3)).toEqual(expected[3]!.at);
    expect(file.column('tags').at(3)).toEqual(expected[3]!.tags);
    expect([...file.column('ok')].slice(0, 2)).toEqual([false, true]);
    for (const path of ['name', 'at', 'tags'] as const) {
      failure(() => file.column(path).sum(), 'INVALID_ARGUMENT');
      failure(() => [...file.column(path).chunks()], 'INVALID_ARGUMENT');
      failure(() => file.column(path).toTypedArray(), 'INVALID_ARGUMENT');
    }
    for (const path of ['kind', 'ok', 'when'] as const)
      failure(() => file.column(path).sum(), 'INVALID_ARGUMENT');
    for (const path of [
      '',
      'id.x',
      'tags.3',
      'tags.x',
      'tags.01',
      'at.nothing',
      'at.',
      '.id',
      'constructor',
    ]) {
      failure(() => file.column(path as 'id'), 'INVALID_ARGUMENT');
    }
    file.closeSync();
  });

  it('of no records, and of NaN', () => {
    const Float = defineRecord({ a: f64, b: i32 });
    const file = RecordFile.create(name('nan'), Float);
    expect([file.column('a').sum(), file.column('a').min(), file.column('a').max()]).toEqual([
      0,
      undefined,
      undefined,
    ]);
    expect(file.column('b').toTypedArray().length).toBe(0);
    for (const a of [3, Number.NaN, -5, 4]) file.append({ a, b: 1 });
    expect([file.column('a').sum(), file.column('a').min(), file.column('a').max()]).toEqual([NaN, NaN, NaN]);
    file.closeSync();
  });

  it('of many records, in several blocks', () => {
    const Float = defineRecord({ a: f64, b: i32 });
    const file = RecordFile.create(name('many'), Float);
    file.appendMany(10_001, (value, index) => {
      value.a = index;
      value.b = 5000 - index;
    });
    expect(file.column('a').sum()).toBe((10_001 * 10_000) / 2);
    expect([file.column('b').min(), file.column('b').max()]).toEqual([-5000, 5000]);
    file.closeSync();
  });
});

/** What record files refuse: values that do not fit, indexes, use after close, writes where none are allowed. */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  array,
  bool,
  bytes,
  date,
  defineRecord,
  enumeration,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  RecordFile,
  record,
  u8,
  u16,
  u32,
  u64,
  utf8,
} from '../../src/record/index.js';
import { osWithFailingFlush } from '../support/failing-os.js';
import { failure, rejection } from '../support/failure.js';
import { tempFiles } from '../support/temp-folder.js';

const All = defineRecord({
  u8,
  i8,
  u16,
  i16,
  u32,
  i32,
  u64,
  i64,
  f32,
  f64,
  bool,
  date,
  text: utf8(4),
  raw: bytes(2),
  list: array(u8, 2),
  kind: enumeration('a', 'b'),
  nested: record({ deep: record({ x: i8 }), list: array(record({ y: u16 }), 2) }),
});
const good = {
  u8: 1,
  i8: 1,
  u16: 1,
  i16: 1,
  u32: 1,
  i32: 1,
  u64: 1n,
  i64: 1n,
  f32: 1,
  f64: 1,
  bool: true,
  date: new Date(1),
  text: 'a',
  raw: Uint8Array.of(1, 2),
  list: [1, 2],
  kind: 'a' as const,
  nested: { deep: { x: 1 }, list: [{ y: 1 }, { y: 2 }] },
};

const neverNumbers: unknown[] = [
  undefined,
  null,
  '1',
  '',
  true,
  1n,
  {},
  [],
  [1],
  Symbol('x'),
  () => 1,
  new Date(1),
];
const neverIntegers = [...neverNumbers, Number.NaN, Number.POSITIVE_INFINITY, 0.5, 2 ** 53];

const REFUSED: Record<string, unknown[]> = {
  u8: [...neverIntegers, -1, 256],
  i8: [...neverIntegers, -129, 128],
  u16: [...neverIntegers, -1, 65536],
  i16: [...neverIntegers, -32769, 32768],
  u32: [...neverIntegers, -1, 2 ** 32],
  i32: [...neverIntegers, -(2 ** 31) - 1, 2 ** 31],
  u64: [undefined, null, 1, '1', -1n, 2n ** 64n],
  i64: [undefined, null, 1, '1', -(2n ** 63n) - 1n, 2n ** 63n],
  f32: [...neverNumbers, 1e39, -1e39, Number.MAX_VALUE],
  f64: neverNumbers,
  bool: [undefined, null, 0, 1, 'true', {}],
  date: [undefined, null, 0, '2020-01-01', {}],
  text: [undefined, null, 1, 'abcde', 'äöü', 'a\0', '\ud800', 'a\udc00', {}, ['a']],
  raw: [undefined, null, 'ab', [1, 2], new Uint8Array(1), new Uint8Array(3), new Uint16Array(2)],
  list: [
    undefined,
    null,
    'ab',
    [],
    [1],
    [1, 2, 3],
    [1, 256],
    [1, undefined],
    { length: 2 },
    new DataView(new ArrayBuffer(2)),
  ],
  kind: [undefined, null, 0, 'c', '', 'constructor', ['a']],
  nested: [
    undefined,
    null,
    1,
    {},
    { deep: { x: 1 } },
    { deep: { x: 200 }, list: [{ y: 1 }, { y: 2 }] },
    { deep: { x: 1, z: 2 }, list: [{ y: 1 }, { y: 2 }] },
    { deep: { x: 1 }, list: [{ y: 1 }, { y: -2 }] },
  ],
};

describe('values that do not fit', () => {
  const name = tempFiles();

  for (const [field, values] of Object.entries(REFUSED)) {
    it(`${field}: are refused by every way in, and change nothing`, () => {
      const file = RecordFile.create(name('values'), All);
      file.append(good);
      const before = file.get(0);
      const cursor = file.cursor();
      cursor.next();
      const accessor = cursor.record as Record<string, unknown>;
      for (const value of values) {
        const wrong = { [field]: value };
        const calls = [
          () => file.append({ ...good, ...wrong } as typeof good),
          () => file.appendMany([good, { ...good, ...wrong } as typeof good]),
          () => file.set(0, { u8: 77, ...wrong } as object),
          () => {
            accessor[field] = value;
          },
          () =>
            file.appendMany(2, (added) => {
              (added as Record<string, unknown>)[field] = value;
            }),
        ];
        for (const call of calls) {
          const { message } = failure(call, 'INVALID_VALUE');
          expect(message).toContain(`'${field}`);
        }
        expect(file.count).toBe(1);
        expect(file.get(0)).toEqual(before);
      }
      file.closeSync();
    });
  }

  it('are named by their path', () => {
    const file = RecordFile.create(name('paths'), All);
    const message = (nested: unknown) =>
      failure(() => file.append({ ...good, nested } as typeof good)).message;
    expect(message({ deep: { x: 200 }, list: good.nested.list })).toContain(
      "'nested.deep.x' takes a whole number from -128",
    );
    expect(message({ deep: { x: 1 }, list: [{ y: 1 }, { y: -2 }] })).toContain("'nested.list.1.y'");
    expect(message({ deep: { x: 1, z: 1 }, list: good.nested.list })).toContain(
      "no field 'nested.deep.z'; there are x",
    );
    expect(failure(() => file.append({ ...good, more: 1 } as typeof good)).message).toContain("'more'");
    expect(failure(() => file.append({ u8: 1 } as typeof good)).message).toContain("'i8' takes");
    for (const value of [null, undefined, 3, 'record'])
      failure(() => file.append(value as never), 'INVALID_VALUE');
    for (const value of [null, undefined, 3])
      failure(() => file.appendMany([value] as never), 'INVALID_VALUE');
    file.append(good);
    for (const value of [null, undefined, 3, { more: 1 }])
      failure(() => file.set(0, value as never), 'INVALID_VALUE');
    file.closeSync();
  });

  it('keep their limits: the largest and smallest fit, NaN and infinities are kept by floats', () => {
    const file = RecordFile.create(name('limits'), All);
    const most = {
      ...good,
      u8: 255,
      i8: -128,
      u16: 65535,
      i16: -32768,
      u32: 2 ** 32 - 1,
      i32: -(2 ** 31),
      u64: 2n ** 64n - 1n,
      i64: -(2n ** 63n),
      f32: Number.POSITIVE_INFINITY,
      f64: Number.NaN,
      date: new Date(-8.64e15),
      text: 'äö',
    };
    file.append(most);
    expect(file.get(0)).toEqual(most);
    file.set(0, { f32: Number.NaN, f64: -0, date: new Date(8.64e15), text: '' });
    expect(file.get(0)).toMatchObject({ f32: Number.NaN, f64: -0, date: new Date(8.64e15), text: '' });
    file.set(0, { date: new Date(Number.NaN) });
    expect(file.get(0).date.getTime()).toBeNaN();
    file.set(0, { list: Uint8Array.of(9, 8) });
    expect(file.get(0).list).toEqual([9, 8]);
    file.closeSync();
  });
});

describe('record files refuse', () => {
  const name = tempFiles();
  const Pair = defineRecord({ a: u32, b: u32 });
  const make = (count: number) => {
    const path = name('pairs');
    const file = RecordFile.create(path, Pair, { capacity: 10 });
    file.appendMany(count, (pair, index) => {
      pair.a = index;
    });
    file.closeSync();
    return path;
  };

  it('indexes and ranges that are none', () => {
    const file = RecordFile.open(make(3), Pair, { mode: 'readwrite' });
    const cursor = file.cursor();
    for (const index of [3, -1, 2 ** 40]) {
      failure(() => file.get(index), 'OUT_OF_BOUNDS');
      failure(() => file.set(index, { a: 1 }), 'OUT_OF_BOUNDS');
      failure(() => cursor.moveTo(index), 'OUT_OF_BOUNDS');
      failure(() => file.column('a').at(index), 'OUT_OF_BOUNDS');
    }
    for (const index of [0.5, Number.NaN, '0', null, undefined, 1n, Number.POSITIVE_INFINITY]) {
      failure(() => file.get(index as number), 'INVALID_ARGUMENT');
      failure(() => file.truncateSync(index as number), 'INVALID_ARGUMENT');
      failure(() => file.reserve(index as number), 'INVALID_ARGUMENT');
      if (index !== undefined && index !== Number.POSITIVE_INFINITY) {
        failure(() => file.cursor({ from: index as number }), 'INVALID_ARGUMENT');
      }
    }
    failure(() => file.truncateSync(4), 'OUT_OF_BOUNDS');
    failure(() => file.truncateSync(-1), 'INVALID_ARGUMENT');
    failure(() => file.appendMany(-1, () => {}), 'INVALID_ARGUMENT');
    failure(() => file.appendMany(1.5, () => {}), 'INVALID_ARGUMENT');
    failure(() => file.appendMany(5 as never), 'INVALID_ARGUMENT');
    failure(() => file.appendMany({} as never), 'INVALID_ARGUMENT');
    failure(() => file.column('nothing' as 'a'), 'INVALID_ARGUMENT');
    expect(file.count).toBe(3);
    file.closeSync();
  });

  it('schemas that differ, naming the field', () => {
    const path = make(1);
    const differ: [string, ReturnType<typeof defineRecord>][] = [
      ["field 2 is 'b' in the file and 'c'", defineRecord({ a: u32, c: u32 })],
      ["the field 'b' is u32 in the file and i32", defineRecord({ a: u32, b: i32 })],
      ["the file has a field 'b' more", defineRecord({ a: u32 })],
      ["the field 'c' is not in the file", defineRecord({ a: u32, b: u32, c: u8 })],
    ];
    for (const [message, schema] of differ) {
      expect(failure(() => RecordFile.open(path, schema), 'SCHEMA_MISMATCH').message).toContain(message);
    }
    // The name of the schema is no part of it.
    RecordFile.open(path, defineRecord({ a: u32, b: u32 }, { name: 'Other' })).closeSync();
    failure(() => RecordFile.open(path, {} as never, { mode: 'sideways' as never }), 'INVALID_ARGUMENT');
    failure(() => RecordFile.open(path, 'u8' as never), 'INVALID_ARGUMENT');
  });

  it('to create where a file is, unless told to overwrite, and to open it twice for writing', () => {
    const path = make(2);
    failure(() => RecordFile.create(path, Pair), 'ALREADY_EXISTS');
    failure(() => RecordFile.create(path, {} as never), 'INVALID_ARGUMENT');
    failure(() => RecordFile.create(name('bad'), Pair, { capacity: -1 }), 'INVALID_ARGUMENT');
    failure(() => RecordFile.create(name('bad'), Pair, { capacity: 2 ** 53 }), 'INVALID_ARGUMENT');
    const file = RecordFile.create(path, Pair, { overwrite: true });
    expect(file.count).toBe(0);
    failure(() => RecordFile.open(path, Pair, { mode: 'readwrite' }), 'SHARING_VIOLATION');
    file.closeSync();
    expect(fs.existsSync(path)).toBe(true);
  });

  it('writes in mode readonly', async () => {
    const file = RecordFile.open(make(3), Pair);
    const cursor = file.cursor();
    cursor.next();
    failure(() => file.append({ a: 1, b: 1 }), 'READ_ONLY');
    failure(() => file.appendMany([]), 'READ_ONLY');
    failure(() => file.appendMany(1, () => {}), 'READ_ONLY');
    failure(() => file.set(0, { a: 1 }), 'READ_ONLY');
    failure(() => {
      cursor.record.a = 9;
    }, 'READ_ONLY');
    failure(() => file.truncateSync(0), 'READ_ONLY');
    failure(() => file.reserve(100), 'READ_ONLY');
    failure(() => file.flushSync(), 'READ_ONLY');
    failure(() => file.discard(), 'READ_ONLY');
    await rejection(file.flush(), 'READ_ONLY');
    await rejection(file.truncate(1), 'READ_ONLY');
    expect(file.get(0)).toEqual({ a: 0, b: 0 });
    await file.close();
  });

  it('everything after close, and closing again is harmless', async () => {
    for (const mode of ['readonly', 'readwrite', 'copy-on-write'] as const) {
      const file = RecordFile.open(make(3), Pair, { mode });
      const cursor = file.cursor();
      cursor.next();
      const column = file.column('a');
      const { array: elements } = [...column.chunks()][0]!;
      const iterator = file.records();
      iterator.next();
      if (mode === 'readonly') file.closeSync();
      else await file.close();
      expect(file.closed).toBe(true);
      const calls: (() => unknown)[] = [
        () => file.append({ a: 1, b: 1 }),
        () => file.appendMany(1, () => {}),
        () => file.get(0),
        () => file.set(0, {}),
        () => file.cursor(),
        () => cursor.next(),
        () => cursor.moveTo(0),
        () => cursor.record.a,
        () => {
          cursor.record.a = 1;
        },
        () => JSON.stringify(cursor.record),
        () => iterator.next(),
        () => [...file],
        () => file.column('a'),
        () => column.at(0),
        () => column.sum(),
        () => column.toTypedArray(),
        () => file.truncateSync(0),
        () => file.flushSync(),
        () => file.reserve(1),
        () => file.refresh(),
        () => file.discard(),
        () => file.capacity,
      ];
      for (const call of calls) failure(call, 'CLOSED');
      await rejection(file.flush(), 'CLOSED');
      expect(elements.length).toBe(0);
      file.closeSync();
      await file.close();
      file[Symbol.dispose]();
      await file[Symbol.asyncDispose]();
    }
  });

  it('an accessor that stands on no record', () => {
    const file = RecordFile.open(make(1), Pair, { mode: 'readwrite' });
    const cursor = file.cursor();
    const use = () => {
      failure(() => cursor.record.a, 'OUT_OF_BOUNDS');
      failure(() => {
        cursor.record.b = 1;
      }, 'OUT_OF_BOUNDS');
      failure(() => JSON.stringify(cursor.record), 'OUT_OF_BOUNDS');
      expect(cursor.index).toBe(-1);
    };
    use();
    while (cursor.next()) expect(cursor.record.a).toBe(0);
    use();
    file.append({ a: 5, b: 0 });
    expect(cursor.next()).toBe(true);
    expect([cursor.index, cursor.record.a]).toEqual([1, 5]);
    file.closeSync();
  });

  it('to work on the file from within appendMany', () => {
    const file = RecordFile.open(make(1), Pair, { mode: 'readwrite' });
    const within = (call: () => unknown) =>
      failure(
        () =>
          file.appendMany(1, () => {
            call();
          }),
        'INVALID_ARGUMENT',
      );
    within(() => file.append({ a: 1, b: 1 }));
    within(() => file.appendMany(1, () => {}));
    within(() => file.truncateSync(0));
    within(() => file.reserve(9));
    expect(file.count).toBe(1);
    failure(
      () =>
        file.appendMany(1, () => {
          file.closeSync();
        }),
      'CLOSED',
    );
  });

  it('to promise anything after a failed flush', async () => {
    let failing = false;
    const path = name('poisoned');
    const file = RecordFile.create(path, Pair, {}, { os: osWithFailingFlush(() => failing) });
    file.append({ a: 1, b: 1 });
    await file.flush();
    file.append({ a: 2, b: 2 });
    failing = true;
    await rejection(file.flush(), 'IO_ERROR');
    failing = false;
    await rejection(file.flush(), 'POISONED');
    failure(() => file.flushSync(), 'POISONED');
    await rejection(file.truncate(0), 'POISONED');
    await rejection(file.close(), 'POISONED');
    expect(file.closed).toBe(true);
    const again = RecordFile.open(path, Pair);
    expect([...again]).toEqual([{ a: 1, b: 1 }]);
    again.closeSync();
  });
});

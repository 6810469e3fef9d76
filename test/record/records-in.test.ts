/**
 * recordsIn: typed records in a view, of shared memory and of files.
 *
 * Method: random schemas with random values are stored through one view and read through another of the same memory, by
 * every way in and out; what lies around the records must stay as it was.
 */
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  array,
  defineRecord,
  enumeration,
  type FieldLayout,
  f64,
  MappedFile,
  RecordFile,
  recordsIn,
  SharedMemory,
  u8,
  u32,
  utf8,
} from '../../src/index.js';
import type { SharedRequest } from '../processes/shared.js';
import { uniqueName } from '../shared/names.js';
import { Child } from '../support/child.js';
import { failure } from '../support/failure.js';
import { runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';
import { schemaAndRecords } from './arbitraries.js';

const Point = defineRecord({
  id: u32,
  at: f64,
  name: utf8(12),
  tags: array(u8, 3),
  kind: enumeration('a', 'b'),
});
const ZERO = { id: 0, at: 0, name: '', tags: [0, 0, 0], kind: 'a' };

function memoryOf(size: number): SharedMemory {
  const memory = SharedMemory.create(uniqueName('records'), { size });
  onTestFinished(() => memory.close());
  return memory;
}

describe('records in a view', () => {
  it('of any schema come out of another view as they were put in, and touch nothing else', () => {
    fc.assert(
      fc.property(schemaAndRecords, fc.nat(3), fc.nat(3), ({ schema, records }, before, inView) => {
        const { recordSize } = schema;
        const bytes = records.length * recordSize;
        using memory = SharedMemory.create(uniqueName('any'), { size: 8 * (before + inView) + bytes + 24 });
        using other = SharedMemory.open(memory.name);
        memory.view().fill(0xaa);
        const [start, offset, count] = [8 * (before + inView), 8 * inView, records.length];
        memory.view(start, bytes).fill(0);
        const here = recordsIn(memory.view(8 * before), schema, { offset, count });
        const there = recordsIn(other.view(start), schema, { count });
        expect([here.count, there.count]).toEqual([count, count]);
        for (const [index, value] of records.entries()) here.set(index, value);
        expect([...there]).toEqual(records);
        expect(Array.from(there.records(), (record) => fieldsOf(record, schema.fields))).toEqual(records);
        const around = Buffer.concat([memory.view(0, start).bytes, memory.view(start + bytes, 24).bytes]);
        expect(around.every((byte) => byte === 0xaa)).toBe(true);
      }),
      runs(150),
    );
  });

  it('are all there from the beginning, as many as fit', () => {
    const memory = memoryOf(10 * Point.recordSize + 8);
    const view = memory.view(0, 10 * Point.recordSize + 8);
    const points = recordsIn(view, Point);
    expect([points.count, points.schema]).toEqual([10, Point]);
    expect(points.get(9)).toEqual(ZERO);
    expect(recordsIn(view, Point, { offset: 8 }).count).toBe(10);
    expect(recordsIn(view, Point, { offset: 16 }).count).toBe(9);
    expect(recordsIn(view, Point, { count: 0 }).cursor().next()).toBe(false);
    failure(() => points.get(10), 'OUT_OF_BOUNDS');
    failure(() => points.get(-1), 'OUT_OF_BOUNDS');
    failure(() => recordsIn(view, Point, { count: 2 }).get(2), 'OUT_OF_BOUNDS');
  });

  it('are changed through cursors and read as columns, live', () => {
    const memory = memoryOf(1000 * Point.recordSize);
    const writer = recordsIn(memory.view(), Point, { count: 1000 });
    const reader = recordsIn(memory.view(), Point, { count: 1000 });
    const ids = reader.column('id');
    const cursor = writer.cursor();
    for (let id = 1; cursor.next(); id++) {
      cursor.record.id = id;
      cursor.record.name = `point ${id}`;
      cursor.record.kind = id % 2 === 0 ? 'b' : 'a';
    }
    expect([ids.sum(), ids.min(), ids.max(), ids.length]).toEqual([500_500, 1, 1000, 1000]);
    expect(reader.get(999)).toEqual({ ...ZERO, id: 1000, name: 'point 1000', kind: 'b' });
    for (const { array: values, offset } of writer.column('id').chunks()) values[offset] = 77;
    expect(reader.get(0).id).toBe(77);
    failure(() => writer.set(0, { id: -1 }), 'INVALID_VALUE');
    expect(() => {
      cursor.moveTo(3).id = 2 ** 32;
    }).toThrow('id');
    expect(reader.get(3).id).toBe(4);
  });

  it('are gone with the view: reading and storing say so, also in the middle of a page', () => {
    const view = memoryOf(10 * Point.recordSize).view();
    const points = recordsIn(view, Point, { count: 10 });
    const cursor = points.cursor();
    cursor.next();
    cursor.record.id = 5;
    const column = points.column('id');
    view.close();
    expect(points.closed).toBe(true);
    const uses = [
      () => points.get(0),
      () => points.set(0, { id: 1 }),
      () => points.cursor(),
      () => points.column('id'),
      () => [...points],
      () => column.sum(),
      () => column.at(0),
      () => cursor.next(),
      () => cursor.record.id,
      () => {
        cursor.record.id = 6;
      },
      () => recordsIn(view, Point),
    ];
    for (const use of uses) expect(failure(use, 'CLOSED').message).toMatch(/closed/);
  });

  it('are refused where the view refuses writes', () => {
    const memory = memoryOf(10 * Point.recordSize);
    recordsIn(memory.view(), Point).set(1, { id: 7 });
    using other = SharedMemory.open(memory.name, { mode: 'readonly' });
    const points = recordsIn(other.view(), Point);
    expect(points.get(1).id).toBe(7);
    failure(() => points.set(1, { id: 8 }), 'READ_ONLY');
    const cursor = points.cursor();
    cursor.next();
    failure(() => {
      cursor.record.id = 8;
    }, 'READ_ONLY');
  });

  it('begin at a multiple of 8', () => {
    const memory = memoryOf(4096);
    const view = memory.view();
    failure(() => recordsIn(view, Point, { offset: 4 }), 'INVALID_ARGUMENT');
    failure(() => recordsIn(memory.view(4), Point, { offset: 4 }), 'INVALID_ARGUMENT');
    failure(() => recordsIn(view, Point, { offset: view.length + 8 }), 'OUT_OF_BOUNDS');
    failure(() => recordsIn(view, Point, { count: 100_000 }), 'OUT_OF_BOUNDS');
    failure(() => recordsIn(view, Point, { count: 1.5 }), 'INVALID_ARGUMENT');
    // biome-ignore lint/suspicious/noExplicitAny: arguments that the types forbid
    const any = recordsIn as any;
    failure(() => any(view, Point, { from: 1 }), 'INVALID_ARGUMENT');
    failure(() => any(memory, Point), 'INVALID_ARGUMENT');
    failure(() => any(view, { id: u32 }), 'INVALID_ARGUMENT');
  });
});

describe('where they stand', () => {
  const path = tempFiles();

  it('in a file: they are there at the next start, as the records of a record file are', () => {
    const file = path('points');
    {
      using mapped = MappedFile.open(file, { mode: 'readwrite', create: true, size: 10 * Point.recordSize });
      recordsIn(mapped.view(), Point).set(3, { id: 3, name: 'third' });
      mapped.flushSync();
    }
    using again = MappedFile.open(file, { mode: 'copy-on-write' });
    const points = recordsIn(again.view(), Point);
    expect(points.get(3)).toEqual({ ...ZERO, id: 3, name: 'third' });
    points.set(3, { id: 4 });
    again.discard();
    expect(points.get(3).id).toBe(3);
  });

  it('in a record file: the very records', () => {
    using records = RecordFile.create(path('file'), Point, { share: 'readwrite' });
    records.append({ id: 1, at: 2, name: 'x', tags: [1, 2, 3], kind: 'b' });
    records.flushSync();
    using mapped = MappedFile.open(records.path, { mode: 'readwrite', share: 'readwrite' });
    const points = recordsIn(mapped.view(), Point, { offset: records.dataOffset, count: 1 });
    expect([...points]).toEqual([...records]);
    points.set(0, { id: 2 });
    expect(records.get(0).id).toBe(2);
  });

  it('in memory of another process', async () => {
    const Seat = defineRecord({ row: u32, guest: utf8(20) });
    const memory = memoryOf(100 * Seat.recordSize);
    const seats = recordsIn(memory.view(), Seat, { count: 100 });
    const child = Child.start<SharedRequest>('shared');
    await child.ask({ do: 'open', name: memory.name });
    for (let index = 0; index < 100; index += 33) {
      await child.ask({ do: 'seat', index, row: index + 1, guest: `guest ${index}` });
      expect(seats.get(index)).toEqual({ row: index + 1, guest: `guest ${index}` });
    }
    expect(seats.column('row').sum()).toBe(1 + 34 + 67 + 100);
  });
});

/** What an accessor shows, field by field, through its getters. */
function fieldsOf(accessor: Record<string, unknown>, fields: readonly FieldLayout[]): unknown {
  return Object.fromEntries(
    fields.map(({ name, type }) => {
      const value = accessor[name];
      const nested = type.kind === 'record';
      return [name, nested ? fieldsOf(value as Record<string, unknown>, type.fields) : value];
    }),
  );
}

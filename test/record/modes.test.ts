/** Copy-on-write openings, readers beside a writer, capacity, and disposal. */
import * as fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nativeOs } from '../../src/os/index.js';
import { array, defineRecord, RecordFile, u8, u32, utf8 } from '../../src/record/index.js';
import { osWith } from '../support/failing-os.js';
import { failure, rejection } from '../support/failure.js';
import { runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';

const Item = defineRecord({ id: u32, name: utf8(6), tags: array(u8, 3) });
const item = (id: number) => ({ id, name: `i${id}`, tags: [id & 7, 1, 2] });
const items = (count: number, from = 0) => Array.from({ length: count }, (_, index) => item(from + index));

describe('copy-on-write', () => {
  const name = tempFiles();
  const make = (count: number, capacity: number) => {
    const path = name('cow');
    const file = RecordFile.create(path, Item, { capacity });
    file.appendMany(items(count));
    file.closeSync();
    return path;
  };

  it('lets everything be done, and none of it reaches the file or another opening', async () => {
    const change = fc.record({
      kind: fc.constantFrom('set', 'cursor', 'append', 'truncate', 'column'),
      at: fc.nat(1000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 30 }), async (changes) => {
        const path = make(20, 40);
        const before = fs.readFileSync(path);
        const other = RecordFile.open(path, Item);
        const file = RecordFile.open(path, Item, { mode: 'copy-on-write' });
        const model = items(20);
        for (const { kind, at } of changes) {
          const index = model.length === 0 ? 0 : at % model.length;
          if (kind === 'append' && model.length < 40) {
            expect(file.append(item(at))).toBe(model.length);
            model.push(item(at));
          } else if (kind === 'truncate') {
            await file.truncate(index);
            model.length = index;
          } else if (model.length === 0) continue;
          else if (kind === 'set') {
            file.set(index, { name: 'set' });
            model[index]!.name = 'set';
          } else if (kind === 'cursor') {
            file.cursor().moveTo(index).id = at;
            model[index]!.id = at;
          } else {
            const { array: elements, offset, stride } = [...file.column('tags.1').chunks()][0]!;
            elements[offset + index * stride] = at & 0xff;
            model[index]!.tags[1] = at & 0xff;
          }
          expect([...file]).toEqual(model);
          expect([...other]).toEqual(items(20));
        }
        file.discard();
        expect([...file]).toEqual(items(20));
        file.set(0, { id: 99 });
        await file.close();
        expect([...other]).toEqual(items(20));
        other.closeSync();
        expect(fs.readFileSync(path).equals(before)).toBe(true);
        fs.rmSync(path);
      }),
      runs(60),
    );
  });

  it('appends within the capacity of the file only, and refuses to flush', async () => {
    const file = RecordFile.open(make(2, 3), Item, { mode: 'copy-on-write' });
    expect(file.capacity).toBe(3);
    file.append(item(2));
    expect(failure(() => file.append(item(3)), 'READ_ONLY').message).toContain('room for 3 records');
    failure(() => file.appendMany(items(2)), 'READ_ONLY');
    failure(() => file.reserve(4), 'READ_ONLY');
    expect([...file]).toEqual(items(3));
    failure(() => file.flushSync(), 'READ_ONLY');
    await rejection(file.flush(), 'READ_ONLY');
    file.closeSync();
  });
});

describe('a reader beside a writer', () => {
  const name = tempFiles();

  it('sees what was committed when it looks again, through growth', async () => {
    const path = name('shared');
    const writer = RecordFile.create(path, Item, { capacity: 2, share: 'read' });
    writer.append(item(0));
    await writer.flush();
    const reader = RecordFile.open(path, Item);
    const fork = RecordFile.open(path, Item, { mode: 'copy-on-write' });
    const cursor = reader.cursor();
    expect(cursor.next()).toBe(true);
    writer.appendMany(items(50_000, 1));
    expect(reader.refresh()).toBe(1);
    await writer.flush();
    expect(cursor.next()).toBe(false);
    expect(reader.refresh()).toBe(50_001);
    let seen = 1;
    while (cursor.next()) expect(cursor.record.id).toBe(seen++);
    expect(seen).toBe(50_001);
    await writer.truncate(10);
    expect(reader.refresh()).toBe(10);
    failure(() => cursor.moveTo(10), 'OUT_OF_BOUNDS');
    expect([...reader]).toEqual(items(10));
    // A writer's own count stands.
    writer.append(item(10));
    expect(writer.refresh()).toBe(11);
    // A private change of the count stands too.
    fork.append(item(77));
    expect(fork.refresh()).toBe(2);
    for (const file of [reader, fork]) file.closeSync();
    await writer.close();
  });
});

describe('capacity', () => {
  const name = tempFiles();

  it('is reserved, and grows by itself in large steps', () => {
    const file = RecordFile.create(name('grow'), Item, { capacity: 0 });
    expect([file.count, file.capacity]).toEqual([0, 0]);
    const capacities = new Set<number>();
    for (let index = 0; index < 200_000; index++) {
      file.append({ id: index, name: '', tags: [0, 0, 0] });
      capacities.add(file.capacity);
    }
    expect(capacities.size).toBeLessThan(8);
    file.reserve(1_000_000);
    expect(file.capacity).toBeGreaterThanOrEqual(1_000_000);
    expect(file.column('id').sum()).toBe((200_000 * 199_999) / 2);
    file.closeSync();
    expect(fs.statSync(file.path).size).toBeGreaterThanOrEqual(file.dataOffset + 1_000_000 * Item.recordSize);
  });

  it('leaves fields that a filler does not set at zero, whatever lay there', () => {
    const file = RecordFile.create(name('zero'), Item, { capacity: 100 });
    file.appendMany(items(50));
    file.truncateSync(0);
    expect(file.appendMany(50, () => {})).toBe(50);
    for (const value of file) expect(value).toEqual({ id: 0, name: '', tags: [0, 0, 0] });
    expect(file.appendMany(0, () => {})).toBe(0);
    expect(file.appendMany([])).toBe(0);
    file.closeSync();
  });
});

describe('disposal', () => {
  const name = tempFiles();

  it('flushes what a writer appended', async () => {
    const path = name('dispose');
    const file = RecordFile.create(path, Item);
    file.append(item(1));
    file[Symbol.dispose]();
    const again = RecordFile.open(path, Item, { mode: 'readwrite' });
    again.append(item(2));
    await again[Symbol.asyncDispose]();
    const reader = RecordFile.open(path, Item);
    expect([...reader]).toEqual([item(1), item(2)]);
    await Promise.all([reader.close(), reader.close()]);
  });

  it('with a flush under way, by a blocking one that writes all that the first was to write', async () => {
    const ranges: [number, number][] = [];
    const os = osWith({
      // Begins, and never tells that it is done before the blocking one is through.
      flushViewOfFileAsync: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
      },
      flushViewOfFile: (view, offset, length) => {
        ranges.push([Number(offset), Number(offset) + Number(length)]);
        nativeOs().flushViewOfFile(view, offset, length);
      },
    });
    const file = RecordFile.create(name('cut'), Item, { capacity: 10_000 }, { os });
    file.appendMany(items(5000));
    file.flushSync();
    file.set(4000, { id: 1 });
    const flushing = file.flush();
    await new Promise((resolve) => setImmediate(resolve));
    ranges.length = 0;
    file.append(item(5000));
    file.flushSync();
    const [from, to] = ranges[0]!;
    const changed = file.dataOffset + 4000 * Item.recordSize;
    expect(from).toBeLessThanOrEqual(changed);
    expect(to).toBeGreaterThanOrEqual(file.dataOffset + 5001 * Item.recordSize);
    await flushing;
    file.closeSync();
  });

  it('in two ways at once, with a flush under way, loses nothing', async () => {
    const path = name('both');
    const file = RecordFile.create(path, Item);
    file.append(item(1));
    const flushing = file.flush();
    file.append(item(2));
    file.closeSync();
    await flushing;
    const again = RecordFile.open(path, Item, { mode: 'readwrite' });
    expect([...again]).toEqual([item(1), item(2)]);
    again.append(item(3));
    const closing = again.close();
    failure(() => again.append(item(4)), 'CLOSED');
    await again.close();
    await closing;
    const reader = RecordFile.open(path, Item);
    expect(reader.count).toBe(3);
    reader.closeSync();
  });
});

/**
 * Stores, and a second close, after the first.
 *
 * The bugs: pages that had been stored into stayed open to stores when the file was closed. After `closeSync` a setter of
 * a copy-on-write opening was silently ignored, or threw a bare RangeError (texts); after a `close` that nobody awaited
 * a store was accepted and reached the file. And `closeSync` after such a `close` returned at once, with nothing flushed
 * and the file still open, so that a process that exited then lost what it was promised to be kept.
 */
import { describe, expect, it } from 'vitest';
import { defineRecord, RecordFile, record, u32, utf8 } from '../../src/record/index.js';
import { osWith } from '../support/failing-os.js';
import { failure } from '../support/failure.js';
import { tempFiles } from '../support/temp-folder.js';

const Item = defineRecord({ a: u32, text: utf8(8), inner: record({ b: u32 }) });
const item = (a: number) => ({ a, text: `t${a}`, inner: { b: a } });

describe('after close', () => {
  const name = tempFiles();
  const make = (count = 1) => {
    const path = name('closed');
    const file = RecordFile.create(path, Item);
    for (let index = 0; index < count; index++) file.append(item(index));
    file.closeSync();
    return path;
  };

  /** Every setter of a record whose page was stored into throws CLOSED. */
  const expectClosed = (found: { a: number; text: string; inner: { b: number } }) => {
    failure(() => {
      found.a = 77;
    }, 'CLOSED');
    failure(() => {
      found.text = 'late';
    }, 'CLOSED');
    failure(() => {
      found.inner.b = 77;
    }, 'CLOSED');
    failure(() => {
      found.inner = { b: 77 };
    }, 'CLOSED');
  };

  it.each(['copy-on-write', 'readwrite'] as const)('setters throw CLOSED, mode %s', (mode) => {
    const file = RecordFile.open(make(), Item, { mode });
    const cursor = file.cursor();
    cursor.next();
    cursor.record.a = 5;
    file.closeSync();
    expectClosed(cursor.record);
  });

  it('setters throw CLOSED while the close is under way, and what was stored before is on the disk', async () => {
    const path = make();
    const file = RecordFile.open(path, Item, { mode: 'readwrite' });
    const cursor = file.cursor();
    cursor.next();
    cursor.record.a = 5;
    const closing = file.close();
    expectClosed(cursor.record);
    await closing;
    const again = RecordFile.open(path, Item);
    expect([...again]).toEqual([{ ...item(0), a: 5 }]);
    again.closeSync();
  });

  it('the last flush still covers what was stored before', async () => {
    const path = make(10);
    const ranges: number[][] = [];
    const os = osWith({
      flushViewOfFileAsync: async (_, offset, length) => {
        ranges.push([Number(offset), Number(offset) + Number(length)]);
      },
    });
    const file = RecordFile.open(path, Item, { mode: 'readwrite' }, { os });
    const { dataOffset } = file;
    file.set(9, { a: 1 });
    await file.close();
    expect(ranges[0]![1]).toBeGreaterThanOrEqual(dataOffset + 10 * Item.recordSize);
  });

  it('closeSync cuts into a close that is under way: flushed and closed when it returns', async () => {
    const path = make();
    const calls: string[] = [];
    let goOn = () => {};
    const os = osWith({
      flushFileBuffersAsync: () =>
        new Promise((resolve) => {
          calls.push('began');
          goOn = resolve;
        }),
    });
    for (const begun of [false, true]) {
      const file = RecordFile.open(path, Item, { mode: 'readwrite' }, { os });
      const { count } = file;
      file.append(item(count));
      calls.length = 0;
      const closing = file.close();
      while (begun && calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
      expect(calls.length).toBe(begun ? 1 : 0);
      file.closeSync();
      // Exclusive openings exclude each other: the file is closed. The header counts the record: it was flushed.
      const again = RecordFile.open(path, Item, { mode: 'readwrite' });
      expect(again.count).toBe(count + 1);
      again.closeSync();
      goOn();
      await closing;
      file.closeSync();
      await file.close();
    }
  });
});

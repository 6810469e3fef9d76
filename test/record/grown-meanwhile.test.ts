/**
 * Looking again at a file that a writer made longer meanwhile.
 *
 * The bug: a copy-on-write opening keeps the length that the file had, and so `refresh` and `discard` found more records
 * than fit and threw CORRUPT, '… somebody cut it short', about a file that was sound. They had believed the new header
 * by then. A reader that looked between the growth and the header could meet the same.
 */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nativeOs } from '../../src/os/index.js';
import { defineRecord, RecordFile, u32 } from '../../src/record/index.js';
import { osWith } from '../support/failing-os.js';
import { failure } from '../support/failure.js';
import { tempFiles } from '../support/temp-folder.js';

const Item = defineRecord({ a: u32, b: u32 });
const items = (count: number) => Array.from({ length: count }, (_, a) => ({ a, b: a }));

describe('a file that has grown', () => {
  const name = tempFiles();
  const make = () => {
    const path = name('grown');
    const writer = RecordFile.create(path, Item, { capacity: 4, share: 'readwrite' });
    writer.appendMany(items(3));
    writer.flushSync();
    return { path, writer };
  };

  it('is FILE_CHANGED to a copy-on-write opening, which stays as it was', () => {
    const { path, writer } = make();
    const fork = RecordFile.open(path, Item, { mode: 'copy-on-write' });
    writer.appendMany(items(5000));
    writer.flushSync();
    const { message } = failure(() => fork.refresh(), 'FILE_CHANGED');
    expect(message).toContain('grown beyond what this copy-on-write opening covers; open it again');
    expect([...fork]).toEqual(items(3));
    fork.append({ a: 9, b: 9 });
    failure(() => fork.discard(), 'FILE_CHANGED');
    expect([...fork]).toEqual([...items(3), { a: 9, b: 9 }]);
    // Back within what is covered: all is well again.
    writer.truncateSync(4);
    fork.discard();
    expect([...fork]).toEqual([...items(3), { a: 0, b: 0 }]);
    writer.truncateSync(2);
    expect(fork.refresh()).toBe(2);
    fork.closeSync();
    const again = RecordFile.open(path, Item, { mode: 'copy-on-write' });
    expect([...again]).toEqual(items(2));
    again.closeSync();
    writer.closeSync();
  });

  it('is read whole, however late its length is learned', () => {
    const { path, writer } = make();
    // The writer grows the file and commits just when the reader has asked for its length.
    let grow = () => {};
    const os = osWith({
      getFileSizeEx: (file) => {
        const size = nativeOs().getFileSizeEx(file);
        grow();
        return size;
      },
    });
    const reader = RecordFile.open(path, Item, { share: 'readwrite' }, { os });
    for (const look of [
      () => reader.refresh(),
      () => {
        const late = RecordFile.open(path, Item, { share: 'readwrite' }, { os });
        const { count } = late;
        late.closeSync();
        return count;
      },
    ]) {
      const more = 2 * writer.capacity;
      grow = () => {
        grow = () => {};
        writer.appendMany(more, () => {});
        writer.flushSync();
      };
      expect(look()).toBe(writer.count);
    }
    reader.closeSync();
    writer.closeSync();
  });

  // Windows shortens no file that is mapped.
  it.skipIf(process.platform === 'win32')('and was then cut short is CORRUPT, and the count stays', () => {
    const { path, writer } = make();
    writer.appendMany(items(5000));
    writer.closeSync();
    for (const mode of ['readonly', 'copy-on-write'] as const) {
      const copy = name('cut');
      fs.copyFileSync(path, copy);
      const file = RecordFile.open(copy, Item, { mode });
      fs.truncateSync(copy, file.dataOffset + 800);
      if (mode === 'readonly') {
        failure(() => file.refresh(), 'CORRUPT');
        expect(file.count).toBe(5003);
      }
      file.closeSync();
      failure(() => RecordFile.open(copy, Item, { mode }), 'CORRUPT');
    }
  });
});

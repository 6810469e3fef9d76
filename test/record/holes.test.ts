/**
 * Files whose capacity is a hole.
 *
 * The bug: `cp --sparse=always` and `rsync -S` turn capacity, which is zeros, into a hole. It was taken for room that the
 * file has, and on a full disk the first append into it killed the process (SIGBUS).
 *
 * Method: small file systems of one's own, on Linux as root; elsewhere, that the blocks are asked for before a store.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nativeOs } from '../../src/os/index.js';
import { defineRecord, RecordFile, u32 } from '../../src/record/index.js';
import { osWith } from '../support/failing-os.js';
import { failure } from '../support/failure.js';
import { mounted, whyNotMountable } from '../support/mounts.js';
import { tempFiles } from '../support/temp-folder.js';

const Item = defineRecord({ a: u32, b: u32 });
const MIB = 2 ** 20;
const CAPACITY = 1_000_000;

/** A file of one record whose capacity is a hole. */
function make(path: string): string {
  const file = RecordFile.create(path, Item, { capacity: 10 });
  file.append({ a: 1, b: 1 });
  const { dataOffset } = file;
  file.closeSync();
  fs.truncateSync(path, dataOffset + CAPACITY * Item.recordSize);
  return path;
}

/** The first stores of an opening, each of its own kind. */
const STORES: Record<string, (file: RecordFile) => unknown> = {
  append: (file) => file.append({ a: 2, b: 2 }),
  'append of many': (file) =>
    file.appendMany(CAPACITY - 1, (record) => {
      record.a = 3;
    }),
  set: (file) => file.set(0, { a: 4 }),
  'a setter': (file) => {
    file.cursor().moveTo(0).a = 5;
  },
  'arrays over the mapping': (file) => [...file.column('a').chunks()],
};

for (const fileSystem of ['tmpfs', 'ext4'] as const) {
  const why = whyNotMountable(fileSystem);

  describe.skipIf(why)(`a hole on a full disk, ${fileSystem}${why ? ` (skipped: ${why})` : ''}`, () => {
    const mount = mounted();

    it('is DISK_FULL before anything is stored, and filled once there is room', () => {
      const disk = mount(fileSystem, 16);
      const path = make(join(disk.folder, 'file'));
      const ballast = join(disk.folder, 'ballast');
      const { bavail, bsize } = fs.statfsSync(disk.folder);
      fs.writeFileSync(ballast, Buffer.alloc(bavail * bsize - MIB, 1));
      for (const [what, store] of Object.entries(STORES)) {
        const file = RecordFile.open(path, Item, { mode: 'readwrite' });
        failure(() => store(file), 'DISK_FULL');
        expect([...file], what).toEqual([{ a: 1, b: 1 }]);
        file.closeSync();
      }
      const file = RecordFile.open(path, Item, { mode: 'readwrite' });
      failure(() => file.append({ a: 2, b: 2 }), 'DISK_FULL');
      fs.rmSync(ballast);
      file.appendMany(CAPACITY - 1, (record, index) => {
        record.a = index;
      });
      file.closeSync();
      expect(fs.statSync(path).blocks * 512).toBeGreaterThanOrEqual(CAPACITY * Item.recordSize);
    });
  });
}

describe('a hole', () => {
  const name = tempFiles();

  it('is filled before the first store of an opening, and looked for once', () => {
    for (const [what, store] of Object.entries(STORES)) {
      const asked: number[][] = [];
      const os = osWith({
        getAllocatedSize: () => 0,
        allocateBlocks: (file, offset, length) => {
          asked.push([Number(offset), Number(length)]);
          nativeOs().allocateBlocks(file, offset, length);
        },
      });
      const file = RecordFile.open(make(name('hole')), Item, { mode: 'readwrite' }, { os });
      expect([...file], 'reading asks for nothing').toHaveLength(1);
      expect(asked, what).toEqual([]);
      store(file);
      file.set(0, { b: 9 });
      const whole = [file.dataOffset, CAPACITY * Item.recordSize];
      expect(asked, what).toEqual([whole]);
      file.closeSync();
    }
  });
});

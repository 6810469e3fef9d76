/**
 * A disk without room, and one that may only be read: errors with a code, the file as it was, open views unharmed.
 * Method: small file systems of one's own, on Linux as root.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { MappedFile } from '../../src/mapping/index.js';
import {
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  GENERIC_READ,
  GENERIC_WRITE,
  OPEN_EXISTING,
  PAGE_READWRITE,
} from '../../src/os/constants.js';
import { nativeOs } from '../../src/os/native.js';
import { failure, rejection } from '../support/failure.js';
import { type FileSystem, type Mount, mounted, whyNotMountable } from '../support/mounts.js';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const SIZES_MIB: Record<FileSystem, number> = { tmpfs: 4, ext4: 16, xfs: 320, btrfs: 128 };
const FULL = { code: 'DISK_FULL', win32Error: 112, errnoName: 'ENOSPC' } as const;

/** Leaves about this much room, by a file that occupies the rest. */
function fillUp(disk: Mount, roomBytes: number): void {
  const { bavail, bsize } = fs.statfsSync(disk.folder);
  const ballast = join(disk.folder, 'ballast');
  using file = MappedFile.open(ballast, {
    mode: 'readwrite',
    create: 'new',
    size: bavail * bsize - roomBytes,
  });
  expect(file.allocatedBytes).toBeGreaterThan(0);
}

for (const fileSystem of ['tmpfs', 'ext4', 'xfs', 'btrfs'] as const) {
  const why = whyNotMountable(fileSystem);

  describe.skipIf(why)(`a full disk, ${fileSystem}${why ? ` (skipped: ${why})` : ''}`, () => {
    const mount = mounted();
    let disk: Mount;
    beforeAll(() => {
      disk = mount(fileSystem, SIZES_MIB[fileSystem]);
    });
    const big = () => 2 * SIZES_MIB[fileSystem] * MIB;

    it('creating is DISK_FULL, and leaves no file', () => {
      for (const create of [true, 'new', 'always'] as const) {
        const name = join(disk.folder, 'new');
        failure(() => MappedFile.open(name, { mode: 'readwrite', create, size: big() }), FULL);
        expect(fs.existsSync(name)).toBe(false);
      }
    });

    it('growing is DISK_FULL: length, contents, blocks and views are as they were, and room is not lost', async () => {
      const name = join(disk.folder, 'file');
      using file = MappedFile.open(name, {
        mode: 'readwrite',
        create: 'new',
        size: 100_000,
        share: 'readwrite',
      });
      const view = file.view();
      view.fill(5);
      await file.flush();
      const before = file.allocatedBytes;
      const room = () => fs.statfsSync(disk.folder).bavail * fs.statfsSync(disk.folder).bsize;
      const roomBefore = room();
      await rejection(file.resize(big()), FULL);
      failure(() => file.resizeSync(big()), FULL);
      failure(() => MappedFile.open(name, { mode: 'readwrite', share: 'readwrite', size: big() }), FULL);
      expect([file.size, fs.statSync(name).size]).toEqual([100_000, 100_000]);
      // An index block that the file system needed on the way may stay.
      expect(file.allocatedBytes - before).toBeLessThanOrEqual(4 * KIB);
      expect(room()).toBeGreaterThan(roomBefore - 256 * KIB);
      expect(fs.readFileSync(name).equals(Buffer.alloc(100_000, 5))).toBe(true);
      view.fill(6);
      await file.flush();
      await file.resize(200_000);
      file.view().fill(7);
      await file.flush();
      expect(fs.readFileSync(name).equals(Buffer.alloc(200_000, 7))).toBe(true);
      file.close();
      fs.rmSync(name);
    });

    it('a larger mapping is 112, as the calls of the system say it', () => {
      const name = join(disk.folder, 'section');
      fs.writeFileSync(name, 'hello');
      const os = nativeOs();
      const [access, share] = [(GENERIC_READ | GENERIC_WRITE) >>> 0, FILE_SHARE_READ | FILE_SHARE_WRITE];
      const file = os.createFile(name, access, share, null, OPEN_EXISTING, 0);
      failure(() => os.createFileMapping(file, null, PAGE_READWRITE, big(), null), FULL);
      expect(os.getFileSizeEx(file)).toBe(5);
      os.setEndOfFile(file, 3);
      os.closeHandle(file);
      fs.rmSync(name);
    });

    it('filling the holes of a sparse file is DISK_FULL, and it stays usable', async () => {
      const name = join(disk.folder, 'sparse');
      const options = { mode: 'readwrite', create: 'new', size: big(), sparse: true } as const;
      using file = MappedFile.open(name, options);
      const view = file.view();
      view.setUint8(0, 9);
      await rejection(file.allocate(), FULL);
      expect([file.size, view.getUint8(0)]).toEqual([big(), 9]);
      file.close();
      fs.rmSync(name);
    });

    it('with next to no room left, opened files go on, and small ones fit in', async () => {
      const name = join(disk.folder, 'early');
      using file = MappedFile.open(name, { mode: 'readwrite', create: 'new', size: 64 * KIB });
      const view = file.view();
      view.fill(1);
      await file.flush();
      fillUp(disk, fileSystem === 'btrfs' ? 8 * MIB : 256 * KIB);
      const rest = fs.statfsSync(disk.folder);
      await rejection(file.resize(64 * KIB + (rest.bavail + 64) * rest.bsize + MIB), FULL);
      view.fill(2);
      // btrfs writes every change to a new place: without room it cannot promise this.
      if (fileSystem !== 'btrfs') await file.flush();
      file.close();
      using copy = MappedFile.open(name, { mode: 'copy-on-write' });
      copy.view().fill(3, 0, 10);
      expect([copy.view().getUint8(5), copy.view().getUint8(500)]).toEqual([3, 2]);
    });
  });
}

const why = whyNotMountable('ext4');

describe.skipIf(why)(`a read-only file system${why ? ` (skipped: ${why})` : ''}`, () => {
  const mount = mounted();

  it('reading and copy-on-write work, writing and creating is READ_ONLY_MEDIA', () => {
    const disk = mount('ext4', 16);
    const name = join(disk.folder, 'file');
    fs.writeFileSync(name, 'hello');
    disk.remount('ro');
    const MEDIA = { code: 'READ_ONLY_MEDIA', win32Error: 19, errnoName: 'EROFS' } as const;
    failure(() => MappedFile.open(name, { mode: 'readwrite' }), MEDIA);
    failure(() => MappedFile.open(name, { mode: 'readwrite', create: true, size: 100 }), MEDIA);
    failure(() => MappedFile.open(name, { mode: 'readwrite', create: 'always', size: 100 }), MEDIA);
    const fresh = join(disk.folder, 'fresh');
    failure(() => MappedFile.open(fresh, { mode: 'readwrite', create: 'new', size: 100 }), MEDIA);
    failure(() => MappedFile.open(fresh), 'NOT_FOUND');
    {
      using file = MappedFile.open(name);
      expect(file.view().getString(0, 5)).toBe('hello');
      file.view().bytes.fill(0);
      using copy = MappedFile.open(name, { mode: 'copy-on-write' });
      copy.view().setString(0, 'HELLO');
      expect(copy.view().getString(0, 5)).toBe('HELLO');
      copy.discard();
      expect(copy.view().getString(0, 5)).toBe('hello');
    }
    disk.remount('rw');
    expect(fs.readFileSync(name, 'utf8')).toBe('hello');
    disk.remove();
  });
});

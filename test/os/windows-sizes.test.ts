/** Sizes on Windows: in two DWORDs, of sparse files, and blocks on a disk that may be full. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  CREATE_ALWAYS,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  GENERIC_READ,
  PAGE_READWRITE,
} from '../../src/os/constants.js';
import type { FileHandle, Os } from '../../src/os/os.js';
import {
  bytes,
  GIB,
  ON_WINDOWS,
  READ_WRITE,
  readStart,
  SHARE_ALL,
  windowsSubject,
} from './windows-subject.js';

/** A folder on a disk of a few MiB, which tools/wine/run.sh provides where it may mount one. */
const SMALL_DISK = process.env.PERDURE_SMALL_DISK;

describe.skipIf(!ON_WINDOWS)('sizes', () => {
  const subject = windowsSubject();
  const { closeAll, failure, fails, freshName, freshPath, open, map, view } = subject;
  let os: Os;
  beforeAll(() => {
    os = subject.os;
  });

  describe('sizes', () => {
    /** A file longer than 4 GiB that occupies next to nothing. Under Wine every file is sparse. */
    const sparseFile = (lengthBytes: number): FileHandle => {
      const path = freshPath();
      fs.writeFileSync(path, '');
      try {
        execFileSync('fsutil', ['sparse', 'setflag', path], { stdio: 'ignore' });
      } catch {
        // Not under Wine, and only for speed.
      }
      const file = open(path);
      os.setEndOfFile(file, lengthBytes);
      return file;
    };

    it('maps beyond 4 GiB', () => {
      const file = sparseFile(5 * GIB + 3);
      expect(os.getFileSizeEx(file)).toBe(5 * GIB + 3);
      expect(os.getAllocatedSize(file)).toBeLessThan(GIB);
      const mapping = map(file);
      expect(mapping.sizeBytes).toBe(5 * GIB + 3);
      const offset = 4 * GIB + 12_345;
      const written = view(mapping, FILE_MAP_WRITE, offset, 10);
      expect(written.offset).toBe(offset);
      expect(written.buffer.byteLength).toBe(10);
      bytes(written).set([1, 2, 3]);
      const aligned = view(mapping, FILE_MAP_READ, 4 * GIB, 20_000);
      expect([...bytes(aligned).subarray(12_344, 12_349)]).toEqual([0, 1, 2, 3, 0]);
      // The low DWORD alone would have put it here.
      expect([...bytes(view(mapping, FILE_MAP_READ, 12_345, 3))]).toEqual([0, 0, 0]);
      expect(view(mapping, FILE_MAP_READ, 5 * GIB, 0).lengthBytes).toBe(3);
    });

    it('extends by a mapping beyond 4 GiB', () => {
      const file = sparseFile(1);
      expect(map(file, PAGE_READWRITE, 4 * GIB + 5).sizeBytes).toBe(4 * GIB + 5);
      expect(os.getFileSizeEx(file)).toBe(4 * GIB + 5);
    });

    it('refuses to shorten a mapped file, by a handle or by a view', () => {
      const path = freshPath();
      const file = open(path, READ_WRITE, SHARE_ALL);
      os.setEndOfFile(file, 200_000);
      const mapping = map(file);
      const mapped = view(mapping);
      os.closeHandle(mapping);
      fails(() => os.setEndOfFile(file, 10), 1224, 'FILE_IN_USE');
      fails(() => open(path, READ_WRITE, SHARE_ALL, CREATE_ALWAYS), 1224, 'FILE_IN_USE');
      os.setEndOfFile(file, 300_000);
      os.unmapViewOfFile(mapped);
      os.setEndOfFile(file, 10);
      expect(os.getFileSizeEx(file)).toBe(10);
    });

    it('refuses sizes that no file has, and files opened for reading', () => {
      const file = open(freshPath(), READ_WRITE, SHARE_ALL);
      expect(['TOO_LARGE', 'DISK_FULL']).toContain(failure(() => os.setEndOfFile(file, 2 ** 52)).code);
      expect(['TOO_LARGE', 'DISK_FULL']).toContain(failure(() => os.allocateBlocks(file, 0, 2 ** 52)).code);
      expect(failure(() => os.allocateBlocks(file, Number.MAX_SAFE_INTEGER, 1)).code).toBe('TOO_LARGE');
      expect(os.getFileSizeEx(file)).toBe(0);
      const reader = open(file.path, GENERIC_READ, SHARE_ALL);
      fails(() => os.setEndOfFile(reader, 10), 5, 'ACCESS_DENIED');
      fails(() => os.allocateBlocks(reader, 0, 10), 5, 'ACCESS_DENIED');
      fails(() => os.flushFileBuffers(reader), 5, 'ACCESS_DENIED');
    });

    it.each(['synchronously', 'in another thread'])('allocates blocks %s', async (how) => {
      const allocate = async (file: FileHandle, offset: number, length: number) =>
        how === 'synchronously'
          ? os.allocateBlocks(file, offset, length)
          : os.allocateBlocksAsync(file, offset, length);
      const file = open(freshPath());
      os.setEndOfFile(file, 300_000);
      const mapping = map(file);
      const first = view(mapping);
      bytes(first)[70_000] = 7;
      os.flushViewOfFile(first, 0, 0);
      await allocate(file, 0, 200_000);
      expect(os.getFileSizeEx(file)).toBe(300_000);
      expect(os.getAllocatedSize(file)).toBeGreaterThanOrEqual(200_000);
      await allocate(file, 250_000, 2_000_000);
      expect(os.getFileSizeEx(file)).toBe(2_250_000);
      expect(os.getAllocatedSize(file)).toBeGreaterThanOrEqual(2_200_000);
      expect(bytes(first)[70_000]).toBe(7);
      const grown = bytes(view(map(file), FILE_MAP_READ));
      expect(grown.length).toBe(2_250_000);
      expect(grown.reduce((sum, byte) => sum + byte, 0)).toBe(7);
      await allocate(file, 0, 0);
      await allocate(file, 0, 10);
      expect(os.getFileSizeEx(file)).toBe(2_250_000);
    });
  });

  describe.skipIf(SMALL_DISK === undefined)('a full disk', () => {
    const full = { code: 'DISK_FULL', win32Error: 112 };

    it.each(['new blocks', 'holes'])('refuses %s, and leaves the file as it was', async (what) => {
      const path = join(SMALL_DISK!, `${freshName()}.bin`);
      const file = open(path);
      os.allocateBlocks(file, 0, 10_000);
      const first = bytes(view(map(file, PAGE_READWRITE)));
      first.fill(7);
      if (what === 'holes') os.setEndOfFile(file, GIB);
      const lengthBytes = os.getFileSizeEx(file);
      expect(failure(() => os.allocateBlocks(file, 5_000, GIB - 5_000))).toMatchObject(full);
      expect(os.getFileSizeEx(file)).toBe(lengthBytes);
      await expect(os.allocateBlocksAsync(file, 0, GIB + 1)).rejects.toMatchObject(full);
      expect(os.getFileSizeEx(file)).toBe(lengthBytes);
      expect(first.every((byte) => byte === 7)).toBe(true);
      closeAll();
      expect(readStart(path, 10_000).every((byte) => byte === 7)).toBe(true);
      fs.rmSync(path);
    });
  });
});

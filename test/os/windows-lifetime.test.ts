/** Handles and views on Windows: closed once, and not while another thread uses them. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { FILE_SHARE_NONE, GENERIC_READ, OPEN_EXISTING, PAGE_READWRITE } from '../../src/os/constants.js';
import type { Os } from '../../src/os/os.js';
import { type Kernel32, loadKernel32 } from '../../src/os/windows/kernel32.js';
import { lastErrorOf } from '../../src/os/windows/last-error.js';
import { bytes, ON_WINDOWS, READ_WRITE, SHARE_ALL, windowsSubject } from './windows-subject.js';

describe.skipIf(!ON_WINDOWS)('life and death', () => {
  const subject = windowsSubject();
  const { folder, failure, fails, freshPath, open, map, view } = subject;
  let os: Os;
  let kernel32: Kernel32;
  beforeAll(() => {
    os = subject.os;
    kernel32 = loadKernel32();
  });

  describe('life and death', () => {
    it('detaches every buffer when unmapped, and unmaps once', () => {
      const mapped = view(map(open(freshPath()), PAGE_READWRITE, 100_000));
      const windows = [mapped.buffer, mapped.window(10, 20), mapped.window(50_000, 1)];
      const arrays = windows.map((buffer) => new Uint8Array(buffer));
      os.unmapViewOfFile(mapped);
      os.unmapViewOfFile(mapped);
      for (const array of arrays) {
        expect(array.length).toBe(0);
        expect(array[0]).toBeUndefined();
      }
      expect(mapped.closed).toBe(true);
      for (const use of [
        () => mapped.buffer,
        () => os.flushViewOfFile(mapped, 0, 0),
        () => os.revertView(mapped),
        () => os.queryResidency(mapped, 0, 1),
        () => os.adviseView(mapped, 0, 1, 'random'),
        () => os.prefetchVirtualMemory(mapped, 0, 1),
        () => os.queryDirtyBytes(mapped, 0, 1),
      ]) {
        expect(failure(use).code).toBe('CLOSED');
      }
    });

    it('closes a handle once, and refuses it afterwards', () => {
      const file = open(freshPath());
      const mapping = map(file, PAGE_READWRITE, 100);
      const mapped = view(mapping);
      for (const handle of [mapping, mapping, file, file]) os.closeHandle(handle);
      bytes(mapped)[0] = 1;
      os.flushViewOfFile(mapped, 0, 0);
      fails(() => os.getFileSizeEx(file), 6, 'CLOSED');
      fails(() => view(mapping), 6, 'CLOSED');
      fails(() => os.getFileSizeEx(mapping as never), 6, 'CLOSED');
      fails(() => map(4 as never), 6, 'INVALID_HANDLE');
      fails(() => os.closeHandle({ kind: 'file' } as never), 6, 'INVALID_HANDLE');
      fails(() => os.unmapViewOfFile({} as never), 6, 'INVALID_HANDLE');
    });

    it('keeps the file open and the view mapped until an asynchronous flush is done', async () => {
      for (let round = 0; round < 20; round++) {
        const path = freshPath();
        const file = open(path, READ_WRITE, FILE_SHARE_NONE);
        const mapping = map(file, PAGE_READWRITE, 1 << 20);
        const mapped = view(mapping);
        bytes(mapped).fill(round + 1);
        const flushes = [
          os.flushViewOfFileAsync(mapped, 0, 0),
          os.flushFileBuffersAsync(file),
          os.allocateBlocksAsync(file, 0, 1 << 21),
        ];
        os.unmapViewOfFile(mapped);
        os.closeHandle(mapping);
        os.closeHandle(file);
        // Still exclusive: CloseHandle waits for the flush.
        fails(() => open(path, GENERIC_READ, SHARE_ALL), 32, 'SHARING_VIOLATION');
        await expect(os.flushFileBuffersAsync(file)).rejects.toMatchObject({ code: 'CLOSED' });
        await Promise.all(flushes);
        expect(
          fs
            .readFileSync(path)
            .subarray(0, 1 << 20)
            .every((byte) => byte === round + 1),
        ).toBe(true);
      }
    });

    it('rejects an asynchronous flush with the number of its own thread', async () => {
      const reader = open(freshPath(), GENERIC_READ, SHARE_ALL);
      const checks = Array.from({ length: 100 }, async () => {
        const flush = os.flushFileBuffersAsync(reader);
        fails(() => open(join(folder, 'none'), READ_WRITE, 0, OPEN_EXISTING), 2, 'NOT_FOUND');
        await expect(flush).rejects.toMatchObject({ win32Error: 5, code: 'ACCESS_DENIED' });
      });
      await Promise.all(checks);
    });

    it('lets more asynchronous calls wait than koffi runs at once', async () => {
      const results = Array.from({ length: 600 }, () =>
        lastErrorOf(kernel32, (done) => kernel32.FlushFileBuffers.async(-5, done)),
      );
      expect(new Set(await Promise.all(results))).toEqual(new Set([6]));
    });
  });
});

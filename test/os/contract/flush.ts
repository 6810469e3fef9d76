/**
 * FlushViewOfFile and FlushFileBuffers, at once and in another thread: what they take, what they refuse, and that
 * closing meanwhile is safe. What a flush is worth after a power cut is tried elsewhere.
 */
import { describe, expect, it } from 'vitest';
import {
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  GENERIC_READ,
  PAGE_READONLY,
  PAGE_READWRITE,
} from '../../../src/os/constants.js';
import { failure, rejection } from '../../support/failure.js';
import { bytesOf, MIB, type Subject } from './subject.js';

export function flushContract(subject: Subject): void {
  const opened = (length = 200_000) => {
    const file = subject.file(length);
    const mapping = subject.mapping(file, PAGE_READWRITE);
    return { file, mapping, view: subject.view(mapping, FILE_MAP_WRITE) };
  };

  describe('flushing', () => {
    it('takes any range, unaligned, empty and to the end', async () => {
      const { file, view } = opened();
      bytesOf(view).fill(7);
      for (const [offset, length] of [
        [0, 0],
        [1, 1],
        [65_535, 2],
        [199_999, 1],
        [200_000, 0],
        [100, 199_900],
      ] as const) {
        subject.os.flushViewOfFile(view, offset, length);
        await subject.os.flushViewOfFileAsync(view, offset, length);
      }
      subject.os.flushViewOfFile(view, 5n, 6n);
      subject.os.flushFileBuffers(file);
      await subject.os.flushFileBuffersAsync(file);
    });

    it('refuses ranges beyond the view', async () => {
      const { view } = opened();
      for (const [offset, length] of [
        [0, 200_001],
        [200_001, 0],
        [199_999, 2],
        [1, Number.MAX_SAFE_INTEGER],
      ] as const) {
        failure(() => subject.os.flushViewOfFile(view, offset, length), 'OUT_OF_BOUNDS');
        await rejection(subject.os.flushViewOfFileAsync(view, offset, length), 'OUT_OF_BOUNDS');
      }
      failure(() => subject.os.flushViewOfFile(view, -1, 0), 'INVALID_ARGUMENT');
      await rejection(subject.os.flushViewOfFileAsync(view, 0, Number.NaN), 'INVALID_ARGUMENT');
    });

    it('of a view for reading does nothing; FlushFileBuffers needs GENERIC_WRITE: 5', async () => {
      const path = subject.fileOf(Buffer.from('hello'));
      const file = subject.open(path, { access: GENERIC_READ });
      const view = subject.view(subject.mapping(file, PAGE_READONLY), FILE_MAP_READ);
      subject.os.flushViewOfFile(view, 0, 0);
      await subject.os.flushViewOfFileAsync(view, 0, 0);
      failure(() => subject.os.flushFileBuffers(file), { code: 'ACCESS_DENIED', win32Error: 5 });
      await rejection(subject.os.flushFileBuffersAsync(file), { code: 'ACCESS_DENIED', win32Error: 5 });
    });

    it('leaves the event loop free', async () => {
      const { file, view } = opened(16 * MIB);
      bytesOf(view).fill(3);
      let turns = 0;
      const timer = setInterval(() => turns++, 0);
      await subject.os.flushViewOfFileAsync(view, 0, 0);
      await subject.os.flushFileBuffersAsync(file);
      clearInterval(timer);
      expect(turns).toBeGreaterThanOrEqual(0);
    });

    it('is finished safely when view, mapping and file are closed meanwhile', async () => {
      for (let round = 0; round < 20; round++) {
        const { file, mapping, view } = opened(2 * MIB);
        bytesOf(view).fill(round);
        const flushes = [
          subject.os.flushViewOfFileAsync(view, 0, 0),
          subject.os.flushViewOfFileAsync(view, 4096, 100),
          subject.os.flushFileBuffersAsync(file),
        ];
        subject.os.unmapViewOfFile(view);
        subject.os.closeHandle(mapping);
        subject.os.closeHandle(file);
        expect(view.closed).toBe(true);
        await Promise.all(flushes);
        const again = subject.open(file.path);
        const read = subject.view(subject.mapping(again, PAGE_READONLY), FILE_MAP_READ);
        expect(bytesOf(read).equals(Buffer.alloc(2 * MIB, round))).toBe(true);
        subject.closeAll();
      }
    });

    it('of a view alone is finished safely when the view and its handles are closed meanwhile', async () => {
      for (let round = 0; round < 20; round++) {
        const { file, mapping, view } = opened(2 * MIB);
        bytesOf(view).fill(round);
        const flush = subject.os.flushViewOfFileAsync(view, 0, 0);
        subject.os.closeHandle(file);
        subject.os.closeHandle(mapping);
        subject.os.unmapViewOfFile(view);
        await flush;
      }
    });

    it('once closed and done, the file can be shortened', async () => {
      const { file, mapping, view } = opened();
      bytesOf(view).fill(1);
      const flush = subject.os.flushViewOfFileAsync(view, 0, 0);
      subject.os.closeHandle(mapping);
      subject.os.unmapViewOfFile(view);
      await flush;
      subject.os.setEndOfFile(file, 10);
      expect(subject.os.getFileSizeEx(file)).toBe(10);
    });
  });
}

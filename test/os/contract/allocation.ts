/**
 * Blocks, residency and hints: allocation keeps contents and occupies the disk, residency has one byte a page, and a
 * hint never changes what is read.
 */
import { describe, expect, it } from 'vitest';
import {
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  PAGE_READONLY,
  PAGE_READWRITE,
} from '../../../src/os/constants.js';
import type { Advice } from '../../../src/os/os.js';
import { failure, rejection } from '../../support/failure.js';
import { randomBytes } from '../../support/seed.js';
import { bytesOf, KIB, MIB, type Subject } from './subject.js';

const ADVICE: Advice[] = ['normal', 'random', 'sequential', 'dontneed'];

export function allocationContract(subject: Subject): void {
  const allocations = [
    [
      'allocateBlocks',
      (...args: Parameters<Subject['os']['allocateBlocks']>) => subject.os.allocateBlocks(...args),
    ],
    [
      'allocateBlocksAsync',
      (...args: Parameters<Subject['os']['allocateBlocks']>) => subject.os.allocateBlocksAsync(...args),
    ],
  ] as const;

  describe.each(allocations)('%s', (_name, allocate) => {
    it('extends the file with zeros that occupy blocks', async () => {
      const file = subject.open(subject.fileOf(Buffer.from('hello')));
      await allocate(file, 5, 300_000);
      expect(subject.os.getFileSizeEx(file)).toBe(300_005);
      expect(subject.os.getAllocatedSize(file)).toBeGreaterThanOrEqual(300_005);
      const bytes = bytesOf(subject.view(subject.mapping(file, PAGE_READONLY), FILE_MAP_READ));
      expect(bytes.subarray(0, 5).toString()).toBe('hello');
      expect(bytes.subarray(5).equals(Buffer.alloc(300_000))).toBe(true);
    });

    it('fills a hole, keeps what is around it, and never shortens', async () => {
      const file = subject.file(8 * MIB);
      const mapping = subject.mapping(file, PAGE_READWRITE);
      const bytes = bytesOf(subject.view(mapping, FILE_MAP_WRITE));
      const marks = [0, MIB - 1, 2 * MIB, 5 * MIB + 3, 8 * MIB - 1];
      for (const at of marks) bytes[at] = 9;
      subject.os.flushFileBuffers(file);
      await allocate(file, MIB, 4 * MIB);
      expect(subject.os.getFileSizeEx(file)).toBe(8 * MIB);
      expect(subject.os.getAllocatedSize(file)).toBeGreaterThanOrEqual(4 * MIB);
      for (const at of marks) expect(bytes[at]).toBe(9);
      expect(bytes.filter((byte) => byte !== 0).length).toBe(marks.length);
    });

    it('of nothing does nothing', async () => {
      const file = subject.file(100);
      await allocate(file, 0, 0);
      await allocate(file, 5000, 0);
      expect(subject.os.getFileSizeEx(file)).toBe(100);
    });

    it('takes bigints', async () => {
      const file = subject.file(0);
      await allocate(file, 0n, 70_000n);
      expect(subject.os.getFileSizeEx(file)).toBe(70_000);
    });

    it('more than any disk has is an error, and the file is as it was', async () => {
      const file = subject.open(subject.fileOf(Buffer.from('hello')));
      const before = subject.os.getAllocatedSize(file);
      const call = async () => allocate(file, 0, 2 ** 52);
      const error = await rejection(call());
      expect(['DISK_FULL', 'TOO_LARGE']).toContain(error.code);
      expect(subject.os.getFileSizeEx(file)).toBe(5);
      expect(subject.os.getAllocatedSize(file)).toBe(before);
    });
  });

  it('a file grown by its length alone occupies less than that where the system has sparse files', () => {
    const file = subject.file(64 * MIB);
    expect(subject.os.getAllocatedSize(file)).toBeLessThanOrEqual(64 * MIB);
    if (process.platform === 'linux') expect(subject.os.getAllocatedSize(file)).toBeLessThan(MIB);
  });

  it('allocating while the handle is closed meanwhile is safe', async () => {
    const file = subject.file(0);
    const allocation = subject.os.allocateBlocksAsync(file, 0, 4 * MIB);
    subject.os.closeHandle(file);
    await allocation;
    expect(subject.os.getFileSizeEx(subject.open(file.path))).toBe(4 * MIB);
  });

  describe('residency', () => {
    it('has one byte for each page, from the page that holds the offset', () => {
      const { pageSize, allocationGranularity } = subject.os.getSystemInfo();
      const length = 10 * allocationGranularity + 5;
      const mapping = subject.mapping(subject.file(length), PAGE_READWRITE);
      const view = subject.view(mapping, FILE_MAP_WRITE);
      bytesOf(view).fill(1);
      const all = subject.os.queryResidency(view, 0, 0);
      expect(all.length).toBe(Math.ceil(length / pageSize));
      expect(all.every((page) => page === 1)).toBe(true);
      expect(subject.os.queryResidency(view, 1, 1).length).toBe(1);
      expect(subject.os.queryResidency(view, pageSize - 1, 2).length).toBe(2);
      expect(subject.os.queryResidency(view, length, 0).length).toBe(0);
      failure(() => subject.os.queryResidency(view, 0, length + 1), 'OUT_OF_BOUNDS');
    });

    it('counts pages of the file also for a view that begins at an odd place', () => {
      const { pageSize } = subject.os.getSystemInfo();
      const mapping = subject.mapping(subject.file(40 * pageSize), PAGE_READWRITE);
      const view = subject.view(mapping, FILE_MAP_WRITE, pageSize + 10, 2 * pageSize);
      expect(subject.os.queryResidency(view, 0, 0).length).toBe(3);
    });
  });

  describe('hints', () => {
    it.each(ADVICE)('%s changes nothing that is read, in any kind of view', (advice) => {
      const content = randomBytes(300 * KIB);
      const file = subject.open(subject.fileOf(content));
      const mapping = subject.mapping(file, PAGE_READWRITE);
      for (const access of [FILE_MAP_READ, FILE_MAP_WRITE, FILE_MAP_COPY]) {
        const view = subject.view(mapping, access, 3);
        const bytes = bytesOf(view);
        const expected = Buffer.from(content.subarray(3));
        if (access !== FILE_MAP_READ) {
          bytes.fill('stored', 10, 100_000);
          expected.fill('stored', 10, 100_000);
        }
        subject.os.adviseView(view, 0, 0, advice);
        subject.os.adviseView(view, 70_000, 10, advice);
        expect(bytes.equals(expected)).toBe(true);
        if (access === FILE_MAP_WRITE) bytes.set(content.subarray(3));
      }
    });

    it('a range beyond the view is refused, an empty one is not', () => {
      const view = subject.view(subject.mapping(subject.file(1000), PAGE_READWRITE), FILE_MAP_READ);
      subject.os.prefetchVirtualMemory(view, 0, 0);
      subject.os.prefetchVirtualMemory(view, 1000, 0);
      failure(() => subject.os.prefetchVirtualMemory(view, 0, 1001), 'OUT_OF_BOUNDS');
      failure(() => subject.os.adviseView(view, 1001, 0, 'normal'), 'OUT_OF_BOUNDS');
      failure(() => subject.os.queryDirtyBytes(view, 0, 1001), 'OUT_OF_BOUNDS');
    });

    it('an unknown advice is refused', () => {
      const view = subject.view(subject.mapping(subject.file(1000), PAGE_READWRITE), FILE_MAP_READ);
      failure(() => subject.os.adviseView(view, 0, 0, 'willneed' as Advice), 'INVALID_ARGUMENT');
    });

    it('dirty bytes are a number of whole pages, or unknown', () => {
      const { pageSize } = subject.os.getSystemInfo();
      const file = subject.file(MIB);
      const view = subject.view(subject.mapping(file, PAGE_READWRITE), FILE_MAP_WRITE);
      const before = subject.os.queryDirtyBytes(view, 0, 0);
      if (before === undefined) return;
      bytesOf(view)[5] = 1;
      const after = subject.os.queryDirtyBytes(view, 0, 0)!;
      expect(after).toBeGreaterThanOrEqual(pageSize);
      expect(after % pageSize).toBe(0);
    });
  });
}

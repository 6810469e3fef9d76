/**
 * Mappings backed by the page file: zeroed memory of a size that must be given, shared by its views, gone with them.
 * (docs: "CreateFileMappingW function": hFile is INVALID_HANDLE_VALUE)
 */
import { describe, expect, it } from 'vitest';
import type { ByteCount } from '../../../src/os/arguments.js';
import {
  FILE_MAP_ALL_ACCESS,
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  INVALID_HANDLE_VALUE,
  PAGE_READONLY,
  PAGE_READWRITE,
} from '../../../src/os/constants.js';
import type { FileHandle } from '../../../src/os/os.js';
import { failure } from '../../support/failure.js';
import { randomBytes } from '../../support/seed.js';
import { NO_SIZES } from './sizes.js';
import { bytesOf, GIB, type Subject } from './subject.js';

export function pageFileContract(subject: Subject): void {
  const create = (size: ByteCount, name: string | null = null) =>
    subject.own(subject.os.createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, size, name));

  describe('memory backed by the page file', () => {
    // The system may round the size up to whole pages, as Windows does.
    it.each([1, 100, 256, 4095, 4096, 4097, 65_537, 3_000_000])('of %d bytes is zeros', (size) => {
      const mapping = create(size);
      const { pageSize } = subject.os.getSystemInfo();
      expect(mapping).toMatchObject({ kind: 'file mapping', protection: PAGE_READWRITE, closed: false });
      expect(mapping.alreadyExisted).toBe(false);
      expect(mapping.sizeBytes).toBeGreaterThanOrEqual(size);
      expect(mapping.sizeBytes).toBeLessThanOrEqual(Math.ceil(size / pageSize) * pageSize);
      const bytes = bytesOf(subject.view(mapping, FILE_MAP_ALL_ACCESS));
      expect(bytes.length).toBe(mapping.sizeBytes);
      expect(bytes.equals(Buffer.alloc(bytes.length))).toBe(true);
      expect(bytesOf(subject.view(mapping, FILE_MAP_READ, 0, size)).length).toBe(size);
    });

    it('takes its size as a bigint', () => {
      expect(create(70_000n).sizeBytes).toBeGreaterThanOrEqual(70_000);
    });

    it.each(['unnamed', 'named'])('of size 0 is refused, %s: 87', (named) => {
      const name = named === 'named' ? subject.name() : null;
      for (const size of [0, 0n]) {
        const { message } = failure(() => create(size, name), { code: 'INVALID_ARGUMENT', win32Error: 87 });
        expect(message).toMatch(/^CreateFileMapping: maximumSize 0 .*; say its size in bytes$/);
      }
      if (name) failure(() => subject.os.openFileMapping(FILE_MAP_READ, false, name), 'NOT_FOUND');
    });

    it.each(NO_SIZES)('of size %s is refused', (_name, value) => {
      const { message } = failure(() => create(value as ByteCount), 'INVALID_ARGUMENT');
      expect(message).toContain('maximumSize must be a whole number of bytes from 1 to');
    });

    it.each([
      ['2 ** 50', 2 ** 50],
      ['2 ** 53 - 1', Number.MAX_SAFE_INTEGER],
    ])('of %s bytes is beyond memory, and its name stays free', (_name, size) => {
      const name = subject.name();
      failure(() => create(size, name), 'OUT_OF_MEMORY');
      failure(() => subject.os.openFileMapping(FILE_MAP_READ, false, name), 'NOT_FOUND');
      expect(create(100, name).alreadyExisted).toBe(false);
    });

    it('beyond 4 GiB is mapped by 64-bit offsets, which are no others than they seem', () => {
      const mapping = create(5 * GIB);
      expect(mapping.sizeBytes).toBe(5 * GIB);
      const places = [0, 2 * GIB - 8, 4 * GIB - 8, 4 * GIB + 123, 5 * GIB - 8];
      for (const [index, at] of places.entries()) {
        bytesOf(subject.view(mapping, FILE_MAP_WRITE, at, 8)).fill(index + 1);
      }
      for (const [index, at] of places.entries()) {
        const bytes = bytesOf(subject.view(mapping, FILE_MAP_READ, at, 8));
        expect(bytes.equals(Buffer.alloc(8, index + 1))).toBe(true);
      }
    });

    it('is seen by all its views, and by those of no other mapping', () => {
      const content = randomBytes(200_000);
      const [mapping, other] = [create(content.length), create(content.length)];
      const store = bytesOf(subject.view(mapping, FILE_MAP_WRITE, 0, content.length));
      const views = [0, 1, 4096, 70_001].map((at) => [at, subject.view(mapping, FILE_MAP_READ, at)] as const);
      store.set(content);
      for (const [at, view] of views) {
        expect(
          bytesOf(view)
            .subarray(0, content.length - at)
            .equals(content.subarray(at)),
        ).toBe(true);
      }
      const untouched = bytesOf(subject.view(other, FILE_MAP_READ, 0, content.length));
      expect(untouched.equals(Buffer.alloc(content.length))).toBe(true);
    });

    it('keeps copy-on-write stores in their view', () => {
      const mapping = create(100_000);
      const shared = bytesOf(subject.view(mapping, FILE_MAP_WRITE));
      const copy = bytesOf(subject.view(mapping, FILE_MAP_COPY));
      copy.fill(7, 0, 5000);
      expect(shared.equals(Buffer.alloc(shared.length))).toBe(true);
      shared[50_000] = 1;
      expect([copy[0], copy[50_000]]).toEqual([7, 1]);
    });

    it('with PAGE_READONLY is zeros, and no view may write', () => {
      const mapping = subject.memory(5000, null, PAGE_READONLY);
      expect(mapping.protection).toBe(PAGE_READONLY);
      const bytes = bytesOf(subject.view(mapping, FILE_MAP_READ, 0, 5000));
      expect(bytes.equals(Buffer.alloc(5000))).toBe(true);
      for (const access of [FILE_MAP_WRITE, FILE_MAP_ALL_ACCESS]) {
        failure(() => subject.view(mapping, access), { code: 'ACCESS_DENIED', win32Error: 5 });
      }
    });

    it('has views inside it only: 5', () => {
      const mapping = create(4096);
      failure(() => subject.view(mapping, FILE_MAP_READ, 0, mapping.sizeBytes + 1), { win32Error: 5 });
      failure(() => subject.view(mapping, FILE_MAP_READ, mapping.sizeBytes, 1), { win32Error: 5 });
    });

    it('lives on in a view whose handle was closed', () => {
      const mapping = create(100);
      const first = bytesOf(subject.view(mapping, FILE_MAP_WRITE));
      const second = bytesOf(subject.view(mapping, FILE_MAP_READ));
      subject.os.closeHandle(mapping);
      first.write('still there');
      expect(second.toString('latin1', 0, 11)).toBe('still there');
      failure(() => subject.view(mapping, FILE_MAP_READ), { code: 'CLOSED', win32Error: 6 });
    });

    it('may be flushed, to nowhere', async () => {
      const view = subject.view(create(10_000), FILE_MAP_WRITE);
      bytesOf(view).fill(1);
      subject.os.flushViewOfFile(view, 0, 0);
      await subject.os.flushViewOfFileAsync(view, 100, 5000);
      expect(bytesOf(view)[9999]).toBe(1);
    });
  });

  it.each([undefined, null, 0, 1, -2, 'file', {}])(
    '%s is neither a file nor INVALID_HANDLE_VALUE',
    (value) => {
      failure(() => subject.mapping(value as unknown as FileHandle, PAGE_READWRITE, 100), {
        code: 'INVALID_HANDLE',
        win32Error: 6,
      });
    },
  );
}

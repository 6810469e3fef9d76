/**
 * Sizes of mappings and of files: 0 for the file's length, larger ones that extend it, files without bytes, and the
 * refusal to shorten what is mapped. (docs: "CreateFileMappingW function", "SetEndOfFile function")
 */
import { describe, expect, it } from 'vitest';
import type { ByteCount } from '../../../src/os/arguments.js';
import {
  CREATE_ALWAYS,
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  GENERIC_READ,
  GENERIC_WRITE,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
  TRUNCATE_EXISTING,
} from '../../../src/os/constants.js';
import { failure } from '../../support/failure.js';
import { bytesOf, GIB, READ_WRITE, type Subject } from './subject.js';

const READ_ONLY_PROTECTIONS = [PAGE_READONLY, PAGE_WRITECOPY].map((value) => [value.name, value] as const);

export const NO_SIZES: [name: string, value: unknown][] = [
  ['NaN', Number.NaN],
  ['-1', -1],
  ['1.5', 1.5],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['2 ** 53', 2 ** 53],
  ['2n ** 64n', 2n ** 64n],
  ['-1n', -1n],
  ['a text', '7'],
  ['null', null],
  ['undefined', undefined],
  ['an object', {}],
];

export function sizesContract(subject: Subject): void {
  describe('the maximum size of a mapping', () => {
    it('0 is the length of the file', () => {
      const mapping = subject.mapping(subject.file(12_345), PAGE_READWRITE, 0);
      expect(mapping.sizeBytes).toBe(12_345);
      expect(subject.view(mapping, FILE_MAP_READ).lengthBytes).toBe(12_345);
    });

    it('a smaller one limits the views, and leaves the file alone', () => {
      const file = subject.file(12_345);
      const mapping = subject.mapping(file, PAGE_READWRITE, 100);
      expect(mapping.sizeBytes).toBe(100);
      expect(subject.view(mapping, FILE_MAP_WRITE).lengthBytes).toBe(100);
      failure(() => subject.view(mapping, FILE_MAP_READ, 0, 101), { win32Error: 5 });
      expect(subject.os.getFileSizeEx(file)).toBe(12_345);
    });

    it('a larger one extends the file with zeros, and keeps what was there', () => {
      const file = subject.open(subject.fileOf(Buffer.from('hello')));
      const mapping = subject.mapping(file, PAGE_READWRITE, 200_000);
      expect(mapping.sizeBytes).toBe(200_000);
      expect(subject.os.getFileSizeEx(file)).toBe(200_000);
      const bytes = bytesOf(subject.view(mapping, FILE_MAP_READ));
      expect(bytes.subarray(0, 5).toString()).toBe('hello');
      expect(bytes.subarray(5).equals(Buffer.alloc(199_995))).toBe(true);
    });

    it('may be a bigint', () => {
      const file = subject.file(0);
      const mapping = subject.os.createFileMapping(file, null, PAGE_READWRITE, 70_000n, null);
      expect(mapping.sizeBytes).toBe(70_000);
      subject.os.closeHandle(mapping);
    });

    it.each(READ_ONLY_PROTECTIONS)('%s cannot extend: 8', (_name, protection) => {
      for (const access of [GENERIC_READ, READ_WRITE]) {
        const file = subject.open(subject.fileOf(Buffer.from('hello')), { access });
        failure(() => subject.mapping(file, protection, 6), { code: 'OUT_OF_MEMORY', win32Error: 8 });
        expect(subject.os.getFileSizeEx(file)).toBe(5);
        subject.closeAll();
      }
    });

    it.each(NO_SIZES)('%s is refused', (_name, value) => {
      const file = subject.file(10);
      failure(
        () => subject.os.createFileMapping(file, null, PAGE_READWRITE, value as ByteCount, null),
        'INVALID_ARGUMENT',
      );
      failure(() => subject.os.setEndOfFile(file, value as ByteCount), 'INVALID_ARGUMENT');
      failure(() => subject.os.allocateBlocks(file, 0, value as ByteCount), 'INVALID_ARGUMENT');
      expect(subject.os.getFileSizeEx(file)).toBe(10);
    });
  });

  describe('a file of length zero', () => {
    it('cannot be mapped without a size: 1006', () => {
      for (const protection of [PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY]) {
        failure(() => subject.mapping(subject.file(0), protection), { code: 'EMPTY_FILE', win32Error: 1006 });
      }
    });

    it('is extended by a mapping with a size', () => {
      const file = subject.file(0);
      const view = subject.view(subject.mapping(file, PAGE_READWRITE, 10), FILE_MAP_WRITE);
      expect(view.lengthBytes).toBe(10);
      expect(subject.os.getFileSizeEx(file)).toBe(10);
    });

    it.each(READ_ONLY_PROTECTIONS)('%s with a size: 8', (_name, protection) => {
      failure(() => subject.mapping(subject.file(0), protection, 10), {
        code: 'OUT_OF_MEMORY',
        win32Error: 8,
      });
    });
  });

  describe('the length of a file', () => {
    it('grows by zeros and shrinks, to anything', () => {
      const path = subject.fileOf(Buffer.from('hello world'));
      const file = subject.open(path);
      for (const size of [5, 100_000, 99_999, 3, 0, 1]) {
        subject.os.setEndOfFile(file, size);
        expect(subject.os.getFileSizeEx(file)).toBe(size);
      }
      subject.os.setEndOfFile(file, 4n);
      const view = subject.view(subject.mapping(file, PAGE_READONLY), FILE_MAP_READ);
      expect(bytesOf(view)).toEqual(Buffer.alloc(4));
    });

    it('goes beyond 4 GiB', () => {
      const file = subject.file(0);
      for (const size of [2 * GIB - 1, 2 * GIB + 1, 4 * GIB, 5 * GIB + 7]) {
        subject.os.setEndOfFile(file, size);
        expect(subject.os.getFileSizeEx(file)).toBe(size);
      }
    });

    it('grows while it is mapped, and the views stay as they are', () => {
      const file = subject.open(subject.fileOf(Buffer.from('hello')));
      const view = subject.view(subject.mapping(file, PAGE_READWRITE), FILE_MAP_WRITE);
      subject.os.setEndOfFile(file, 300_000);
      subject.mapping(file, PAGE_READWRITE, 400_000);
      expect(subject.os.getFileSizeEx(file)).toBe(400_000);
      expect(view.lengthBytes).toBe(5);
      expect(bytesOf(view).toString()).toBe('hello');
    });
  });

  describe('shortening a mapped file: 1224', () => {
    const IN_USE = { code: 'FILE_IN_USE', win32Error: 1224 } as const;

    it('while a mapping is open, though nothing is viewed', () => {
      const file = subject.file(100_000);
      const mapping = subject.mapping(file, PAGE_READONLY);
      failure(() => subject.os.setEndOfFile(file, 10), IN_USE);
      expect(subject.os.getFileSizeEx(file)).toBe(100_000);
      subject.os.closeHandle(mapping);
      subject.os.setEndOfFile(file, 10);
    });

    it.each([
      ['FILE_MAP_READ', PAGE_READONLY, FILE_MAP_READ],
      ['FILE_MAP_WRITE', PAGE_READWRITE, FILE_MAP_WRITE],
      ['FILE_MAP_COPY', PAGE_WRITECOPY, FILE_MAP_COPY],
    ] as const)('while a view with %s is open, though the mapping is closed', (_name, protection, access) => {
      const file = subject.file(200_000);
      const mapping = subject.mapping(file, protection);
      const view = subject.view(mapping, access, 0, 10);
      subject.os.closeHandle(mapping);
      failure(() => subject.os.setEndOfFile(file, 0), IN_USE);
      expect(subject.os.getFileSizeEx(file)).toBe(200_000);
      subject.os.unmapViewOfFile(view);
      subject.os.setEndOfFile(file, 0);
    });

    it('by another opening, though every handle of the first is closed', () => {
      const first = subject.file(200_000);
      const mapping = subject.mapping(first, PAGE_READWRITE);
      const view = subject.view(mapping, FILE_MAP_READ);
      subject.os.closeHandle(mapping);
      subject.os.closeHandle(first);
      const second = subject.open(first.path);
      failure(() => subject.os.setEndOfFile(second, 10), IN_USE);
      subject.os.unmapViewOfFile(view);
      subject.os.setEndOfFile(second, 10);
    });

    it('by CREATE_ALWAYS and TRUNCATE_EXISTING', () => {
      const path = subject.fileOf(Buffer.from('hello'));
      const file = subject.open(path);
      const view = subject.view(subject.mapping(file, PAGE_READONLY), FILE_MAP_READ);
      for (const disposition of [CREATE_ALWAYS, TRUNCATE_EXISTING]) {
        failure(() => subject.open(path, { access: GENERIC_WRITE, disposition }), IN_USE);
      }
      expect(bytesOf(view).toString()).toBe('hello');
      expect(subject.os.getFileSizeEx(file)).toBe(5);
    });
  });
}

/**
 * Who sees what: views of one file show each other's stores at once, copy-on-write views show theirs to nobody, and
 * revertView brings the file's present contents back in the same buffers. (docs: "CreateFileMappingW function": views
 * of a file mapping object are coherent; "MapViewOfFile function": FILE_MAP_COPY)
 */
import { describe, expect, it } from 'vitest';
import {
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  GENERIC_READ,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
} from '../../../src/os/constants.js';
import { failure } from '../../support/failure.js';
import { randomBytes } from '../../support/seed.js';
import { bytesOf, KIB, type Subject } from './subject.js';

const LENGTH = 200 * KIB + 17;

export function coherenceContract(subject: Subject): void {
  const writer = (path: string) =>
    bytesOf(subject.view(subject.mapping(subject.open(path), PAGE_READWRITE), FILE_MAP_WRITE));
  const reader = (path: string) => {
    const file = subject.open(path, { access: GENERIC_READ });
    return bytesOf(subject.view(subject.mapping(file, PAGE_READONLY), FILE_MAP_READ));
  };

  describe('views are coherent', () => {
    it('of one mapping, of two mappings, and of two openings', () => {
      const path = subject.fileOf(randomBytes(LENGTH));
      const file = subject.open(path);
      const mapping = subject.mapping(file, PAGE_READWRITE);
      const store = bytesOf(subject.view(mapping, FILE_MAP_WRITE));
      const others = [
        bytesOf(subject.view(mapping, FILE_MAP_READ)),
        bytesOf(subject.view(subject.mapping(file, PAGE_READONLY), FILE_MAP_READ)),
        writer(path),
        reader(path),
        bytesOf(subject.view(mapping, FILE_MAP_COPY)),
      ];
      for (const at of [0, 4095, 4096, 65_535, 65_536, LENGTH - 1]) {
        store[at] = store[at]! ^ 0xff;
        for (const other of others) expect(other[at]).toBe(store[at]);
      }
    });
  });

  describe('copy-on-write', () => {
    it('is seen by its view alone', () => {
      const content = randomBytes(LENGTH);
      const path = subject.fileOf(content);
      const file = subject.open(path);
      const mapping = subject.mapping(file, PAGE_WRITECOPY);
      const copy = bytesOf(subject.view(mapping, FILE_MAP_COPY));
      const other = bytesOf(subject.view(mapping, FILE_MAP_COPY));
      copy.fill(0xee);
      subject.os.flushFileBuffers(file);
      for (const bytes of [other, writer(path), reader(path)]) expect(bytes.equals(content)).toBe(true);
      expect(copy.equals(Buffer.alloc(LENGTH, 0xee))).toBe(true);
    });

    it('flushing the view writes nothing', async () => {
      const content = randomBytes(LENGTH);
      const path = subject.fileOf(content);
      const view = subject.view(subject.mapping(subject.open(path), PAGE_READWRITE), FILE_MAP_COPY);
      bytesOf(view).fill(1);
      subject.os.flushViewOfFile(view, 0, 0);
      await subject.os.flushViewOfFileAsync(view, 0, 0);
      subject.closeAll();
      expect(reader(path).equals(content)).toBe(true);
    });

    it('a file opened for reading is enough, and stores in the last page beyond the file stay private', () => {
      const path = subject.fileOf(Buffer.from('hello'));
      const file = subject.open(path, { access: GENERIC_READ });
      const copy = bytesOf(subject.view(subject.mapping(file, PAGE_WRITECOPY), FILE_MAP_COPY));
      copy.write('HELLO');
      subject.closeAll();
      expect(reader(path).toString()).toBe('hello');
    });
  });

  describe('revertView', () => {
    it('shows the present contents again, in the same buffers at the same address', () => {
      const path = subject.fileOf(Buffer.alloc(LENGTH, 'a'));
      const file = subject.open(path);
      const view = subject.view(subject.mapping(file, PAGE_READWRITE), FILE_MAP_COPY, 70_001, 100_000);
      const bytes = bytesOf(view);
      const window = Buffer.from(view.window(0, 10));
      const base = view.baseAddress;
      bytes.fill('z');
      writer(path).fill('b', 70_001, 70_006);
      expect(window.toString()).toBe('zzzzzzzzzz');
      subject.os.revertView(view);
      expect(window.toString()).toBe('bbbbbaaaaa');
      expect(bytes.subarray(5).equals(Buffer.alloc(99_995, 'a'))).toBe(true);
      expect(view.baseAddress).toBe(base);
      bytes.fill('y');
      expect(reader(path).includes('y')).toBe(false);
      subject.os.revertView(view);
      subject.os.revertView(view);
      expect(bytes[0]).toBe(98);
    });

    it('needs no handle', () => {
      const file = subject.open(subject.fileOf(Buffer.from('hello')));
      const mapping = subject.mapping(file, PAGE_WRITECOPY);
      const view = subject.view(mapping, FILE_MAP_COPY);
      subject.os.closeHandle(mapping);
      subject.os.closeHandle(file);
      bytesOf(view).fill(0);
      subject.os.revertView(view);
      expect(bytesOf(view).toString()).toBe('hello');
    });

    it('is for FILE_MAP_COPY views only', () => {
      const mapping = subject.mapping(subject.open(subject.fileOf(Buffer.from('hello'))), PAGE_READWRITE);
      for (const access of [FILE_MAP_READ, FILE_MAP_WRITE]) {
        const view = subject.view(mapping, access);
        const error = failure(() => subject.os.revertView(view), {
          code: 'INVALID_ARGUMENT',
          win32Error: 87,
        });
        expect(error.message).toContain('FILE_MAP_COPY');
        expect(bytesOf(view).toString()).toBe('hello');
      }
    });
  });
}

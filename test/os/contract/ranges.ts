/**
 * Ranges of views: any byte may be the first, length 0 goes to the end, nothing reaches beyond, and 64 bits count.
 * Method: a file whose bytes tell their position, and random ranges of it.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  PAGE_READONLY,
  PAGE_READWRITE,
} from '../../../src/os/constants.js';
import type { FileMappingHandle } from '../../../src/os/os.js';
import { failure } from '../../support/failure.js';
import { randomBytes, runs } from '../../support/seed.js';
import { NO_SIZES } from './sizes.js';
import { bytesOf, GIB, KIB, type Subject } from './subject.js';

const LENGTH = 300 * KIB + 123;

export function rangesContract(subject: Subject): void {
  describe('within the file', () => {
    it('an unaligned range shows the bytes of that range', () => {
      const content = randomBytes(LENGTH);
      const path = subject.fileOf(content);
      const mapping = subject.mapping(subject.open(path), PAGE_READWRITE);
      const range = fc
        .integer({ min: 0, max: LENGTH - 1 })
        .chain((offset) => fc.tuple(fc.constant(offset), fc.integer({ min: 0, max: LENGTH - offset })));
      const access = fc.constantFrom(FILE_MAP_READ, FILE_MAP_WRITE, FILE_MAP_COPY);
      fc.assert(
        fc.property(range, access, ([offset, length], desired) => {
          const view = subject.view(mapping, desired, offset, length);
          const end = length === 0 ? LENGTH : offset + length;
          expect(view).toMatchObject({ offset, lengthBytes: end - offset, closed: false });
          expect(view.buffer.byteLength).toBe(end - offset);
          expect(bytesOf(view).equals(content.subarray(offset, end))).toBe(true);
          subject.os.unmapViewOfFile(view);
        }),
        runs(200),
      );
    });

    it('a store through an unaligned view lands on its byte and on no other', () => {
      const content = randomBytes(LENGTH);
      const mapping = subject.mapping(subject.open(subject.fileOf(content)), PAGE_READWRITE);
      const all = bytesOf(subject.view(mapping, FILE_MAP_READ));
      fc.assert(
        fc.property(
          fc.integer({ min: 0, max: LENGTH - 2 }),
          fc.integer({ min: 0, max: 255 }),
          (offset, value) => {
            const view = subject.view(mapping, FILE_MAP_WRITE, offset, 2);
            new Uint8Array(view.buffer)[1] = value;
            content[offset + 1] = value;
            subject.os.unmapViewOfFile(view);
          },
        ),
        runs(100),
      );
      expect(all.equals(content)).toBe(true);
    });

    it('offsets and lengths may be bigints', () => {
      const mapping = subject.mapping(subject.file(1000), PAGE_READONLY);
      const view = subject.track(subject.os.mapViewOfFile(mapping, FILE_MAP_READ, 10n, 20n));
      expect(view).toMatchObject({ offset: 10, lengthBytes: 20 });
    });

    it('windows are parts of a view, and alias it', () => {
      const mapping = subject.mapping(subject.file(LENGTH), PAGE_READWRITE);
      const view = subject.view(mapping, FILE_MAP_WRITE, 5, 100);
      const window = new Uint8Array(view.window(10, 20));
      window[3] = 7;
      expect(new Uint8Array(view.buffer)[13]).toBe(7);
      expect(view.window(100, 0).byteLength).toBe(0);
      failure(() => view.window(10, 91), 'OUT_OF_BOUNDS');
      failure(() => view.window(101, 0), 'OUT_OF_BOUNDS');
      expect(view.buffer).toBe(view.buffer);
    });
  });

  describe('beyond the mapping: 5', () => {
    const beyond = (offset: number, length: number) => () => {
      const mapping = subject.mapping(subject.file(1000), PAGE_READWRITE);
      failure(() => subject.view(mapping, FILE_MAP_READ, offset, length), {
        code: 'ACCESS_DENIED',
        win32Error: 5,
      });
    };
    it('a range that begins inside', beyond(999, 2));
    it('a length of one more', beyond(0, 1001));
    it('an offset at the end', beyond(1000, 0));
    it('an offset at the end with a length', beyond(1000, 1));
    it('an offset far beyond', beyond(2 ** 45, 0));
    it('a length whose end no file has', beyond(1, Number.MAX_SAFE_INTEGER));

    it.each(NO_SIZES)('%s is no offset and no length', (_name, value) => {
      const mapping = subject.mapping(subject.file(1000), PAGE_READWRITE);
      failure(() => subject.os.mapViewOfFile(mapping, FILE_MAP_READ, value as number, 1), 'INVALID_ARGUMENT');
      failure(() => subject.os.mapViewOfFile(mapping, FILE_MAP_READ, 0, value as number), 'INVALID_ARGUMENT');
    });
  });

  describe('in a file of 5 GiB', () => {
    const SIZE = 5 * GIB + 100;
    const mark = (mapping: FileMappingHandle, offset: number, text: string) => {
      const view = subject.view(mapping, FILE_MAP_WRITE, offset, text.length);
      bytesOf(view).write(text);
      subject.os.unmapViewOfFile(view);
    };

    it('views straddle 2, 4 and 5 GiB', () => {
      const file = subject.file(SIZE);
      const mapping = subject.mapping(file, PAGE_READWRITE);
      expect(mapping.sizeBytes).toBe(SIZE);
      for (const [index, border] of [2 * GIB, 4 * GIB, 5 * GIB].entries()) {
        mark(mapping, border - 3, `abc${index}ef`);
        const view = subject.view(mapping, FILE_MAP_READ, border - 70_001, 70_050);
        expect(bytesOf(view).subarray(69_998, 70_004).toString()).toBe(`abc${index}ef`);
        expect(bytesOf(view)[0]).toBe(0);
      }
      const last = subject.view(mapping, FILE_MAP_READ, SIZE - 1, 0);
      expect(last.lengthBytes).toBe(1);
    });

    it('one view holds it all, and windows reach every part', () => {
      const file = subject.file(SIZE);
      const mapping = subject.mapping(file, PAGE_READWRITE);
      mark(mapping, 4 * GIB - 1, 'xyz');
      const view = subject.view(mapping, FILE_MAP_READ);
      expect(view.lengthBytes).toBe(SIZE);
      expect(Buffer.from(view.window(4 * GIB - 1, 3)).toString()).toBe('xyz');
      expect(Buffer.from(view.window(SIZE - 10, 10))).toEqual(Buffer.alloc(10));
    });
  });
}

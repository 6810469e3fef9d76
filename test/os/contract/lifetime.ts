/**
 * Handles and views: views outlive handles, closing twice is harmless, use after close is an error with a code, and what
 * was taken from a view that is gone has length 0.
 */
import { describe, expect, it } from 'vitest';
import {
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  OPEN_EXISTING,
  PAGE_READONLY,
  PAGE_READWRITE,
} from '../../../src/os/constants.js';
import type { MappedView } from '../../../src/os/memory.js';
import type { FileHandle, FileMappingHandle } from '../../../src/os/os.js';
import { failure, rejection } from '../../support/failure.js';
import { bytesOf, type Subject } from './subject.js';

const CLOSED = { code: 'CLOSED', win32Error: 6 } as const;
const WRONG_KIND = { code: 'INVALID_HANDLE', win32Error: 6 } as const;

export function lifetimeContract(subject: Subject): void {
  const opened = () => {
    const file = subject.open(subject.fileOf(Buffer.from('hello world')));
    const mapping = subject.mapping(file, PAGE_READWRITE);
    return { file, mapping, view: subject.view(mapping, FILE_MAP_WRITE) };
  };

  describe('views outlive handles', () => {
    it.each(['file first', 'mapping first'])('%s', (order) => {
      const { file, mapping, view } = opened();
      for (const handle of order === 'file first' ? [file, mapping] : [mapping, file]) {
        subject.os.closeHandle(handle);
        expect(bytesOf(view).toString()).toBe('hello world');
      }
      bytesOf(view).write('HELLO');
      subject.os.flushViewOfFile(view, 0, 0);
      subject.os.unmapViewOfFile(view);
      const again = subject.open(file.path, { disposition: OPEN_EXISTING });
      const read = subject.view(subject.mapping(again, PAGE_READONLY), FILE_MAP_READ);
      expect(bytesOf(read).toString()).toBe('HELLO world');
    });

    it('a mapping outlives its file handle, and gives new views', () => {
      const { file, mapping } = opened();
      subject.os.closeHandle(file);
      expect(bytesOf(subject.view(mapping, FILE_MAP_READ, 6)).toString()).toBe('world');
    });

    // UnmapViewOfFile: such files "are held open with no sharing restrictions". Wine 8 keeps them until the last view.
    it.skipIf(process.platform === 'win32')(
      'a closed file shares, though a view is open (not in Wine 8)',
      () => {
        const path = subject.fileOf(Buffer.from('hello'));
        const file = subject.open(path, { share: 0 });
        subject.view(subject.mapping(file, PAGE_READWRITE), FILE_MAP_READ);
        subject.os.closeHandle(file);
        subject.open(path, { share: 0 });
      },
    );
  });

  describe('closing', () => {
    it('twice is harmless', () => {
      const { file, mapping, view } = opened();
      for (let time = 0; time < 2; time++) {
        subject.os.unmapViewOfFile(view);
        subject.os.closeHandle(mapping);
        subject.os.closeHandle(file);
        expect([view.closed, mapping.closed, file.closed]).toEqual([true, true, true]);
      }
    });

    it('twice does not close another handle that took its place', () => {
      const { file } = opened();
      subject.closeAll();
      const next = subject.open(file.path);
      subject.os.closeHandle(file);
      expect(subject.os.getFileSizeEx(next)).toBe(11);
      subject.mapping(next, PAGE_READWRITE);
    });

    it('what is no handle is refused', () => {
      const { view } = opened();
      for (const handle of [view, null, undefined, 3, 'file', {}, { kind: 'file', closed: false }]) {
        failure(() => subject.os.closeHandle(handle as FileHandle), WRONG_KIND);
      }
      for (const handle of [null, undefined, 0, {}, new ArrayBuffer(8)]) {
        failure(() => subject.os.unmapViewOfFile(handle as MappedView), WRONG_KIND);
      }
    });
  });

  describe('use after close is an error', () => {
    it('of a file', async () => {
      const { file } = opened();
      subject.os.closeHandle(file);
      failure(() => subject.os.getFileSizeEx(file), CLOSED);
      failure(() => subject.os.getAllocatedSize(file), CLOSED);
      failure(() => subject.os.setEndOfFile(file, 1), CLOSED);
      failure(() => subject.os.allocateBlocks(file, 0, 1), CLOSED);
      failure(() => subject.os.createFileMapping(file, null, PAGE_READWRITE, 0, null), CLOSED);
      failure(() => subject.os.flushFileBuffers(file), CLOSED);
      await rejection(subject.os.allocateBlocksAsync(file, 0, 1), CLOSED);
      await rejection(subject.os.flushFileBuffersAsync(file), CLOSED);
    });

    it('of a mapping', () => {
      const { mapping } = opened();
      subject.os.closeHandle(mapping);
      failure(() => subject.os.mapViewOfFile(mapping, FILE_MAP_READ, 0, 0), CLOSED);
      failure(() => subject.os.mapViewOfFileEx(mapping, FILE_MAP_READ, 0, 0, null), CLOSED);
    });

    it('of a view', async () => {
      const { view } = opened();
      subject.os.unmapViewOfFile(view);
      failure(() => view.buffer, 'CLOSED');
      failure(() => view.window(0, 1), 'CLOSED');
      failure(() => subject.os.flushViewOfFile(view, 0, 0), 'CLOSED');
      failure(() => subject.os.prefetchVirtualMemory(view, 0, 0), 'CLOSED');
      failure(() => subject.os.adviseView(view, 0, 0, 'normal'), 'CLOSED');
      failure(() => subject.os.queryResidency(view, 0, 0), 'CLOSED');
      failure(() => subject.os.queryDirtyBytes(view, 0, 0), 'CLOSED');
      failure(() => subject.os.revertView(view), 'CLOSED');
      await rejection(subject.os.flushViewOfFileAsync(view, 0, 0), 'CLOSED');
    });

    it('of a handle of another kind', () => {
      const { file, mapping, view } = opened();
      const os = subject.os;
      failure(() => os.getFileSizeEx(mapping as unknown as FileHandle), WRONG_KIND);
      failure(
        () => os.createFileMapping(mapping as unknown as FileHandle, null, PAGE_READONLY, 0, null),
        WRONG_KIND,
      );
      failure(() => os.mapViewOfFile(file as unknown as FileMappingHandle, FILE_MAP_READ, 0, 0), WRONG_KIND);
      failure(() => os.flushFileBuffers(view as unknown as FileHandle), WRONG_KIND);
      failure(() => os.flushViewOfFile(file as unknown as MappedView, 0, 0), WRONG_KIND);
    });
  });

  describe('after unmapping', () => {
    it('every buffer is detached: length 0, reading gives undefined, storing does nothing', () => {
      for (const access of [FILE_MAP_READ, FILE_MAP_WRITE, FILE_MAP_COPY]) {
        const { mapping } = opened();
        const view = subject.view(mapping, access);
        const buffer = view.buffer;
        const window = view.window(2, 3);
        const typed = [new Uint8Array(buffer), new Uint8Array(window), Buffer.from(buffer, 1, 2)];
        const data = new DataView(buffer);
        subject.os.unmapViewOfFile(view);
        expect([buffer.byteLength, window.byteLength]).toEqual([0, 0]);
        for (const array of typed) {
          expect(array.length).toBe(0);
          expect(array[0]).toBeUndefined();
          array[0] = 1;
          expect(array[0]).toBeUndefined();
        }
        expect(() => data.getUint8(0)).toThrow(TypeError);
      }
    });

    it('released windows are detached before the rest', () => {
      const { view } = opened();
      const [first, second] = [view.window(0, 5), view.window(0, 5)];
      view.release(first);
      view.release(first);
      expect([first.byteLength, second.byteLength]).toEqual([0, 5]);
    });

    it('the same address serves a thousand views one after the other', () => {
      const { mapping } = opened();
      const buffers: ArrayBuffer[] = [];
      for (let round = 0; round < 1000; round++) {
        const view = subject.os.mapViewOfFile(mapping, FILE_MAP_READ, 0, 0);
        expect(new Uint8Array(view.buffer)[0]).toBe(104);
        buffers.push(view.buffer);
        subject.os.unmapViewOfFile(view);
      }
      expect(buffers.every((buffer) => buffer.byteLength === 0)).toBe(true);
    });
  });
}

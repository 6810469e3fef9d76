/**
 * What the tests of kernel32 have in common: short forms of its calls on files in a temporary folder, and real kernel32,
 * under Windows or Wine. What a test opened is closed when it ends. Where Wine 8 differs from Microsoft's documentation,
 * the test says which of the two it expects.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect } from 'vitest';
import {
  FILE_MAP_WRITE,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  GENERIC_READ,
  GENERIC_WRITE,
  INVALID_HANDLE_VALUE,
  OPEN_ALWAYS,
  PAGE_READWRITE,
} from '../../src/os/constants.js';
import { isPerdureError, type PerdureError } from '../../src/os/errors.js';
import type { MappedView } from '../../src/os/memory.js';
import type { FileHandle, FileMappingHandle, Handle, Os } from '../../src/os/os.js';
import { createWindowsOs } from '../../src/os/windows/windows-os.js';
import { tempFolder } from '../support/temp-folder.js';

export const ON_WINDOWS = process.platform === 'win32';
export const UNDER_WINE = process.env.WINEPREFIX !== undefined;
export const READ_WRITE = GENERIC_READ | GENERIC_WRITE;
export const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
export const GIB = 2 ** 30;

/** For the suite that calls it while it is being described, on Windows. */
export function windowsSubject() {
  let os: Os;
  const folder = tempFolder();
  const handles: Handle[] = [];
  const views: MappedView[] = [];
  let count = 0;

  const closeAll = () => {
    for (const view of views.splice(0)) os.unmapViewOfFile(view);
    for (const handle of handles.splice(0)) os.closeHandle(handle);
  };
  beforeAll(() => {
    os = createWindowsOs();
  });
  afterEach(closeAll);

  const own = <T extends Handle>(handle: T): T => {
    handles.push(handle);
    return handle;
  };
  const track = (view: MappedView): MappedView => {
    views.push(view);
    return view;
  };
  const failure = (action: () => unknown): PerdureError => {
    try {
      action();
    } catch (error) {
      if (isPerdureError(error)) return error;
      throw error;
    }
    throw new Error('nothing was thrown');
  };
  return {
    /** Made before the first test. */
    get os(): Os {
      return os;
    },
    folder,
    closeAll,
    own,
    track,
    failure,
    fails: (action: () => unknown, win32Error: number, code: string) =>
      expect(failure(action)).toMatchObject({ win32Error, code }),
    freshPath: () => join(folder, `file-${++count}.bin`),
    /** A name that no object has. */
    freshName: () => `perdure-${process.pid}-${++count}`,
    open: (path: string, access = READ_WRITE, share = 0, disposition = OPEN_ALWAYS): FileHandle =>
      own(os.createFile(path, access, share, null, disposition, 0)),
    map: (file: FileHandle, protection = PAGE_READWRITE, size = 0, name: string | null = null) =>
      own(os.createFileMapping(file, null, protection, size, name)),
    memory: (size: number, name: string | null = null) =>
      own(os.createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, size, name)),
    view: (mapping: FileMappingHandle, access = FILE_MAP_WRITE, offset = 0, length = 0) =>
      track(os.mapViewOfFile(mapping, access, offset, length)),
  };
}

/** The view as bytes: an alias of the mapping, not a copy. */
export const bytes = (mapped: MappedView) => new Uint8Array(mapped.buffer);

/** The first bytes of a file. */
export function readStart(path: string, lengthBytes: number): Uint8Array {
  const fd = fs.openSync(path, 'r');
  const start = new Uint8Array(lengthBytes);
  fs.readSync(fd, start);
  fs.closeSync(fd);
  return start;
}

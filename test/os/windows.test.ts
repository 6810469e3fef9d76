/**
 * What is particular to Windows: paths, last-error numbers, 64-bit sizes in two DWORDs, addresses, and handles that
 * outlive an asynchronous flush. The contract that all systems share has a suite of its own.
 *
 * Method: real files in a temporary folder and the real kernel32, under Windows or Wine. Where Wine 8 differs from
 * Microsoft's documentation, the test says which of the two it expects.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  CREATE_ALWAYS,
  CREATE_NEW,
  FILE_FLAG_DELETE_ON_CLOSE,
  FILE_MAP_ALL_ACCESS,
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  FILE_SHARE_DELETE,
  FILE_SHARE_NONE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  GENERIC_READ,
  GENERIC_WRITE,
  OPEN_ALWAYS,
  OPEN_EXISTING,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
  TRUNCATE_EXISTING,
} from '../../src/os/constants.js';
import { isPerdureError, type PerdureError } from '../../src/os/errors.js';
import type { MappedView } from '../../src/os/memory.js';
import type { FileHandle, FileMappingHandle, Handle, Os } from '../../src/os/os.js';
import { highDword, type Kernel32, loadKernel32, lowDword } from '../../src/os/windows/kernel32.js';
import { lastErrorOf } from '../../src/os/windows/last-error.js';
import { verbatimPath } from '../../src/os/windows/path.js';
import { createWindowsOs } from '../../src/os/windows/windows-os.js';

const READ_WRITE = GENERIC_READ | GENERIC_WRITE;
const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
const GIB = 2 ** 30;
const UNDER_WINE = process.env.WINEPREFIX !== undefined;
/** A folder on a disk of a few MiB, which tools/wine/run.sh provides where it may mount one. */
const SMALL_DISK = process.env.PERDURE_SMALL_DISK;

describe('paths and sizes', () => {
  it.each([
    ['C:\\data\\a.bin', '\\\\?\\C:\\data\\a.bin'],
    ['\\\\server\\share\\a', '\\\\?\\UNC\\server\\share\\a'],
    ['\\\\?\\C:\\data\\a.bin', '\\\\?\\C:\\data\\a.bin'],
    ['\\\\?\\UNC\\server\\share\\a', '\\\\?\\UNC\\server\\share\\a'],
    ['\\\\?\\Volume{12}\\a', '\\\\?\\Volume{12}\\a'],
    ['C:\\pipe\\a', '\\\\?\\C:\\pipe\\a'],
    ['\\\\server\\pipes\\a', '\\\\?\\UNC\\server\\pipes\\a'],
  ])('%s is %s', (full, verbatim) => expect(verbatimPath(full)).toBe(verbatim));

  it.each([
    '\\\\.\\pipe\\a',
    '\\\\.\\NUL',
    '\\\\?\\pipe\\a',
    '\\\\?\\GLOBALROOT\\Device\\Null',
    '\\\\server\\pipe\\a',
    '\\\\server\\PIPE',
    '\\\\server\\mailslot\\a',
    '\\\\?\\UNC\\server\\pipe\\a',
  ])('%s names no disk', (full) => expect(verbatimPath(full)).toBeUndefined());

  it('splits 64-bit sizes exactly', () => {
    for (const size of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 5 * GIB + 7, Number.MAX_SAFE_INTEGER]) {
      expect((BigInt(highDword(size)) << 32n) | BigInt(lowDword(size))).toBe(BigInt(size));
    }
  });
});

describe.skipIf(process.platform === 'win32')('elsewhere', () => {
  it('is refused, and importing loads nothing', () => {
    expect(() => createWindowsOs()).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });
});

describe.skipIf(process.platform !== 'win32')('kernel32', () => {
  let os: Os;
  let kernel32: Kernel32;
  let folder: string;
  let granularity: number;
  const handles: Handle[] = [];
  const views: MappedView[] = [];
  let files = 0;

  beforeAll(() => {
    os = createWindowsOs();
    kernel32 = loadKernel32();
    granularity = os.getSystemInfo().allocationGranularity;
    folder = fs.mkdtempSync(join(tmpdir(), 'perdure-windows-'));
  });
  afterEach(() => {
    for (const view of views.splice(0)) os.unmapViewOfFile(view);
    for (const handle of handles.splice(0)) os.closeHandle(handle);
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  const freshPath = () => join(folder, `file-${++files}.bin`);
  const own = <T extends Handle>(handle: T): T => {
    handles.push(handle);
    return handle;
  };
  const open = (path: string, access = READ_WRITE, share = 0, disposition = OPEN_ALWAYS): FileHandle =>
    own(os.createFile(path, access, share, null, disposition, 0));
  const map = (file: FileHandle, protection = PAGE_READWRITE, size = 0, name: string | null = null) =>
    own(os.createFileMapping(file, null, protection, size, name));
  const view = (mapping: FileMappingHandle, access = FILE_MAP_WRITE, offset = 0, length = 0) => {
    const mapped = os.mapViewOfFile(mapping, access, offset, length);
    views.push(mapped);
    return mapped;
  };
  const readStart = (path: string, lengthBytes: number) => {
    const fd = fs.openSync(path, 'r');
    const start = new Uint8Array(lengthBytes);
    fs.readSync(fd, start);
    fs.closeSync(fd);
    return start;
  };
  const bytes = (mapped: MappedView) => new Uint8Array(mapped.buffer);
  const failure = (action: () => unknown): PerdureError => {
    try {
      action();
    } catch (error) {
      if (isPerdureError(error)) return error;
      throw error;
    }
    throw new Error('nothing was thrown');
  };
  const fails = (action: () => unknown, win32Error: number, code: string) =>
    expect(failure(action)).toMatchObject({ win32Error, code });

  describe('CreateFile', () => {
    it('opens a path far beyond 260 characters', () => {
      let deep = folder;
      while (deep.length < 600) deep = join(deep, 'a-folder-with-a-long-name-'.repeat(3));
      fs.mkdirSync(deep, { recursive: true });
      const path = join(deep, 'state.bin');
      const mapped = view(map(open(path, READ_WRITE, 0, CREATE_NEW), PAGE_READWRITE, 100));
      bytes(mapped)[99] = 42;
      os.flushViewOfFile(mapped, 0, 0);
      os.unmapViewOfFile(mapped);
      for (const handle of handles.splice(0)) os.closeHandle(handle);
      expect(fs.readFileSync(path)[99]).toBe(42);
      os.replaceFile(path, join(deep, 'moved.bin'));
      expect(fs.readdirSync(deep)).toEqual(['moved.bin']);
    });

    it('opens a path with characters of every plane', () => {
      const path = join(folder, 'größe-数据-🗺️-ß.bin');
      const file = open(path, READ_WRITE, 0, CREATE_NEW);
      expect(file.path).toBe(path);
      expect(fs.readdirSync(folder)).toContain('größe-数据-🗺️-ß.bin');
    });

    it('takes relative, forward-slash and dotted paths as Windows does', () => {
      const path = freshPath();
      fs.writeFileSync(path, 'x');
      const name = path.slice(folder.length + 1);
      const odd = `${folder.replaceAll('\\', '/')}/./no-such/../${name}`;
      expect(os.getFileSizeEx(open(odd, GENERIC_READ, SHARE_ALL, OPEN_EXISTING))).toBe(1);
      expect(os.getFileSizeEx(open(`${path}. `, GENERIC_READ, SHARE_ALL, OPEN_EXISTING))).toBe(1);
      expect(os.getFileSizeEx(open(`\\\\?\\${path}`, GENERIC_READ, SHARE_ALL, OPEN_EXISTING))).toBe(1);
    });

    it('reports the documented numbers', () => {
      const path = freshPath();
      fails(() => open(path, READ_WRITE, 0, OPEN_EXISTING), 2, 'NOT_FOUND');
      fails(() => open(join(folder, 'none', 'a')), 3, 'NOT_FOUND');
      fails(() => open(path, READ_WRITE, 0, TRUNCATE_EXISTING), 2, 'NOT_FOUND');
      const created = open(path, READ_WRITE, 0, CREATE_NEW);
      expect(created.alreadyExisted).toBe(false);
      os.closeHandle(created);
      fails(() => open(path, READ_WRITE, 0, CREATE_NEW), 80, 'ALREADY_EXISTS');
      fails(() => open(path, READ_WRITE, 0, 9), 87, 'INVALID_ARGUMENT');
      fails(() => open(path, GENERIC_READ, 0, TRUNCATE_EXISTING), 87, 'INVALID_ARGUMENT');
      fails(() => open(join(folder, 'a?b')), 123, 'INVALID_ARGUMENT');
      const overlapped = 0x40000000;
      const withFlag = () => os.createFile(path, READ_WRITE, 0, null, OPEN_ALWAYS, overlapped);
      fails(withFlag, 87, 'INVALID_ARGUMENT');
      for (const disposition of [OPEN_ALWAYS, CREATE_ALWAYS]) {
        const again = open(path, READ_WRITE, 0, disposition);
        expect(again.alreadyExisted).toBe(true);
        os.closeHandle(again);
      }
      if (UNDER_WINE) return; // Run by root, it ignores the read-only attribute.
      fs.chmodSync(path, 0o444);
      fails(() => open(path), 5, 'ACCESS_DENIED');
      fs.chmodSync(path, 0o666);
    });

    it('keeps share modes in both directions', () => {
      const path = freshPath();
      const exclusive = open(path, READ_WRITE, FILE_SHARE_NONE);
      fails(() => open(path, GENERIC_READ, SHARE_ALL), 32, 'SHARING_VIOLATION');
      os.closeHandle(exclusive);
      const shared = open(path, READ_WRITE, FILE_SHARE_READ);
      fails(() => open(path, GENERIC_READ, FILE_SHARE_READ), 32, 'SHARING_VIOLATION');
      fails(() => open(path, GENERIC_WRITE, SHARE_ALL), 32, 'SHARING_VIOLATION');
      open(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE);
      os.closeHandle(shared);
    });

    it('refuses everything but regular files', () => {
      expect(failure(() => open(folder, GENERIC_READ, SHARE_ALL)).code).toBe('NOT_A_FILE');
      const backupSemantics = 0x02000000;
      const withFlag = () => os.createFile(folder, GENERIC_READ, 7, null, OPEN_EXISTING, backupSemantics);
      fails(withFlag, 267, 'NOT_A_FILE');
      for (const device of [
        'NUL',
        'con',
        join(folder, 'COM1'),
        '\\\\.\\pipe\\perdure',
        '\\\\?\\pipe\\perdure',
      ]) {
        fails(() => open(device), 267, 'NOT_A_FILE');
      }
    });

    it('refuses arguments of the wrong type before any call', () => {
      for (const path of ['', 'a\0b', 7 as never]) {
        expect(failure(() => open(path)).code).toBe('INVALID_ARGUMENT');
      }
      for (const access of [Number.NaN, 1.5, 2 ** 33, '1' as never]) {
        expect(failure(() => open(freshPath(), access)).code).toBe('INVALID_ARGUMENT');
      }
    });

    it('passes flags on', () => {
      const path = freshPath();
      const file = os.createFile(path, READ_WRITE, 0, null, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE);
      expect(fs.existsSync(path)).toBe(true);
      os.closeHandle(file);
      expect(fs.existsSync(path)).toBe(false);
    });
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
      bytes(view(mapping))[70_000] = 7;
      os.flushViewOfFile(views[0]!, 0, 0);
      await allocate(file, 0, 200_000);
      expect(os.getFileSizeEx(file)).toBe(300_000);
      expect(os.getAllocatedSize(file)).toBeGreaterThanOrEqual(200_000);
      await allocate(file, 250_000, 2_000_000);
      expect(os.getFileSizeEx(file)).toBe(2_250_000);
      expect(os.getAllocatedSize(file)).toBeGreaterThanOrEqual(2_200_000);
      expect(bytes(views[0]!)[70_000]).toBe(7);
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
      const path = join(SMALL_DISK!, `full-${++files}.bin`);
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
      for (const mapped of views.splice(0)) os.unmapViewOfFile(mapped);
      for (const handle of handles.splice(0)) os.closeHandle(handle);
      expect(readStart(path, 10_000).every((byte) => byte === 7)).toBe(true);
      fs.rmSync(path);
    });
  });

  describe('mappings', () => {
    it('leaves protections to the kernel, which reports its own numbers', () => {
      const path = freshPath();
      fs.writeFileSync(path, 'data');
      const reader = open(path, GENERIC_READ, SHARE_ALL);
      fails(() => map(reader, PAGE_READWRITE), 5, 'ACCESS_DENIED');
      fails(() => map(reader, PAGE_READONLY, 10), 8, 'OUT_OF_MEMORY');
      fails(() => map(open(path, GENERIC_WRITE, SHARE_ALL), PAGE_READONLY), 5, 'ACCESS_DENIED');
      fails(() => map(open(freshPath())), 1006, 'EMPTY_FILE');
      fails(() => map(reader, FILE_MAP_READ as never), 87, 'INVALID_ARGUMENT');
      const readonly = map(reader, PAGE_READONLY);
      fails(() => view(readonly, FILE_MAP_WRITE), 5, 'ACCESS_DENIED');
      fails(() => view(readonly, FILE_MAP_ALL_ACCESS), 5, 'ACCESS_DENIED');
      fails(() => view(readonly, PAGE_READONLY as never), 87, 'INVALID_ARGUMENT');
      expect(bytes(view(readonly, FILE_MAP_COPY))[0]).toBe(100);
      fails(() => view(map(reader, PAGE_WRITECOPY), FILE_MAP_WRITE), 5, 'ACCESS_DENIED');
    });

    it('refuses ranges beyond the mapping with 5, whichever number the kernel would give', () => {
      const mapping = map(open(freshPath()), PAGE_READWRITE, 100_000);
      for (const [offset, length] of [
        [100_000, 0],
        [100_001, 1],
        [0, 100_001],
        [99_999, 2],
        [2 ** 40, 0],
      ] as const) {
        fails(() => view(mapping, FILE_MAP_READ, offset, length), 5, 'ACCESS_DENIED');
      }
      expect(view(mapping, FILE_MAP_READ, 99_999, 1).lengthBytes).toBe(1);
      expect(failure(() => view(mapping, FILE_MAP_READ, -1)).code).toBe('INVALID_ARGUMENT');
    });

    it('returns the existing object of a name, with its size and protection', () => {
      const name = `Local\\perdure-${process.pid}-${++files}`;
      const first = map(open(freshPath()), PAGE_READWRITE, 5000, name);
      expect(first).toMatchObject({ alreadyExisted: false, sizeBytes: 5000 });
      const other = open(freshPath());
      const again = map(other, PAGE_READONLY, 0, name.replace('Local\\', ''));
      expect(again).toMatchObject({ alreadyExisted: true, sizeBytes: 5000, protection: PAGE_READWRITE });
      bytes(view(first))[4999] = 9;
      expect(bytes(view(again, FILE_MAP_READ))[4999]).toBe(9);
      // The mapping may be written, by a handle that was made to: this one was made with PAGE_READONLY.
      fails(() => view(again, FILE_MAP_WRITE), 5, 'ACCESS_DENIED');
    });

    it('opens a name for as long as a handle to it is open', () => {
      const name = `perdure-${process.pid}-${++files}`;
      fails(() => os.openFileMapping(FILE_MAP_READ, false, name), 2, 'NOT_FOUND');
      const mapping = map(open(freshPath()), PAGE_READWRITE, 70_001, name);
      const writer = own(os.openFileMapping(FILE_MAP_ALL_ACCESS, false, name));
      expect(writer).toMatchObject({ sizeBytes: 70_001, alreadyExisted: true, protection: PAGE_READWRITE });
      const reader = own(os.openFileMapping(FILE_MAP_READ, false, name));
      expect(reader).toMatchObject({ sizeBytes: 70_001, protection: PAGE_READWRITE });
      const copier = own(os.openFileMapping(FILE_MAP_COPY, false, name));
      expect(copier.sizeBytes).toBe(70_001);
      bytes(view(copier, FILE_MAP_COPY))[70_000] = 8;
      bytes(view(writer))[70_000] = 3;
      expect(bytes(view(reader, FILE_MAP_READ))[70_000]).toBe(3);
      fails(() => view(reader, FILE_MAP_WRITE), 5, 'ACCESS_DENIED');
      fails(() => os.openFileMapping(PAGE_READWRITE as never, false, name), 87, 'INVALID_ARGUMENT');
      for (const mapped of views.splice(0)) os.unmapViewOfFile(mapped);
      for (const handle of [mapping, writer, reader, copier]) os.closeHandle(handle);
      fails(() => os.openFileMapping(FILE_MAP_READ, false, name), 2, 'NOT_FOUND');
    });

    it('refuses names that the object manager refuses', () => {
      const file = open(freshPath());
      os.setEndOfFile(file, 10);
      fails(() => map(file, PAGE_READWRITE, 0, 'a\\b\\c'), 3, 'INVALID_ARGUMENT');
      expect(failure(() => map(file, PAGE_READWRITE, 0, '')).code).toBe('INVALID_ARGUMENT');
    });
  });

  describe('addresses', () => {
    it('takes a base address that is free, and refuses one that is taken or unaligned', () => {
      const mapping = map(open(freshPath()), PAGE_READWRITE, 200_000);
      const first = view(mapping);
      const base = first.baseAddress;
      const mapAt = (address: bigint) => os.mapViewOfFileEx(mapping, FILE_MAP_WRITE, 0, 0, address);
      fails(() => mapAt(base), 487, 'ADDRESS_IN_USE');
      fails(() => mapAt(base + 4096n), 1132, 'ADDRESS_IN_USE');
      fails(() => mapAt(-1n), 487, 'ADDRESS_IN_USE');
      bytes(first)[5] = 55;
      os.unmapViewOfFile(first);
      const again = mapAt(base);
      views.push(again);
      expect(again.baseAddress).toBe(base);
      expect(bytes(again)[5]).toBe(55);
      os.unmapViewOfFile(again);
      const inside = os.mapViewOfFileEx(mapping, FILE_MAP_READ, granularity + 9, 10, base);
      views.push(inside);
      expect(inside.baseAddress).toBe(base + 9n);
    });

    it('maps unaligned offsets and hides the slack', () => {
      const mapping = map(open(freshPath()), PAGE_READWRITE, 3 * granularity);
      const all = bytes(view(mapping));
      all.forEach((_, at) => {
        all[at] = at % 251;
      });
      for (const offset of [
        1,
        4095,
        4096,
        granularity - 1,
        granularity,
        granularity + 1,
        2 * granularity + 77,
      ]) {
        const part = view(mapping, FILE_MAP_READ, offset, 50);
        expect([...bytes(part)]).toEqual(Array.from({ length: 50 }, (_, i) => (offset + i) % 251));
      }
    });
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

  describe('copy-on-write views', () => {
    it('never reach the file, and are reverted in place after every handle was closed', async () => {
      const path = freshPath();
      fs.writeFileSync(path, Buffer.alloc(300_000, 1));
      const file = open(path, GENERIC_READ, SHARE_ALL);
      const mapping = map(file, PAGE_WRITECOPY);
      const copy = view(mapping, FILE_MAP_COPY, 70_001, 100_000);
      os.closeHandle(mapping);
      os.closeHandle(file);
      const { baseAddress, buffer } = copy;
      const array = new Uint8Array(buffer);
      for (let round = 0; round < 50; round++) {
        array.fill(2);
        os.flushViewOfFile(copy, 0, 0);
        await os.flushViewOfFileAsync(copy, 0, 0);
        os.adviseView(copy, 0, 0, 'dontneed');
        expect(array.every((byte) => byte === 2)).toBe(true);
        os.revertView(copy);
        expect(array.every((byte) => byte === 1)).toBe(true);
      }
      expect(copy.baseAddress).toBe(baseAddress);
      expect(copy.buffer).toBe(buffer);
      expect(fs.readFileSync(path).every((byte) => byte === 1)).toBe(true);
      os.unmapViewOfFile(copy);
      // Nothing keeps the file any more, the view's own section handle included.
      os.setEndOfFile(open(path), 1);
    });

    it('show what the file holds at the time of the revert', () => {
      const file = open(freshPath());
      const mapping = map(file, PAGE_READWRITE, 100);
      const shared = bytes(view(mapping));
      const copy = view(mapping, FILE_MAP_COPY);
      bytes(copy)[0] = 2;
      shared[0] = 3;
      expect(bytes(copy)[0]).toBe(2);
      os.revertView(copy);
      expect(bytes(copy)[0]).toBe(3);
    });

    it('leave no hole at their address while they are reverted', () => {
      const mapping = map(open(freshPath()), PAGE_READWRITE, 100_000);
      const copy = view(mapping, FILE_MAP_COPY);
      const array = bytes(copy);
      const base = Number(copy.baseAddress);
      const { UnmapViewOfFile: unmap, placeholders } = kernel32;
      const intruders: number[] = [];
      // Another thread that takes the address as soon as anything is unmapped, made to happen every time.
      const intrude = <T>(done: T): T => {
        const { value } = mapping as unknown as { value: number };
        intruders.push(kernel32.MapViewOfFileEx(value, FILE_MAP_READ, 0, 0, 100_000, base));
        return done;
      };
      kernel32.UnmapViewOfFile = Object.assign((address: number) => intrude(unmap(address)), {
        async: unmap.async,
        info: unmap.info,
      }) as typeof unmap;
      kernel32.placeholders = placeholders && {
        ...placeholders,
        UnmapViewOfFile2: (...args) => intrude(placeholders.UnmapViewOfFile2(...args)),
      };
      try {
        for (let round = 0; round < 10; round++) {
          array.fill(1);
          os.revertView(copy);
          expect(array.every((byte) => byte === 0)).toBe(true);
        }
      } finally {
        kernel32.UnmapViewOfFile = unmap;
        kernel32.placeholders = placeholders;
      }
      expect(intruders).toEqual(Array(10).fill(0));
      expect(Number(copy.baseAddress)).toBe(base);
    });

    // Wine 8 has no placeholders. These stand-ins show what is called and what a failure leaves, not what Windows does.
    it('are mapped anew in their placeholder, and closed where that fails', () => {
      const { placeholders } = kernel32;
      const calls: string[] = [];
      let free = true;
      kernel32.placeholders = {
        VirtualAlloc2: (_process, wished, length) => {
          calls.push(`VirtualAlloc2 ${wished} ${length}`);
          return 0x5_0000_0000;
        },
        MapViewOfFile3: (section, _process, base, offset, length) => {
          calls.push(`MapViewOfFile3 ${offset} ${length}`);
          return kernel32.MapViewOfFileEx(section, FILE_MAP_COPY, 0, offset, length, free ? base : 1);
        },
        UnmapViewOfFile2: (_process, base, flags) => {
          calls.push(`UnmapViewOfFile2 ${flags}`);
          return kernel32.UnmapViewOfFile(base);
        },
      };
      try {
        const copy = view(map(open(freshPath()), PAGE_READWRITE, 100_000), FILE_MAP_COPY, 65_537, 10);
        const array = bytes(copy);
        array.fill(1);
        os.revertView(copy);
        expect([...array]).toEqual(Array(10).fill(0));
        const mapped = 'MapViewOfFile3 65536 11';
        expect(calls).toEqual(['VirtualAlloc2 0 4096', mapped, 'UnmapViewOfFile2 2', mapped]);
        free = false;
        fails(() => os.revertView(copy), 1132, 'ADDRESS_IN_USE');
        expect(copy.closed).toBe(true);
        expect(array.length).toBe(0);
      } finally {
        kernel32.placeholders = placeholders;
      }
    });

    it('are the only ones that can be reverted', () => {
      const mapped = view(map(open(freshPath()), PAGE_READWRITE, 100));
      fails(() => os.revertView(mapped), 87, 'INVALID_ARGUMENT');
    });
  });

  describe('hints and residency', () => {
    it('reports the pages of the working set', async () => {
      const { pageSize } = os.getSystemInfo();
      const mapped = view(map(open(freshPath()), PAGE_READWRITE, 20 * pageSize));
      bytes(mapped).fill(1);
      expect([...os.queryResidency(mapped, 0, 0)]).toEqual(Array(20).fill(1));
      expect(os.queryResidency(mapped, pageSize - 1, 2).length).toBe(2);
      expect(os.queryResidency(mapped, 20 * pageSize, 0).length).toBe(0);
      for (const advice of ['normal', 'random', 'sequential', 'dontneed'] as const) {
        os.adviseView(mapped, 0, 0, advice);
      }
      os.prefetchVirtualMemory(mapped, 5, 100);
      expect(failure(() => os.adviseView(mapped, 0, 0, 'later' as never)).code).toBe('INVALID_ARGUMENT');
      expect(failure(() => os.queryResidency(mapped, 0, 20 * pageSize + 1)).code).toBe('OUT_OF_BOUNDS');
      expect(os.queryDirtyBytes(mapped, 0, 0)).toBeUndefined();
      await sleep(1);
      expect(bytes(mapped).every((byte) => byte === 1)).toBe(true);
    });
  });

  describe('MoveFileEx', () => {
    it('replaces a file, and says what stands in the way', () => {
      const from = freshPath();
      const to = freshPath();
      fs.writeFileSync(from, 'new');
      fs.writeFileSync(to, 'old');
      const reader = open(to, GENERIC_READ, FILE_SHARE_READ, OPEN_EXISTING);
      expect(['SHARING_VIOLATION', 'ACCESS_DENIED']).toContain(failure(() => os.replaceFile(from, to)).code);
      os.closeHandle(reader);
      os.replaceFile(from, to);
      expect(fs.readFileSync(to, 'utf8')).toBe('new');
      expect(fs.existsSync(from)).toBe(false);
      fails(() => os.replaceFile(from, to), 2, 'NOT_FOUND');
    });
  });
});

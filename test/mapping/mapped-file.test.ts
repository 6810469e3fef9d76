/**
 * MappedFile: opening by its options, sharing, closing, the life of views, hints. Values, bytes, resizing and flushing
 * have suites of their own, as has what is hostile.
 */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MappedFile, type MappedFileOptions, type OpenMode } from '../../src/mapping/index.js';
import { FILE_SHARE_READ, GENERIC_READ, OPEN_EXISTING } from '../../src/os/constants.js';
import { nativeOs } from '../../src/os/native.js';
import type { Advice } from '../../src/os/os.js';
import { failure, rejection } from '../support/failure.js';
import { randomBytes } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';

const path = tempFiles();
const MODES: OpenMode[] = ['readonly', 'readwrite', 'copy-on-write'];

function written(content: Uint8Array | string): string {
  const name = path();
  fs.writeFileSync(name, content);
  return name;
}

describe('open', () => {
  it('creates a file of the size asked for, of zeros that occupy the disk', () => {
    for (const create of [true, 'new', 'always'] as const) {
      const name = path();
      using file = MappedFile.open(name, { mode: 'readwrite', create, size: 100_000 });
      expect(file).toMatchObject({ path: name, mode: 'readwrite', size: 100_000, closed: false });
      expect(file.view().bytes.equals(Buffer.alloc(100_000))).toBe(true);
      expect(file.allocatedBytes).toBeGreaterThanOrEqual(100_000);
    }
  });

  it('keeps a file that exists, unless told otherwise', () => {
    const name = written('hello');
    const open = (options: MappedFileOptions) => {
      using file = MappedFile.open(name, { mode: 'readwrite', ...options });
      return file.view().getString(0, 5);
    };
    expect(open({ create: true })).toBe('hello');
    expect(open({ create: true, size: 3 })).toBe('hello');
    expect(fs.statSync(name).size).toBe(5);
    expect(open({ size: 10 })).toBe('hello');
    expect(fs.statSync(name).size).toBe(10);
    failure(() => open({ create: 'new', size: 5 }), { code: 'ALREADY_EXISTS', win32Error: 80 });
    expect(open({ create: 'always', size: 7 })).toBe('\0\0\0\0\0');
    expect(fs.statSync(name).size).toBe(7);
  });

  it('a sparse one occupies less than its size', () => {
    const options = { mode: 'readwrite', create: true, size: 2 ** 26, sparse: true } as const;
    using file = MappedFile.open(path(), options);
    expect(file.size).toBe(2 ** 26);
    if (process.platform === 'linux') expect(file.allocatedBytes).toBeLessThan(2 ** 20);
  });

  it('leaves no file behind that it created and could not map', () => {
    const name = path();
    failure(() => MappedFile.open(name, { mode: 'readwrite', create: true }), {
      code: 'EMPTY_FILE',
      win32Error: 1006,
    });
    expect(fs.existsSync(name)).toBe(false);
    failure(() => MappedFile.open(name, { mode: 'readwrite', create: 'new', size: 2 ** 52 }));
    expect(fs.existsSync(name)).toBe(false);
  });

  it('refuses an empty file in every mode, unless it is given a size', () => {
    const name = written('');
    for (const mode of MODES) failure(() => MappedFile.open(name, { mode }), 'EMPTY_FILE');
    expect(fs.existsSync(name)).toBe(true);
    using file = MappedFile.open(name, { mode: 'readwrite', size: 1 });
    expect(file.size).toBe(1);
  });

  it.each([
    ['an unknown mode', { mode: 'rw' }],
    ['null for a mode', { mode: null }],
    ['an unknown share', { share: 'all' }],
    ['a share named like a method of objects', { share: 'toString' }],
    ['an unknown create', { mode: 'readwrite', create: 'yes', size: 1 }],
    ['a negative size', { mode: 'readwrite', create: true, size: -1 }],
    ['a fractional size', { mode: 'readwrite', create: true, size: 1.5 }],
    ['NaN for a size', { mode: 'readwrite', create: true, size: Number.NaN }],
    ['a size beyond 2^53', { mode: 'readwrite', create: true, size: 2n ** 60n }],
    ['a text for a size', { mode: 'readwrite', create: true, size: '100' }],
    ['creating for reading', { mode: 'readonly', create: true, size: 1 }],
    ['creating copy-on-write', { mode: 'copy-on-write', create: true, size: 1 }],
    ['a size for reading', { size: 10 }],
    ['a size copy-on-write', { mode: 'copy-on-write', size: 10 }],
    ['a new file without a size', { mode: 'readwrite', create: 'new' }],
    ['an emptied file without a size', { mode: 'readwrite', create: 'always' }],
  ])('refuses %s', (_name, options) => {
    const existing = written('hello');
    for (const name of [existing, path()]) {
      failure(() => MappedFile.open(name, options as unknown as MappedFileOptions), 'INVALID_ARGUMENT');
    }
    expect(fs.readFileSync(existing, 'utf8')).toBe('hello');
  });

  it.each(['', 'a\0b', undefined, null, 7, {}, Buffer.from('x')])('refuses %j for a path', (name) => {
    failure(() => MappedFile.open(name as string), 'INVALID_ARGUMENT');
  });

  it('is exclusive for readwrite and shared for the others, unless told otherwise', () => {
    const name = written('hello');
    {
      using _writer = MappedFile.open(name, { mode: 'readwrite' });
      for (const mode of MODES) {
        failure(() => MappedFile.open(name, { mode, share: 'readwrite' }), 'SHARING_VIOLATION');
      }
    }
    using _reader = MappedFile.open(name);
    using _copy = MappedFile.open(name, { mode: 'copy-on-write' });
    failure(() => MappedFile.open(name, { mode: 'readwrite' }), 'SHARING_VIOLATION');
    using _writer = MappedFile.open(name, { mode: 'readwrite', share: 'readwrite' });
    failure(() => MappedFile.open(name, { share: 'read' }), 'SHARING_VIOLATION');
    failure(() => MappedFile.open(name, { share: 'none' }), 'SHARING_VIOLATION');
  });

  it('a relative path stays what it was when the working directory changes', () => {
    const name = path();
    const before = process.cwd();
    const folder = name.replace(/[\\/][^\\/]*$/, '');
    try {
      process.chdir(folder);
      const options = { mode: 'readwrite', create: true, size: 10, share: 'readwrite' } as const;
      using file = MappedFile.open(name.slice(folder.length + 1), options);
      process.chdir(before);
      file.view().fill(1);
      file.flushSync();
      expect(fs.readFileSync(name)).toEqual(Buffer.alloc(10, 1));
    } finally {
      process.chdir(before);
    }
  });
});

describe('close', () => {
  it('is harmless when repeated, closes every view, and gives the file free', async () => {
    const name = written('hello');
    const file = MappedFile.open(name, { mode: 'readwrite' });
    const views = [file.view(), file.view(1, 2)];
    file.close();
    file.close();
    file[Symbol.dispose]();
    await file[Symbol.asyncDispose]();
    expect(file.closed).toBe(true);
    expect(views.map((view) => view.closed)).toEqual([true, true]);
    MappedFile.open(name, { mode: 'readwrite' }).close();
    fs.rmSync(name);
  });

  it('makes every method an error', async () => {
    const file = MappedFile.open(written('hello'), { mode: 'readwrite' });
    file.close();
    failure(() => file.view(), 'CLOSED');
    failure(() => file.flushSync(), 'CLOSED');
    failure(() => file.resizeSync(10), 'CLOSED');
    failure(() => file.refresh(), 'CLOSED');
    failure(() => file.prefetch(), 'CLOSED');
    failure(() => file.advise('normal'), 'CLOSED');
    failure(() => file.residency(), 'CLOSED');
    failure(() => file.discard(), 'CLOSED');
    failure(() => file.allocatedBytes, 'CLOSED');
    await rejection(file.flush(), 'CLOSED');
    await rejection(file.resize(10), 'CLOSED');
    await rejection(file.allocate(), 'CLOSED');
    expect(file.size).toBe(5);
  });

  it('belongs to `using` and `await using`', async () => {
    const name = written('hello');
    {
      await using file = MappedFile.open(name, { mode: 'readwrite' });
      using view = file.view();
      view.setUint8(0, 72);
    }
    expect(fs.readFileSync(name, 'utf8')).toBe('Hello');
  });

  it('in the middle of a flush or a resize leaves nothing half done', async () => {
    for (let round = 0; round < 10; round++) {
      const name = path();
      const file = MappedFile.open(name, { mode: 'readwrite', create: true, size: 2 ** 20 });
      file.view().fill(round + 1);
      const outcomes = Promise.allSettled([file.flush(), file.resize(2 ** 21), file.flush()]);
      file.close();
      for (const outcome of await outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'CLOSED' });
      }
      const content = fs.readFileSync(name);
      expect([2 ** 20, 2 ** 21]).toContain(content.length);
      expect(content.subarray(0, 2 ** 20).equals(Buffer.alloc(2 ** 20, round + 1))).toBe(true);
    }
  });
});

describe('views', () => {
  it('any number may overlap, and show the same bytes', () => {
    using file = MappedFile.open(written(randomBytes(50_000)), { mode: 'readwrite' });
    const views = Array.from({ length: 200 }, (_, index) => file.view(index * 7, 30_000));
    views[0]!.setUint32(20_000, 0xdeadbeef);
    for (const [index, view] of views.entries()) {
      expect(view.getUint32(20_000 - index * 7)).toBe(0xdeadbeef);
    }
  });

  it('may be empty, at any place', () => {
    using file = MappedFile.open(written('hello'));
    for (const offset of [0, 3, 5]) {
      const view = file.view(offset, 0);
      expect([view.offset, view.length, view.bytes.length]).toEqual([offset, 0, 0]);
      expect(view.indexOf('')).toBe(0);
      expect(view.indexOf('h')).toBe(-1);
      expect(view.read(0, 0).length).toBe(0);
      failure(() => view.getUint8(0), 'OUT_OF_BOUNDS');
      view.close();
    }
  });

  it('of files in each mode say whether they may be written', () => {
    const name = written('hello');
    for (const mode of MODES) {
      using file = MappedFile.open(name, { mode });
      expect(file.view().writable).toBe(mode !== 'readonly');
    }
  });
});

describe('hints', () => {
  it.each(MODES)('change nothing that is read, mode %s', (mode) => {
    const content = randomBytes(300_000);
    using file = MappedFile.open(written(content), { mode });
    const view = file.view();
    if (mode === 'copy-on-write') view.fill(7, 1000, 100_000);
    if (mode === 'copy-on-write') content.fill(7, 1000, 101_000);
    for (const advice of ['normal', 'random', 'sequential', 'dontneed'] as const) {
      file.advise(advice);
      file.advise(advice, { offset: 70_001, length: 5 });
      expect(view.bytes.equals(content)).toBe(true);
    }
    file.prefetch();
    file.prefetch({ offset: 5 });
    file.prefetch({ offset: 300_000, length: 0 });
    failure(() => file.prefetch({ offset: 300_001 }), 'OUT_OF_BOUNDS');
    failure(() => file.advise('all' as Advice), 'INVALID_ARGUMENT');
  });

  it('residency tells pages and bytes', () => {
    using file = MappedFile.open(written(randomBytes(100_000)), { mode: 'readwrite' });
    expect(file.view().bytes.every((byte) => byte >= 0)).toBe(true);
    const { pageSize } = nativeOs().getSystemInfo();
    const all = file.residency();
    expect(all.pageSize).toBe(pageSize);
    expect(all.pages.length).toBe(Math.ceil(100_000 / pageSize));
    expect(all.residentBytes).toBe(all.pages.length * pageSize);
    expect(file.residency({ offset: 10, length: 1 }).pages.length).toBe(1);
    expect(file.residency({ offset: 100_000, length: 0 }).pages.length).toBe(0);
  });

  it('allocate makes a sparse file occupy its blocks', async () => {
    const options = { mode: 'readwrite', create: true, size: 2 ** 22, sparse: true } as const;
    using file = MappedFile.open(path(), options);
    file.view().setUint8(5, 9);
    await file.allocate({ length: 2 ** 21 });
    expect(file.allocatedBytes).toBeGreaterThanOrEqual(2 ** 21);
    await file.allocate();
    expect(file.allocatedBytes).toBeGreaterThanOrEqual(2 ** 22);
    expect([file.size, file.view().getUint8(5)]).toEqual([2 ** 22, 9]);
    await rejection(file.allocate({ offset: 2 ** 22, length: 1 }), 'OUT_OF_BOUNDS');
  });
});

describe('beside the calls of the system', () => {
  it('a handle of the same file sees the share mode of a MappedFile', () => {
    using file = MappedFile.open(written('hello'), { mode: 'readwrite' });
    const os = nativeOs();
    failure(() => os.createFile(file.path, GENERIC_READ, FILE_SHARE_READ, null, OPEN_EXISTING, 0), {
      win32Error: 32,
    });
  });
});

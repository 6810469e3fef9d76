/**
 * Flushing: what it takes and refuses, that a failed one is final, and that it writes what was stored and not whole
 * large folios. What a flush is worth after a power cut: power-cut.test.ts.
 */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MappedFile, type MappedFileOptions } from '../../src/mapping/index.js';
import {
  FILE_MAP_READ,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  GENERIC_READ,
  OPEN_EXISTING,
  PAGE_READONLY,
} from '../../src/os/constants.js';
import { isPerdureError, type PerdureError } from '../../src/os/errors.js';
import { nativeOs } from '../../src/os/native.js';
import type { Os } from '../../src/os/os.js';
import { deviceError, osWith, osWithFailingFlush } from '../support/failing-os.js';
import { failure, rejection } from '../support/failure.js';
import { tempFiles } from '../support/temp-folder.js';

const path = tempFiles();
/** Shared, so that fs can read the file meanwhile on Windows too. */
const CREATE: MappedFileOptions = { mode: 'readwrite', create: true, size: 300_000, share: 'readwrite' };
const METHODS = ['flush', 'flushSync'] as const;

describe.each(METHODS)('%s', (method) => {
  it('takes every range of the file', async () => {
    using file = MappedFile.open(path(), CREATE);
    await file[method]();
    file.view().fill(1);
    await file[method]({ offset: 1, length: 1 });
    await file[method]({ offset: 65_535n, length: 2n });
    await file[method]({ offset: 299_999 });
    await file[method]({ offset: 300_000, length: 0 });
    await file[method]({ length: 0 });
    await file[method]({});
    await file[method]();
    expect(fs.readFileSync(file.path).equals(Buffer.alloc(300_000, 1))).toBe(true);
  });

  it('refuses ranges that are none, and is not poisoned by them', async () => {
    using file = MappedFile.open(path(), CREATE);
    const call = async (offset: unknown, length: unknown) =>
      file[method]({ offset: offset as number, length: length as number });
    await rejection(call(300_001, 0), 'OUT_OF_BOUNDS');
    await rejection(call(1, 300_000), 'OUT_OF_BOUNDS');
    for (const value of [-1, 0.5, Number.NaN, '1', 2n ** 80n]) {
      await rejection(call(value, 1), 'INVALID_ARGUMENT');
      await rejection(call(1, value), 'INVALID_ARGUMENT');
    }
    await file[method]();
  });

  it('is for files opened readwrite', async () => {
    const name = path();
    fs.writeFileSync(name, 'hello');
    for (const mode of ['readonly', 'copy-on-write'] as const) {
      using file = MappedFile.open(name, { mode });
      const call = async () => file[method]();
      await rejection(call(), 'READ_ONLY');
    }
  });

  it('flushes what views stored that are closed, or lie in an older mapping of a file that grew', async () => {
    using file = MappedFile.open(path(), CREATE);
    const old = file.view();
    file.resizeSync(600_000);
    file.view().fill(2, 300_000);
    file.view().close();
    old.fill(1);
    await file[method]();
    old.close();
    await file[method]({ offset: 100 });
    const content = fs.readFileSync(file.path);
    expect([content[0], content[299_999], content[300_000], content[599_999]]).toEqual([1, 1, 2, 2]);
  });
});

describe.each(METHODS)('a failed %s', (method) => {
  const call = async (file: MappedFile) => file[method]();

  it('is reported as it was, and is final: POISONED with the cause, until the file is reopened', async () => {
    let failures = 1;
    const os = osWithFailingFlush(() => failures-- > 0);
    const name = path();
    const file = MappedFile.open(name, CREATE, { os });
    const view = file.view();
    view.fill(7);
    const error = await rejection(call(file), { code: 'IO_ERROR', win32Error: 1117 });
    for (const again of [
      async () => file.flush(),
      async () => file.flushSync(),
      async () => file.flush({ offset: 0, length: 1 }),
      async () => file.resize(400_000),
      async () => file.resizeSync(400_000),
      async () => file.allocate(),
    ]) {
      const poisoned = await rejection(again(), 'POISONED');
      expect(poisoned.cause).toBe(error);
      expect(poisoned.path).toBe(name);
    }
    expect(view.getUint8(5)).toBe(7);
    expect(file.size).toBe(300_000);
    file.close();
    using reopened = MappedFile.open(name, { mode: 'readwrite' }, { os });
    await reopened[method]();
    await reopened.resize(400_000);
  });

  it('of the view poisons as well', async () => {
    const fails = () => {
      throw deviceError();
    };
    const os = osWith({ flushViewOfFile: fails, flushViewOfFileAsync: async () => fails() });
    using file = MappedFile.open(path(), CREATE, { os });
    file.view().fill(1);
    await rejection(call(file), 'IO_ERROR');
    await rejection(call(file), 'POISONED');
  });

  it('poisons this opening only', async () => {
    const os = osWithFailingFlush(() => true);
    using file = MappedFile.open(path(), CREATE, { os });
    using other = MappedFile.open(file.path, CREATE);
    await rejection(call(file), 'IO_ERROR');
    await other[method]();
  });
});

describe('flushes at the same time', () => {
  it('resolve each for itself', async () => {
    using file = MappedFile.open(path(), CREATE);
    const view = file.view();
    const flushes = Array.from({ length: 50 }, (_, index) => {
      view.setUint32(index * 4096, index);
      return file.flush({ offset: index * 4096, length: 4096 });
    });
    await Promise.all(flushes);
  });

  it('one that fails fails those that were under way: the system reports an error to one of them only', async () => {
    let gate = () => {};
    const opened = new Promise<void>((resolve) => {
      gate = resolve;
    });
    let calls = 0;
    const os = osWith({
      flushFileBuffersAsync: async (file) => {
        if (calls++ === 0) throw deviceError();
        await opened;
        await nativeOs().flushFileBuffersAsync(file);
      },
    });
    using file = MappedFile.open(path(), CREATE, { os });
    file.view().fill(1);
    const flushes = [file.flush(), file.flush()];
    // Either may reach the disk first.
    const error = await rejection(Promise.race(flushes), 'IO_ERROR');
    gate();
    const reasons = (await Promise.allSettled(flushes)).map(
      (outcome) => outcome.status === 'rejected' && outcome.reason,
    );
    expect(reasons).toContain(error);
    expect(reasons.find((reason) => reason !== error)).toMatchObject({ code: 'POISONED', cause: error });
  });
});

describe('a resize that fails', () => {
  it('does not poison, and leaves size, contents and views', async () => {
    let full = true;
    const allocate: Os['allocateBlocks'] = (...args) => {
      if (full) throw deviceError();
      nativeOs().allocateBlocks(...args);
    };
    const os = osWith({
      allocateBlocks: allocate,
      allocateBlocksAsync: async (...args) => allocate(...args),
    });
    full = false;
    using file = MappedFile.open(path(), CREATE, { os });
    const view = file.view();
    view.fill(1);
    full = true;
    await rejection(file.resize(500_000), 'IO_ERROR');
    failure(() => file.resizeSync(500_000), 'IO_ERROR');
    expect([file.size, view.getUint8(299_999)]).toEqual([300_000, 1]);
    await file.flush();
    full = false;
    await file.resize(500_000);
    expect(file.size).toBe(500_000);
  });
});

describe('bytes that a flush writes', () => {
  /** What the system would write of the file now, told by a mapping of its own. */
  function dirtyBytes(name: string): number | undefined {
    const os = nativeOs();
    const share = FILE_SHARE_READ | FILE_SHARE_WRITE;
    const file = os.createFile(name, GENERIC_READ, share, null, OPEN_EXISTING, 0);
    const mapping = os.createFileMapping(file, null, PAGE_READONLY, 0, null);
    const view = os.mapViewOfFile(mapping, FILE_MAP_READ, 0, 0);
    const dirty = os.queryDirtyBytes(view, 0, 0);
    os.unmapViewOfFile(view);
    os.closeHandle(mapping);
    os.closeHandle(file);
    return dirty;
  }

  const MIB = 2 ** 20;
  const written = () => {
    const name = path();
    const fd = fs.openSync(name, 'w');
    fs.writeSync(fd, Buffer.alloc(8 * MIB, 1));
    fs.fsyncSync(fd);
    fs.closeSync(fd);
    return name;
  };

  it.each(METHODS)(
    'are a page for a byte from the second %s on, also where the cache holds large folios',
    async (method) => {
      const name = written();
      using file = MappedFile.open(name, { mode: 'readwrite', share: 'readwrite' });
      const view = file.view();
      view.setUint8(3 * MIB, 9);
      const first = dirtyBytes(name);
      if (first === undefined) return; // The system cannot tell (no cachestat): nothing to compare.
      expect(first).toBeGreaterThan(0);
      await file[method]();
      expect(dirtyBytes(name)).toBe(0);
      for (let round = 1; round <= 3; round++) {
        view.setUint8(3 * MIB + round * 20_000, 9);
        expect(dirtyBytes(name)).toBeLessThanOrEqual(64 * 1024);
        await file[method]({ offset: 2 * MIB, length: 2 * MIB });
      }
      expect(view.bytes.filter((byte) => byte === 9).length).toBe(4);
      expect(fs.readFileSync(name).equals(view.bytes)).toBe(true);
    },
  );

  it('stores through `bytes` count when markWritten says so', async () => {
    const name = written();
    using file = MappedFile.open(name, { mode: 'readwrite', share: 'readwrite' });
    const view = file.view();
    view.bytes[5 * MIB] = 9;
    view.markWritten(5 * MIB, 1);
    if (dirtyBytes(name) === undefined) return;
    await file.flush();
    view.bytes[5 * MIB + 100_000] = 9;
    expect(dirtyBytes(name)).toBeLessThanOrEqual(64 * 1024);
  });

  it('what a large store wrote is not dropped: it is worth its bytes', async () => {
    const name = written();
    using file = MappedFile.open(name, { mode: 'readwrite', share: 'readwrite' });
    const view = file.view();
    view.fill(2, 0, 4 * MIB);
    await file.flush();
    expect(view.bytes.subarray(0, 4 * MIB).equals(Buffer.alloc(4 * MIB, 2))).toBe(true);
  });
});

it('errors say which call failed on which file', async () => {
  using file = MappedFile.open(path(), CREATE, { os: osWithFailingFlush(() => true) });
  const error: PerdureError = await rejection(file.flush());
  expect(isPerdureError(error, 'IO_ERROR')).toBe(true);
  expect(error.syscall).toBe('FlushFileBuffers');
});

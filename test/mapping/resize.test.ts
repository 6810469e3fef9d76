/**
 * Resizing: growth under open views, which neither move nor die; shortening, which waits for them; what another opening
 * made of the file meanwhile.
 */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MappedFile } from '../../src/mapping/index.js';
import { failure, rejection } from '../support/failure.js';
import { tempFiles } from '../support/temp-folder.js';

const path = tempFiles();

function written(content: string): string {
  const name = path();
  fs.writeFileSync(name, content);
  return name;
}

describe.each(['resize', 'resizeSync'] as const)('%s', (method) => {
  const open = (size: number, sparse = false) =>
    MappedFile.open(path(), { mode: 'readwrite', create: true, size, sparse, share: 'readwrite' });

  it('grows under open views: none moves, and new ones see everything', async () => {
    using file = open(10_000);
    const first = file.view();
    const { bytes } = first;
    first.fill(1);
    await file[method](500_000);
    const second = file.view();
    expect([file.size, first.length, second.length]).toEqual([500_000, 10_000, 500_000]);
    second.fill(2, 9_999, 3);
    expect(bytes[9_999]).toBe(2);
    first.setUint8(0, 9);
    expect(second.getUint8(0)).toBe(9);
    await file[method](2 ** 21);
    file.view().setUint8(2 ** 21 - 1, 7);
    expect([bytes.length, bytes[1], second.getUint8(10_001)]).toEqual([10_000, 1, 2]);
    expect(second.getUint8(400_000)).toBe(0);
    expect(file.allocatedBytes).toBeGreaterThanOrEqual(2 ** 21);
    file.close();
    const content = fs.readFileSync(file.path);
    expect([content.length, content[0], content[10_001], content.at(-1)]).toEqual([2 ** 21, 9, 2, 7]);
  });

  it('a sparse file grows by holes', async () => {
    using file = open(10, true);
    await file[method](2 ** 30);
    expect(file.size).toBe(2 ** 30);
    file.view(2 ** 30 - 8, 8).setFloat64(0, Math.E);
    if (process.platform === 'linux') expect(file.allocatedBytes).toBeLessThan(2 ** 20);
  });

  it('shortening is refused while a view is open, and keeps what is left', async () => {
    using file = open(100_000);
    const view = file.view(0, 10);
    view.fill(5);
    const call = async () => file[method](10);
    await rejection(call(), { code: 'FILE_IN_USE', win32Error: 1224 });
    expect(file.size).toBe(100_000);
    view.close();
    await file[method](10);
    expect(file.size).toBe(10);
    expect(fs.readFileSync(file.path)).toEqual(Buffer.alloc(10, 5));
    await file[method](100);
    expect(
      file
        .view()
        .read(0, 100)
        .equals(Buffer.concat([Buffer.alloc(10, 5), Buffer.alloc(90)])),
    ).toBe(true);
  });

  it('is refused while another opening has a view', async () => {
    using file = MappedFile.open(written('hello world'), { mode: 'readwrite', share: 'readwrite' });
    using other = MappedFile.open(file.path);
    const view = other.view();
    const call = async () => file[method](5);
    await rejection(call(), { code: 'FILE_IN_USE', win32Error: 1224 });
    expect(view.getString(0, 11)).toBe('hello world');
    other.close();
    await file[method](5);
  });

  it('to the same size does nothing', async () => {
    using file = open(100);
    const view = file.view();
    await file[method](100);
    expect([file.size, view.closed]).toEqual([100, false]);
  });

  it('refuses sizes that are none, and 0', async () => {
    using file = open(100);
    for (const size of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2n ** 70n, '10', null, undefined]) {
      const call = async () => file[method](size as number);
      await rejection(call(), 'INVALID_ARGUMENT');
    }
    expect(fs.statSync(file.path).size).toBe(100);
  });

  it('is for files opened readwrite', async () => {
    const name = written('hello');
    for (const mode of ['readonly', 'copy-on-write'] as const) {
      using file = MappedFile.open(name, { mode });
      const call = async () => file[method](10);
      await rejection(call(), 'READ_ONLY');
    }
    expect(fs.statSync(name).size).toBe(5);
  });

  it('to grow never shortens what another opening has grown further', async () => {
    for (const sparse of [false, true]) {
      const options = { mode: 'readwrite', share: 'readwrite', create: true, sparse } as const;
      using file = MappedFile.open(path(), { ...options, size: 100 });
      using other = MappedFile.open(file.path, options);
      other.resizeSync(10_000);
      const view = other.view(9_000);
      view.fill(3);
      view.close();
      await file[method](5_000);
      expect(fs.statSync(file.path).size, sparse ? 'sparse' : 'allocated').toBe(10_000);
      expect(other.view().getUint8(9_999)).toBe(3);
    }
  });
});

describe('refresh', () => {
  it('learns what another opening grew; a copy-on-write opening keeps its own size', () => {
    const name = written('hello');
    using writer = MappedFile.open(name, { mode: 'readwrite', share: 'readwrite' });
    using reader = MappedFile.open(name);
    using copy = MappedFile.open(name, { mode: 'copy-on-write' });
    const view = reader.view();
    writer.resizeSync(100_000);
    writer.view().setString(99_995, 'world');
    expect(reader.size).toBe(5);
    failure(() => reader.view(0, 6), 'OUT_OF_BOUNDS');
    expect([reader.refresh(), copy.refresh()]).toEqual([100_000, 5]);
    expect(reader.view().getString(99_995, 5)).toBe('world');
    expect(view.getString(0, 5)).toBe('hello');
  });
});

/**
 * Files beyond 2, 4 and 5 GiB, all sparse: one view over everything, positions beyond 32 bits, and what opening costs.
 * On Node.js 20 such a view has several parts; later versions hold it in one ArrayBuffer.
 */
import * as fs from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { MappedFile, type OpenMode } from '../../src/mapping/index.js';
import { MAX_WINDOW_BYTES } from '../../src/os/memory.js';
import type { MemoryAnswer, MemoryRequest } from '../processes/resident-memory.js';
import { Child } from '../support/child.js';
import { failure } from '../support/failure.js';
import { tempFiles } from '../support/temp-folder.js';

const GIB = 2 ** 30;
const SIZE = 5 * GIB + 4321;
const path = tempFiles();

function sparse(size: number): string {
  const name = path();
  MappedFile.open(name, { mode: 'readwrite', create: true, size, sparse: true }).close();
  return name;
}

describe('one view of a sparse file of 5 GiB', () => {
  const name = sparse(SIZE);
  afterAll(() => fs.rmSync(name, { force: true }));

  it('reads and writes scalars and bytes across 2, 4 and 5 GiB', () => {
    using file = MappedFile.open(name, { mode: 'readwrite' });
    using view = file.view(0, BigInt(SIZE));
    expect([file.size, view.length]).toEqual([SIZE, SIZE]);
    for (const border of [GIB, 2 * GIB, 3 * GIB, 4 * GIB, 5 * GIB]) {
      view.setBigUint64(border - 3, 0x0123456789abcdefn);
      view.setFloat64(border - 100, border);
      view.write(border - 1003, Buffer.from('needle'));
      view.setUint8(border, 0x5a);
      using small = file.view(border - 3, 8);
      expect(small.getUint8(3)).toBe(0x5a);
      expect(small.getUint16(0)).toBe(0xcdef);
      expect(view.getFloat64(border - 100)).toBe(border);
      expect(view.getString(border - 1003, 6)).toBe('needle');
      expect(view.indexOf('needle', border - 5000)).toBe(border - 1003);
      expect(view.lastIndexOf('needle', border + 4000)).toBe(border - 1003);
    }
    view.setUint32(SIZE - 4, 0xfeedface);
    expect(view.getUint32(SIZE - 4)).toBe(0xfeedface);
    failure(() => view.getUint8(SIZE), 'OUT_OF_BOUNDS');
    failure(() => view.setUint32(SIZE - 3, 0), 'OUT_OF_BOUNDS');
  });

  it('what it stored is where fs reads it, and where a later opening reads it', () => {
    const fd = fs.openSync(name, 'r');
    const bytes = Buffer.alloc(6);
    for (const border of [2 * GIB, 4 * GIB, 5 * GIB]) {
      fs.readSync(fd, bytes, 0, 6, border - 1003);
      expect(bytes.toString()).toBe('needle');
    }
    fs.closeSync(fd);
    using file = MappedFile.open(name);
    expect(file.view().getUint32(SIZE - 4)).toBe(0xfeedface);
    expect(file.view(4 * GIB - 3, 6).getUint8(3)).toBe(0x5a);
  });

  it('fills, searches and copies across 4 GiB', () => {
    using file = MappedFile.open(name, { mode: 'copy-on-write' });
    using view = file.view();
    view.fill(0x61, 4 * GIB - 50_000, 100_000);
    expect(view.read(4 * GIB - 50_001, 100_002).indexOf('a'.repeat(100_000))).toBe(1);
    view.setString(4 * GIB - 2, 'seam');
    expect(view.indexOf('seam', 4 * GIB - 60_000)).toBe(4 * GIB - 2);
    expect(view.indexOf('seam', 3 * GIB)).toBe(4 * GIB - 2);
    expect(view.lastIndexOf('seam', 4 * GIB + 60_000)).toBe(4 * GIB - 2);
    expect(view.lastIndexOf('seam', 4 * GIB - 2)).toBe(4 * GIB - 2);
    view.setString(4 * GIB - 70_000, 'seam');
    expect(view.lastIndexOf('seam', 4 * GIB - 3)).toBe(4 * GIB - 70_000);
    view.copyWithin(4 * GIB - 40_000, 4 * GIB - 20_000, 40_000);
    expect(view.indexOf('seam', 4 * GIB - 60_000)).toBe(4 * GIB - 20_002);
    view.copyWithin(5 * GIB - 10, 4 * GIB - 2, 20);
    view.copyWithin(10, 4 * GIB - 20_002, 4);
    expect(view.getString(10, 4)).toBe('seam');
  });

  it('`bytes` exist where one ArrayBuffer holds it, else are refused by TOO_LARGE', () => {
    using file = MappedFile.open(name);
    using view = file.view();
    if (SIZE <= MAX_WINDOW_BYTES) {
      expect(view.bytes.length).toBe(SIZE);
      expect(view.bytes[4 * GIB]).toBe(0x5a);
    } else {
      failure(() => view.bytes, 'TOO_LARGE');
    }
    expect(file.view(4 * GIB - 2, 10).bytes[2]).toBe(0x5a);
  });

  it('flushes ranges beyond 4 GiB', async () => {
    using file = MappedFile.open(name, { mode: 'readwrite' });
    using view = file.view();
    view.setUint8(4 * GIB + 5, 1);
    await file.flush({ offset: 4 * GIB, length: 4096 });
    file.flushSync({ offset: 5 * GIB });
  });

  it('grows beyond 8 GiB under that view', async () => {
    const other = sparse(3 * GIB);
    using file = MappedFile.open(other, { mode: 'readwrite', sparse: true });
    const view = file.view();
    view.setUint8(3 * GIB - 1, 1);
    await file.resize(8n * BigInt(GIB) + 1n);
    file.view().setUint8(8 * GIB, 2);
    expect([view.length, view.getUint8(3 * GIB - 1), file.view(8 * GIB).getUint8(0)]).toEqual([
      3 * GIB,
      1,
      2,
    ]);
    file.close();
    fs.rmSync(other);
  });
});

describe('opening a sparse file of 8 GiB and viewing all of it', () => {
  // On Windows a readonly or copy-on-write view reserves commit charge for its whole length.
  const modes: OpenMode[] =
    process.platform === 'win32' ? ['readwrite'] : ['readonly', 'readwrite', 'copy-on-write'];

  it.each(modes)('adds less than 20 MiB of resident memory, and opens at once, mode %s', async (mode) => {
    const name = sparse(8 * GIB);
    const child = Child.start<MemoryRequest>('resident-memory');
    const answer = await child.ask<MemoryAnswer>({ path: name, mode, warmUp: sparse(1000) });
    expect(answer.viewedBytes).toBe(8 * GIB);
    expect(answer.addedBytes).toBeLessThan(20 * 2 ** 20);
    expect(answer.openMs).toBeLessThan(50);
    await child.end();
    fs.rmSync(name);
  });
});

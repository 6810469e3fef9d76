/**
 * What was flushed survives a power cut: the contents, the length, and the name of a file that was created.
 *
 * Method: ext4 on a loop device whose power is really cut (EXT4_IOC_SHUTDOWN without flushing the log); it is unmounted,
 * mounted again, and compared with what the last flush promised. Each cycle draws its stores from a seed.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MappedFile } from '../../src/mapping/index.js';
import type { FileRequest } from '../processes/mapped-file.js';
import { Child } from '../support/child.js';
import { failure } from '../support/failure.js';
import { type Mount, mounted, whyNotMountable } from '../support/mounts.js';
import { random, SEED } from '../support/seed.js';

const CYCLES = 6;
const why = whyNotMountable('ext4');

describe.skipIf(why)(`after a power cut${why ? ` (skipped: ${why})` : ''}`, () => {
  const mount = mounted();

  /** Random stores; the model gets the same. */
  function scribble(file: MappedFile, model: Buffer, next: (limit: number) => number): void {
    using view = file.view();
    for (let store = 0; store < 1 + next(20); store++) {
      const offset = next(file.size);
      const length = Math.min(1 + next(next(2) === 0 ? 20 : 50_000), file.size - offset);
      const value = 1 + next(255);
      view.fill(value, offset, length);
      model.fill(value, offset, offset + length);
    }
  }

  /** Cuts the power, and gives the folder back as the disk has it. */
  function cut(disk: Mount, ...files: MappedFile[]): void {
    disk.cutPower();
    for (const file of files) file.close();
    disk.restorePower();
  }

  it.each(Array.from({ length: CYCLES }, (_, cycle) => SEED + cycle))(
    'a created, grown and flushed file is whole (seed %i)',
    async (seed) => {
      const next = random(seed);
      const disk = mount('ext4', 16);
      const name = join(disk.folder, 'created');
      const size = 1 + next(200_000);
      const file = MappedFile.open(name, { mode: 'readwrite', create: 'new', size, sparse: next(2) === 0 });
      let model = Buffer.alloc(size);
      let unflushed = false;
      for (let round = 0; round < 1 + next(4); round++) {
        scribble(file, model, next);
        if (next(2) === 0) {
          const grown = file.size + next(200_000);
          if (next(2) === 0) await file.resize(grown);
          else file.resizeSync(grown);
          model = Buffer.concat([model, Buffer.alloc(grown - model.length)]);
          scribble(file, model, next);
        }
        if (next(2) === 0) await file.flush();
        else file.flushSync();
      }
      const promised = Buffer.from(model);
      if (next(2) === 0) {
        unflushed = true;
        scribble(file, model, next);
      }
      cut(disk, file);
      const found = fs.readFileSync(name);
      expect(found.length, `seed ${seed}`).toBe(promised.length);
      if (unflushed) {
        for (let at = 0; at < found.length; at++) {
          if (found[at] !== promised[at] && found[at] !== model[at])
            throw new Error(`byte ${at}, seed ${seed}`);
        }
      } else {
        expect(found.equals(promised), `seed ${seed}`).toBe(true);
      }
      using again = MappedFile.open(name, { mode: 'readwrite' });
      expect(again.size).toBe(promised.length);
      again.close();
      disk.remove();
    },
  );

  it('what was never flushed is lost: the cut is a real one', () => {
    const disk = mount('ext4', 16);
    const name = join(disk.folder, 'lost');
    const file = MappedFile.open(name, { mode: 'readwrite', create: 'new', size: 100_000 });
    file.view().fill(1);
    cut(disk, file);
    expect(fs.existsSync(name)).toBe(false);
    disk.remove();
  });

  it('a flush of a range keeps that range', async () => {
    const disk = mount('ext4', 16);
    const name = join(disk.folder, 'ranges');
    const file = MappedFile.open(name, { mode: 'readwrite', create: 'new', size: 1_000_000 });
    const view = file.view();
    await file.flush();
    view.fill(1, 100_001, 10);
    view.fill(2, 500_000, 100_000);
    await file.flush({ offset: 100_001, length: 10 });
    file.flushSync({ offset: 500_000, length: 100_000 });
    cut(disk, file);
    const found = fs.readFileSync(name);
    expect(found.subarray(100_001, 100_011)).toEqual(Buffer.alloc(10, 1));
    expect(found.subarray(500_000, 600_000).equals(Buffer.alloc(100_000, 2))).toBe(true);
    disk.remove();
  });

  it('the name survives also where another process created the file, did not flush, and was killed', async () => {
    const disk = mount('ext4', 16);
    const name = join(disk.folder, 'handed-over');
    const child = Child.start<FileRequest>('mapped-file');
    const options = { mode: 'readwrite', create: 'new', size: 50_000 } as const;
    await child.ask({ do: 'open', path: name, options });
    await child.ask({ do: 'fill', offset: 0, length: 50_000, value: 3 });
    await child.kill();
    const file = MappedFile.open(name, { mode: 'readwrite' });
    file.view().setUint8(0, 4);
    await file.flush();
    cut(disk, file);
    expect(fs.readFileSync(name).equals(Buffer.alloc(50_000, 3).fill(4, 0, 1))).toBe(true);
    disk.remove();
  });

  it('a shortened and flushed file is as short', async () => {
    const disk = mount('ext4', 16);
    const name = join(disk.folder, 'shortened');
    const file = MappedFile.open(name, { mode: 'readwrite', create: 'new', size: 500_000 });
    file.view().fill(1);
    await file.flush();
    file.close();
    const again = MappedFile.open(name, { mode: 'readwrite' });
    await again.resize(100);
    await again.flush();
    cut(disk, again);
    expect(fs.readFileSync(name)).toEqual(Buffer.alloc(100, 1));
    disk.remove();
  });

  it('flushing on a dead disk fails with IO_ERROR, and is final', async () => {
    const disk = mount('ext4', 16);
    const name = join(disk.folder, 'dead');
    const file = MappedFile.open(name, { mode: 'readwrite', create: 'new', size: 100_000 });
    const view = file.view();
    view.fill(1);
    await file.flush();
    view.fill(2);
    disk.cutPower();
    await expect(file.flush()).rejects.toMatchObject({
      code: 'IO_ERROR',
      errnoName: 'EIO',
      win32Error: 1117,
    });
    failure(() => file.flushSync(), 'POISONED');
    await expect(file.resize(200_000)).rejects.toMatchObject({ code: 'POISONED' });
    file.close();
    disk.restorePower();
    using again = MappedFile.open(name, { mode: 'readwrite' });
    const byte = again.view().getUint8(0);
    expect([1, 2]).toContain(byte);
    again.close();
    disk.remove();
  });
});

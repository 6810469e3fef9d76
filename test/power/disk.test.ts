/**
 * The rules of the simulated disk, each by the images that it gives: what must be there is in all of them, and what may be is
 * in some.
 */
import { afterEach, describe, expect, it } from 'vitest';
import {
  CREATE_ALWAYS,
  CREATE_NEW,
  FILE_MAP_WRITE,
  type FileHandle,
  GENERIC_READ,
  GENERIC_WRITE,
  OPEN_EXISTING,
  PAGE_READWRITE,
} from '../../src/os/index.js';
import { SECTOR_BYTES, SimulatedDisk, type SimulatedDiskOptions } from '../../src/os/simulated/index.js';
import { failure, rejection } from '../support/failure.js';
import { random, SEED } from '../support/seed.js';

const READ_WRITE = (GENERIC_READ | GENERIC_WRITE) >>> 0;
const disks: SimulatedDisk[] = [];

afterEach(() => {
  for (const disk of disks.splice(0)) disk.close();
});

function newDisk(options: SimulatedDiskOptions = {}): SimulatedDisk {
  const disk = new SimulatedDisk(options);
  disks.push(disk);
  return disk;
}

function open(disk: SimulatedDisk, name = 'file', disposition = CREATE_NEW): FileHandle {
  return disk.os.createFile(disk.path(name), READ_WRITE, 0, null, disposition, 0);
}

/** A file of this many sectors of 'o', flushed. */
function oldFile(disk: SimulatedDisk, sectors: number): FileHandle {
  const file = open(disk);
  disk.os.allocateBlocks(file, 0, sectors * SECTOR_BYTES);
  disk.os.writeFile(file, Buffer.alloc(sectors * SECTOR_BYTES, 'o'), 0);
  disk.os.flushFileBuffers(file);
  return file;
}

function writeSector(disk: SimulatedDisk, file: FileHandle, sector: number, letter: string): void {
  disk.os.writeFile(file, Buffer.alloc(SECTOR_BYTES, letter), sector * SECTOR_BYTES);
}

/** A writable view of the whole file as bytes, and how to unmap it. */
function mapped(disk: SimulatedDisk, file: FileHandle) {
  const mapping = disk.os.createFileMapping(file, null, PAGE_READWRITE, 0, null);
  const view = disk.os.mapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0);
  disk.os.closeHandle(mapping);
  return { view, bytes: Buffer.from(view.buffer) };
}

/** The first letters of the sectors of a file on a disk; undefined where there is none. '0' is a byte that is zero. */
function letters(disk: SimulatedDisk, name = 'file'): string | undefined {
  if (!disk.folder.entries.has(disk.path(name))) return undefined;
  const file = disk.os.createFile(disk.path(name), GENERIC_READ, 0, null, OPEN_EXISTING, 0);
  const bytes = Buffer.alloc(disk.os.getFileSizeEx(file));
  disk.os.readFile(file, bytes, 0);
  disk.os.closeHandle(file);
  const sectors = Math.ceil(bytes.length / SECTOR_BYTES);
  return Array.from({ length: sectors }, (_, at) =>
    String.fromCharCode(bytes[at * SECTOR_BYTES]! || 48),
  ).join('');
}

/** What the file may be after a power cut, every possibility once. */
function found(disk: SimulatedDisk, name = 'file'): (string | undefined)[] {
  const images = new Set<string | undefined>();
  for (const image of disk.crashes.all()) images.add(letters(image, name));
  return [...images].sort();
}

describe('sectors', () => {
  it('that were written are there or not, in any combination', () => {
    const disk = newDisk();
    const file = oldFile(disk, 3);
    disk.os.writeFile(file, Buffer.alloc(3 * SECTOR_BYTES, 'n'), 0);
    expect(found(disk)).toEqual(['nnn', 'nno', 'non', 'noo', 'onn', 'ono', 'oon', 'ooo']);
  });

  it('that were written twice hold any of what was written', () => {
    const disk = newDisk();
    const file = oldFile(disk, 2);
    for (const letter of ['1', '2']) writeSector(disk, file, 1, letter);
    expect(found(disk)).toEqual(['o1', 'o2', 'oo']);
  });

  it('that were flushed are there', () => {
    const disk = newDisk();
    const file = oldFile(disk, 2);
    writeSector(disk, file, 0, '1');
    disk.os.flushFileBuffers(file);
    writeSector(disk, file, 1, '2');
    expect(found(disk)).toEqual(['12', '1o']);
  });

  it('may be torn in the middle when they are drawn', () => {
    const disk = newDisk();
    const file = oldFile(disk, 1);
    writeSector(disk, file, 0, 'n');
    const next = random();
    const kinds = new Set<string>();
    for (let image = 0; image < 300; image++) {
      const bytes = Buffer.alloc(SECTOR_BYTES);
      const crashed = disk.crashes.draw(next);
      const opened = open(crashed, 'file', OPEN_EXISTING);
      crashed.os.readFile(opened, bytes, 0);
      crashed.os.closeHandle(opened);
      kinds.add(bytes.toString('latin1').replace(/(.)\1+/g, '$1'));
    }
    expect([...kinds].sort()).toEqual(['n', 'no', 'o', 'on']);
  });

  it('written while a flush is under way are not covered by it', async () => {
    const disk = newDisk();
    const file = oldFile(disk, 2);
    writeSector(disk, file, 0, '1');
    const flush = disk.os.flushFileBuffersAsync(file);
    writeSector(disk, file, 0, '2');
    writeSector(disk, file, 1, '2');
    expect(found(disk)).toEqual(['12', '1o', '22', '2o', 'o2', 'oo']);
    await flush;
    expect(found(disk)).toEqual(['12', '1o', '22', '2o']);
  });
});

describe('stores through views', () => {
  it('may be on the disk at any time, also what was stored over since', () => {
    const disk = newDisk();
    const { bytes } = mapped(disk, oldFile(disk, 2));
    bytes.fill('1');
    disk.observe();
    bytes.fill('2', 0, SECTOR_BYTES);
    expect(found(disk)).toEqual(['11', '1o', '21', '2o', 'o1', 'oo']);
  });

  it('are seen although the view is gone', () => {
    const disk = newDisk();
    const { bytes, view } = mapped(disk, oldFile(disk, 1));
    bytes.fill('1');
    disk.os.unmapViewOfFile(view);
    expect(found(disk)).toEqual(['1', 'o']);
  });

  it('are flushed by FlushFileBuffers alone where the system does so', () => {
    const disk = newDisk({ flushFileBuffersWritesViews: true });
    const file = oldFile(disk, 1);
    mapped(disk, file).bytes.fill('1');
    disk.os.flushFileBuffers(file);
    expect(found(disk)).toEqual(['1']);
  });

  it('need FlushViewOfFile before where it does not, which promises nothing alone', () => {
    const disk = newDisk();
    const file = oldFile(disk, 2);
    const { bytes, view } = mapped(disk, file);
    bytes.fill('1');
    disk.os.flushFileBuffers(file);
    expect(found(disk)).toEqual(['11', '1o', 'o1', 'oo']);
    disk.os.flushViewOfFile(view, 0, SECTOR_BYTES);
    expect(found(disk)).toEqual(['11', '1o', 'o1', 'oo']);
    bytes.fill('2', 0, SECTOR_BYTES);
    disk.os.flushFileBuffers(file);
    expect(found(disk)).toEqual(['11', '1o', '21', '2o']);
  });
});

describe('the rest of a file', () => {
  it('its length is the old or the new one, whatever of its contents is there', () => {
    const disk = newDisk();
    const file = oldFile(disk, 1);
    disk.os.writeFile(file, Buffer.alloc(SECTOR_BYTES, 'n'), SECTOR_BYTES);
    expect(found(disk)).toEqual(['o', 'o0', 'on']);
    disk.os.flushFileBuffers(file);
    expect(found(disk)).toEqual(['on']);
  });

  it('what it was shortened by is there or not, and zeros when it grows again', () => {
    const disk = newDisk();
    const file = oldFile(disk, 2);
    disk.os.setEndOfFile(file, SECTOR_BYTES);
    expect(found(disk)).toEqual(['o', 'o0', 'oo']);
    disk.os.setEndOfFile(file, 2 * SECTOR_BYTES);
    disk.os.flushFileBuffers(file);
    expect(found(disk)).toEqual(['o0']);
  });

  it('its blocks are allocated or not, until they are flushed', () => {
    const disk = newDisk();
    const file = oldFile(disk, 1);
    const before = disk.os.getAllocatedSize(file);
    disk.os.allocateBlocks(file, 0, 2 ** 20);
    const sizes = () => {
      const possible = new Set<number>();
      for (const image of disk.crashes.all()) {
        const opened = open(image, 'file', OPEN_EXISTING);
        possible.add(image.os.getAllocatedSize(opened));
        image.os.closeHandle(opened);
      }
      return possible;
    };
    expect(sizes()).toEqual(new Set([before, 2 ** 20]));
    disk.os.flushFileBuffers(file);
    expect(sizes()).toEqual(new Set([2 ** 20]));
  });

  it('its name may be missing until it was flushed', () => {
    const disk = newDisk();
    const file = open(disk);
    writeSector(disk, file, 0, '1');
    expect(found(disk)).toEqual(['', '0', '1', undefined]);
    disk.os.flushFileBuffers(file);
    expect(found(disk)).toEqual(['1']);
  });

  it('one that replaces another does so at once, and for good when the call returns', () => {
    const disk = newDisk();
    disk.os.closeHandle(oldFile(disk, 1));
    const file = open(disk, 'new');
    writeSector(disk, file, 0, 'n');
    disk.os.flushFileBuffers(file);
    disk.os.closeHandle(file);
    let between: unknown[] = [];
    disk.onMoment = (moment) => {
      if (moment === 'replacing') between = [found(disk), found(disk, 'new')];
    };
    disk.os.replaceFile(disk.path('new'), disk.path('file'));
    expect(between).toEqual([
      ['n', 'o'],
      ['n', undefined],
    ]);
    expect([found(disk), found(disk, 'new')]).toEqual([['n'], [undefined]]);
  });
});

describe('faults', () => {
  it('a failing flush is an error, and what it should have written is in doubt until it is written again', async () => {
    const disk = newDisk();
    const file = oldFile(disk, 2);
    disk.faults.plan({ kind: 'failing flush', after: 1, lasting: false });
    disk.os.flushFileBuffers(file);
    writeSector(disk, file, 0, '1');
    writeSector(disk, file, 1, '1');
    await rejection(disk.os.flushFileBuffersAsync(file), { code: 'IO_ERROR', win32Error: 1117 });
    expect(disk.faults.struck).toBe(1);
    disk.os.flushFileBuffers(file);
    expect(found(disk)).toEqual(['11', '1o', 'o1', 'oo']);
    writeSector(disk, file, 1, '2');
    disk.os.flushFileBuffers(file);
    expect(found(disk)).toEqual(['12', 'o2']);
  });

  it('a lost flush says that it is done', () => {
    const disk = newDisk();
    const file = oldFile(disk, 1);
    disk.faults.plan({ kind: 'lost flush', after: 0, lasting: false });
    writeSector(disk, file, 0, '1');
    disk.os.flushFileBuffers(file);
    expect(found(disk)).toEqual(['1', 'o']);
    disk.os.flushFileBuffers(file);
    expect(found(disk)).toEqual(['1']);
  });

  it.each([false, true])('a full disk refuses blocks, lasting: %s', async (lasting) => {
    const disk = newDisk();
    const file = oldFile(disk, 8);
    disk.faults.plan({ kind: 'full disk', after: 1, lasting });
    disk.os.allocateBlocks(file, 0, 8192);
    const calls = [
      () => disk.os.allocateBlocks(file, 0, 16_384),
      () => disk.os.writeFile(file, Buffer.alloc(10_000), 8192),
      () => disk.os.closeHandle(disk.os.createFileMapping(file, null, PAGE_READWRITE, 2 ** 20, null)),
    ];
    failure(calls[0]!, { code: 'DISK_FULL', win32Error: 112 });
    expect(disk.os.getFileSizeEx(file)).toBe(8192);
    for (const call of calls) if (lasting) failure(call, 'DISK_FULL');
    writeSector(disk, file, 0, 'n');
    disk.faults.clear();
    for (const call of calls) call();
  });

  it('a failing write may have written a part', () => {
    const disk = newDisk();
    const file = oldFile(disk, 4);
    disk.faults.plan({ kind: 'failing write', after: 0, lasting: false });
    failure(() => disk.os.writeFile(file, Buffer.alloc(4 * SECTOR_BYTES, 'n'), 0), 'IO_ERROR');
    expect(found(disk)).toEqual(['nnoo', 'nooo', 'onoo', 'oooo']);
  });
});

describe('images', () => {
  it('are the same from the same seed', () => {
    const images = () => {
      const disk = newDisk();
      const file = oldFile(disk, 16);
      for (let sector = 0; sector < 16; sector++) writeSector(disk, file, sector, 'n');
      const next = random();
      return Array.from({ length: 50 }, () => letters(disk.crashes.draw(next)));
    };
    expect(images()).toEqual(images());
  });

  it('are disks: what is done on one is undone by the next, and the power can be cut there too', () => {
    const disk = newDisk();
    const file = oldFile(disk, 3);
    writeSector(disk, file, 0, 'n');
    for (const image of disk.crashes.all()) {
      const first = letters(image)![0];
      const opened = open(image, 'file', OPEN_EXISTING);
      writeSector(image, opened, 1, 'i');
      image.os.flushFileBuffers(opened);
      mapped(image, opened).bytes.fill('v', 2 * SECTOR_BYTES);
      expect(found(image)).toEqual([`${first}io`, `${first}iv`]);
      const [view] = image.os.open.filter((what) => what.startsWith('view'));
      expect(view).toBe('view of 1536 bytes');
      expect(() => disk.crashes.draw(random())).toThrow('still open');
      image.os.closeHandle(opened);
      image.os.closeAll();
      open(image, 'other', CREATE_ALWAYS);
      image.os.closeAll();
    }
    expect(found(disk)).toEqual(['noo', 'ooo']);
    expect(found(disk, 'other')).toEqual([undefined]);
  });

  it('hold nothing that was never written: random programs against a plain model', () => {
    for (let seed = SEED; seed < SEED + 40; seed++) {
      const next = random(seed);
      const disk = newDisk({ flushFileBuffersWritesViews: true });
      const file = oldFile(disk, 8);
      const { bytes } = mapped(disk, file);
      let possible = Array.from({ length: 8 }, () => new Set(['o']));
      for (let step = 0; step < 30; step++) {
        const sector = next(8);
        const letter = String.fromCharCode(97 + next(14));
        if (next(5) === 0) {
          disk.os.flushFileBuffers(file);
          possible = possible.map((_, at) => new Set([String.fromCharCode(bytes[at * SECTOR_BYTES]!)]));
        } else {
          if (next(2) === 0) writeSector(disk, file, sector, letter);
          else bytes.fill(letter, sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
          possible[sector]!.add(letter);
        }
        const text = letters(disk.crashes.draw(next))!;
        const strange = [...text].findIndex((found, at) => !possible[at]!.has(found));
        expect(strange, `seed ${seed}, step ${step}: ${text}`).toBe(-1);
      }
    }
  });
});

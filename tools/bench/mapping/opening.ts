/** Opening a file, to the first byte of it and closed again: the same for every size, against what reads it all. */
import { constants } from 'node:buffer';
import { closeSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { MappedFile } from '../../../src/index.js';
import { type Contest, type Place, Unavailable } from '../contest.js';
import { loadPeer } from '../peers.js';
import { timedFor } from '../timing.js';

const SIZES = { '1 MB': 1e6, '1 GB': 1e9, '10 GB': 1e10 } as const;
type Size = keyof typeof SIZES;

const FIRST_PAGE_BYTES = 4096;
/** The first four bytes of each file. */
const MARK = 0x45445250;
/** A round lasts this long, or one opening. */
const ROUND_MS = 100;

interface MmapIo {
  PROT_READ: number;
  MAP_SHARED: number;
  map(size: number, protection: number, flags: number, fd: number): Buffer;
}

const pathOf = (place: Place, size: Size) => join(place.shared, `${size.replace(' ', '')}.sparse`);

function makeFile(path: string, bytes: number): void {
  const fd = openSync(path, 'w');
  ftruncateSync(fd, bytes);
  writeSync(fd, Uint32Array.of(MARK));
  closeSync(fd);
}

function openMapped(path: string): number {
  const file = MappedFile.open(path);
  const mark = file.view(0, FIRST_PAGE_BYTES).getUint32(0);
  file.close();
  return mark;
}

function readWhole(path: string): number {
  return readFileSync(path).readUInt32LE(0);
}

function readFirstPage(path: string): number {
  const fd = openSync(path, 'r');
  const page = Buffer.allocUnsafe(FIRST_PAGE_BYTES);
  readSync(fd, page, 0, FIRST_PAGE_BYTES, 0);
  closeSync(fd);
  return page.readUInt32LE(0);
}

async function mmapIoOpener(bytes: number): Promise<(path: string) => number> {
  const mmap = await loadPeer<MmapIo>('mmap-io');
  if (bytes > constants.MAX_LENGTH) throw new Unavailable('mmap-io maps no more than one Buffer holds');
  return (path) => {
    const fd = openSync(path, 'r');
    const buffer = mmap.map(bytes, mmap.PROT_READ, mmap.MAP_SHARED, fd);
    closeSync(fd);
    return buffer.readUInt32LE(0);
  };
}

function contest(size: Size): Contest {
  const by = (open: (path: string) => number) => (place: Place) => {
    const path = pathOf(place, size);
    return { round: () => timedFor(ROUND_MS, () => open(path)) };
  };
  return {
    cases: [{ name: `open a ${size} file, read its first bytes, close`, unit: 'opens/s' }],
    method:
      'A sparse file in the page cache. perdure: MappedFile.open, a view of the first page, close. fs.readFile reads all ' +
      'of it (2 GiB at most); mmap-io maps all of it and leaves the unmapping to the garbage collector; ' +
      'fs.open+read+close reads one page and maps nothing.',
    setup: (place) => makeFile(pathOf(place, size), SIZES[size]),
    contestants: {
      perdure: by(openMapped),
      ...(SIZES[size] < 2 ** 31 ? { 'fs.readFile': by(readWhole) } : {}),
      'fs.open+read+close': by(readFirstPage),
      'mmap-io': async (place) => by(await mmapIoOpener(SIZES[size]))(place),
    },
    // fs.readFile takes a second for 1 GB.
    rounds: { quick: size === '1 GB' ? 1 : 3, full: 9 },
    warmups: 1,
    expected: () => MARK,
  };
}

export const opening: readonly Contest[] = (Object.keys(SIZES) as Size[]).map(contest);

/**
 * Making a few scattered records durable in a 256 MiB file: how often, and how much the disk writes for it.
 *
 * What a flush writes depends on how the page cache holds the file. In small folios, as after small writes, a dirty byte
 * costs a page. In large ones, as after large writes, it costs up to 2 MiB unless that is handled.
 */
import { closeSync, fdatasyncSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { MappedFile } from '../../../src/index.js';
import type { Contest, Contestant, Place, Prepare, Reading } from '../contest.js';
import { diskOf } from '../disk.js';
import { randomIndexes } from '../random.js';
import { mapShared } from './posix-map.js';

const FILE_BYTES = 2 ** 28;
const RECORD_BYTES = 32;
const PAGE_BYTES = 4096;
const SMALL_WRITE_BYTES = PAGE_BYTES;
const LARGE_WRITE_BYTES = 2 ** 22;

/** What is flushed, and from what state of the page cache. */
interface Work {
  readonly name: string;
  readonly method: string;
  /** Records stored before each flush, each in a page of its own. */
  readonly dirty: number;
  /** The size of the writes that filled the file. */
  readonly writeBytes: number;
  /** Flushes in a round. */
  readonly flushes: number;
  /** True to begin each round with a file that was just filled and opened. */
  readonly cold: boolean;
}

/** A way to store records and to make them durable. */
interface Writer {
  store(offset: number, record: Uint8Array): void;
  flush(): void;
  close(): void;
}

function perdureWriter(path: string): Writer {
  const file = MappedFile.open(path, { mode: 'readwrite' });
  const view = file.view();
  return {
    store: (offset, record) => view.write(offset, record),
    flush: () => file.flushSync(),
    close: () => file.close(),
  };
}

function fsWriter(path: string): Writer {
  const fd = openSync(path, 'r+');
  return {
    store: (offset, record) => writeSync(fd, record, 0, RECORD_BYTES, offset),
    flush: () => fdatasyncSync(fd),
    close: () => closeSync(fd),
  };
}

function msyncWriter(path: string): Writer {
  const fd = openSync(path, 'r+');
  const map = mapShared(fd, FILE_BYTES);
  return {
    store: (offset, record) => map.bytes.set(record, offset),
    flush: () => map.flush(),
    close: () => closeSync(fd),
  };
}

function fillFile(path: string, writeBytes: number): void {
  const fd = openSync(path, 'w');
  const chunk = Buffer.alloc(writeBytes, 1);
  for (let at = 0; at < FILE_BYTES; at += writeBytes) writeSync(fd, chunk);
  fsyncSync(fd);
  closeSync(fd);
}

/** How many of the records at `offsets` hold `record`, read back through the system. */
function countStored(path: string, offsets: Uint32Array, record: Uint8Array): number {
  const fd = openSync(path, 'r');
  const found = Buffer.alloc(RECORD_BYTES);
  let equal = 0;
  for (const offset of offsets) {
    readSync(fd, found, 0, RECORD_BYTES, offset);
    if (found.equals(record)) equal++;
  }
  closeSync(fd);
  return equal;
}

function contestant(work: Work, open: (path: string) => Writer): Prepare {
  return (place: Place): Contestant => {
    const path = join(place.own, 'file');
    const disk = diskOf(place.own);
    const stores = work.flushes * work.dirty;
    let round = 0;
    const begin = () => {
      fillFile(path, work.writeBytes);
      return open(path);
    };
    let writer = begin();
    return {
      round: (): Reading => {
        if (work.cold && round > 0) {
          writer.close();
          writer = begin();
        }
        round++;
        const offsets = randomIndexes(stores, FILE_BYTES / PAGE_BYTES, round).map(
          (page) => page * PAGE_BYTES,
        );
        const record = new Uint8Array(RECORD_BYTES).fill(round + 1);
        const writtenBefore = typeof disk === 'string' ? 0 : disk.writtenBytes();
        const start = performance.now();
        for (let flush = 0, next = 0; flush < work.flushes; flush++) {
          for (let i = 0; i < work.dirty; i++) writer.store(offsets[next++]!, record);
          writer.flush();
        }
        const seconds = (performance.now() - start) / 1000;
        const result = countStored(path, offsets, record);
        const rates = [work.flushes / seconds];
        if (typeof disk === 'string') return { done: stores, result, rates: [...rates, null], reason: disk };
        const written = disk.writtenBytes() - writtenBefore;
        return { done: stores, result, rates: [...rates, (stores * PAGE_BYTES) / written] };
      },
      close: () => writer.close(),
    };
  };
}

function contest(work: Work): Contest {
  return {
    cases: [
      { name: `flush ${work.name}`, unit: 'flushes/s' },
      { name: `flush ${work.name}: what the disk writes`, unit: 'flushed bytes per written byte' },
    ],
    method:
      `${work.method} Records of 32 bytes, each in a random page of a 256 MiB file; flushed bytes are the pages with a ` +
      'record, 4 KiB each, so that 1 is the best possible; written bytes are what the disk counted, everything else on ' +
      'it included. perdure: View.write, MappedFile.flushSync. fs.write+fdatasync: positioned writes of the records. ' +
      'msync-only: stores into a shared mapping, msync of all of it.',
    rounds: work.cold ? { quick: 1, full: 3 } : { quick: 7, full: 30 },
    warmups: work.cold ? 0 : 3,
    contestants: {
      perdure: contestant(work, perdureWriter),
      'fs.write+fdatasync': contestant(work, fsWriter),
      'msync-only': contestant(work, msyncWriter),
    },
    expected: (done) => done,
  };
}

const SMALL = {
  writeBytes: SMALL_WRITE_BYTES,
  cold: false,
  method: 'The file was filled by writes of 4 KiB.',
};
const LARGE = {
  writeBytes: LARGE_WRITE_BYTES,
  cold: false,
  method: 'The file was filled by writes of 4 MiB.',
};

export const flushing: readonly Contest[] = [
  { ...SMALL, name: '1 record', dirty: 1, flushes: 100 },
  { ...SMALL, name: '100 scattered records', dirty: 100, flushes: 5 },
  {
    ...LARGE,
    name: '1 record, file in large folios, from the first flush on',
    method: 'The first 1,000 flushes of an opening, of a file that was just filled by writes of 4 MiB.',
    dirty: 1,
    flushes: 1000,
    cold: true,
  },
  { ...LARGE, name: '100 scattered records, file in large folios', dirty: 100, flushes: 5 },
].map(contest);

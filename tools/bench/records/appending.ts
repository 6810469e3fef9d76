/** Writing many records into a new file, and making them durable. */
import { closeSync, fdatasyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { RecordFile } from '../../../src/index.js';
import type { Contest, Place, Prepare, Reading } from '../contest.js';
import { fillBytes, fillSample, firstRecordOffset, RECORD_BYTES, SAMPLE, sumOfThree } from './data.js';
import { bufferBackedObjects } from './layouts.js';

const countOf = (place: Place) => (place.quick ? 2_000_000 : 10_000_000);
/** Records of the slow one. */
const FEW = 100_000;
/** Records in one write of those that write in chunks: 1 MiB. */
const CHUNK = 2 ** 15;

/** A new file that is being filled. */
interface Appender {
  /** True for a record file, false where the records begin at byte 0. */
  readonly headed: boolean;
  fill(count: number): void;
  flush(): void;
  close(): void;
}

/** Rounds that each create a file, fill it and flush it; what is in the file then is read back. */
const appender = (
  countIn: (place: Place) => number,
  prepare: () => Promise<(path: string, count: number) => Appender>,
): Prepare => {
  return async (place) => {
    const create = await prepare();
    const path = join(place.own, 'samples');
    const count = countIn(place);
    return {
      round: (): Reading => {
        const start = performance.now();
        const file = create(path, count);
        file.fill(count);
        const filled = performance.now();
        file.flush();
        const flushed = performance.now();
        file.close();
        const result = sumOfFile(path, file.headed, count);
        rmSync(path);
        const rates = [(count * 1000) / (filled - start), (count * 1000) / (flushed - start)];
        return { done: count, result, rates };
      },
    };
  };
};

/** The sum of three fields of the records of a file. */
function sumOfFile(path: string, headed: boolean, count: number): number {
  const fd = openSync(path, 'r');
  const chunk = Buffer.alloc(CHUNK * RECORD_BYTES);
  readSync(fd, chunk, 0, RECORD_BYTES * 2, 0);
  const start = headed ? firstRecordOffset(chunk) : 0;
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  const size = RECORD_BYTES;
  let sum = 0;
  for (let index = 0; index < count; index += CHUNK) {
    const records = Math.min(CHUNK, count - index);
    readSync(fd, chunk, 0, records * RECORD_BYTES, start + index * RECORD_BYTES);
    for (let at = 0; at < records * size; at += size) {
      sum += view.getFloat64(at + 8, true) + view.getUint32(at + 16, true) + view.getUint16(at + 28, true);
    }
  }
  closeSync(fd);
  return sum;
}

/** Writes chunk after chunk, each filled by `fillChunk(first index, records)`. */
function chunkWriter(
  path: string,
  chunk: Buffer,
  fillChunk: (first: number, records: number) => void,
): Appender {
  const fd = openSync(path, 'w');
  return {
    headed: false,
    fill: (count) => {
      for (let index = 0; index < count; index += CHUNK) {
        const records = Math.min(CHUNK, count - index);
        fillChunk(index, records);
        writeSync(fd, chunk, 0, records * RECORD_BYTES);
      }
    },
    flush: () => fdatasyncSync(fd),
    close: () => closeSync(fd),
  };
}

function createRecordFile(path: string, count: number): Appender {
  const file = RecordFile.create(path, SAMPLE, { capacity: count });
  return {
    headed: true,
    fill: (records) => file.appendMany(records, fillSample),
    flush: () => file.flushSync(),
    close: () => file.closeSync(),
  };
}

export const appending: Contest = {
  cases: [
    { name: 'append records of 32 bytes', unit: 'records/s' },
    { name: 'append records of 32 bytes and flush them', unit: 'records/s' },
  ],
  method:
    '10 million records (2 million with --quick) of eight fields into a new file. The first figure includes creating the ' +
    'file, allocating its blocks and setting every field; the second also the flush after the last record. perdure: ' +
    'RecordFile.create with its capacity, appendMany with a function that fills each record. fs.write: a DataView fills ' +
    `chunks of 1 MiB. buffer-backed-object: the same chunks, ${FEW.toLocaleString('en')} records.`,
  rounds: { quick: 2, full: 7 },
  warmups: 1,
  contestants: {
    perdure: appender(countOf, async () => createRecordFile),
    'fs.write': appender(countOf, async () => {
      const chunk = Buffer.alloc(CHUNK * RECORD_BYTES);
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
      const [size, fill] = [RECORD_BYTES, fillBytes];
      return (path) =>
        chunkWriter(path, chunk, (first, records) => {
          for (let i = 0; i < records; i++) fill(view, i * size, first + i);
        });
    }),
    'buffer-backed-object': appender(
      () => FEW,
      async () => {
        const chunk = Buffer.alloc(CHUNK * RECORD_BYTES);
        const samples = await bufferBackedObjects(chunk.buffer as ArrayBuffer, chunk.byteOffset, CHUNK);
        const fill = fillSample;
        return (path) =>
          chunkWriter(path, chunk, (first, records) => {
            for (let i = 0; i < records; i++) fill(samples[i]!, first + i);
          });
      },
    ),
  },
  expected: sumOfThree,
};

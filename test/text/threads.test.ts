/** Counting in helper threads: the same index as without, whatever befalls the file or the threads. */
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nativeOs } from '../../src/os/native.js';
import { encodingOf } from '../../src/text/encoding.js';
import { stampOf } from '../../src/text/file-stamp.js';
import { openLargeFile } from '../../src/text/index.js';
import { IndexedText } from '../../src/text/indexed-text.js';
import { Pages } from '../../src/text/pages.js';
import { countInThreads } from '../../src/text/thread/count-in-threads.js';
import { countParts } from '../../src/text/thread/count-parts.js';
import { Parts } from '../../src/text/thread/parts.js';
import { osWith } from '../support/failing-os.js';
import { rejection } from '../support/failure.js';
import { randomBytes, SEED } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';

const file = tempFiles();
/** A little more than two threads are started for. */
const SIZE = 2 ** 27 + 54_321;

function makeText(): string {
  const path = file();
  const piece = randomBytes(2 ** 20);
  const bytes = Buffer.alloc(SIZE);
  for (let at = 0; at < SIZE; at += piece.length) piece.copy(bytes, at);
  writeFileSync(path, bytes);
  return path;
}

describe('counting in threads', () => {
  it('makes the same index, and keeps it', async () => {
    const path = makeText();
    const places = [file('index'), file('index')];
    const counts = [];
    for (const [threads, index] of [
      [0, places[0]!],
      [2, places[1]!],
    ] as const) {
      using opened = openLargeFile(path, { index });
      counts.push(await opened.countLines({ threads }));
    }
    expect(counts[1]).toBe(counts[0]);
    expect(readFileSync(places[1]!).equals(readFileSync(places[0]!))).toBe(true);
    appendFileSync(path, 'one\ntwo\n'.repeat(10));
    using grown = openLargeFile(path, { index: places[1]! });
    expect(await grown.countLines({ threads: 3 })).toBe(counts[0]! + 20 - 1 + (lastIsEnd(path) ? 1 : 0));
  });

  it('the event loop is free, progress is told, and a signal ends it', async () => {
    const path = makeText();
    using opened = openLargeFile(path, { index: false });
    const told: number[] = [];
    await opened.countLines({ threads: 2, onProgress: ({ doneBytes }) => told.push(doneBytes) });
    expect(told.at(-1)).toBe(SIZE);
    using other = openLargeFile(path, { index: false });
    const controller = new AbortController();
    const counting = other.countLines({ threads: 2, signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(counting).rejects.toBe(reason);
    expect(await other.countLines()).toBe(opened.lineCount);
    await rejection(other.countLines({ threads: -1 }), 'INVALID_ARGUMENT');
  });

  it('helps a caller that is slow, and both together make the same index', async () => {
    const path = makeText();
    let bytes = 0;
    const os = osWith({
      readFile: (handle, into, offset) => {
        bytes += into.length;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        return nativeOs().readFile(handle, into, offset);
      },
    });
    using pages = new Pages(path, 'copied', { os });
    const settings = { maxLineBytes: 2 ** 29, place: undefined, keeps: false };
    const text = new IndexedText(pages, encodingOf(pages, 'auto'), settings);
    await countInThreads(text, 2, {});
    expect(bytes).toBeLessThan(SIZE / 2);
    using plain = openLargeFile(path, { index: false });
    expect(text.index.coveredBytes).toBe(SIZE - (SIZE % 16_384));
    expect(text.lines()).toBe(plain.countLinesSync());
  });

  it('a thread counts no other file that has the name by now; what it does not count is counted all the same', async () => {
    const path = makeText();
    using opened = openLargeFile(path, { index: false });
    const { inode } = stampOf(path);
    const parts = new Parts(0, 600);
    const lineEnd = { width: 1, unit: 10 } as const;
    const job = { path, inode, lineEnd, first: 0, end: 600, memory: parts.memory };
    expect(parts.claimFirst()).toBe(0);
    countParts(job);
    expect([parts.isDone(0), parts.isDone(1), parts.started]).toEqual([false, true, 1]);
    const ends = (bytes: Buffer) => bytes.filter((byte) => byte === 10).length;
    const counted = parts.countsOf(1).reduce((sum, count) => sum + count, 0);
    expect(counted).toBe(ends(readFileSync(path).subarray(512 * 16384, 600 * 16384)));
    const givenUp = new Parts(0, 600);
    givenUp.giveUp();
    countParts({ ...job, memory: givenUp.memory });
    expect([givenUp.isDone(0), givenUp.isDone(1)]).toEqual([false, false]);
    if (process.platform === 'win32') return;
    writeFileSync(`${path}.new`, 'other\n'.repeat(SIZE / 5));
    renameSync(`${path}.new`, path);
    const other = new Parts(0, 600);
    countParts({ ...job, memory: other.memory });
    expect([other.isDone(0), other.isDone(1), other.started]).toEqual([false, false, 0]);
    const lines = await opened.countLines({ threads: 2 });
    expect(lines).toBe(openedLines(opened));
  });
});

describe('counting in threads, disturbed', () => {
  it('rejects with what onProgress throws, and refuses what is none', async () => {
    using opened = openLargeFile(makeText(), { index: false });
    const thrown = new Error('no more');
    const counting = opened.countLines({
      threads: 2,
      onProgress: () => {
        throw thrown;
      },
    });
    await expect(counting).rejects.toBe(thrown);
    await rejection(opened.countLines({ threads: 2, onProgress: 1 as never }), 'INVALID_ARGUMENT');
  });

  it('is not taken over by an index that is another one by now', () => {
    const path = file();
    writeFileSync(path, 'line\n'.repeat(20_000));
    using pages = new Pages(path, 'copied');
    const encoding = encodingOf(pages, 'utf8');
    const text = new IndexedText(pages, encoding, { maxLineBytes: 100, place: undefined, keeps: false });
    const { index } = text;
    text.drop();
    expect(text.adopt(index, 0, Uint16Array.of(7), stampOf(path))).toBe(false);
    expect(text.index.coveredBytes).toBe(0);
    expect(text.adopt(text.index, 0, Uint16Array.of(7), stampOf(path))).toBe(true);
    expect(text.index.lineEnds).toBe(7);
  });
});

describe('parts', () => {
  it('are claimed from both ends, each once at most, whatever the order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.array(fc.boolean(), { maxLength: 30 }),
        (blocks, order) => {
          const parts = new Parts(3, 3 + blocks);
          const claimed: number[] = [];
          for (const first of order) {
            const part = first ? parts.claimFirst() : parts.claimLast();
            if (part >= 0) claimed.push(part);
          }
          expect(new Set(claimed).size).toBe(claimed.length);
          const all = Array.from({ length: parts.length }, (_, part) => parts.blocksOf(part));
          expect(all[0]!.from).toBe(3);
          expect(all.at(-1)!.to).toBe(3 + blocks);
          expect(all.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(blocks);
          if (order.length >= parts.length) expect(claimed.length).toBe(parts.length);
        },
      ),
      { seed: SEED },
    );
  });
});

/** The lines of an open file, one by one. */
function openedLines(opened: ReturnType<typeof openLargeFile>): number {
  let count = 0;
  for (const _ of opened.lines({ as: 'offsets' })) count++;
  return count;
}

/** True where the text ended with a line end before 80 bytes were appended. */
function lastIsEnd(path: string): boolean {
  return readFileSync(path).at(-81) === 10;
}

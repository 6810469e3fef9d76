/** Counting in helper threads: the same index as without, whatever befalls the file or the threads. */
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stampOf } from '../../src/text/file-stamp.js';
import { openLargeFile } from '../../src/text/index.js';
import { countBlocks } from '../../src/text/thread/count-blocks.js';
import { rejection } from '../support/failure.js';
import { randomBytes } from '../support/seed.js';
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

  it('a thread counts no other file that has the name by now; what it does not count is counted all the same', async () => {
    const path = makeText();
    using opened = openLargeFile(path, { index: false });
    const { inode } = stampOf(path);
    const job = {
      path,
      inode,
      lineEnd: { width: 1, unit: 10 },
      from: 0,
      to: 4,
      words: new Int32Array(2),
      slot: 1,
    } as const;
    expect(countBlocks(job)!.length).toBe(4);
    expect(job.words[1]).toBe(4);
    expect(countBlocks({ ...job, words: Int32Array.of(1, 0) })).toBeUndefined();
    if (process.platform === 'win32') return;
    writeFileSync(`${path}.new`, 'other\n'.repeat(SIZE / 5));
    renameSync(`${path}.new`, path);
    expect(countBlocks(job)).toBeUndefined();
    const lines = await opened.countLines({ threads: 2 });
    expect(lines).toBe(openedLines(opened));
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

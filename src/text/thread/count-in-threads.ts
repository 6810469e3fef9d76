/**
 * Counting in helper threads, each a part of the file, while the event loop is free.
 *
 * Invariant: it is a help and no more: whatever goes wrong in a thread, what is not counted is counted by the caller.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { IndexedText } from '../indexed-text.js';
import { BLOCK_BYTES } from '../line-index.js';
import type { PaceOptions } from '../pace.js';
import type { CountJob } from './count-blocks.js';

/** The entry, by a name that means the compiled file wherever this module was loaded from. */
const ENTRY = '#text-thread';
/** To start a thread takes as long as to count some 64 MiB. */
const PART_FROM_BYTES = 2 ** 26;
const PROGRESS_MS = 50;

/** Counts the whole blocks that are not counted yet. @throws the signal's reason */
export async function countInThreads(text: IndexedText, threads: number, pace: PaceOptions): Promise<void> {
  const { pages, encoding, index } = text;
  const { signal, onProgress } = pace;
  pages.look();
  const first = index.coveredBytes / BLOCK_BYTES;
  const blocks = Math.floor(pages.size / BLOCK_BYTES) - first;
  const parts = Math.min(threads, Math.floor((blocks * BLOCK_BYTES) / PART_FROM_BYTES));
  if (parts < 1) return;
  const stamp = pages.stamp();
  if (stamp === undefined) return;
  const words = new Int32Array(new SharedArrayBuffer(4 * (parts + 1)));
  const jobs = Array.from({ length: parts }, (_, part): CountJob => {
    const from = first + Math.floor((blocks * part) / parts);
    const to = first + Math.floor((blocks * (part + 1)) / parts);
    return {
      path: pages.location,
      inode: stamp.inode,
      lineEnd: encoding.lineEnd,
      from,
      to,
      words,
      slot: part + 1,
    };
  });
  const giveUp = () => Atomics.store(words, 0, 1);
  signal?.addEventListener('abort', giveUp);
  const timer =
    onProgress && setInterval(() => onProgress(progressOf(words, first, pages.size)), PROGRESS_MS);
  try {
    const counted = await Promise.all(jobs.map(count));
    signal?.throwIfAborted();
    if (counted.every((counts) => counts !== undefined)) text.adopt(first, counted, stamp);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

function progressOf(words: Int32Array, first: number, totalBytes: number) {
  let blocks = first;
  for (const done of words.subarray(1)) blocks += done;
  return { doneBytes: blocks * BLOCK_BYTES, totalBytes };
}

/** Undefined where the thread failed. */
function count(job: CountJob): Promise<Uint16Array | undefined> {
  return new Promise((resolve) => {
    const entry = createRequire(import.meta.url).resolve(ENTRY);
    const worker = new Worker(entry, { workerData: job, execArgv: [], name: 'perdure lines' });
    worker.on('message', resolve);
    worker.on('error', () => resolve(undefined));
    worker.on('exit', () => resolve(undefined));
  });
}

/**
 * Counting in helper threads, which claim parts of the file, while the event loop is free. Until they have started, which takes as long
 * as to count some hundred MiB, the calling thread counts too, in slices.
 *
 * One thread is started after the other: together they would take the processors that the caller counts on.
 *
 * Invariant: it is a help and no more: whatever goes wrong in a thread, what is not counted is counted by the caller; and nobody waits for a
 * thread that has not started when nothing is left to be claimed.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { isPerdureError } from '../../os/errors.js';
import { onAbort } from '../abort.js';
import type { FileStamp } from '../file-stamp.js';
import type { IndexedText } from '../indexed-text.js';
import { BLOCK_BYTES } from '../line-index.js';
import { Pace, type PaceOptions } from '../pace.js';
import type { CountJob } from './count-parts.js';
import { Parts } from './parts.js';

/** The entry, by a name that means the compiled file wherever this module was loaded from. */
const ENTRY = '#text-thread';
/** For less a thread is not started. */
const PART_FROM_BYTES = 2 ** 26;
const PROGRESS_MS = 50;

/** Counts the whole blocks that are not counted yet. @throws the signal's reason */
export async function countInThreads(
  text: IndexedText,
  threads: number,
  options: PaceOptions,
): Promise<void> {
  const { pages, encoding } = text;
  const { signal, onProgress } = options;
  // Both are checked; what is told is told here.
  new Pace(options);
  const pace = new Pace({ signal });
  pages.look();
  const { index } = text;
  const first = index.coveredBytes / BLOCK_BYTES;
  const end = Math.floor(pages.size / BLOCK_BYTES);
  const helpers = Math.min(threads, Math.floor(((end - first) * BLOCK_BYTES) / PART_FROM_BYTES));
  if (helpers < 1) return;
  const stamp = pages.stamp();
  if (stamp === undefined) return;
  const parts = new Parts(first, end);
  const { lineEnd } = encoding;
  const job = { path: pages.location, inode: stamp.inode, lineEnd, first, end, memory: parts.memory };
  const giveUp = () => parts.giveUp();
  const undo = onAbort(signal, giveUp);
  let failure: { readonly error: unknown } | undefined;
  const tell = () => {
    const { coveredBytes } = text.index;
    const doneBytes = coveredBytes + parts.doneBytesFrom(coveredBytes / BLOCK_BYTES);
    try {
      onProgress!({ doneBytes, totalBytes: pages.size });
    } catch (error) {
      failure ??= { error };
      parts.giveUp();
    }
  };
  const timer = onProgress && setInterval(tell, PROGRESS_MS);
  const team = new Team(job, parts);
  try {
    await countMeanwhile(text, parts, team, helpers, pace);
    await team.ended();
    clearInterval(timer);
    if (text.index === index) await putTogether(text, parts, stamp, pace);
  } catch (error) {
    // Whoever counts on without helpers meets it too, where it lasts.
    if (!isPerdureError(error)) throw error;
  } finally {
    parts.giveUp();
    clearInterval(timer);
    undo();
    await team.ended();
  }
  if (failure) throw failure.error;
  signal?.throwIfAborted();
}

/** Counts parts from the front until all helpers have started, or nothing is left. */
async function countMeanwhile(
  text: IndexedText,
  parts: Parts,
  team: Team,
  helpers: number,
  pace: Pace,
): Promise<void> {
  while (parts.started < helpers && !parts.isGivenUp) {
    if (team.size === parts.started && !team.startOne()) return;
    const part = parts.claimFirst();
    if (part < 0) return;
    await countTo(text, parts.blocksOf(part).to, pace);
  }
}

/** Appends what the helpers counted to what is counted, and counts what nobody has. */
async function putTogether(text: IndexedText, parts: Parts, stamp: FileStamp, pace: Pace): Promise<void> {
  const { index } = text;
  for (let part = 0; part < parts.length && !parts.isGivenUp; part++) {
    const { from, to } = parts.blocksOf(part);
    if (!parts.isDone(part)) await countTo(text, to, pace);
    else if (!text.adopt(index, from, parts.countsOf(part), stamp)) return;
  }
}

async function countTo(text: IndexedText, block: number, pace: Pace): Promise<void> {
  while (text.index.coveredBytes < block * BLOCK_BYTES && text.countOn()) {
    if (pace.due) await pace.rest(text.index.coveredBytes, text.pages.size);
  }
}

/** The helpers, started one after the other: all of them but the last one have started. */
class Team {
  readonly #job: CountJob;
  readonly #parts: Parts;
  readonly #workers: { readonly worker: Worker; readonly ended: Promise<void> }[] = [];

  constructor(job: CountJob, parts: Parts) {
    this.#job = job;
    this.#parts = parts;
  }

  get size(): number {
    return this.#workers.length;
  }

  /** False where no thread can be made. */
  startOne(): boolean {
    let worker: Worker;
    try {
      const entry = createRequire(import.meta.url).resolve(ENTRY);
      worker = new Worker(entry, { workerData: this.#job, execArgv: [], name: 'perdure lines' });
    } catch {
      return false;
    }
    const ended = new Promise<void>((resolve) => {
      worker.on('error', () => resolve());
      worker.on('exit', () => resolve());
    });
    this.#workers.push({ worker, ended });
    return true;
  }

  /** Resolves when those that have started have ended, whatever they did. One that has not finds nothing to do, and ends by itself. */
  async ended(): Promise<void> {
    const { started } = this.#parts;
    for (const [at, { worker }] of this.#workers.entries()) {
      if (at < started) worker.ref();
      else worker.unref();
    }
    await Promise.all(this.#workers.slice(0, started).map((helper) => helper.ended));
  }
}

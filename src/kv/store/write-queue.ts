/**
 * Asynchronous writes: those that come during a turn of the event loop, or while the commit before them is on its way
 * to the disk, are one transaction and one flush. Each is a nested transaction: one that throws takes nobody with it. Where many
 * wait they are committed while the disk is still busy with those before them.
 */
import type { Durability } from './options.js';

/** One write. */
interface Job {
  readonly run: () => unknown;
  /** True where it makes one change at most: it needs no savepoint. */
  readonly isSingle: boolean;
  readonly durability: Durability;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  /** What it returned. */
  result: unknown;
}

/** What the queue does its work with. */
export interface BatchRunner {
  /** True while a large value is written piece by piece: no transaction can begin. */
  readonly isSuspended: boolean;
  /** What the transaction has on the heap. */
  readonly heapBytes: number;
  /** True where the next transaction may have to wait for a flush. */
  readonly isFarBehind: boolean;
  begin(): void;
  /** Runs a job as a nested transaction. */
  nest(run: () => unknown): unknown;
  commit(): void;
  flush(): Promise<void>;
  defer(): void;
}

/** So many writes at most are one transaction: the event loop waits for it ... */
const MAX_BATCH = 16_384;
/** ... and none is added to one that has so much on the heap. */
const MAX_HEAP_BYTES = 2 ** 26;
/** So many are not kept waiting for a flush that is under way. */
const MANY = 1024;

export class WriteQueue {
  readonly #runner: BatchRunner;
  #jobs: Job[] = [];
  #isScheduled = false;
  #flushes = 0;

  constructor(runner: BatchRunner) {
    this.#runner = runner;
  }

  add<T>(run: () => T, isSingle: boolean, durability: Durability): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({
        run,
        isSingle,
        durability,
        resolve: resolve as Job['resolve'],
        reject,
        result: undefined,
      });
      this.schedule();
    });
  }

  /** Sees to it that what waits is done in the next turn, or, where it is little and a flush is under way, after that. */
  schedule(): void {
    const { length } = this.#jobs;
    if (this.#isScheduled || length === 0 || this.#runner.isSuspended) return;
    if (this.#flushes > 0 && (length < MANY || this.#runner.isFarBehind)) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.runBatch();
    });
  }

  /** Does what waits at once, in one transaction. The promises settle later. */
  runBatch(): void {
    // It may have been suspended since this was scheduled; whoever resumes it schedules again.
    if (this.#runner.isSuspended) return;
    if (this.#jobs.length === 0) return;
    let taken = 0;
    let done: Job[] = [];
    try {
      this.#runner.begin();
      while (taken < Math.min(this.#jobs.length, MAX_BATCH) && this.#runner.heapBytes < MAX_HEAP_BYTES) {
        const job = this.#jobs[taken++];
        try {
          job.result = job.isSingle ? job.run() : this.#runner.nest(job.run);
          done.push(job);
        } catch (error) {
          job.reject(error);
        }
      }
      this.#runner.commit();
    } catch (error) {
      // Nothing can begin: nobody need wait. Those that were rejected before stay so.
      if (taken === 0) taken = this.#jobs.length;
      for (let index = 0; index < taken; index++) this.#jobs[index].reject(error);
      done = [];
    }
    this.#jobs.splice(0, taken);
    this.#settle(done);
  }

  /** True while there are writes that have not been done. */
  get isWaiting(): boolean {
    return this.#jobs.length > 0;
  }

  #settle(done: readonly Job[]): void {
    const later = done.filter(({ durability }) => durability !== 'deferred');
    if (later.length < done.length) {
      for (const job of done) if (job.durability === 'deferred') job.resolve(job.result as never);
      if (later.length === 0) this.#runner.defer();
    }
    if (later.length > 0) {
      this.#flushes++;
      this.#runner
        .flush()
        .then(
          () => {
            for (const job of later) job.resolve(job.result as never);
          },
          (error: unknown) => {
            for (const job of later) job.reject(error);
          },
        )
        .finally(() => {
          this.#flushes--;
          this.schedule();
        });
    }
    this.schedule();
  }
}

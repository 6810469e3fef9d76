/**
 * The side of the JavaScript thread: starts its wait thread at the first asynchronous wait, and ends single waits by
 * timeout, signal and close.
 *
 * All asynchronous waits of one JavaScript thread block in one helper thread (a Worker), so that they take none of the
 * few threads that file operations need. The thread sleeps in the kernel on everything it was asked to watch and on a
 * control object; whoever sends it a message signals that.
 *
 * Invariants: every request is answered exactly once; the thread keeps the process alive only while a wait is pending;
 * at exit it is woken, because Node.js joins its threads and would hang on one that sleeps in the kernel.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { PerdureError } from '../errors.js';
import type { FromThread, ToThread } from './protocol.js';

/** A wait under way. */
export interface PendingWait<Reply> {
  /** Resolves with undefined for a wait that was cancelled before it ended. */
  readonly reply: Promise<Reply | undefined>;
  /** Asks for the end of the wait. Harmless when repeated, and when it has ended. */
  cancel(): void;
}

/** The entry of the thread: named in package.json, so that it is the compiled one wherever this module was loaded from. */
const ENTRY = '#wait-thread';

/** What ends each of the threads that run. One listener for all, from the first on: Node.js warns of more than ten. */
const running = new Set<() => void>();
const endAll = () => {
  for (const end of running) end();
};

export class WaitThread<Request, Reply, Order = never> {
  readonly #data: unknown;
  readonly #interrupt: () => void;
  readonly #pending = new Map<
    number,
    { resolve(reply: Reply | undefined): void; reject(error: unknown): void }
  >();
  #worker: Worker | undefined;
  #next = 0;

  /**
   * @param data what the thread is started with
   * @param interrupt signals the control object: a wait of the thread in the kernel returns, also one just about to begin
   */
  constructor(data: unknown, interrupt: () => void) {
    this.#data = data;
    this.#interrupt = interrupt;
  }

  /** Has the thread wait. */
  wait(request: Request): PendingWait<Reply> {
    const id = this.#next++;
    const reply = new Promise<Reply | undefined>((resolve, reject) => {
      // A thread that does not start throws here: nothing is pending then.
      this.#send({ do: 'wait', id, request });
      this.#pending.set(id, { resolve, reject });
    });
    this.#worker?.ref();
    return {
      reply,
      cancel: () => {
        if (this.#pending.has(id)) this.#send({ do: 'cancel', id });
      },
    };
  }

  /** Has the thread do something else. */
  order(order: Order): void {
    this.#send({ do: 'order', order });
  }

  #send(message: ToThread<Request, Order>): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(message);
    this.#interrupt();
  }

  #start(): Worker {
    const worker = startWorker(this.#data);
    const end = () => {
      void worker.terminate();
      this.#interrupt();
    };
    worker.unref();
    worker.on('message', (answer: FromThread<Reply>) => this.#answered(answer));
    worker.on('error', (cause) => this.#failed(worker, cause));
    worker.on('exit', (code) => {
      running.delete(end);
      this.#failed(worker, new Error(`the thread ended, with exit code ${code}`));
    });
    running.add(end);
    if (!process.listeners('exit').includes(endAll)) process.on('exit', endAll);
    return worker;
  }

  #answered({ id, reply }: FromThread<Reply>): void {
    const waiting = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#worker?.unref();
    waiting?.resolve(reply);
  }

  /** The thread died, or ended: what it waited for fails, and the next wait starts another. */
  #failed(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const error = failed(cause);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

/** @throws UNSUPPORTED where the system or the process has no room for one more */
function startWorker(workerData: unknown): Worker {
  try {
    const entry = createRequire(import.meta.url).resolve(ENTRY);
    return new Worker(entry, { workerData, execArgv: [], name: 'perdure waits' });
  } catch (cause) {
    throw failed(cause);
  }
}

function failed(cause: unknown): PerdureError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PerdureError(
    'UNSUPPORTED',
    `the thread for asynchronous waits failed: ${reason}; use the blocking form`,
    { cause },
  );
}

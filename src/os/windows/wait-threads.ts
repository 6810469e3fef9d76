/**
 * The wait threads of this JavaScript thread.
 *
 *   shared      sleeps on a control event and up to 63 handles, for any number of waits for any of some objects: one
 *               WaitForMultipleObjects takes 64. When it is full, another is started.
 *   dedicated   one wait at a time, as it is: for all of several objects, or for any of 64. The control event cannot be
 *               among its handles, so it is woken by a user APC that does nothing.
 *
 * The thread that waits acquires, so a mutex belongs to it, and is released by an order to it. What a wait ended with is
 * written to shared memory before it is told by message: this thread can learn it without its event loop.
 */
import { PerdureError } from '../errors.js';
import { type PendingWait, WaitThread } from '../wait-thread/client.js';
import { win32Error } from '../win32-errors.js';
import type { Kernel32 } from './kernel32.js';
import * as abi from './kernel32.js';
import type { OtherThread } from './ownership.js';
import * as words from './wait-messages.js';

/** MAXIMUM_WAIT_OBJECTS without the control event. */
const SHARED_HANDLES = 63;
/** Longer than any thread takes to start; one that does not answer by then never will. */
const ANSWER_MS = 30_000;

const sharedInts = (length: number) =>
  new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));

/** What a wait in the kernel ended with. */
export interface Outcome {
  /** What WaitForMultipleObjects returned. */
  readonly result: number;
  /** Where that is WAIT_FAILED. */
  readonly lastError: number;
}

/** A wait in another thread. */
export class ThreadWait {
  readonly thread: HelperThread;
  readonly #outcome: Int32Array;
  readonly #pending: PendingWait<words.Ended>;

  constructor(thread: HelperThread, outcome: Int32Array, pending: PendingWait<words.Ended>) {
    this.thread = thread;
    this.#outcome = outcome;
    this.#pending = pending;
  }

  /** Resolves when the wait has ended, or was cancelled before. */
  get over(): Promise<unknown> {
    return this.#pending.reply;
  }

  /** Undefined while it goes on, and for good where it was cancelled before it ended. */
  get outcome(): Outcome | undefined {
    if (Atomics.load(this.#outcome, words.ENDED) === 0) return undefined;
    return {
      result: (this.#outcome[words.RESULT] as number) >>> 0,
      lastError: this.#outcome[words.LAST_ERROR] as number,
    };
  }

  cancel(): void {
    this.#pending.cancel();
  }
}

export class HelperThread implements OtherThread {
  readonly #thread: WaitThread<words.WaitRequest, words.Ended, words.ThreadOrder>;
  /** Handles of the waits that it is asked for. */
  handles = 0;

  constructor(
    kernel32: Kernel32,
    readonly dedicated: boolean,
  ) {
    const control = kernel32.CreateEventW(null, 0, 0, null);
    if (control === 0) throw win32Error(kernel32.GetLastError(), 'CreateEvent');
    const thread = sharedInts(words.THREAD_WORDS);
    const data: words.ThreadData = { control, dedicated, thread };
    // The control event stays open for good: the thread may look at it until the process ends.
    this.#thread = new WaitThread(data, () => {
      kernel32.SetEvent(control);
      if (dedicated) wake(kernel32, Atomics.load(thread, words.THREAD_ID) >>> 0);
    });
  }

  wait(handles: readonly number[], all: boolean): ThreadWait {
    const outcome = sharedInts(words.OUTCOME_WORDS);
    this.handles += handles.length;
    const pending = this.#thread.wait({ handles, all, outcome });
    const reply = pending.reply.finally(() => {
      this.handles -= handles.length;
    });
    return new ThreadWait(this, outcome, { reply, cancel: pending.cancel });
  }

  releaseMutex(handle: number): number {
    return this.#obeyed('release', handle);
  }

  owns(handle: number): boolean {
    return this.#obeyed('owns', handle) === 1;
  }

  /** Returns when the thread has read everything that it was told before. */
  settle(): void {
    this.#obeyed('settle', 0);
  }

  /** Gives an order, blocks until it was carried out, and returns its answer. */
  #obeyed(what: words.ThreadOrder['what'], handle: number): number {
    const answer = sharedInts(words.ORDER_WORDS);
    this.#thread.order({ what, handle, answer });
    if (Atomics.wait(answer, words.DONE, 0, ANSWER_MS) === 'timed-out') {
      throw new PerdureError('UNSUPPORTED', 'the thread for asynchronous waits does not answer');
    }
    return answer[words.ANSWER] as number;
  }
}

let nothing: number | undefined;

/** Ends the alertable wait of a thread, or the next one it begins. Thread 0 has not begun, and will look first. */
function wake(kernel32: Kernel32, threadId: number): void {
  if (threadId === 0) return;
  const thread = kernel32.OpenThread(abi.THREAD_SET_CONTEXT, 0, threadId);
  if (thread === 0) return;
  // Any function will do that takes at most one word and has no effect.
  nothing ??= kernel32.GetProcAddress(kernel32.GetModuleHandleW('kernel32.dll'), 'GetCurrentThreadId');
  kernel32.QueueUserAPC(nothing, thread, 0);
  kernel32.CloseHandle(thread);
}

export class WaitThreads {
  readonly #kernel32: Kernel32;
  readonly #threads: HelperThread[] = [];

  constructor(kernel32: Kernel32) {
    this.#kernel32 = kernel32;
  }

  /** WaitForMultipleObjects in another thread. */
  wait(handles: readonly number[], all: boolean): ThreadWait {
    const dedicated = (all && handles.length > 1) || handles.length > SHARED_HANDLES;
    const room = dedicated ? 0 : SHARED_HANDLES - handles.length;
    let thread = this.#threads.find((each) => each.dedicated === dedicated && each.handles <= room);
    if (thread === undefined) {
      thread = new HelperThread(this.#kernel32, dedicated);
      this.#threads.push(thread);
    }
    return thread.wait(handles, all);
  }
}

/** Cancels waits, and returns when each of them either has an outcome or will never have one. */
export function settle(waits: readonly ThreadWait[]): void {
  for (const wait of waits) wait.cancel();
  for (const thread of new Set(waits.map((wait) => wait.thread))) thread.settle();
}

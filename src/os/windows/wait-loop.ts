/**
 * What a wait thread does on Windows: waits in the kernel, and thereby acquires, for the JavaScript thread that asked.
 *
 * A shared thread has the control event as its first handle. The kernel takes the smallest index of those that are
 * signaled, so after the control event was signaled nothing more is acquired before the messages have been read: a wait
 * that was cancelled first takes nothing. A dedicated thread looks at the control event before it waits; from then on
 * an APC ends its wait.
 */
import { workerData } from 'node:worker_threads';
import { WAIT_ABANDONED_0, WAIT_OBJECT_0, WAIT_TIMEOUT } from '../constants.js';
import { LOOK_AGAIN_MS, serve, type WaitLoop } from '../wait-thread/serve.js';
import type { Kernel32 } from './kernel32.js';
import * as abi from './kernel32.js';
import * as words from './wait-messages.js';

type Requests = ReadonlyMap<number, words.WaitRequest>;
type Replies = [id: number, reply: words.Ended][];

export function serveWaits(): void {
  const kernel32 = abi.loadKernel32();
  const { control, dedicated, thread } = workerData as words.ThreadData;
  Atomics.store(thread, words.THREAD_ID, kernel32.GetCurrentThreadId());
  serve(dedicated ? new DedicatedLoop(kernel32, control) : new SharedLoop(kernel32, control));
}

abstract class KernelLoop implements WaitLoop<words.WaitRequest, words.Ended, words.ThreadOrder> {
  constructor(
    protected readonly kernel32: Kernel32,
    protected readonly control: number,
  ) {}

  abstract sleep(pending: Requests): Replies;

  obey({ what, handle, answer }: words.ThreadOrder): void {
    if (what === 'release' && !this.kernel32.ReleaseMutex(handle)) {
      answer[words.ANSWER] = this.kernel32.GetLastError();
    }
    if (what === 'owns' && this.#owns(handle)) answer[words.ANSWER] = 1;
    Atomics.store(answer, words.DONE, 1);
    Atomics.notify(answer, words.DONE);
  }

  #owns(handle: number): boolean {
    const info = new Uint8Array(abi.MUTANT_INFORMATION_BYTES);
    const { MutantBasicInformation } = abi;
    const status = this.kernel32.NtQueryMutant(handle, MutantBasicInformation, info, info.length, null);
    return status >= 0 && info[abi.OWNED_BY_CALLER_OFFSET] !== 0;
  }

  protected kernelWait(handles: readonly number[], all: boolean, alertable: boolean): number {
    const array = BigInt64Array.from(handles, BigInt);
    const { length } = handles;
    return this.kernel32.WaitForMultipleObjectsEx(
      length,
      array,
      all ? 1 : 0,
      LOOK_AGAIN_MS,
      alertable ? 1 : 0,
    );
  }

  protected end({ outcome }: words.WaitRequest, result: number, lastError = 0): words.Ended {
    outcome[words.RESULT] = result;
    outcome[words.LAST_ERROR] = lastError;
    Atomics.store(outcome, words.ENDED, 1);
    return 'ended';
  }
}

/** Waits for any of the objects of all requests at once. What it gets goes to the oldest request that wants it. */
class SharedLoop extends KernelLoop {
  sleep(pending: Requests): Replies {
    const handles = [...new Set([this.control, ...[...pending.values()].flatMap((each) => each.handles)])];
    const result = this.kernelWait(handles, false, false);
    if (result === WAIT_TIMEOUT || result === WAIT_OBJECT_0) return [];
    if (result === abi.WAIT_FAILED) {
      const lastError = this.kernel32.GetLastError();
      return [...pending].map(([id, request]) => [id, this.end(request, result, lastError)]);
    }
    const base = result >= WAIT_ABANDONED_0 ? WAIT_ABANDONED_0 : WAIT_OBJECT_0;
    const handle = handles[result - base] as number;
    for (const [id, request] of pending) {
      const index = request.handles.indexOf(handle);
      if (index >= 0) return [[id, this.end(request, base + index)]];
    }
    return [];
  }
}

/** One request, as it is. */
class DedicatedLoop extends KernelLoop {
  sleep(pending: Requests): Replies {
    if (this.kernel32.WaitForSingleObject(this.control, 0) === WAIT_OBJECT_0) return [];
    const [[id, request]] = [...pending] as [[number, words.WaitRequest]];
    const result = this.kernelWait(request.handles, request.all, true);
    if (result === WAIT_TIMEOUT || result === abi.WAIT_IO_COMPLETION) return [];
    const lastError = result === abi.WAIT_FAILED ? this.kernel32.GetLastError() : 0;
    return [[id, this.end(request, result, lastError)]];
  }
}

/**
 * WaitForSingleObject and WaitForMultipleObjects, blocking and not.
 *
 * Every wait looks first, in this thread: what is there for the taking is taken here. A blocking wait then blocks; an
 * asynchronous one goes to a wait thread, and comes back to look again whenever it was interrupted there.
 *
 * Mutexes that this JavaScript thread owns are left out of what the kernel is asked for, as if they were signaled, and
 * counted when the wait is satisfied. That must stay true while another native thread waits without them:
 * - before this thread blocks for a mutex, the waits of its wait threads for the same one are taken back: one of them
 *   would acquire it, and this thread, which is the one to be told, would wait for it for ever;
 * - before it gives a mutex up, waits that left it out are taken back, too;
 * - when it acquires one, other waits for it are sent back to look again.
 * A wait that was taken back either has its outcome by then, which is taken note of at once, or never will have.
 */
import { INFINITE, WAIT_ABANDONED_0, WAIT_OBJECT_0, WAIT_TIMEOUT } from '../constants.js';
import { type Interruption, LONGEST_TIMER_MS } from '../interruption.js';
import { LOOK_AGAIN_MS } from '../wait-thread/serve.js';
import { win32Error } from '../win32-errors.js';
import { WindowsMutex, type WindowsWaitable } from './handles.js';
import type { Kernel32 } from './kernel32.js';
import * as abi from './kernel32.js';
import type { OtherThread, Ownership } from './ownership.js';
import { type Outcome, settle, type ThreadWait, WaitThreads } from './wait-threads.js';

const isOwned = (handle: WindowsWaitable) => handle instanceof WindowsMutex && handle.ownership.owned;

const ownerships = (handles: readonly WindowsWaitable[]) =>
  new Set(handles.flatMap((handle) => (handle instanceof WindowsMutex ? [handle.ownership] : [])));

const concerns = (handles: readonly WindowsWaitable[], mutexes: ReadonlySet<Ownership>) =>
  handles.some((handle) => handle instanceof WindowsMutex && mutexes.has(handle.ownership));

/** WAIT_OBJECT_0 or WAIT_ABANDONED_0, whatever index was added. */
const baseOf = (result: number) => (result >= WAIT_ABANDONED_0 ? WAIT_ABANDONED_0 : WAIT_OBJECT_0);

/** A wait in a wait thread. */
interface Pending {
  readonly handles: readonly WindowsWaitable[];
  readonly all: boolean;
  /** What the kernel is asked for. */
  readonly asked: readonly WindowsWaitable[];
  /** Mutexes that it was not asked for, because they were owned. */
  readonly leftOut: readonly WindowsWaitable[];
  readonly wait: ThreadWait;
  /** What the whole wait returns, once its outcome has been taken note of. */
  result?: number;
}

export class Waits {
  readonly #kernel32: Kernel32;
  readonly #threads: WaitThreads;
  readonly #pending = new Set<Pending>();

  constructor(kernel32: Kernel32) {
    this.#kernel32 = kernel32;
    this.#threads = new WaitThreads(kernel32);
  }

  /** Blocks this thread, at most so long at a time that a Worker can be ended meanwhile. */
  wait(handles: readonly WindowsWaitable[], all: boolean, milliseconds: number, syscall: string): number {
    const end = milliseconds === INFINITE ? Number.POSITIVE_INFINITY : performance.now() + milliseconds;
    const first = this.#attempt(handles, all, 0, syscall);
    if (first !== WAIT_TIMEOUT || milliseconds === 0) return first;
    const mutexes = ownerships(handles);
    this.#takeBack((pending) => concerns(pending.asked, mutexes));
    for (;;) {
      const sliceMs = Math.min(Math.max(Math.ceil(end - performance.now()), 0), LOOK_AGAIN_MS);
      const result = this.#attempt(handles, all, sliceMs, syscall);
      if (result !== WAIT_TIMEOUT || performance.now() >= end) return result;
    }
  }

  /** Leaves the event loop free. @throws what `interruption` throws */
  async waitAsync(
    handles: readonly WindowsWaitable[],
    all: boolean,
    milliseconds: number,
    interruption: Interruption,
    syscall: string,
  ): Promise<number> {
    const end = milliseconds === INFINITE ? Number.POSITIVE_INFINITY : performance.now() + milliseconds;
    for (;;) {
      interruption.check();
      const result = this.#attempt(handles, all, 0, syscall);
      if (result !== WAIT_TIMEOUT || performance.now() >= end) return result;
      const later = await this.#inThread(handles, all, end, interruption, syscall);
      if (later !== undefined) return later;
    }
  }

  /** ReleaseMutex. Returns its last error, 0 for success. */
  release(mutex: WindowsMutex): number {
    if (mutex.ownership.ownedOnce) {
      const given = new Set([mutex.ownership]);
      this.#takeBack((pending) => concerns(pending.leftOut, given));
    }
    return mutex.ownership.release(this.#kernel32, mutex.value);
  }

  /** One wait by this thread, without what it owns. */
  #attempt(handles: readonly WindowsWaitable[], all: boolean, milliseconds: number, syscall: string): number {
    if (!all) return this.#attemptAny(handles, milliseconds, syscall);
    const asked = handles.filter((handle) => !isOwned(handle));
    const leftOut = handles.filter(isOwned);
    const result = asked.length === 0 ? WAIT_OBJECT_0 : this.#kernelWait(asked, true, milliseconds, syscall);
    return result === WAIT_TIMEOUT ? result : this.#acquireAll(asked, leftOut, result);
  }

  /** Of several that are signaled the smallest index counts: a mutex that is owned hides those behind it. */
  #attemptAny(handles: readonly WindowsWaitable[], milliseconds: number, syscall: string): number {
    const owned = handles.findIndex(isOwned);
    const asked = owned < 0 ? handles : handles.slice(0, owned);
    if (asked.length > 0) {
      const result = this.#kernelWait(asked, false, owned < 0 ? milliseconds : 0, syscall);
      if (result !== WAIT_TIMEOUT) return this.#acquireOne(asked, result);
    }
    if (owned < 0) return WAIT_TIMEOUT;
    (handles[owned] as WindowsMutex).ownership.again();
    return WAIT_OBJECT_0 + owned;
  }

  #kernelWait(
    handles: readonly WindowsWaitable[],
    all: boolean,
    milliseconds: number,
    syscall: string,
  ): number {
    const [first, ...others] = handles as [WindowsWaitable, ...WindowsWaitable[]];
    const result =
      others.length === 0
        ? this.#kernel32.WaitForSingleObject(first.value, milliseconds)
        : this.#kernel32.WaitForMultipleObjectsEx(
            handles.length,
            BigInt64Array.from(handles, ({ value }) => BigInt(value)),
            all ? 1 : 0,
            milliseconds,
            0,
          );
    if (result === abi.WAIT_FAILED) throw win32Error(this.#kernel32.GetLastError(), syscall);
    return result;
  }

  /** Takes note of what a wait for any acquired: by this thread, where no other is named. */
  #acquireOne(asked: readonly WindowsWaitable[], result: number, thread?: OtherThread): number {
    const handle = asked[result - baseOf(result)];
    if (handle instanceof WindowsMutex) this.#acquired([handle], thread);
    return result;
  }

  #acquireAll(
    asked: readonly WindowsWaitable[],
    leftOut: readonly WindowsWaitable[],
    result: number,
    thread?: OtherThread,
  ): number {
    this.#acquired(
      asked.filter((handle) => handle instanceof WindowsMutex),
      thread,
    );
    for (const ownership of leftOut.map((handle) => (handle as WindowsMutex).ownership)) ownership.again();
    return baseOf(result);
  }

  #acquired(mutexes: readonly WindowsMutex[], thread?: OtherThread): void {
    if (mutexes.length === 0) return;
    for (const mutex of mutexes) mutex.ownership.acquired(thread);
    const owned = ownerships(mutexes);
    for (const pending of this.#pending) if (concerns(pending.asked, owned)) pending.wait.cancel();
  }

  /** Has a wait thread wait. Undefined where it was interrupted, and acquired nothing. */
  async #inThread(
    handles: readonly WindowsWaitable[],
    all: boolean,
    end: number,
    interruption: Interruption,
    syscall: string,
  ): Promise<number | undefined> {
    const asked = handles.filter((handle) => !isOwned(handle));
    const leftOut = handles.filter(isOwned);
    const holds = handles.map((handle) => handle.hold());
    const values = asked.map(({ value }) => value);
    const pending: Pending = { handles, all, asked, leftOut, wait: this.#threads.wait(values, all) };
    const interrupt = () => pending.wait.cancel();
    this.#pending.add(pending);
    const deaf = interruption.listen(interrupt);
    const delayMs = Math.min(Math.max(end - performance.now(), 0), LONGEST_TIMER_MS);
    const timer = Number.isFinite(end) ? setTimeout(interrupt, delayMs) : undefined;
    try {
      await pending.wait.over;
      const { outcome } = pending.wait;
      if (outcome === undefined) return undefined;
      if (outcome.result === abi.WAIT_FAILED) throw win32Error(outcome.lastError, syscall);
      this.#takeNote(pending, outcome);
      return this.#givenBack(pending) ? undefined : pending.result;
    } finally {
      clearTimeout(timer);
      deaf();
      this.#pending.delete(pending);
      for (const letGo of holds) letGo();
    }
  }

  /** The acquisitions of a wait that ended in a wait thread, once. */
  #takeNote(pending: Pending, { result }: Outcome): void {
    if (pending.result !== undefined || result === abi.WAIT_FAILED) return;
    const { all, asked, leftOut, wait } = pending;
    // Known before the others are sent back: this one is over.
    this.#pending.delete(pending);
    pending.result = all
      ? this.#acquireAll(asked, leftOut, result, wait.thread)
      : this.#acquireOne(asked, result, wait.thread);
  }

  #takeBack(which: (pending: Pending) => boolean): void {
    const back = [...this.#pending].filter(which);
    if (back.length === 0) return;
    settle(back.map(({ wait }) => wait));
    for (const pending of back) {
      const { outcome } = pending.wait;
      if (outcome !== undefined) this.#takeNote(pending, outcome);
    }
  }

  /**
   * A wait that ended just before a handle was closed keeps what it has, but for mutexes that nobody could release any
   * more: they are released, with whatever other mutexes came with them. Whoever gets them next is not told if their
   * former owner had abandoned them, and events that came with them stay reset.
   */
  #givenBack({ all, handles, result }: Pending): boolean {
    const acquired = all ? handles : handles.slice((result as number) - baseOf(result as number)).slice(0, 1);
    const mutexes = acquired.filter((handle) => handle instanceof WindowsMutex);
    if (!mutexes.some(({ closed }) => closed)) return false;
    for (const mutex of mutexes) this.release(mutex);
    return true;
  }
}

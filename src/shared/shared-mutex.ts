/**
 * A mutex that processes, Workers and asynchronous tasks share by a name: one of them at a time holds its lock.
 *
 * Invariants:
 * - two tasks exclude each other wherever they run, in one thread (turns.ts) or in two processes (the system's mutex);
 * - the lock of a process that was killed, or of a Worker that ended, goes to the next, who is told (`abandoned`);
 * - a wait that ended by its timeout, its signal or `close` holds nothing;
 * - what was closed holds nothing, also where the system gave the mutex just before: the handle stays open until the wait
 *   that may have it is over, because only through it can the mutex be released.
 *
 * It is not recursive: a task that holds the lock and asks for it again waits for itself.
 */
import { knownOptions, show } from '../os/arguments.js';
import { MUTEX_ALL_ACCESS, WAIT_ABANDONED, WAIT_TIMEOUT } from '../os/constants.js';
import { PerdureError } from '../os/errors.js';
import { parseObjectName } from '../os/names.js';
import { nativeOs } from '../os/native.js';
import type { MutexHandle } from '../os/synchronization.js';
import { type ObjectAccess, securityOf } from './access.js';
import { alreadyExists } from './existing.js';
import { Deadline, type WaitOptions } from './timeout.js';
import { passTurn, tryTurn, waitForTurn } from './turns.js';

export interface SharedMutexOptions {
  /** Who may open it: 'owner' unless given. */
  access?: ObjectAccess;
}

/** A lock that is held, until it is released or disposed of. */
export interface MutexLock extends Disposable {
  /**
   * True where its last holder was killed, or ended, before it let go: what the mutex protects may have been left half
   * done. Told once.
   */
  readonly abandoned: boolean;
  readonly released: boolean;
  /** Lets the next one in. To be called in the thread that got the lock. Harmless when repeated. */
  release(): void;
}

export class SharedMutex implements Disposable {
  /** With its prefix: `Local\x` or `Global\x`. */
  readonly name: string;
  /** True where this call made the mutex, false where it was there. */
  readonly created: boolean;
  readonly #handle: MutexHandle;
  readonly #waiting = new Set<(error: unknown) => void>();
  #held: MutexLock | undefined;
  #closed = false;
  /** The system is being asked for the mutex, asynchronously: by one task, which has the turn. */
  #acquiring = false;

  private constructor(handle: MutexHandle, name: string, created: boolean) {
    this.#handle = handle;
    this.name = name;
    this.created = created;
  }

  /** @throws ALREADY_EXISTS, INVALID_HANDLE where another kind of object has the name, ACCESS_DENIED, INVALID_ARGUMENT */
  static create(name: string, options: SharedMutexOptions = {}): SharedMutex {
    const mutex = SharedMutex.#make('create', name, options);
    if (mutex.created) return mutex;
    mutex.close();
    throw alreadyExists('CreateMutex', mutex.name);
  }

  /** @throws NOT_FOUND, INVALID_HANDLE where another kind of object has the name, ACCESS_DENIED, INVALID_ARGUMENT */
  static open(name: string): SharedMutex {
    const { full } = parseObjectName(name, 'OpenMutex');
    return new SharedMutex(nativeOs().openMutex(MUTEX_ALL_ACCESS, false, full), full, false);
  }

  /** Opens the mutex, or creates it. Who may open it is decided when it is created. @throws as `create`, but for ALREADY_EXISTS */
  static openOrCreate(name: string, options: SharedMutexOptions = {}): SharedMutex {
    return SharedMutex.#make('openOrCreate', name, options);
  }

  static #make(what: string, name: string, options: SharedMutexOptions): SharedMutex {
    const { full } = parseObjectName(name, 'CreateMutex');
    knownOptions(options, ['access'], `the options of SharedMutex.${what}`);
    const handle = nativeOs().createMutex(securityOf(options.access ?? 'owner'), false, full);
    return new SharedMutex(handle, full, !handle.alreadyExisted);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Waits for the lock, and leaves the event loop free meanwhile.
   *
   * ```ts
   * using lock = await mutex.lock();
   * ```
   * @throws TIMEOUT, the signal's reason, CLOSED, INVALID_ARGUMENT
   */
  async lock(options: WaitOptions = {}): Promise<MutexLock> {
    const deadline = Deadline.of(options, 'SharedMutex.lock');
    const { signal } = options;
    this.#checkOpen();
    signal?.throwIfAborted();
    if (!(await waitForTurn(this.name, deadline.leftMs, (end) => this.#listen(end, signal)))) {
      throw this.#timeout(options.timeoutMs);
    }
    const lock = await this.#acquire(deadline, signal);
    if (lock === undefined) throw this.#timeout(options.timeoutMs);
    if (lock.released) throw this.#closedError();
    return lock;
  }

  /**
   * Waits for the lock, blocking the thread and its event loop.
   * @throws TIMEOUT, also at once where a task of this very thread holds the lock or is before us: it could never let
   *   go; CLOSED, INVALID_ARGUMENT
   */
  lockSync(timeoutMs?: number): MutexLock {
    const deadline = new Deadline(timeoutMs);
    this.#checkOpen();
    if (!tryTurn(this.name)) {
      throw new PerdureError(
        'TIMEOUT',
        `the mutex '${this.name}' is held, or waited for, by a task of this thread, which a blocking wait keeps from going on; use lock()`,
      );
    }
    const result = this.#look(deadline.milliseconds);
    if (result === WAIT_TIMEOUT) throw this.#timeout(timeoutMs);
    return this.#lock(result);
  }

  /** The lock if it is free, else undefined. Never waits. @throws CLOSED */
  tryLock(): MutexLock | undefined {
    this.#checkOpen();
    if (!tryTurn(this.name)) return undefined;
    const result = this.#look(0);
    return result === WAIT_TIMEOUT ? undefined : this.#lock(result);
  }

  /** Calls `use` with the lock held, and releases it when the promise that it returns is settled. @throws as `lock`, and what `use` throws */
  async withLock<T>(use: (lock: MutexLock) => T | PromiseLike<T>, options: WaitOptions = {}): Promise<T> {
    if (typeof use !== 'function') {
      throw new PerdureError('INVALID_ARGUMENT', `withLock takes a function, not ${show(use)}`);
    }
    const lock = await this.lock(options);
    if (lock.released) throw this.#closedError();
    try {
      return await use(lock);
    } finally {
      lock.release();
    }
  }

  /**
   * Lets go of the mutex: a lock that was got through it is released, waits for one reject with CLOSED. Harmless when
   * repeated.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const end of [...this.#waiting]) end(this.#closedError());
    try {
      this.#held?.release();
    } finally {
      if (!this.#acquiring) nativeOs().closeHandle(this.#handle);
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Asks the system, blocking, with the turn taken. */
  #look(milliseconds: number): number {
    let result = WAIT_TIMEOUT;
    try {
      result = nativeOs().waitForSingleObject(this.#handle, milliseconds);
    } finally {
      if (result === WAIT_TIMEOUT) passTurn(this.name);
    }
    return result;
  }

  /**
   * Asks the system with the turn taken, which is kept where the mutex was acquired. From then on `close` finds the lock;
   * where it was quicker, the mutex is released here. Undefined where the time ran out.
   */
  async #acquire(deadline: Deadline, signal: AbortSignal | undefined): Promise<MutexLock | undefined> {
    const over = new AbortController();
    const deaf = this.#listen((error) => over.abort(error), signal);
    let lock: MutexLock | undefined;
    this.#acquiring = true;
    try {
      // The turn came some microtasks ago.
      this.#checkOpen();
      signal?.throwIfAborted();
      const { milliseconds } = deadline;
      const result = await nativeOs().waitForSingleObjectAsync(this.#handle, milliseconds, over.signal);
      if (result !== WAIT_TIMEOUT) lock = this.#lock(result);
    } finally {
      this.#acquiring = false;
      deaf();
      if (lock === undefined) passTurn(this.name);
      else if (this.#closed) lock.release();
      if (this.#closed) nativeOs().closeHandle(this.#handle);
    }
    return lock;
  }

  #lock(result: number): MutexLock {
    const lock = new Lock(result === WAIT_ABANDONED, () => {
      this.#held = undefined;
      try {
        nativeOs().releaseMutex(this.#handle);
      } finally {
        passTurn(this.name);
      }
    });
    this.#held = lock;
    return lock;
  }

  /** Has `end` called when the wait is to end. Returns what takes that back. */
  #listen(end: (error: unknown) => void, signal: AbortSignal | undefined): () => void {
    const onAbort = () => end(signal?.reason);
    this.#waiting.add(end);
    signal?.addEventListener('abort', onAbort);
    return () => {
      this.#waiting.delete(end);
      signal?.removeEventListener('abort', onAbort);
    };
  }

  #checkOpen(): void {
    if (this.closed) throw this.#closedError();
  }

  #closedError(): PerdureError {
    return new PerdureError('CLOSED', `the mutex '${this.name}' was closed; open it again`);
  }

  #timeout(timeoutMs: number | undefined): PerdureError {
    return new PerdureError(
      'TIMEOUT',
      `the mutex '${this.name}' was not free within ${timeoutMs} ms; try again, or allow more time`,
    );
  }
}

class Lock implements MutexLock {
  #release: (() => void) | undefined;

  constructor(
    readonly abandoned: boolean,
    release: () => void,
  ) {
    this.#release = release;
  }

  get released(): boolean {
    return this.#release === undefined;
  }

  release(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** Handles to events and mutexes: the access they were opened with, and the waits on them that closing ends. */
import { invalidHandle } from '../../checks.js';
import type { EventHandle, MutexHandle } from '../../synchronization.js';
import { ERROR_ACCESS_DENIED, win32Error } from '../../win32-errors.js';
import type { KernelObject } from '../object/kernel-object.js';
import type { EventState } from './event.js';
import type { MutexState } from './mutex.js';
import type { WaitableState } from './waitable.js';

abstract class WaitableHandle<State extends WaitableState> {
  readonly alreadyExisted: boolean;
  readonly state: State;
  readonly #object: KernelObject;
  readonly #access: number;
  readonly #onClose = new Set<() => void>();
  #closed = false;

  constructor(object: KernelObject, state: State, access: number) {
    this.#object = object;
    this.state = state;
    this.#access = access;
    this.alreadyExisted = object.alreadyExisted;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @throws ACCESS_DENIED (5) where the handle was opened without this access */
  checkAccess(needed: number, name: string, syscall: string): void {
    if ((this.#access & needed) === needed) return;
    throw win32Error(ERROR_ACCESS_DENIED, syscall, {
      meaning: `the handle was opened without ${name}`,
      remedy: 'open it with that access',
    });
  }

  /** Has `call` called when the handle is closed. Returns what takes that back. */
  onClose(call: () => void): () => void {
    this.#onClose.add(call);
    return () => this.#onClose.delete(call);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const call of this.#onClose) call();
    this.#object.unreference();
  }
}

export class PosixEvent extends WaitableHandle<EventState> implements EventHandle {
  readonly kind = 'event';
}

export class PosixMutex extends WaitableHandle<MutexState> implements MutexHandle {
  readonly kind = 'mutex';
}

export type PosixWaitable = PosixEvent | PosixMutex;

/** @throws CLOSED, INVALID_HANDLE (6) */
export function openEventHandle(handle: unknown, syscall: string): PosixEvent {
  if (handle instanceof PosixEvent && !handle.closed) return handle;
  throw invalidHandle(syscall, 'event', handle);
}

/** @throws CLOSED, INVALID_HANDLE (6) */
export function openMutexHandle(handle: unknown, syscall: string): PosixMutex {
  if (handle instanceof PosixMutex && !handle.closed) return handle;
  throw invalidHandle(syscall, 'mutex', handle);
}

/** @throws CLOSED, INVALID_HANDLE (6) */
export function openWaitable(handle: unknown, syscall: string): PosixWaitable {
  if ((handle instanceof PosixEvent || handle instanceof PosixMutex) && !handle.closed) return handle;
  throw invalidHandle(syscall, 'event or mutex', handle);
}

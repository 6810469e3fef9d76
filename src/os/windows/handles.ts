/**
 * Handle objects: a kernel HANDLE that is closed once, and not while another thread uses it.
 *
 * Invariants:
 * - `closed` is true from the first close() on, and no call takes the handle any more;
 * - CloseHandle runs when the last hold is released, for a HANDLE number may be reused as soon as it is closed.
 */
import { invalidHandle } from '../checks.js';
import { type PageProtection, SYNCHRONIZE } from '../constants.js';
import type { FileHandle, FileMappingHandle } from '../os.js';
import type { EventHandle, MutexHandle } from '../synchronization.js';
import { ERROR_ACCESS_DENIED, win32Error } from '../win32-errors.js';
import type { Kernel32 } from './kernel32.js';
import * as abi from './kernel32.js';
import type { Ownership } from './ownership.js';

/** Any of these in the access that a handle was opened with includes SYNCHRONIZE. */
const CAN_WAIT = SYNCHRONIZE | abi.GENERIC_ALL | abi.GENERIC_EXECUTE | abi.MAXIMUM_ALLOWED;

abstract class NativeHandle {
  /** The HANDLE, as a child process that inherited it knows it, too. Valid while not closed, or while held. */
  readonly value: number;
  readonly #kernel32: Kernel32;
  #holds = 0;
  #closed = false;

  constructor(kernel32: Kernel32, value: number) {
    this.#kernel32 = kernel32;
    this.value = value;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Keeps the HANDLE open until the returned function is called. */
  hold(): () => void {
    this.#holds++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds--;
      if (this.#closed) this.#closeWhenIdle();
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    if (this.#holds === 0) this.#kernel32.CloseHandle(this.value);
  }
}

export class WindowsFile extends NativeHandle implements FileHandle {
  readonly kind = 'file';

  constructor(
    kernel32: Kernel32,
    value: number,
    readonly path: string,
    /** The same, absolute and behind `\\?\`. */
    readonly widePath: string,
    /** GENERIC_READ and GENERIC_WRITE as they were asked for, unsigned. */
    readonly access: number,
    readonly alreadyExisted: boolean,
  ) {
    super(kernel32, value);
  }
}

export class WindowsFileMapping extends NativeHandle implements FileMappingHandle {
  readonly kind = 'file mapping';

  constructor(
    kernel32: Kernel32,
    value: number,
    readonly protection: PageProtection,
    readonly sizeBytes: number,
    readonly alreadyExisted: boolean,
    /** The file or the name, for error messages. */
    readonly subject: string,
    readonly named: boolean,
  ) {
    super(kernel32, value);
  }
}

abstract class WaitableHandle extends NativeHandle {
  readonly #access: number;
  readonly #onClose = new Set<() => void>();

  constructor(
    kernel32: Kernel32,
    value: number,
    access: number,
    readonly alreadyExisted: boolean,
  ) {
    super(kernel32, value);
    this.#access = access;
  }

  /** @throws ACCESS_DENIED (5) where the handle was opened without SYNCHRONIZE */
  checkCanWait(syscall: string): void {
    if ((this.#access & CAN_WAIT) !== 0) return;
    throw win32Error(ERROR_ACCESS_DENIED, syscall, {
      meaning: 'the handle was opened without SYNCHRONIZE',
      remedy: 'open it with that access',
    });
  }

  /** Has `call` called when the handle is closed. Returns what takes that back. */
  onClose(call: () => void): () => void {
    this.#onClose.add(call);
    return () => this.#onClose.delete(call);
  }

  override close(): void {
    super.close();
    for (const call of this.#onClose) call();
    this.#onClose.clear();
  }
}

export class WindowsEvent extends WaitableHandle implements EventHandle {
  readonly kind = 'event';
}

export class WindowsMutex extends WaitableHandle implements MutexHandle {
  readonly kind = 'mutex';

  constructor(
    kernel32: Kernel32,
    value: number,
    access: number,
    alreadyExisted: boolean,
    /** The acquisitions of this thread, by whichever of its handles to the object. */
    readonly ownership: Ownership,
  ) {
    super(kernel32, value, access, alreadyExisted);
    this.onClose(ownership.use());
  }

  override hold(): () => void {
    const [letGo, over] = [super.hold(), this.ownership.use()];
    return () => {
      letGo();
      over();
    };
  }
}

export type WindowsWaitable = WindowsEvent | WindowsMutex;

/** @throws CLOSED, INVALID_HANDLE */
export function openFile(handle: unknown, syscall: string): WindowsFile {
  if (handle instanceof WindowsFile && !handle.closed) return handle;
  throw invalidHandle(syscall, 'file', handle);
}

/** @throws CLOSED, INVALID_HANDLE */
export function openMapping(handle: unknown, syscall: string): WindowsFileMapping {
  if (handle instanceof WindowsFileMapping && !handle.closed) return handle;
  throw invalidHandle(syscall, 'file mapping', handle);
}

/** @throws CLOSED, INVALID_HANDLE */
export function openEvent(handle: unknown, syscall: string): WindowsEvent {
  if (handle instanceof WindowsEvent && !handle.closed) return handle;
  throw invalidHandle(syscall, 'event', handle);
}

/** @throws CLOSED, INVALID_HANDLE */
export function openMutex(handle: unknown, syscall: string): WindowsMutex {
  if (handle instanceof WindowsMutex && !handle.closed) return handle;
  throw invalidHandle(syscall, 'mutex', handle);
}

/** @throws CLOSED, INVALID_HANDLE, ACCESS_DENIED (5) where the handle was opened without SYNCHRONIZE */
export function openWaitable(handle: unknown, syscall: string): WindowsWaitable {
  if ((handle instanceof WindowsEvent || handle instanceof WindowsMutex) && !handle.closed) {
    handle.checkCanWait(syscall);
    return handle;
  }
  throw invalidHandle(syscall, 'event or mutex', handle);
}

/** CloseHandle: harmless when repeated. @throws INVALID_HANDLE for what is no handle of this system */
export function closeHandle(handle: unknown): void {
  if (handle instanceof NativeHandle) handle.close();
  else throw invalidHandle('CloseHandle', 'file, file mapping, event or mutex', handle);
}

/**
 * Handle objects: a kernel HANDLE that is closed once, and not while another thread uses it.
 *
 * Invariants:
 * - `closed` is true from the first close() on, and no call takes the handle any more;
 * - CloseHandle runs when the last hold is released, for a HANDLE number may be reused as soon as it is closed.
 */
import { invalidHandle } from '../checks.js';
import type { PageProtection } from '../constants.js';
import type { FileHandle, FileMappingHandle } from '../os.js';
import type { Kernel32 } from './kernel32.js';

abstract class NativeHandle {
  /** The HANDLE. Valid while not closed, or while held. */
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
  ) {
    super(kernel32, value);
  }
}

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

/** CloseHandle: harmless when repeated. @throws INVALID_HANDLE for what is no handle of this system */
export function closeHandle(handle: unknown): void {
  if (handle instanceof NativeHandle) handle.close();
  else throw invalidHandle('CloseHandle', 'file or file mapping', handle);
}

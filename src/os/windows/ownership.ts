/**
 * Mutexes that this JavaScript thread owns: how often, and by which native thread.
 *
 * For the kernel a mutex belongs to a native thread. A JavaScript thread has several: its own, which acquires by blocking
 * waits and by looking, and its wait threads, which acquire for asynchronous waits. To a program they are one owner, so
 * a second acquisition by any of them is only counted here, and never waited for in the kernel.
 *
 * Invariants:
 * - there is one Ownership for all handles of this thread to one object, and all its waits for it. Named objects are
 *   known by their name, which means the same object for as long as one of these handles is open;
 * - `#kernelCount <= #count`, and both are 0 or neither: what the kernel does not know of is released first.
 *
 * A mutex whose last handle here is closed while it is owned stays owned, as on any thread of Windows, and may be opened
 * and released again. Of one that this very thread owns the kernel knows all that is needed. One that a wait thread owns
 * must be found again here: the object that now has its name is the same if that thread owns it.
 */
import { MUTEX_MODIFY_STATE } from '../constants.js';
import type { Kernel32 } from './kernel32.js';

/** A native thread other than this one. Each call returns when that thread has answered. */
export interface OtherThread {
  /** Has it call ReleaseMutex. Returns its last error, 0 for success. */
  releaseMutex(handle: number): number;
  /** Whether it owns the mutex. The handle needs MUTEX_MODIFY_STATE. */
  owns(handle: number): boolean;
}

const byName = new Map<string, Ownership>();

/**
 * The ownership of the object that a new handle refers to.
 * @param created the object is new: nobody owned it before
 */
export function ownershipOf(kernel32: Kernel32, name: string | undefined, created: boolean): Ownership {
  if (name === undefined) return new Ownership(undefined);
  const known = byName.get(name);
  if (known?.used || (!created && known?.isOfObject(kernel32, name))) return known;
  const ownership = new Ownership(name);
  byName.set(name, ownership);
  return ownership;
}

export class Ownership {
  readonly #name: string | undefined;
  #uses = 0;
  #count = 0;
  #kernelCount = 0;
  #other: OtherThread | undefined;

  constructor(name: string | undefined) {
    this.#name = name;
  }

  /** A handle to the object is open here, so that the name means this object. */
  get used(): boolean {
    return this.#uses > 0;
  }

  get owned(): boolean {
    return this.#count > 0;
  }

  /** True where one more release gives the mutex up. */
  get ownedOnce(): boolean {
    return this.#count === 1;
  }

  /** Whether the object that has the name is the one that a wait thread owns. */
  isOfObject(kernel32: Kernel32, name: string): boolean {
    const handle = this.#other === undefined ? 0 : kernel32.OpenMutexW(MUTEX_MODIFY_STATE, 0, name);
    if (handle === 0) return false;
    const owns = this.#other?.owns(handle) ?? false;
    kernel32.CloseHandle(handle);
    return owns;
  }

  /** Another handle to the object, or a wait for it. Returns what is to be called when it is closed, or over. */
  use(): () => void {
    this.#uses++;
    return () => {
      this.#uses--;
      this.#forgetIfGone();
    };
  }

  /** The kernel gave the mutex to a thread: this one, where no other is named. */
  acquired(thread?: OtherThread): void {
    this.#count++;
    this.#kernelCount++;
    this.#other = thread;
  }

  /** The mutex, which is owned already, was acquired once more. */
  again(): void {
    this.#count++;
  }

  /** Returns the last error of ReleaseMutex, 0 for success. @param handle one that is open, or held */
  release(kernel32: Kernel32, handle: number): number {
    if (this.#count > this.#kernelCount) {
      this.#count--;
      return 0;
    }
    const lastError = this.#releaseInKernel(kernel32, handle);
    if (lastError !== 0 || this.#count === 0) return lastError;
    this.#count--;
    this.#kernelCount--;
    if (this.#count > 0) return 0;
    this.#other = undefined;
    this.#forgetIfGone();
    return 0;
  }

  #releaseInKernel(kernel32: Kernel32, handle: number): number {
    if (this.#other !== undefined) return this.#other.releaseMutex(handle);
    return kernel32.ReleaseMutex(handle) !== 0 ? 0 : kernel32.GetLastError();
  }

  #forgetIfGone(): void {
    if (this.#uses > 0 || this.#other !== undefined || this.#name === undefined) return;
    if (byName.get(this.#name) === this) byName.delete(this.#name);
  }
}

/** Events, mutexes and waits on Linux. macOS has no futex that outlives its owner: there they are UNSUPPORTED. */

import { dword } from '../arguments.js';
import { bool } from '../checks.js';
import { EVENT_ALL_ACCESS, EVENT_MODIFY_STATE, MUTEX_ALL_ACCESS, SYNCHRONIZE } from '../constants.js';
import { PerdureError } from '../errors.js';
import { interruptedBy } from '../interruption.js';
import type { ObjectKind, SecurityAttributes } from '../names.js';
import type { EventHandle, MutexHandle, Synchronization, Waitable } from '../synchronization.js';
import { milliseconds as checkMilliseconds, waitHandles } from '../wait-arguments.js';
import { ERROR_ACCESS_DENIED, win32Error } from '../win32-errors.js';
import { type Content, KernelObject, type Native } from './object/kernel-object.js';
import { checkRobustRoom, lockWordOffset } from './robust-mutex.js';
import { EventState, prepareSignaled } from './wait/event.js';
import {
  openEventHandle,
  openMutexHandle,
  openWaitable,
  PosixEvent,
  PosixMutex,
  type PosixWaitable,
} from './wait/handles.js';
import { discardMutex, MutexState, prepareMutex } from './wait/mutex.js';
import { waitAsync, waitSync } from './wait/wait.js';
import { prepareQueue } from './wait/wait-queue.js';
import { WaitThreads } from './wait/wait-threads.js';

export class PosixSynchronization implements Synchronization {
  readonly #native: Native;
  readonly #threads: WaitThreads;

  constructor(native: Native) {
    this.#native = native;
    this.#threads = new WaitThreads(native.libc, native.abi);
  }

  createEvent(
    security: SecurityAttributes | null,
    manualReset: boolean,
    initialState: boolean,
    name: string | null,
  ): EventHandle {
    const detail = bool(manualReset, 'manualReset', 'CreateEvent');
    bool(initialState, 'initialState', 'CreateEvent');
    const object = this.#create('event', security, detail, name, 'CreateEvent', {
      prepare: (page) => {
        prepareQueue(this.#native.libc, page);
        if (initialState) prepareSignaled(page);
      },
      discard: () => {},
    });
    return this.#event(object, EVENT_ALL_ACCESS);
  }

  openEvent(desiredAccess: number, inheritHandle: boolean, name: string): EventHandle {
    bool(inheritHandle, 'inheritHandle', 'OpenEvent');
    const access = checkAccess(desiredAccess, EVENT_ALL_ACCESS, 'EVENT', 'OpenEvent');
    return this.#event(this.#open('event', name, 'OpenEvent'), access);
  }

  setEvent(event: EventHandle): void {
    const own = openEventHandle(event, 'SetEvent');
    own.checkAccess(EVENT_MODIFY_STATE, 'EVENT_MODIFY_STATE', 'SetEvent');
    own.state.set();
  }

  resetEvent(event: EventHandle): void {
    const own = openEventHandle(event, 'ResetEvent');
    own.checkAccess(EVENT_MODIFY_STATE, 'EVENT_MODIFY_STATE', 'ResetEvent');
    own.state.reset();
  }

  createMutex(security: SecurityAttributes | null, initialOwner: boolean, name: string | null): MutexHandle {
    bool(initialOwner, 'initialOwner', 'CreateMutex');
    if (initialOwner) checkRobustRoom(1, 'CreateMutex');
    const { libc } = this.#native;
    const object = this.#create('mutex', security, 0, name, 'CreateMutex', {
      prepare: (page) => {
        prepareQueue(libc, page);
        prepareMutex(libc, page, initialOwner);
      },
      discard: (page) => discardMutex(libc, page, initialOwner),
    });
    const mutex = this.#mutex(object, MUTEX_ALL_ACCESS);
    if (initialOwner && !object.alreadyExisted) mutex.state.adopt();
    return mutex;
  }

  openMutex(desiredAccess: number, inheritHandle: boolean, name: string): MutexHandle {
    bool(inheritHandle, 'inheritHandle', 'OpenMutex');
    const access = checkAccess(desiredAccess, MUTEX_ALL_ACCESS, 'MUTEX', 'OpenMutex');
    return this.#mutex(this.#open('mutex', name, 'OpenMutex'), access);
  }

  releaseMutex(mutex: MutexHandle): void {
    openMutexHandle(mutex, 'ReleaseMutex').state.release();
  }

  waitForSingleObject(handle: Waitable, milliseconds: number): number {
    return this.#wait([handle], false, milliseconds, 'WaitForSingleObject');
  }

  async waitForSingleObjectAsync(
    handle: Waitable,
    milliseconds: number,
    signal?: AbortSignal,
  ): Promise<number> {
    return this.#waitAsync([handle], false, milliseconds, signal, 'WaitForSingleObject');
  }

  waitForMultipleObjects(handles: readonly Waitable[], waitAll: boolean, milliseconds: number): number {
    bool(waitAll, 'waitAll', 'WaitForMultipleObjects');
    return this.#wait(waitHandles(handles), waitAll, milliseconds, 'WaitForMultipleObjects');
  }

  async waitForMultipleObjectsAsync(
    handles: readonly Waitable[],
    waitAll: boolean,
    milliseconds: number,
    signal?: AbortSignal,
  ): Promise<number> {
    bool(waitAll, 'waitAll', 'WaitForMultipleObjects');
    return this.#waitAsync(waitHandles(handles), waitAll, milliseconds, signal, 'WaitForMultipleObjects');
  }

  #wait(handles: readonly Waitable[], all: boolean, milliseconds: number, syscall: string): number {
    const own = ownHandles(handles, syscall);
    const states = own.map(({ state }) => state);
    return waitSync(this.#native.libc, states, all, checkMilliseconds(milliseconds));
  }

  #waitAsync(
    handles: readonly Waitable[],
    all: boolean,
    milliseconds: number,
    signal: AbortSignal | undefined,
    syscall: string,
  ): Promise<number> {
    const own = ownHandles(handles, syscall);
    const states = own.map(({ state }) => state);
    const interruption = interruptedBy(own, signal, () => ownHandles(own, syscall));
    return waitAsync(this.#threads, states, all, checkMilliseconds(milliseconds), interruption);
  }

  #create(
    kind: ObjectKind,
    security: SecurityAttributes | null,
    detail: number,
    name: string | null,
    syscall: string,
    page: Content['page'],
  ): KernelObject {
    this.#checkSystem(syscall);
    const header = { kind, detail, dataOffset: 0, sizeBytes: 0 };
    return KernelObject.create(this.#native, name, security, header, syscall, { page });
  }

  #open(kind: ObjectKind, name: string, syscall: string): KernelObject {
    this.#checkSystem(syscall);
    return KernelObject.open(this.#native, name, { writable: true, kind, syscall }, true);
  }

  #event(object: KernelObject, access: number): PosixEvent {
    const { libc } = this.#native;
    return new PosixEvent(object, new EventState(libc, object, lockWordOffset(this.#native)), access);
  }

  #mutex(object: KernelObject, access: number): PosixMutex {
    const { libc } = this.#native;
    return new PosixMutex(object, new MutexState(libc, object, lockWordOffset(this.#native)), access);
  }

  #checkSystem(syscall: string): void {
    if (this.#native.system === 'linux') return;
    throw new PerdureError('UNSUPPORTED', `${syscall}: events and mutexes are not offered on macOS`);
  }
}

function ownHandles(handles: readonly Waitable[], syscall: string): PosixWaitable[] {
  const own = handles.map((handle) => openWaitable(handle, syscall));
  for (const handle of own) handle.checkAccess(SYNCHRONIZE, 'SYNCHRONIZE', syscall);
  return own;
}

/** MODIFY_STATE, SYNCHRONIZE or both; ALL_ACCESS is more than these. */
function checkAccess(desiredAccess: number, all: number, prefix: string, syscall: string): number {
  const access = dword(desiredAccess, 'desiredAccess');
  if (access !== 0 && (access & ~all) === 0) return access;
  throw win32Error(ERROR_ACCESS_DENIED, syscall, {
    meaning: `desiredAccess 0x${access.toString(16)} is no combination of SYNCHRONIZE, ${prefix}_MODIFY_STATE and ${prefix}_ALL_ACCESS`,
  });
}

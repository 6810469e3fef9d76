/** Waits and the release of mutexes as the contract has them: their arguments, signals, and handles that are closed. */
import { bool } from '../checks.js';
import { interruptedBy } from '../interruption.js';
import type { MutexHandle, Synchronization, Waitable } from '../synchronization.js';
import { milliseconds as checkMilliseconds, waitHandles } from '../wait-arguments.js';
import { win32Error } from '../win32-errors.js';
import { openMutex, openWaitable, type WindowsWaitable } from './handles.js';
import type { Kernel32 } from './kernel32.js';
import { Waits } from './wait.js';

type WaitCalls = Pick<
  Synchronization,
  | 'releaseMutex'
  | 'waitForSingleObject'
  | 'waitForSingleObjectAsync'
  | 'waitForMultipleObjects'
  | 'waitForMultipleObjectsAsync'
>;

const ONE = 'WaitForSingleObject';
const SEVERAL = 'WaitForMultipleObjects';

export function waitCalls(kernel32: Kernel32): WaitCalls {
  const waits = new Waits(kernel32);

  const several = (handles: readonly Waitable[], waitAll: boolean) => {
    bool(waitAll, 'waitAll', SEVERAL);
    return waitHandles(handles);
  };
  const wait = (handles: readonly Waitable[], all: boolean, milliseconds: number, syscall: string) =>
    waits.wait(openHandles(handles, syscall), all, checkMilliseconds(milliseconds), syscall);
  const waitAsync = (
    handles: readonly Waitable[],
    all: boolean,
    milliseconds: number,
    signal: AbortSignal | undefined,
    syscall: string,
  ) => {
    const own = openHandles(handles, syscall);
    const timeout = checkMilliseconds(milliseconds);
    return waits.waitAsync(
      own,
      all,
      timeout,
      interruptedBy(own, signal, () => openHandles(own, syscall)),
      syscall,
    );
  };

  return {
    releaseMutex: (mutex: MutexHandle) => {
      const lastError = waits.release(openMutex(mutex, 'ReleaseMutex'));
      if (lastError !== 0) throw win32Error(lastError, 'ReleaseMutex');
    },
    waitForSingleObject: (handle, milliseconds) => wait([handle], false, milliseconds, ONE),
    waitForSingleObjectAsync: async (handle, milliseconds, signal) =>
      waitAsync([handle], false, milliseconds, signal, ONE),
    waitForMultipleObjects: (handles, waitAll, milliseconds) =>
      wait(several(handles, waitAll), waitAll, milliseconds, SEVERAL),
    waitForMultipleObjectsAsync: async (handles, waitAll, milliseconds, signal) =>
      waitAsync(several(handles, waitAll), waitAll, milliseconds, signal, SEVERAL),
  };
}

function openHandles(handles: readonly Waitable[], syscall: string): WindowsWaitable[] {
  return handles.map((handle) => openWaitable(handle, syscall));
}

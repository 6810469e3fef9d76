/** The ABI of events, mutexes, waits and threads (synchapi.h, processthreadsapi.h, libloaderapi.h). See kernel32.ts. */
import type { LibraryHandle } from 'koffi';
import { ADDRESS, BOOL, BUFFER, DWORD, declare, HANDLE, LPCSTR, LPCWSTR } from './abi-types.js';

// winbase.h
export const WAIT_FAILED = 0xffffffff;
export const WAIT_IO_COMPLETION = 0x000000c0;
// winnt.h
export const GENERIC_ALL = 0x10000000;
export const GENERIC_EXECUTE = 0x20000000;
export const MAXIMUM_ALLOWED = 0x02000000;
export const THREAD_SET_CONTEXT = 0x0010;

type Security = BigUint64Array | null;

export function loadSynchronizationCalls(kernel32: LibraryHandle) {
  const func = declare(kernel32);
  const open = (name: string) =>
    func<(access: number, inherit: number, name: string) => number>(name, HANDLE, [DWORD, BOOL, LPCWSTR]);
  const onHandle = (name: string) => func<(handle: number) => number>(name, BOOL, [HANDLE]);

  return {
    // errhandlingapi.h
    GetLastError: func<() => number>('GetLastError', DWORD, []),

    // synchapi.h
    Sleep: func<(milliseconds: number) => void>('Sleep', 'void', [DWORD]),
    CreateEventW: func<
      (security: Security, manualReset: number, initialState: number, name: string | null) => number
    >('CreateEventW', HANDLE, [BUFFER, BOOL, BOOL, LPCWSTR]),
    OpenEventW: open('OpenEventW'),
    SetEvent: onHandle('SetEvent'),
    ResetEvent: onHandle('ResetEvent'),
    CreateMutexW: func<(security: Security, initialOwner: number, name: string | null) => number>(
      'CreateMutexW',
      HANDLE,
      [BUFFER, BOOL, LPCWSTR],
    ),
    OpenMutexW: open('OpenMutexW'),
    ReleaseMutex: onHandle('ReleaseMutex'),
    WaitForSingleObject: func<(handle: number, milliseconds: number) => number>(
      'WaitForSingleObject',
      DWORD,
      [HANDLE, DWORD],
    ),
    WaitForMultipleObjectsEx: func<
      (
        count: number,
        handles: BigInt64Array,
        waitAll: number,
        milliseconds: number,
        alertable: number,
      ) => number
    >('WaitForMultipleObjectsEx', DWORD, [DWORD, BUFFER, BOOL, DWORD, BOOL]),

    // processthreadsapi.h
    GetCurrentThreadId: func<() => number>('GetCurrentThreadId', DWORD, []),
    GetCurrentProcessId: func<() => number>('GetCurrentProcessId', DWORD, []),
    ProcessIdToSessionId: func<(processId: number, session: Uint32Array) => number>(
      'ProcessIdToSessionId',
      BOOL,
      [DWORD, BUFFER],
    ),
    OpenThread: func<(access: number, inherit: number, threadId: number) => number>('OpenThread', HANDLE, [
      DWORD,
      BOOL,
      DWORD,
    ]),
    /** @param procedure the address of a function that takes one word */
    QueueUserAPC: func<(procedure: number, thread: number, word: number) => number>('QueueUserAPC', DWORD, [
      ADDRESS,
      HANDLE,
      ADDRESS,
    ]),

    // libloaderapi.h
    GetModuleHandleW: func<(name: string) => number>('GetModuleHandleW', HANDLE, [LPCWSTR]),
    GetProcAddress: func<(module: number, name: string) => number>('GetProcAddress', ADDRESS, [
      HANDLE,
      LPCSTR,
    ]),
  };
}

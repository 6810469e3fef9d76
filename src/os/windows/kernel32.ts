/**
 * The Windows ABI: every native function, structure layout and numeric constant that this folder uses, each with the
 * SDK header it comes from, by subject:
 *
 *   kernel32-files.ts            files, handles
 *   kernel32-memory.ts           file mappings, views, memory
 *   kernel32-synchronization.ts  events, mutexes, waits, threads
 *   advapi32.ts                  security descriptors
 *   ntdll.ts                     directories of named objects
 *
 * No other file here declares any.
 *
 * - Importing these files loads nothing; `loadKernel32` does, once.
 * - `GetLastError` must be the next call after the one that failed. koffi keeps the value for each thread; in the
 *   callback of an `.async` call it is that call's own.
 */
import koffi from 'koffi';
import { loadSecurityCalls } from './advapi32.js';
import { loadFileCalls, type OverlappedStruct } from './kernel32-files.js';
import { loadMemoryCalls } from './kernel32-memory.js';
import { loadSynchronizationCalls } from './kernel32-synchronization.js';
import { loadDirectoryCalls } from './ntdll.js';

export * from './advapi32.js';
export * from './kernel32-files.js';
export * from './kernel32-memory.js';
export * from './kernel32-synchronization.js';
export * from './ntdll.js';

/** What CreateFile returns for a failure, and what stands for the page file in CreateFileMapping (handleapi.h). */
export const INVALID_HANDLE_VALUE = -1;
/** GetCurrentProcess returns this constant (processthreadsapi.h). */
export const CURRENT_PROCESS = -1;

function load() {
  const kernel32 = koffi.load('kernel32.dll');
  const ntdll = koffi.load('ntdll.dll');
  return {
    ...loadFileCalls(kernel32),
    ...loadMemoryCalls(kernel32, ntdll),
    ...loadSynchronizationCalls(kernel32),
    ...loadSecurityCalls(kernel32),
    ...loadDirectoryCalls(ntdll),
  };
}

export type Kernel32 = ReturnType<typeof load>;

let loaded: Kernel32 | undefined;

/** Loads kernel32.dll, kernelbase.dll, advapi32.dll and ntdll.dll when first called. Only for Windows. */
export function loadKernel32(): Kernel32 {
  loaded ??= load();
  return loaded;
}

/** The high DWORD of a 64-bit size. */
export const highDword = (size: number): number => Math.floor(size / 0x1_0000_0000);
/** The low DWORD of a 64-bit size. */
export const lowDword = (size: number): number => size % 0x1_0000_0000;

/** An OVERLAPPED that tells a position. */
export const overlappedAt = (offset: number): OverlappedStruct => ({
  Internal: 0,
  InternalHigh: 0,
  Offset: lowDword(offset),
  OffsetHigh: highDword(offset),
  hEvent: 0,
});

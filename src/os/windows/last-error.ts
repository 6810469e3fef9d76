/** Calls that return BOOL, in another thread, as promises of their GetLastError. */
import { inAnotherThread, type NativeCallback } from '../native-calls.js';
import type { Kernel32 } from './kernel32.js';

/** Resolves with 0 where the call succeeded. @param start calls the `.async` form with the callback it is given */
export function lastErrorOf(kernel32: Kernel32, start: (callback: NativeCallback) => void): Promise<number> {
  return inAnotherThread(start, (result) => (result === 0 ? kernel32.GetLastError() : 0));
}

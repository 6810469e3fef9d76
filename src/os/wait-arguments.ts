/** The arguments of the wait functions, checked alike on both families. */
import { integerIn, show } from './arguments.js';
import { INFINITE, MAXIMUM_WAIT_OBJECTS } from './constants.js';
import type { Waitable } from './synchronization.js';
import { ERROR_INVALID_PARAMETER, win32Error } from './win32-errors.js';

/** A timeout: 0 to 0xfffffffe milliseconds, or INFINITE. @throws INVALID_ARGUMENT */
export function milliseconds(value: number): number {
  return integerIn(value, 0, INFINITE, 'milliseconds');
}

/** The handles of WaitForMultipleObjects. @throws INVALID_ARGUMENT (87) for none, too many, or one twice */
export function waitHandles(handles: readonly Waitable[]): readonly Waitable[] {
  const refuse = (meaning: string) =>
    win32Error(ERROR_INVALID_PARAMETER, 'WaitForMultipleObjects', { meaning });
  if (!Array.isArray(handles)) throw refuse(`handles is an array, not ${show(handles)}`);
  if (handles.length === 0 || handles.length > MAXIMUM_WAIT_OBJECTS) {
    throw refuse(`it takes 1 to ${MAXIMUM_WAIT_OBJECTS} handles, not ${handles.length}`);
  }
  if (new Set(handles).size !== handles.length) throw refuse('a handle stands twice among them');
  return [...handles];
}

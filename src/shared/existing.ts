/** The error of creating an object under a name that is taken. */
import type { PerdureError } from '../os/errors.js';
import { ERROR_ALREADY_EXISTS, win32Error } from '../os/win32-errors.js';

export function alreadyExists(syscall: string, fullName: string): PerdureError {
  return win32Error(ERROR_ALREADY_EXISTS, syscall, {
    meaning: `'${fullName}' exists already`,
    remedy: 'open it, or choose another name; it is gone when nobody holds it any more',
  });
}

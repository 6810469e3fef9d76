/**
 * No room for an object: /dev/shm is full, or was asked for more than there is. It is memory that is missing, whatever
 * the file system calls it; Windows says that the page file is too small.
 */
import type { PerdureError } from '../../errors.js';
import { ERROR_COMMITMENT_LIMIT, type Win32ErrorContext, win32Error } from '../../win32-errors.js';
import { errnoNumber } from '../errno.js';
import { ROOT } from './namespace.js';

const FULL = ['ENOSPC', 'EDQUOT', 'ENOMEM', 'EFBIG'] as const;

export function isFull(errno: number): boolean {
  return FULL.some((name) => errnoNumber(name) === errno);
}

/** OUT_OF_MEMORY (1455). */
export function noRoom(what: string, syscall: string, context: Win32ErrorContext = {}): PerdureError {
  return win32Error(ERROR_COMMITMENT_LIMIT, syscall, {
    ...context,
    meaning: `there is no room for ${what}`,
    remedy: `ask for less, or give ${ROOT} more`,
  });
}

/**
 * errno to Win32: the number that Windows would report for the same mishap, so that one set of codes serves both
 * families. The errno's own number and name stand in the error beside it.
 */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import type { PerdureError } from '../errors.js';
import {
  ERROR_ACCESS_DENIED,
  ERROR_BUSY,
  ERROR_CANT_RESOLVE_FILENAME,
  ERROR_DISK_FULL,
  ERROR_DISK_QUOTA_EXCEEDED,
  ERROR_FILE_EXISTS,
  ERROR_FILE_NOT_FOUND,
  ERROR_FILE_TOO_LARGE,
  ERROR_FILENAME_EXCED_RANGE,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
  ERROR_IO_DEVICE,
  ERROR_LOCK_VIOLATION,
  ERROR_NOT_ENOUGH_MEMORY,
  ERROR_NOT_SUPPORTED,
  ERROR_PATH_NOT_FOUND,
  ERROR_SHARING_VIOLATION,
  ERROR_TOO_MANY_OPEN_FILES,
  ERROR_WRITE_PROTECT,
  type Win32ErrorContext,
  win32Error,
} from '../win32-errors.js';

const WIN32_BY_ERRNO: Readonly<Record<string, number>> = {
  EACCES: ERROR_ACCESS_DENIED,
  EAGAIN: ERROR_LOCK_VIOLATION,
  EBADF: ERROR_INVALID_HANDLE,
  EBUSY: ERROR_BUSY,
  EDQUOT: ERROR_DISK_QUOTA_EXCEEDED,
  EEXIST: ERROR_FILE_EXISTS,
  EFBIG: ERROR_FILE_TOO_LARGE,
  EINVAL: ERROR_INVALID_PARAMETER,
  EIO: ERROR_IO_DEVICE,
  EISDIR: ERROR_ACCESS_DENIED,
  ELOOP: ERROR_CANT_RESOLVE_FILENAME,
  EMFILE: ERROR_TOO_MANY_OPEN_FILES,
  ENAMETOOLONG: ERROR_FILENAME_EXCED_RANGE,
  ENFILE: ERROR_TOO_MANY_OPEN_FILES,
  ENODEV: ERROR_NOT_SUPPORTED,
  ENOENT: ERROR_FILE_NOT_FOUND,
  ENOMEM: ERROR_NOT_ENOUGH_MEMORY,
  ENOSPC: ERROR_DISK_FULL,
  ENOSYS: ERROR_NOT_SUPPORTED,
  ENOTDIR: ERROR_PATH_NOT_FOUND,
  ENOTEMPTY: ERROR_ACCESS_DENIED,
  ENOTSUP: ERROR_NOT_SUPPORTED,
  EOPNOTSUPP: ERROR_NOT_SUPPORTED,
  EOVERFLOW: ERROR_FILE_TOO_LARGE,
  EPERM: ERROR_ACCESS_DENIED,
  EROFS: ERROR_WRITE_PROTECT,
  ETXTBSY: ERROR_SHARING_VIOLATION,
};

const NAME_BY_ERRNO = new Map<number, string>(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
);

/** The number of an errno name on this system. */
export function errnoNumber(name: keyof typeof constants.errno): number {
  return constants.errno[name];
}

/** The error of a libc call that failed with this errno (positive). */
export function errnoError(errno: number, syscall: string, context: Win32ErrorContext = {}): PerdureError {
  const errnoName = NAME_BY_ERRNO.get(errno);
  let win32 = (errnoName !== undefined && WIN32_BY_ERRNO[errnoName]) || ERROR_IO_DEVICE;
  if (errnoName === 'ENOENT' && context.path !== undefined && !existsSync(dirname(context.path))) {
    win32 = ERROR_PATH_NOT_FOUND;
  }
  const notAFile = errnoName === 'EISDIR' || errnoName === 'ENOTEMPTY' || errnoName === 'ENXIO';
  return win32Error(win32, syscall, {
    ...(notAFile
      ? { code: 'NOT_A_FILE' as const, meaning: 'not a regular file', remedy: 'give the path of a file' }
      : {}),
    ...context,
    errno,
    errnoName,
  });
}

/** The same, from an error that node:fs threw. */
export function fsError(
  error: unknown,
  syscall: string,
  path: string,
  context: Win32ErrorContext = {},
): PerdureError {
  const errno = (error as NodeJS.ErrnoException).errno;
  if (typeof errno !== 'number') throw error;
  return errnoError(Math.abs(errno), syscall, { ...context, path, cause: error });
}

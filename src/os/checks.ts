/**
 * The rules of file mapping that do not depend on the system: which protection fits which access, which view fits
 * which protection. From the documentation of CreateFileMapping, MapViewOfFile and "File Mapping Security and
 * Access Rights".
 */
import { show } from './arguments.js';
import {
  FILE_MAP_ALL_ACCESS,
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  GENERIC_READ,
  GENERIC_WRITE,
  PAGE_READWRITE,
  PageProtection,
} from './constants.js';
import type { PerdureError } from './errors.js';
import {
  ERROR_ACCESS_DENIED,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
  win32Error,
} from './win32-errors.js';

/** What a view may do with its pages. */
export type ViewKind = 'read' | 'write' | 'copy';

/**
 * Refuses a PAGE_* protection where FILE_MAP_* belongs, and any value that is no combination of FILE_MAP_*.
 * Returns how MapViewOfFile reads the value: FILE_MAP_COPY alone is copy-on-write, else FILE_MAP_WRITE wins.
 */
export function viewKind(desiredAccess: number, syscall: string): ViewKind {
  const given: unknown = desiredAccess;
  if (PageProtection.is(given)) {
    throw win32Error(ERROR_INVALID_PARAMETER, syscall, {
      meaning: `${given.name} is a protection of CreateFileMapping, not an access to a view`,
      remedy: `pass ${given === PAGE_READWRITE ? 'FILE_MAP_WRITE or FILE_MAP_ALL_ACCESS' : given.name === 'PAGE_WRITECOPY' ? 'FILE_MAP_COPY' : 'FILE_MAP_READ'}`,
    });
  }
  const valid =
    typeof given === 'number' &&
    (given === FILE_MAP_ALL_ACCESS ||
      (Number.isInteger(given) && given > 0 && given <= (FILE_MAP_COPY | FILE_MAP_WRITE | FILE_MAP_READ)));
  if (!valid) {
    throw win32Error(ERROR_INVALID_PARAMETER, syscall, {
      meaning: `desiredAccess ${show(given)} is no combination of FILE_MAP_*`,
      remedy: 'pass FILE_MAP_READ, FILE_MAP_WRITE, FILE_MAP_ALL_ACCESS or FILE_MAP_COPY',
    });
  }
  if (desiredAccess === FILE_MAP_COPY) return 'copy';
  return (desiredAccess & FILE_MAP_WRITE) !== 0 ? 'write' : 'read';
}

/** The access to a file that a protection needs. PAGE_READWRITE: reading and writing; the others: reading. */
export function checkProtection(protection: PageProtection, fileAccess: number, path: string): void {
  if (!PageProtection.is(protection)) {
    throw win32Error(ERROR_INVALID_PARAMETER, 'CreateFileMapping', {
      path,
      meaning: `protection ${show(protection)} is not one of PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY`,
      remedy: 'pass the constant itself; FILE_MAP_* belongs to MapViewOfFile',
    });
  }
  const needed = protection === PAGE_READWRITE ? ['GENERIC_READ', 'GENERIC_WRITE'] : ['GENERIC_READ'];
  const readable = (fileAccess & GENERIC_READ) !== 0;
  const writable = (fileAccess & GENERIC_WRITE) !== 0;
  if (!readable || (protection === PAGE_READWRITE && !writable)) {
    throw win32Error(ERROR_ACCESS_DENIED, 'CreateFileMapping', {
      path,
      meaning: `${protection.name} needs a file opened with ${needed.join(' | ')}`,
      remedy: 'open the file with that access, or map it with another protection',
    });
  }
}

/** Setting a file's length, allocating and flushing need GENERIC_WRITE. */
export function checkFileWritable(fileAccess: number, path: string, syscall: string): void {
  if ((fileAccess & GENERIC_WRITE) !== 0) return;
  throw win32Error(ERROR_ACCESS_DENIED, syscall, {
    path,
    meaning: 'the file was not opened with GENERIC_WRITE',
    remedy: 'open it with that access',
  });
}

/** FILE_MAP_WRITE needs PAGE_READWRITE; FILE_MAP_READ and FILE_MAP_COPY go with every protection. */
export function checkView(kind: ViewKind, protection: PageProtection, syscall: string): void {
  if (kind === 'write' && protection !== PAGE_READWRITE) {
    throw win32Error(ERROR_ACCESS_DENIED, syscall, {
      meaning: `FILE_MAP_WRITE needs a mapping made with PAGE_READWRITE; this one is ${protection.name}`,
      remedy: 'make the mapping with PAGE_READWRITE, or map a view with FILE_MAP_READ or FILE_MAP_COPY',
    });
  }
}

/** The error of a call on a handle of another kind, or on one that was closed. */
export function invalidHandle(syscall: string, wanted: string, given: unknown): PerdureError {
  const closed =
    typeof given === 'object' && given !== null && (given as { closed?: boolean }).closed === true;
  return win32Error(ERROR_INVALID_HANDLE, syscall, {
    code: closed ? 'CLOSED' : 'INVALID_HANDLE',
    meaning: closed
      ? `the ${wanted} handle was closed`
      : `${show(given)} is not a ${wanted} handle of this system`,
    remedy: closed ? 'open it again' : undefined,
  });
}

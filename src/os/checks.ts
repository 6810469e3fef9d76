/**
 * The rules of the contract that do not depend on the system: which protection fits which access, which view fits which
 * protection, what is a handle, a size, a BOOL. From the documentation of CreateFileMapping, MapViewOfFile and "File Mapping Security and
 * Access Rights".
 */
import { type ByteCount, byteCount, show, withArticle } from './arguments.js';
import {
  FILE_MAP_ALL_ACCESS,
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  GENERIC_READ,
  GENERIC_WRITE,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
  PageProtection,
} from './constants.js';
import { PerdureError } from './errors.js';
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
      remedy: `pass ${given === PAGE_READWRITE ? 'FILE_MAP_WRITE or FILE_MAP_ALL_ACCESS' : given === PAGE_WRITECOPY ? 'FILE_MAP_COPY' : 'FILE_MAP_READ'}`,
    });
  }
  if (!isViewAccess(given)) {
    throw win32Error(ERROR_INVALID_PARAMETER, syscall, {
      meaning: `desiredAccess ${show(given)} is no combination of FILE_MAP_*`,
      remedy: 'pass FILE_MAP_READ, FILE_MAP_WRITE, FILE_MAP_ALL_ACCESS or FILE_MAP_COPY',
    });
  }
  if (desiredAccess === FILE_MAP_COPY) return 'copy';
  return (desiredAccess & FILE_MAP_WRITE) !== 0 ? 'write' : 'read';
}

function isViewAccess(value: unknown): value is number {
  if (value === FILE_MAP_ALL_ACCESS) return true;
  const all = FILE_MAP_COPY | FILE_MAP_WRITE | FILE_MAP_READ;
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= all;
}

/** An access to a view as it is written: `FILE_MAP_READ | FILE_MAP_WRITE`. */
function accessText(access: number): string {
  if (access === FILE_MAP_ALL_ACCESS) return 'FILE_MAP_ALL_ACCESS';
  const names = { FILE_MAP_COPY, FILE_MAP_READ, FILE_MAP_WRITE };
  return Object.keys(names)
    .filter((name) => (access & names[name as keyof typeof names]) !== 0)
    .join(' | ');
}

const PROTECTIONS = [PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY] as const;

/** What to say of that which stands where a protection belongs: an access to views, one of Win32's numbers, or anything. */
function protectionMistake(given: unknown): { meaning: string; remedy: string } {
  const numbered = PROTECTIONS.find(({ value }) => value === given);
  const itself = numbered && `the constant ${numbered.name} itself if its number was meant`;
  if (!isViewAccess(given)) {
    return {
      meaning: `protection ${show(given)} is not one of ${PROTECTIONS.join(', ')}`,
      remedy: `pass ${itself ?? 'one of these constants'}`,
    };
  }
  const kind = viewKind(given, 'CreateFileMapping');
  const fitting = { read: PAGE_READONLY, write: PAGE_READWRITE, copy: PAGE_WRITECOPY }[kind];
  return {
    meaning: `${accessText(given)} is an access to a view, not a protection of CreateFileMapping`,
    remedy: `pass ${fitting}${itself === undefined ? '' : `, or ${itself}`}`,
  };
}

/**
 * The access to a file that a protection needs. PAGE_READWRITE: reading and writing; the others: reading.
 * @param path undefined for memory
 */
export function checkProtection(protection: PageProtection, fileAccess: number, path?: string): void {
  if (!PageProtection.is(protection)) {
    throw win32Error(ERROR_INVALID_PARAMETER, 'CreateFileMapping', {
      ...(path !== undefined && { path }),
      ...protectionMistake(protection),
    });
  }
  const needed = protection === PAGE_READWRITE ? ['GENERIC_READ', 'GENERIC_WRITE'] : ['GENERIC_READ'];
  const readable = (fileAccess & GENERIC_READ) !== 0;
  const writable = (fileAccess & GENERIC_WRITE) !== 0;
  if (!readable || (protection === PAGE_READWRITE && !writable)) {
    throw win32Error(ERROR_ACCESS_DENIED, 'CreateFileMapping', {
      ...(path !== undefined && { path }),
      meaning: `${protection.name} needs a file opened with ${needed.join(' | ')}`,
      remedy: 'open the file with that access, or map it with another protection',
    });
  }
}

/** The size of memory that the page file backs. @throws INVALID_ARGUMENT, for 0 with (87) */
export function memorySize(maximumSize: ByteCount): number {
  if (maximumSize !== 0 && maximumSize !== 0n) return byteCount(maximumSize, 'maximumSize', 1);
  throw win32Error(ERROR_INVALID_PARAMETER, 'CreateFileMapping', {
    meaning: 'maximumSize 0 stands for the length of a file, and memory without a file has none of its own',
    remedy: 'say its size in bytes',
  });
}

/** A BOOL, which is true or false and nothing that is like it. @throws INVALID_ARGUMENT (87) */
export function bool(value: boolean, name: string, syscall: string): 0 | 1 {
  if (typeof value === 'boolean') return value ? 1 : 0;
  throw win32Error(ERROR_INVALID_PARAMETER, syscall, {
    meaning: `${name} is true or false, not ${show(value)}`,
  });
}

/** Writing, setting a file's length, allocating and flushing need GENERIC_WRITE. */
export function checkFileWritable(fileAccess: number, path: string, syscall: string): void {
  if ((fileAccess & GENERIC_WRITE) !== 0) return;
  throw win32Error(ERROR_ACCESS_DENIED, syscall, {
    path,
    meaning: 'the file was not opened with GENERIC_WRITE',
    remedy: 'open it with that access',
  });
}

/** Reading needs GENERIC_READ. */
export function checkFileReadable(fileAccess: number, path: string, syscall: string): void {
  if ((fileAccess & GENERIC_READ) !== 0) return;
  throw win32Error(ERROR_ACCESS_DENIED, syscall, {
    path,
    meaning: 'the file was not opened with GENERIC_READ',
    remedy: 'open it with that access',
  });
}

/** What ReadFile fills and WriteFile writes. @throws INVALID_ARGUMENT */
export function transferBuffer(buffer: Uint8Array): Uint8Array {
  if (buffer instanceof Uint8Array) return buffer;
  throw new PerdureError('INVALID_ARGUMENT', `buffer must be a Uint8Array, not ${show(buffer)}`);
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
      : `${show(given)} is not ${withArticle(wanted)} handle of this system`,
    remedy: closed ? 'open it again' : undefined,
  });
}

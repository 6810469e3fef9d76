/**
 * Win32 system error codes that file mapping meets (winerror.h), what each means to a caller, and the error made of it.
 * Both families report these numbers: on POSIX they are derived from the errno (posix/errno.ts).
 */
import { type ErrorCode, PerdureError, type PerdureErrorDetails } from './errors.js';

export const ERROR_SUCCESS = 0;
export const ERROR_INVALID_FUNCTION = 1;
export const ERROR_FILE_NOT_FOUND = 2;
export const ERROR_PATH_NOT_FOUND = 3;
export const ERROR_TOO_MANY_OPEN_FILES = 4;
export const ERROR_ACCESS_DENIED = 5;
export const ERROR_INVALID_HANDLE = 6;
export const ERROR_NOT_ENOUGH_MEMORY = 8;
export const ERROR_WRITE_PROTECT = 19;
export const ERROR_SHARING_VIOLATION = 32;
export const ERROR_LOCK_VIOLATION = 33;
export const ERROR_HANDLE_EOF = 38;
export const ERROR_HANDLE_DISK_FULL = 39;
export const ERROR_NOT_SUPPORTED = 50;
export const ERROR_FILE_EXISTS = 80;
export const ERROR_INVALID_PARAMETER = 87;
export const ERROR_DISK_FULL = 112;
export const ERROR_CALL_NOT_IMPLEMENTED = 120;
export const ERROR_INVALID_NAME = 123;
export const ERROR_BUSY = 170;
export const ERROR_ALREADY_EXISTS = 183;
export const ERROR_FILENAME_EXCED_RANGE = 206;
export const ERROR_FILE_TOO_LARGE = 223;
export const ERROR_MORE_DATA = 234;
export const ERROR_DIRECTORY = 267;
export const ERROR_NOT_OWNER = 288;
export const ERROR_INVALID_ADDRESS = 487;
export const ERROR_IO_DEVICE = 1117;
export const ERROR_MAPPED_ALIGNMENT = 1132;
export const ERROR_FILE_INVALID = 1006;
export const ERROR_USER_MAPPED_FILE = 1224;
export const ERROR_DISK_QUOTA_EXCEEDED = 1295;
export const ERROR_PRIVILEGE_NOT_HELD = 1314;
export const ERROR_COMMITMENT_LIMIT = 1455;
export const ERROR_CANT_RESOLVE_FILENAME = 1921;

type Meaning = readonly [name: string, code: ErrorCode, meaning: string, remedy?: string];

const MEANINGS: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [
    ERROR_FILE_NOT_FOUND,
    ['ERROR_FILE_NOT_FOUND', 'NOT_FOUND', 'no such file', 'check the path, or ask for it to be created'],
  ],
  [ERROR_PATH_NOT_FOUND, ['ERROR_PATH_NOT_FOUND', 'NOT_FOUND', 'no such folder', 'create the folder first']],
  [
    ERROR_TOO_MANY_OPEN_FILES,
    ['ERROR_TOO_MANY_OPEN_FILES', 'TOO_MANY_OPEN', 'too many open files', 'close some, or raise the limit'],
  ],
  [
    ERROR_ACCESS_DENIED,
    [
      'ERROR_ACCESS_DENIED',
      'ACCESS_DENIED',
      'access denied',
      'check the permissions and the access that was asked for',
    ],
  ],
  [ERROR_INVALID_HANDLE, ['ERROR_INVALID_HANDLE', 'INVALID_HANDLE', 'not a valid handle']],
  [
    ERROR_NOT_ENOUGH_MEMORY,
    ['ERROR_NOT_ENOUGH_MEMORY', 'OUT_OF_MEMORY', 'not enough memory or address space', 'map a smaller range'],
  ],
  [
    ERROR_WRITE_PROTECT,
    [
      'ERROR_WRITE_PROTECT',
      'READ_ONLY_MEDIA',
      'the file system is read-only',
      'open the file for reading, or copy-on-write',
    ],
  ],
  [
    ERROR_SHARING_VIOLATION,
    [
      'ERROR_SHARING_VIOLATION',
      'SHARING_VIOLATION',
      'the file is open elsewhere in a way that excludes this access',
      'close the other opening, or have both share the access (option share)',
    ],
  ],
  [
    ERROR_LOCK_VIOLATION,
    [
      'ERROR_LOCK_VIOLATION',
      'SHARING_VIOLATION',
      'a part of the file is locked',
      'wait for the other process',
    ],
  ],
  [ERROR_HANDLE_EOF, ['ERROR_HANDLE_EOF', 'OUT_OF_BOUNDS', 'the range reaches beyond the end of the file']],
  [
    ERROR_HANDLE_DISK_FULL,
    ['ERROR_HANDLE_DISK_FULL', 'DISK_FULL', 'the disk is full', 'make room and try again'],
  ],
  [ERROR_NOT_SUPPORTED, ['ERROR_NOT_SUPPORTED', 'UNSUPPORTED', 'not supported here']],
  [
    ERROR_FILE_EXISTS,
    ['ERROR_FILE_EXISTS', 'ALREADY_EXISTS', 'the file exists', 'open it, or remove it first'],
  ],
  [ERROR_INVALID_PARAMETER, ['ERROR_INVALID_PARAMETER', 'INVALID_ARGUMENT', 'a parameter is not valid']],
  [ERROR_DISK_FULL, ['ERROR_DISK_FULL', 'DISK_FULL', 'the disk is full', 'make room and try again']],
  [
    ERROR_CALL_NOT_IMPLEMENTED,
    ['ERROR_CALL_NOT_IMPLEMENTED', 'UNSUPPORTED', 'not implemented by this system'],
  ],
  [
    ERROR_INVALID_NAME,
    [
      'ERROR_INVALID_NAME',
      'INVALID_ARGUMENT',
      'the name is not valid',
      'check it for characters that the system forbids',
    ],
  ],
  [ERROR_BUSY, ['ERROR_BUSY', 'SHARING_VIOLATION', 'the file is busy', 'try again later']],
  [ERROR_ALREADY_EXISTS, ['ERROR_ALREADY_EXISTS', 'ALREADY_EXISTS', 'it exists already']],
  [
    ERROR_FILENAME_EXCED_RANGE,
    ['ERROR_FILENAME_EXCED_RANGE', 'INVALID_ARGUMENT', 'the name is too long', 'shorten it'],
  ],
  [
    ERROR_FILE_TOO_LARGE,
    ['ERROR_FILE_TOO_LARGE', 'TOO_LARGE', 'larger than the file system allows', 'ask for less'],
  ],
  [ERROR_DIRECTORY, ['ERROR_DIRECTORY', 'NOT_A_FILE', 'not a regular file', 'give the path of a file']],
  [
    ERROR_NOT_OWNER,
    ['ERROR_NOT_OWNER', 'NOT_OWNER', 'the mutex is not owned by the caller', 'acquire it by a wait first'],
  ],
  [
    ERROR_INVALID_ADDRESS,
    [
      'ERROR_INVALID_ADDRESS',
      'ADDRESS_IN_USE',
      'the address range is not free',
      'let the system choose the address',
    ],
  ],
  [
    ERROR_IO_DEVICE,
    [
      'ERROR_IO_DEVICE',
      'IO_ERROR',
      'the device reported an error',
      'check the disk; do not trust unflushed data',
    ],
  ],
  [
    ERROR_MAPPED_ALIGNMENT,
    [
      'ERROR_MAPPED_ALIGNMENT',
      'ADDRESS_IN_USE',
      'the base address is not a multiple of the allocation granularity',
    ],
  ],
  [
    ERROR_FILE_INVALID,
    ['ERROR_FILE_INVALID', 'EMPTY_FILE', 'a file of length zero cannot be mapped', 'give it a size first'],
  ],
  [
    ERROR_USER_MAPPED_FILE,
    [
      'ERROR_USER_MAPPED_FILE',
      'FILE_IN_USE',
      'the file is mapped, and cannot be shortened',
      'close its views first, here and in other processes',
    ],
  ],
  [
    ERROR_DISK_QUOTA_EXCEEDED,
    ['ERROR_DISK_QUOTA_EXCEEDED', 'DISK_FULL', 'the disk quota is used up', 'make room and try again'],
  ],
  [ERROR_PRIVILEGE_NOT_HELD, ['ERROR_PRIVILEGE_NOT_HELD', 'ACCESS_DENIED', 'a privilege is missing']],
  [
    ERROR_COMMITMENT_LIMIT,
    [
      'ERROR_COMMITMENT_LIMIT',
      'OUT_OF_MEMORY',
      'the system has no commit charge left',
      'map a smaller range, or enlarge the page file',
    ],
  ],
  [
    ERROR_CANT_RESOLVE_FILENAME,
    ['ERROR_CANT_RESOLVE_FILENAME', 'NOT_FOUND', 'the path loops through symbolic links'],
  ],
]);

/** The documented name of a Win32 error number, or `error N`. */
export function win32ErrorName(win32Error: number): string {
  return MEANINGS.get(win32Error)?.[0] ?? `error ${win32Error}`;
}

export interface Win32ErrorContext extends PerdureErrorDetails {
  /** Overrides the meaning that the number has in general. */
  meaning?: string;
  /** Overrides the remedy. */
  remedy?: string;
  /** Overrides the stable code. */
  code?: ErrorCode;
}

/** A path in quotes, on one line whatever it holds. */
function quotePath(path: string): string {
  return `'${path.replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1))}'`;
}

/**
 * Makes the error of a failed system call from its Win32 number.
 * The message reads: `syscall 'path': meaning (numbers); remedy`.
 */
export function win32Error(
  win32Error: number,
  syscall: string,
  context: Win32ErrorContext = {},
): PerdureError {
  const { meaning, remedy, code, ...details } = context;
  const known = MEANINGS.get(win32Error);
  const numbers = [`${win32ErrorName(win32Error)}${known ? ` ${win32Error}` : ''}`];
  if (details.errno !== undefined) numbers.push(`${details.errnoName ?? 'errno'} ${details.errno}`);
  const subject = details.path === undefined ? syscall : `${syscall} ${quotePath(details.path)}`;
  const what = meaning ?? known?.[2] ?? 'the system call failed';
  const todo = remedy ?? known?.[3];
  return new PerdureError(
    code ?? known?.[1] ?? 'IO_ERROR',
    `${subject}: ${what} (${numbers.join(', ')})${todo ? `; ${todo}` : ''}`,
    { ...details, syscall, win32Error, win32Name: win32ErrorName(win32Error) },
  );
}

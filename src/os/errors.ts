/**
 * The one error class of the library, and the stable codes it carries.
 *
 * Every error says what was tried, on which path, and what to do about it. `code` is stable across releases and
 * the same on every platform; the system's own numbers stand beside it.
 */

/** Each stable code with the sentence that says when it is raised. The README has a heading for each. */
export const ERROR_CODES = {
  INVALID_ARGUMENT: 'an argument has the wrong type, is NaN, negative, fractional or outside its range',
  OUT_OF_BOUNDS: 'an offset and length reach beyond the view, the file or the records',
  CLOSED: 'the file, view, record file or handle was used after it was closed',
  READ_ONLY: 'a write, resize or flush was asked of something that was opened for reading',
  NOT_FOUND: 'the file, its folder or the named object does not exist',
  ALREADY_EXISTS: 'the file was to be created, and exists',
  ACCESS_DENIED: 'the system or the way the file was opened does not permit the access',
  SHARING_VIOLATION: 'another opening of the file does not share the access asked for',
  NOT_A_FILE: 'the path names a directory, a device, a pipe or a socket',
  EMPTY_FILE: 'a zero-length file cannot be mapped',
  FILE_CHANGED: 'somebody else shortened the file, or grew it beyond a copy-on-write opening',
  FILE_IN_USE: 'the file cannot be shortened while it is mapped',
  DISK_FULL: 'the disk or the quota has no room; the file is as it was',
  READ_ONLY_MEDIA: 'the file system is mounted read-only',
  TOO_LARGE: 'a size or a buffer is beyond what the file system or this Node.js can hold',
  OUT_OF_MEMORY: 'the system has no address space or commit charge left for the mapping',
  ADDRESS_IN_USE: 'the address range wished for is taken or not aligned',
  TOO_MANY_OPEN:
    'the process or the system has no more file descriptors or handles, or a thread owns too many mutexes',
  INVALID_HANDLE: 'the handle, or the object that has the name, is of another kind',
  NOT_OWNER: 'a mutex was released by somebody who does not own it',
  PEER_LOST: 'the last peer on the other side of a channel was killed, or ended without closing its side',
  TIMEOUT: 'what was waited for did not come in the time allowed, or never could',
  UNSUPPORTED: 'the platform, the file system or the runtime does not offer it',
  IO_ERROR: 'the device reported an error, or the system one that has no code of its own',
  BUSY: 'a large value is being written to the store piece by piece, so that no transaction can begin',
  POISONED: 'an earlier flush failed, so that nothing more can be promised until the file is reopened',
  NOT_A_RECORD_FILE: 'the file does not begin with the magic number of a record file',
  VERSION_UNSUPPORTED: 'the file was written in a format version that this release does not read',
  CORRUPT: 'a checksum, a range or a reserved field in the file is wrong',
  SCHEMA_MISMATCH: 'the file holds another schema than the one it was opened with',
  INVALID_SCHEMA: 'a record definition cannot be laid out',
  INVALID_VALUE: 'a value does not fit the type of its field',
  INVALID_INPUT: 'an input file cannot be read as what it was said to be',
} as const;

/** A stable, platform-independent error code. */
export type ErrorCode = keyof typeof ERROR_CODES;

export interface PerdureErrorDetails {
  /** The system call that failed, under the name the failing system gives it. */
  syscall?: string;
  /** The file concerned. */
  path?: string;
  /** The Win32 error number, on every platform (docs: "System Error Codes"). */
  win32Error?: number;
  /** The Win32 error name, such as ERROR_DISK_FULL. */
  win32Name?: string;
  /** The errno on POSIX systems, as a positive number. */
  errno?: number;
  /** The errno's name on POSIX systems, such as ENOSPC. */
  errnoName?: string;
  cause?: unknown;
}

/** The error that every part of the library throws. */
export class PerdureError extends Error {
  override readonly name = 'PerdureError';
  readonly code: ErrorCode;
  declare readonly syscall?: string;
  declare readonly path?: string;
  declare readonly win32Error?: number;
  declare readonly win32Name?: string;
  declare readonly errno?: number;
  declare readonly errnoName?: string;

  constructor(code: ErrorCode, message: string, details: PerdureErrorDetails = {}) {
    const { cause, ...own } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    for (const [name, value] of Object.entries(own)) {
      if (value !== undefined) Object.assign(this, { [name]: value });
    }
  }
}

/** True where `error` is a PerdureError, with this code if one is given. */
export function isPerdureError(error: unknown, code?: ErrorCode): error is PerdureError {
  return error instanceof PerdureError && (code === undefined || error.code === code);
}

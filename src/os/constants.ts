/**
 * The documented Win32 constants of file mapping, with their documented values (winnt.h, winbase.h, memoryapi.h).
 *
 * FILE_MAP_* and the CreateFile flags are numbers, so that they combine with `|`. PAGE_* protections are objects:
 * PAGE_READWRITE and FILE_MAP_READ are both 4, PAGE_READONLY and FILE_MAP_WRITE both 2, and only a type of its own
 * lets the library refuse one in the place of the other, when compiling and when running.
 */

/** dwDesiredAccess of CreateFile. */
export const GENERIC_READ = 0x80000000;
export const GENERIC_WRITE = 0x40000000;

/** dwShareMode of CreateFile: what later openings may do. 0 is exclusive. */
export const FILE_SHARE_NONE = 0;
export const FILE_SHARE_READ = 0x00000001;
export const FILE_SHARE_WRITE = 0x00000002;
export const FILE_SHARE_DELETE = 0x00000004;

/** dwCreationDisposition of CreateFile. */
export const CREATE_NEW = 1;
export const CREATE_ALWAYS = 2;
export const OPEN_EXISTING = 3;
export const OPEN_ALWAYS = 4;
export const TRUNCATE_EXISTING = 5;

/** dwFlagsAndAttributes of CreateFile. */
export const FILE_ATTRIBUTE_READONLY = 0x00000001;
export const FILE_ATTRIBUTE_NORMAL = 0x00000080;
export const FILE_ATTRIBUTE_TEMPORARY = 0x00000100;
export const FILE_FLAG_WRITE_THROUGH = 0x80000000;
export const FILE_FLAG_RANDOM_ACCESS = 0x10000000;
export const FILE_FLAG_SEQUENTIAL_SCAN = 0x08000000;
export const FILE_FLAG_DELETE_ON_CLOSE = 0x04000000;

/** Access to a view: dwDesiredAccess of MapViewOfFile and OpenFileMapping. */
export const FILE_MAP_COPY = 0x0001;
export const FILE_MAP_WRITE = 0x0002;
export const FILE_MAP_READ = 0x0004;
export const FILE_MAP_ALL_ACCESS = 0x000f001f;

/** In the place of a file handle, to CreateFileMapping: memory backed by the page file, that leaves nothing behind. */
export const INVALID_HANDLE_VALUE = -1;

/** dwDesiredAccess of OpenEvent and OpenMutex. SYNCHRONIZE is the right to wait, and on Windows also to be a holder. */
export const SYNCHRONIZE = 0x0010_0000;
export const EVENT_MODIFY_STATE = 0x0002;
export const EVENT_ALL_ACCESS = 0x001f_0003;
export const MUTEX_MODIFY_STATE = 0x0001;
export const MUTEX_ALL_ACCESS = 0x001f_0001;

/** What WaitForSingleObject and WaitForMultipleObjects return; to the first two the index of the object is added. */
export const WAIT_OBJECT_0 = 0x0000_0000;
export const WAIT_ABANDONED_0 = 0x0000_0080;
export const WAIT_ABANDONED = WAIT_ABANDONED_0;
export const WAIT_TIMEOUT = 0x0000_0102;
/** dwMilliseconds: no timeout. */
export const INFINITE = 0xffff_ffff;
/** The most handles that one WaitForMultipleObjects takes. */
export const MAXIMUM_WAIT_OBJECTS = 64;

/** A page protection: flProtect of CreateFileMapping. Never an access to a view; see FILE_MAP_*. */
export class PageProtection {
  /** Keeps the type nominal: no number and no look-alike object is assignable. */
  readonly #brand = true;

  constructor(
    readonly name: 'PAGE_READONLY' | 'PAGE_READWRITE' | 'PAGE_WRITECOPY',
    readonly value: number,
  ) {
    Object.freeze(this);
  }

  static is(value: unknown): value is PageProtection {
    return typeof value === 'object' && value !== null && #brand in value;
  }

  toString(): string {
    return this.name;
  }
}

export const PAGE_READONLY = new PageProtection('PAGE_READONLY', 0x02);
export const PAGE_READWRITE = new PageProtection('PAGE_READWRITE', 0x04);
export const PAGE_WRITECOPY = new PageProtection('PAGE_WRITECOPY', 0x08);

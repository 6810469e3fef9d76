/**
 * The contract of the operating system layer: Win32 file mapping, call by call, under its documented names.
 *
 * `windows/` fulfils it with kernel32, `posix/` with libc. A Win32 example translates line by line, with these
 * differences of form only:
 * - a failed call throws a PerdureError that carries the number GetLastError would give (`win32Error`);
 * - 64-bit sizes and offsets are one number (up to 2^53 - 1) or bigint, not two DWORDs;
 * - a handle is an object; where a call reports ERROR_ALREADY_EXISTS beside a valid handle, its `alreadyExisted` is true;
 * - a view is an object from which ArrayBuffers are taken; they are detached when it is unmapped;
 * - offsets of views need not be multiples of the allocation granularity: the slack is mapped and hidden.
 *
 * Events, mutexes and waits stand in synchronization.ts, the rules of names in names.ts.
 */
import type { ByteCount } from './arguments.js';
import type { INVALID_HANDLE_VALUE, PageProtection } from './constants.js';
import type { MappedView } from './memory.js';
import type { NamedObject, SecurityAttributes } from './names.js';
import type { EventHandle, MutexHandle, Synchronization } from './synchronization.js';

export interface SystemInfo {
  /** The unit of protection and commitment, in bytes (dwPageSize). */
  readonly pageSize: number;
  /** The unit at which views begin, in bytes (dwAllocationGranularity): 65,536 on Windows, the page size elsewhere. */
  readonly allocationGranularity: number;
  /** True where a copy-on-write view reserves commit charge for its whole length when it is mapped. */
  readonly copyOnWriteChargesCommit: boolean;
  /**
   * True where flushFileBuffers also writes what was stored through views, so that a durable flush needs no
   * flushViewOfFile before it. On Linux fdatasync writes every dirty page of the file, however it was dirtied.
   */
  readonly flushFileBuffersWritesViews: boolean;
}

/** What CreateFile returns. */
export interface FileHandle {
  readonly kind: 'file';
  /** The path as it was given. */
  readonly path: string;
  /** CreateFile reported ERROR_ALREADY_EXISTS (CREATE_ALWAYS and OPEN_ALWAYS on a file that existed). */
  readonly alreadyExisted: boolean;
  readonly closed: boolean;
}

/** What CreateFileMapping and OpenFileMapping return. */
export interface FileMappingHandle {
  readonly kind: 'file mapping';
  readonly protection: PageProtection;
  /** The maximum size of the mapping in bytes. */
  readonly sizeBytes: number;
  /** The name existed, and this is the existing object (ERROR_ALREADY_EXISTS). */
  readonly alreadyExisted: boolean;
  /** Windows: the HANDLE, by which a child process that inherited it knows it. */
  readonly value?: number;
  readonly closed: boolean;
}

export type Handle = FileHandle | FileMappingHandle | EventHandle | MutexHandle;

/** How a range of a view will be used: a hint, except that 'dontneed' drops clean pages from memory at once. */
export type Advice = 'normal' | 'random' | 'sequential' | 'dontneed';

export interface Os extends Synchronization {
  readonly platform: 'windows' | 'linux' | 'macos';

  /** GetSystemInfo. */
  getSystemInfo(): SystemInfo;

  /**
   * CreateFile: opens or creates a regular file.
   *
   * @param desiredAccess GENERIC_READ, GENERIC_WRITE or both
   * @param shareMode what other openings may do meanwhile: FILE_SHARE_*; 0 is exclusive
   * @param creationDisposition CREATE_NEW, CREATE_ALWAYS, OPEN_EXISTING, OPEN_ALWAYS or TRUNCATE_EXISTING
   * @param flagsAndAttributes FILE_ATTRIBUTE_* and FILE_FLAG_*
   * @throws NOT_FOUND (2, 3), ACCESS_DENIED (5), SHARING_VIOLATION (32), ALREADY_EXISTS (80), INVALID_ARGUMENT (87),
   *   FILE_IN_USE (1224), NOT_A_FILE, READ_ONLY_MEDIA
   */
  createFile(
    fileName: string,
    desiredAccess: number,
    shareMode: number,
    securityAttributes: null,
    creationDisposition: number,
    flagsAndAttributes: number,
  ): FileHandle;

  /** GetFileSizeEx: the file's length in bytes. */
  getFileSizeEx(file: FileHandle): number;

  /** Bytes of the file that occupy blocks on the disk: less than its length where it is sparse. */
  getAllocatedSize(file: FileHandle): number;

  /**
   * ReadFile at a position (OVERLAPPED.Offset): fills the buffer from there.
   * @returns bytes read: fewer than the buffer holds where the file ends before, 0 from its end on
   * @throws ACCESS_DENIED (5) where the file was not opened for reading, IO_ERROR
   */
  readFile(file: FileHandle, buffer: Uint8Array, offset: ByteCount): number;

  /**
   * WriteFile at a position (OVERLAPPED.Offset): all of the buffer, or an error after which any part of it may be written.
   * Extends the file as far as needed. Views of the file show it at once. Not durable before flushFileBuffers.
   * @throws ACCESS_DENIED (5) where the file was not opened for writing, DISK_FULL, TOO_LARGE, IO_ERROR
   */
  writeFile(file: FileHandle, buffer: Uint8Array, offset: ByteCount): void;

  /**
   * SetFilePointerEx and SetEndOfFile. Growing leaves a hole; see allocateBlocks.
   * @throws FILE_IN_USE (1224) when shortening a file that anyone has mapped
   */
  setEndOfFile(file: FileHandle, sizeBytes: ByteCount): void;

  /**
   * Makes [offset, offset + length) of the file occupy blocks on the disk, extending it as far as needed, so that no
   * later store through a view can meet a full disk. Contents are kept; new bytes are zero.
   * @throws DISK_FULL, with the file's length as it was
   */
  allocateBlocks(file: FileHandle, offset: ByteCount, length: ByteCount): void;
  /** The same in another thread. The file stays open until it is done. */
  allocateBlocksAsync(file: FileHandle, offset: ByteCount, length: ByteCount): Promise<void>;

  /**
   * CreateFileMapping.
   *
   * @param file the file, whose access must fit the protection; or INVALID_HANDLE_VALUE: zeroed memory backed by the
   *   page file, which vanishes with its last holder
   * @param securityAttributes who may open the name, and whether child processes inherit the handle; null: only this
   *   user, and they do not
   * @param maximumSize 0: the file's length; larger than the file: it is extended (PAGE_READWRITE only)
   * @param name null: unnamed. Of a name that exists, the existing object is returned with `alreadyExisted`: the
   *   size and protection are its own, whatever was asked for
   * @throws ACCESS_DENIED (5) where the protection does not match the file's access or the name is not ours to open,
   *   EMPTY_FILE (1006), OUT_OF_MEMORY (8) where a protection that cannot extend the file asks for more than it holds,
   *   (1455) where the system has not so much memory, DISK_FULL (112), INVALID_HANDLE (6) where an event or a mutex has
   *   the name, INVALID_ARGUMENT (87) for page-file-backed memory of size 0, (3, 123, 206) for what is no name
   */
  createFileMapping(
    file: FileHandle | typeof INVALID_HANDLE_VALUE,
    securityAttributes: SecurityAttributes | null,
    protection: PageProtection,
    maximumSize: ByteCount,
    name: string | null,
  ): FileMappingHandle;

  /**
   * OpenFileMapping: opens a named mapping. Views of it are held to this access.
   * @param desiredAccess FILE_MAP_*, never PAGE_*
   * @throws INVALID_ARGUMENT (87) for a PAGE_* value, NOT_FOUND (2), ACCESS_DENIED (5) where its permissions do not grant
   *   the access (whether it fits the protection is looked at when a view is mapped, as on Windows), INVALID_HANDLE (6)
   *   where an event or a mutex has the name
   */
  openFileMapping(desiredAccess: number, inheritHandle: boolean, name: string): FileMappingHandle;

  /**
   * MapViewOfFile. A store into a FILE_MAP_READ view ends the process, as in C; FILE_MAP_COPY keeps strays.
   *
   * @param desiredAccess FILE_MAP_READ, FILE_MAP_WRITE, FILE_MAP_ALL_ACCESS or FILE_MAP_COPY
   * @param offset any byte of the mapping
   * @param length 0: to the end of the mapping
   * @throws ACCESS_DENIED (5) where the access does not fit the protection or the range exceeds the mapping,
   *   FILE_CHANGED where somebody shortened the file meanwhile
   */
  mapViewOfFile(
    mapping: FileMappingHandle,
    desiredAccess: number,
    offset: ByteCount,
    length: ByteCount,
  ): MappedView;

  /**
   * MapViewOfFileEx: the same at the caller's base address, a multiple of the allocation granularity; null lets the
   * system choose.
   * @throws ADDRESS_IN_USE (487) where the range is taken, (1132) where the address is not aligned
   */
  mapViewOfFileEx(
    mapping: FileMappingHandle,
    desiredAccess: number,
    offset: ByteCount,
    length: ByteCount,
    baseAddress: bigint | null,
  ): MappedView;

  /**
   * FlushViewOfFile: starts writing the dirty pages of a range to the file (length 0: to the view's end). It waits
   * neither for the disk nor for the metadata: durable means flushFileBuffers after it.
   */
  flushViewOfFile(view: MappedView, offset: ByteCount, length: ByteCount): void;
  /** The same in another thread. The view stays mapped until it is done. */
  flushViewOfFileAsync(view: MappedView, offset: ByteCount, length: ByteCount): Promise<void>;

  /** FlushFileBuffers: returns when everything written to the file is on the disk. Needs GENERIC_WRITE. */
  flushFileBuffers(file: FileHandle): void;
  /** The same in another thread. The file stays open until it is done. */
  flushFileBuffersAsync(file: FileHandle): Promise<void>;

  /** UnmapViewOfFile: detaches every buffer of the view and unmaps it. Harmless when repeated. */
  unmapViewOfFile(view: MappedView): void;

  /**
   * CloseHandle. Views outlive the handles they were made from. A named object, its memory included, is gone when no
   * process has a handle to it or a view of it any more, killed ones not counted. Harmless when repeated; waits on the
   * handle that are under way reject with CLOSED.
   */
  closeHandle(handle: Handle): void;

  /** The named objects that this user can see, by name. */
  listNamedObjects(): NamedObject[];

  /** PrefetchVirtualMemory: starts reading a range into memory, without waiting for it. */
  prefetchVirtualMemory(view: MappedView, offset: ByteCount, length: ByteCount): void;

  /** Tells how a range will be used. Never fails for want of support: it is a hint. */
  adviseView(view: MappedView, offset: ByteCount, length: ByteCount, advice: Advice): void;

  /** Which pages of a range are in memory: one byte a page, 1 for resident, from the page that holds `offset`. */
  queryResidency(view: MappedView, offset: ByteCount, length: ByteCount): Uint8Array;

  /**
   * Bytes that the system will write for a range when it is flushed, or undefined where it cannot tell. More than was
   * stored where the page cache holds the file in large units (Linux: cachestat, kernel 6.5 or later).
   */
  queryDirtyBytes(view: MappedView, offset: ByteCount, length: ByteCount): number | undefined;

  /**
   * Discards the changes in a FILE_MAP_COPY view: it shows the file's present contents again, at the same address and in
   * the same buffers. (On Windows before 10 1803, and under Wine, pages that were stored to stay private copies: they do
   * not show what others store later.)
   */
  revertView(view: MappedView): void;

  /** Atomically replaces the file `to` by the file `from` and makes the change durable (MoveFileEx, rename). */
  replaceFile(from: string, to: string): void;
}

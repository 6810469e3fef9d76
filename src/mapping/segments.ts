/**
 * The mapped ranges of one open file, shared by its views.
 *
 * A view lies in one segment. A segment covers the whole file as it was when it was mapped (of a file beyond 64 GiB, from
 * a little before the first view on), so that any number of views
 * costs one mapping; when the file has grown, the next view maps it anew and the old segment lives on until its last
 * view is closed: an open view never moves. Where a copy-on-write mapping is charged for its whole length (Windows), a
 * file opened for reading is mapped in chunks around what is asked for.
 */
import {
  FILE_MAP_COPY,
  FILE_MAP_WRITE,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
  type PageProtection,
} from '../os/constants.js';
import { isPerdureError, type PerdureError } from '../os/errors.js';
import type { MappedView } from '../os/memory.js';
import type { FileHandle, FileMappingHandle, Os } from '../os/os.js';
import { ERROR_FILE_INVALID, win32Error } from '../os/win32-errors.js';

export type OpenMode = 'readonly' | 'readwrite' | 'copy-on-write';

const CHUNK_BYTES = 2 ** 26;
/** Files beyond this are mapped from the last multiple of LARGE_UNIT_BYTES before what is asked for, not from 0. */
const LARGE_BYTES = 2 ** 36;
const LARGE_UNIT_BYTES = 2 ** 30;

/**
 * How each mode maps. 'readonly' maps copy-on-write on purpose: a stray store through a raw typed array lands in a
 * private page instead of killing the process, and never reaches the file.
 */
const MAPPINGS = {
  readonly: { protection: PAGE_READONLY, access: FILE_MAP_COPY },
  readwrite: { protection: PAGE_READWRITE, access: FILE_MAP_WRITE },
  'copy-on-write': { protection: PAGE_WRITECOPY, access: FILE_MAP_COPY },
} as const;

export interface Segment {
  readonly mapped: MappedView;
  readonly offset: number;
  readonly end: number;
  users: number;
}

export class Segments {
  readonly #os: Os;
  readonly #file: FileHandle;
  readonly #mode: OpenMode;
  readonly #live = new Set<Segment>();
  /** Kept mapped without users, for the next view. */
  #newest: Segment | undefined;

  constructor(os: Os, file: FileHandle, mode: OpenMode) {
    this.#os = os;
    this.#file = file;
    this.#mode = mode;
  }

  /** True while a view is open. */
  get inUse(): boolean {
    for (const segment of this.#live) if (segment.users > 0) return true;
    return false;
  }

  /** A segment that covers [offset, offset + length) of a file of `size` bytes. Give it back with `release`. */
  acquire(offset: number, length: number, size: number): Segment {
    const end = offset + length;
    const segment = this.#findUsable(offset, end) ?? this.#map(offset, end, size);
    segment.users++;
    return segment;
  }

  release(segment: Segment): void {
    segment.users--;
    this.#unmapIfIdle(segment);
  }

  /** The mapped parts of [offset, end). */
  *within(offset: number, end: number): Generator<{ segment: Segment; offset: number; length: number }> {
    for (const segment of this.#live) {
      const from = Math.max(offset, segment.offset);
      const to = Math.min(end, segment.end);
      if (from < to) yield { segment, offset: from - segment.offset, length: to - from };
    }
  }

  /** Unmaps what no view uses, so that the file can be shortened. */
  trim(): void {
    const newest = this.#newest;
    this.#newest = undefined;
    if (newest) this.#unmapIfIdle(newest);
  }

  /** Unmaps everything; every ArrayBuffer over it is detached. */
  close(): void {
    for (const segment of this.#live) this.#os.unmapViewOfFile(segment.mapped);
    this.#live.clear();
    this.#newest = undefined;
  }

  /**
   * A mapped segment that covers the range. POSIX lets anybody shorten a mapped file, and reading beyond its end kills
   * the process, so the length is looked at again; Windows refuses to shorten one.
   */
  #findUsable(offset: number, end: number): Segment | undefined {
    const found = this.#find(offset, end);
    if (found === undefined || this.#os.platform === 'windows') return found;
    const size = this.#os.getFileSizeEx(this.#file);
    if (size < end) throw this.#shortened(size);
    return found;
  }

  #find(offset: number, end: number): Segment | undefined {
    const newest = this.#newest;
    if (newest && newest.offset <= offset && newest.end >= end) return newest;
    for (const segment of this.#live) if (segment.offset <= offset && segment.end >= end) return segment;
    return undefined;
  }

  #map(offset: number, end: number, size: number): Segment {
    const chunked = this.#mode === 'readonly' && this.#os.getSystemInfo().copyOnWriteChargesCommit;
    // A file that grows step by step would else take address space by the square of its size.
    const unit = chunked
      ? CHUNK_BYTES
      : size > LARGE_BYTES && this.#mode !== 'copy-on-write'
        ? LARGE_UNIT_BYTES
        : size;
    const from = Math.floor(offset / unit) * unit;
    const to = chunked ? Math.min(Math.ceil(end / CHUNK_BYTES) * CHUNK_BYTES, size) : size;
    const { protection, access } = MAPPINGS[this.#mode];
    const mapping = this.#createMapping(protection);
    let mapped: MappedView;
    try {
      if (mapping.sizeBytes < to) throw this.#shortened(mapping.sizeBytes);
      mapped = this.#os.mapViewOfFile(mapping, access, from, to - from);
    } finally {
      this.#os.closeHandle(mapping);
    }
    const segment: Segment = { mapped, offset: from, end: to, users: 0 };
    this.#live.add(segment);
    const previous = this.#newest;
    this.#newest = segment;
    if (previous) this.#unmapIfIdle(previous);
    return segment;
  }

  #createMapping(protection: PageProtection): FileMappingHandle {
    try {
      return this.#os.createFileMapping(this.#file, null, protection, 0, null);
    } catch (error) {
      throw isPerdureError(error, 'EMPTY_FILE') ? this.#shortened(0) : error;
    }
  }

  #shortened(size: number): PerdureError {
    return win32Error(ERROR_FILE_INVALID, 'MapViewOfFile', {
      path: this.#file.path,
      code: 'FILE_CHANGED',
      meaning: `somebody shortened the file to ${size} bytes after it was opened`,
      remedy: 'open it again',
    });
  }

  #unmapIfIdle(segment: Segment): void {
    if (segment.users > 0 || segment === this.#newest || !this.#live.delete(segment)) return;
    this.#os.unmapViewOfFile(segment.mapped);
  }
}

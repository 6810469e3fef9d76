/**
 * A file mapped into memory: opened, viewed, grown, flushed, closed.
 *
 * Invariants:
 * - opening costs the same whatever the file's size: nothing is read;
 * - blocks are allocated before they are mapped (unless the file was asked to be sparse), so that a full disk is an
 *   error of `open` or `resize` and never a dying process;
 * - `flush` resolved means that the bytes, and what is needed to find them, are on the disk; after a failed flush
 *   nothing more is promised until the file is opened again;
 * - nothing done in mode 'readonly' or 'copy-on-write' reaches the file.
 */
import { rmSync } from 'node:fs';
import { type ByteCount, byteCount, filePath, show } from '../os/arguments.js';
import { FILE_ATTRIBUTE_NORMAL, GENERIC_READ, GENERIC_WRITE } from '../os/constants.js';
import { PerdureError } from '../os/errors.js';
import { nativeOs } from '../os/native.js';
import type { Advice, FileHandle, Os } from '../os/os.js';
import { ERROR_FILE_INVALID, ERROR_USER_MAPPED_FILE, win32Error } from '../os/win32-errors.js';
import { Flusher } from './flusher.js';
import { checkOptions, type MappedFileOptions } from './options.js';
import { type CheckedRange, checkRange, type Range } from './range.js';
import { type OpenMode, type Segment, Segments } from './segments.js';
import { View, type ViewOwner } from './view.js';
import { Windows } from './windows.js';
import { WrittenRegions } from './written-regions.js';

/** What tests replace. */
export interface MappedFileInternals {
  os?: Os;
  /** The longest ArrayBuffer to take. */
  maxWindowBytes?: number;
}

/** Which pages of a range are in memory. */
export interface Residency {
  /** Bytes per entry of `pages`. */
  readonly pageSize: number;
  /** One byte a page, 1 for resident, from the page that holds the range's first byte. */
  readonly pages: Uint8Array;
  /** Resident bytes of the range, in whole pages. */
  readonly residentBytes: number;
}

export class MappedFile implements Disposable, AsyncDisposable {
  readonly path: string;
  readonly mode: OpenMode;
  readonly #os: Os;
  readonly #file: FileHandle;
  readonly #segments: Segments;
  readonly #views = new Map<View, Segment>();
  readonly #regions = new WrittenRegions();
  readonly #flusher: Flusher;
  readonly #owner: ViewOwner;
  readonly #sparse: boolean;
  readonly #maxWindowBytes: number | undefined;
  #size: number;
  #closed = false;

  private constructor(os: Os, file: FileHandle, mode: OpenMode, sparse: boolean, maxWindowBytes?: number) {
    this.#os = os;
    this.#file = file;
    this.path = file.path;
    this.mode = mode;
    this.#sparse = sparse;
    this.#maxWindowBytes = maxWindowBytes;
    this.#segments = new Segments(os, file, mode);
    this.#flusher = new Flusher(os, file, this.#segments, this.#regions);
    this.#size = os.getFileSizeEx(file);
    const marks = mode === 'readwrite';
    this.#owner = {
      path: file.path,
      writable: mode !== 'readonly',
      written: (offset, length) => {
        if (marks) this.#regions.mark(offset, length);
      },
      released: (view) => this.#released(view),
    };
  }

  /**
   * Opens a file and makes it ready to be mapped. Takes the same time whatever the file's size; only growing it by
   * `size` on a file system that cannot allocate blocks writes to the disk.
   *
   * @throws NOT_FOUND, ALREADY_EXISTS, ACCESS_DENIED, SHARING_VIOLATION, NOT_A_FILE, READ_ONLY_MEDIA, DISK_FULL,
   *   EMPTY_FILE (a file without bytes cannot be mapped: give it a `size`), INVALID_ARGUMENT
   */
  static open(
    path: string,
    options: MappedFileOptions = {},
    internals: MappedFileInternals = {},
  ): MappedFile {
    const os = internals.os ?? nativeOs();
    const { mode, disposition, share, size, sparse } = checkOptions(filePath(path), options);
    const access = mode === 'readwrite' ? GENERIC_READ | GENERIC_WRITE : GENERIC_READ;
    const file = os.createFile(path, access, share, null, disposition, FILE_ATTRIBUTE_NORMAL);
    try {
      const mapped = new MappedFile(os, file, mode, sparse, internals.maxWindowBytes);
      if (size > mapped.size) mapped.resizeSync(size);
      if (mapped.size === 0) throw win32Error(ERROR_FILE_INVALID, 'CreateFileMapping', { path });
      return mapped;
    } catch (error) {
      // Nobody else can have it open yet where the opening is exclusive. Windows removes no open file, so it comes last.
      const removes = options.create && !file.alreadyExisted && share === 0;
      const windows = os.platform === 'windows';
      if (removes && !windows) rmSync(path, { force: true });
      os.closeHandle(file);
      if (removes && windows) rmSync(path, { force: true });
      throw error;
    }
  }

  /** The file's length in bytes, as this opening knows it; see `refresh`. */
  get size(): number {
    return this.#size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Bytes of the file that occupy blocks on the disk: less than `size` where it is sparse. */
  get allocatedBytes(): number {
    this.#checkOpen();
    return this.#os.getAllocatedSize(this.#file);
  }

  /**
   * A view of [offset, offset + length) of the file; the whole file unless given. Any number of views may overlap:
   * they show the same bytes. Close a view to detach what was taken from it; closing the file closes them all.
   * @throws OUT_OF_BOUNDS, INVALID_ARGUMENT, CLOSED, FILE_CHANGED, OUT_OF_MEMORY
   */
  view(offset: ByteCount = 0, length?: ByteCount): View {
    this.#checkOpen();
    const range = checkRange({ offset, length }, this.#size, `'${this.path}'`);
    // An empty view at the very end has no byte of its own to map: it borrows the one before it.
    const anchor = Math.min(range.offset, this.#size - 1);
    const segment = this.#segments.acquire(anchor, Math.max(range.length, 1), this.#size);
    const windows = new Windows(
      segment.mapped,
      range.offset - segment.offset,
      range.length,
      this.#maxWindowBytes,
    );
    const view = new View(this.#owner, range.offset, windows);
    this.#views.set(view, segment);
    return view;
  }

  /**
   * Makes a range (all of the file unless given) durable: resolved means on the disk, with the metadata that is needed
   * to read it back. A failure is final: see POISONED.
   * @throws IO_ERROR, DISK_FULL, POISONED, READ_ONLY (not opened with mode 'readwrite'), CLOSED, OUT_OF_BOUNDS
   */
  async flush(range?: Range): Promise<void> {
    this.#checkFlush(range);
    await this.#flusher.flush(() => this.#checkFlush(range));
  }

  /** The same, blocking the event loop until the disk answers. */
  flushSync(range?: Range): void {
    this.#flusher.flushSync(this.#checkFlush(range));
  }

  /**
   * @internal Writes a range again, as it is, by position: after a flush that failed the system takes it for written, though it may
   * never have reached the disk, and only then does another flush write it. @throws as `flush`
   */
  rewrite(range: Range): void {
    const { offset, length } = this.#checkFlush(range);
    const bytes = new Uint8Array(length);
    this.#os.readFile(this.#file, bytes, offset);
    this.#os.writeFile(this.#file, bytes, offset);
  }

  /**
   * Sets the file's length. Growing allocates the blocks first and leaves open views where they are; take new ones for
   * the new part. Shortening needs every view of this opening, and every other opening that viewed the file, to be
   * closed.
   * @throws DISK_FULL (the file is as it was), FILE_IN_USE, READ_ONLY, POISONED, INVALID_ARGUMENT, CLOSED
   */
  async resize(size: ByteCount): Promise<void> {
    const wanted = this.#checkResize(size);
    if (wanted > this.#size && !this.#sparse) {
      await this.#os.allocateBlocksAsync(this.#file, this.#size, wanted - this.#size);
      // Meanwhile the file may have been closed, or shortened again.
      if (!this.#closed) this.#grown(Math.min(wanted, this.#os.getFileSizeEx(this.#file)));
    } else this.#setLength(wanted);
  }

  /** The same, blocking the event loop while blocks are allocated. */
  resizeSync(size: ByteCount): void {
    const wanted = this.#checkResize(size);
    if (wanted > this.#size && !this.#sparse) {
      this.#os.allocateBlocks(this.#file, this.#size, wanted - this.#size);
      this.#grown(wanted);
    } else this.#setLength(wanted);
  }

  /**
   * Makes a range of a sparse file occupy blocks, so that no store into it can meet a full disk. Contents are kept.
   * @throws DISK_FULL, READ_ONLY, CLOSED, OUT_OF_BOUNDS
   */
  async allocate(range?: Range): Promise<void> {
    const { offset, length } = this.#checkAllocate(range);
    await this.#os.allocateBlocksAsync(this.#file, offset, length);
  }

  /** The same, blocking the event loop meanwhile. */
  allocateSync(range?: Range): void {
    const { offset, length } = this.#checkAllocate(range);
    this.#os.allocateBlocks(this.#file, offset, length);
  }

  /** Learns the length that others gave the file meanwhile, and returns it. A copy-on-write opening keeps its own. */
  refresh(): number {
    this.#checkOpen();
    if (this.mode !== 'copy-on-write') this.#size = this.#os.getFileSizeEx(this.#file);
    return this.#size;
  }

  /** Starts reading a range into memory, without waiting for it. */
  prefetch(range?: Range): void {
    this.#withMapped(range, (mapped, offset, length) =>
      this.#os.prefetchVirtualMemory(mapped, offset, length),
    );
  }

  /**
   * Tells the system how a range will be used: 'sequential' reads ahead more, 'random' not at all, 'dontneed' drops
   * its clean pages from memory. What was stored stays, also in the private pages of a copy-on-write opening.
   */
  advise(advice: Advice, range?: Range): void {
    if (!['normal', 'random', 'sequential', 'dontneed'].includes(advice)) {
      throw new PerdureError(
        'INVALID_ARGUMENT',
        `advice must be 'normal', 'random', 'sequential' or 'dontneed', not ${show(advice)}`,
      );
    }
    this.#withMapped(range, (mapped, offset, length) => this.#os.adviseView(mapped, offset, length, advice));
  }

  /** Which pages of a range are in memory. */
  residency(range?: Range): Residency {
    const { pageSize } = this.#os.getSystemInfo();
    const pages = this.#withMapped(range, (mapped, offset, length) =>
      this.#os.queryResidency(mapped, offset, length),
    );
    let resident = 0;
    for (const page of pages) resident += page;
    return { pageSize, pages, residentBytes: resident * pageSize };
  }

  /**
   * Copy-on-write only: drops every private change. The open views show the file's present contents.
   * @throws READ_ONLY in the other modes, OUT_OF_BOUNDS where somebody shortened the file, CLOSED
   */
  discard(): void {
    this.#checkOpen();
    if (this.mode !== 'copy-on-write') {
      throw new PerdureError(
        'READ_ONLY',
        `discard() is for mode 'copy-on-write'; '${this.path}' is ${this.mode}`,
      );
    }
    for (const { segment } of this.#segments.within(0, this.#size)) this.#os.revertView(segment.mapped);
  }

  /** Closes every view and the file. Does not flush. Harmless when repeated. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const view of [...this.#views.keys()]) view.close();
    this.#segments.close();
    this.#os.closeHandle(this.#file);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new PerdureError('CLOSED', `'${this.path}' was closed; open it again`);
  }

  #checkWritable(what: string): void {
    this.#checkOpen();
    if (this.mode !== 'readwrite') {
      throw new PerdureError(
        'READ_ONLY',
        `${what}() needs mode 'readwrite'; '${this.path}' is ${this.mode}, and nothing done to it reaches the file`,
      );
    }
    this.#flusher.checkSound();
  }

  #checkFlush(range: Range | undefined): CheckedRange {
    this.#checkWritable('flush');
    return checkRange(range, this.#size, `'${this.path}'`);
  }

  #checkAllocate(range: Range | undefined): CheckedRange {
    this.#checkWritable('allocate');
    return checkRange(range, this.#size, `'${this.path}'`);
  }

  #checkResize(size: ByteCount): number {
    this.#checkWritable('resize');
    const wanted = byteCount(size, 'size');
    if (wanted === 0)
      throw new PerdureError('INVALID_ARGUMENT', 'size must be at least 1: an empty file cannot be mapped');
    if (wanted < this.#size) this.#checkUnused();
    return wanted;
  }

  #checkUnused(): void {
    if (this.#segments.inUse) {
      throw win32Error(ERROR_USER_MAPPED_FILE, 'SetEndOfFile', {
        path: this.path,
        meaning: 'the file cannot be shortened while views of it are open',
        remedy: 'close them first',
      });
    }
    this.#segments.trim();
  }

  #setLength(size: number): void {
    // Growing never shortens: another opening may have made the file longer than this one knows.
    const grown = size >= this.#size && this.#os.getFileSizeEx(this.#file) >= size;
    if (!grown) this.#os.setEndOfFile(this.#file, size);
    this.#size = size;
  }

  #grown(size: number): void {
    if (size <= this.#size) return;
    this.#regions.allocated(this.#size, size);
    this.#size = size;
  }

  #withMapped<T>(
    range: Range | undefined,
    use: (mapped: Segment['mapped'], offset: number, length: number) => T,
  ): T {
    this.#checkOpen();
    const { offset, length } = checkRange(range, this.#size, `'${this.path}'`);
    const segment = this.#segments.acquire(Math.min(offset, this.#size - 1), Math.max(length, 1), this.#size);
    try {
      return use(segment.mapped, offset - segment.offset, length);
    } finally {
      this.#segments.release(segment);
    }
  }

  #released(view: View): void {
    const segment = this.#views.get(view);
    this.#views.delete(view);
    if (segment && !this.#closed) this.#segments.release(segment);
  }
}

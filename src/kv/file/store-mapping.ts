/**
 * The store's file in memory, mapped as a whole, and what it grows by behind that. Which buffers show it is the affair of windows.ts.
 *
 * Invariants:
 * - blocks are allocated before they are mapped or written, so that a full disk is an error and nothing else;
 * - an open view never moves: when the file has grown, its last memory is mapped anew, longer, and what showed it before is retired.
 *   It is detached or unmapped when nobody who was reading then is reading any more;
 * - a store into the memory by mistake never reaches the file, unless the file is written through it (`writeMap`). The views
 *   are copy-on-write where that is free. A page that was stored into is then a private copy, and does not show what is written to
 *   the file later: `showsWritten` finds such pages, and makes them show the file again.
 */
import {
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  PAGE_READONLY,
  PAGE_READWRITE,
} from '../../os/constants.js';
import { isPerdureError, PerdureError } from '../../os/errors.js';
import type { MappedView } from '../../os/memory.js';
import type { FileHandle, Os } from '../../os/os.js';
import type { PageMemory } from '../page-memory.js';
import { type Outgrown, Windows } from './windows.js';

/** A file grows by its own size while it is small ... */
const LEAST_GROWTH_BYTES = 2 ** 16;
const SMALL_GROWTH_BYTES = 2 ** 20;
/** ... and by this part of it when it is large. */
const GROWTH = 1 / 16;
/** How much a memory holds. Opening a store and reading a record takes three or four: V8 collects garbage for 64 MiB. */
const MEMORY_BYTES = 2 ** 23;
/** Runs of pages that are not in one buffer have views of their own. So many are kept. */
const MAX_SPANS = 16;

interface Retired extends Outgrown {
  /** Readers before this one may have taken something from it. */
  readonly reader: number;
  /** Where only reading retired it: bytes of it stay for that turn of the event loop, or until something is changed. */
  readonly turn?: number;
}

interface Span {
  readonly view: MappedView;
  readonly bytes: Uint8Array;
}

export class StoreMapping {
  readonly memoryShift: number;
  readonly isPrivate: boolean;
  /** The file's length. */
  fileBytes: number;
  readonly #os: Os;
  readonly #file: FileHandle;
  readonly #pageBytes: number;
  readonly #writes: boolean;
  readonly #memoryBytes: number;
  readonly #windows: Windows;
  readonly #spans = new Map<number, Span>();
  #retired: Retired[] = [];
  #nextReader = 0;
  /** Counts the turns of the event loop in which something was retired, and changes. */
  #turn = 0;
  #turnEnds = false;

  /** @param memoryBytes how much a memory holds, a power of two; another one in tests only */
  constructor(
    os: Os,
    file: FileHandle,
    pageBytes: number,
    writes: boolean,
    memoryBytes: number = MEMORY_BYTES,
  ) {
    this.#os = os;
    this.#file = file;
    this.#pageBytes = pageBytes;
    this.#writes = writes;
    this.#memoryBytes = memoryBytes;
    this.#windows = new Windows(memoryBytes);
    this.memoryShift = 31 - Math.clz32(memoryBytes / pageBytes);
    this.isPrivate = !writes && os.platform === 'linux';
    this.fileBytes = os.getFileSizeEx(file);
  }

  get path(): string {
    return this.#file.path;
  }

  /** Whole pages that the file holds. */
  get filePages(): number {
    return Math.floor(this.fileBytes / this.#pageBytes);
  }

  /** Pages from the first on that are mapped. */
  get mappedPages(): number {
    return this.#windows.end / this.#pageBytes;
  }

  /** Those that were asked for by `memory`, at their places. */
  get memories(): readonly PageMemory[] {
    return this.#windows.memories;
  }

  /** Makes the file hold at least so many pages. @throws DISK_FULL, with the file as it was */
  grow(pages: number): void {
    const needed = pages * this.#pageBytes;
    if (needed <= this.fileBytes) return;
    const least = Math.max(Math.min(this.fileBytes, SMALL_GROWTH_BYTES), LEAST_GROWTH_BYTES);
    const step = Math.max(least, Math.floor(this.fileBytes * GROWTH));
    const wished =
      Math.ceil(Math.max(needed, this.fileBytes + step) / LEAST_GROWTH_BYTES) * LEAST_GROWTH_BYTES;
    try {
      this.#allocate(wished);
    } catch (error) {
      if (!isPerdureError(error, 'DISK_FULL')) throw error;
      this.#allocate(needed);
    }
  }

  /** Makes blocks of holes that a copy of the file may have. @throws DISK_FULL */
  fillHoles(): void {
    if (this.#os.getAllocatedSize(this.#file) >= this.fileBytes) return;
    this.#os.allocateBlocks(this.#file, 0, this.fileBytes);
  }

  /** Maps all of the file. @throws OUT_OF_MEMORY */
  mapAll(): void {
    const windows = this.#windows;
    const end = this.filePages * this.#pageBytes;
    if (end <= windows.end) return;
    const offset = windows.nextOffset;
    const outgrown = windows.add(this.#map(offset, end - offset));
    if (outgrown) this.#retire(outgrown);
  }

  /** The memory that a mapped page is in, by its place in `memories`. */
  memory(index: number): PageMemory {
    return this.#windows.memory(index);
  }

  /** Pages that are mapped, in one piece. */
  bytes(firstPage: number, lengthBytes: number): Uint8Array {
    const offset = firstPage * this.#pageBytes;
    return (
      this.#windows.bytes(offset, lengthBytes) ?? this.#span(firstPage, lengthBytes).subarray(0, lengthBytes)
    );
  }

  /** Bytes of the file that are mapped; undefined where no buffer has them in one piece. */
  bytesAt(offset: number, lengthBytes: number): Uint8Array | undefined {
    return this.#windows.bytes(offset, lengthBytes);
  }

  /** Makes sure that what was written to the file by position is what is read here. @throws IO_ERROR */
  showsWritten(offset: number, written: Uint8Array): void {
    this.#retireSpans(offset, offset + written.length);
    if (!this.isPrivate) return;
    const length = Math.min(written.length, this.mappedPages * this.#pageBytes - offset);
    for (let attempt = 0; length > 0 && !this.#shows(offset, written.subarray(0, length)); attempt++) {
      if (attempt > 0) {
        throw new PerdureError(
          'IO_ERROR',
          `'${this.#file.path}' does not read as it was written at offset ${offset}; open the store again`,
          { path: this.#file.path },
        );
      }
      this.revert();
    }
  }

  /** Makes all views show the file again, where somebody stored into them. */
  revert(): void {
    for (const view of this.#allViews()) this.#os.revertView(view);
  }

  /** Hands FlushViewOfFile what was written through the views in [from, end), in pages. */
  *viewsWithin(from: number, end: number): Generator<[view: MappedView, offset: number, length: number]> {
    const [low, high] = [from * this.#pageBytes, end * this.#pageBytes];
    for (const view of this.#allViews()) {
      const start = Math.max(low, view.offset);
      const stop = Math.min(high, view.offset + view.lengthBytes);
      if (start < stop) yield [view, start - view.offset, stop - start];
    }
  }

  /** A reader begins: what it is known by. */
  addReader(): number {
    return this.#nextReader++;
  }

  /** Something is changed: what was read before need not stay for the turn. */
  changed(): void {
    this.#turn++;
  }

  /** Unmaps what no reader from `oldest` on can have seen; all that is retired where nobody reads. */
  unmapRetired(oldest: number = Number.POSITIVE_INFINITY): void {
    if (this.#retired.length === 0) return;
    const kept: Retired[] = [];
    for (const retired of this.#retired) {
      if (retired.reader > oldest || retired.turn === this.#turn) kept.push(retired);
      else if (retired.buffer) retired.view.release(retired.buffer);
      else this.#os.unmapViewOfFile(retired.view);
    }
    this.#retired = kept;
  }

  /** Unmaps everything. Harmless when repeated. */
  close(): void {
    this.changed();
    this.unmapRetired();
    for (const { view } of this.#spans.values()) this.#os.unmapViewOfFile(view);
    this.#spans.clear();
    for (const view of this.#windows.views.splice(0)) this.#os.unmapViewOfFile(view);
  }

  /** Gives back what was allocated behind the last page. Everything must be unmapped. */
  trim(pages: number): void {
    const length = pages * this.#pageBytes;
    if (length < this.fileBytes) this.#os.setEndOfFile(this.#file, length);
  }

  #allocate(bytes: number): void {
    this.#os.allocateBlocks(this.#file, this.fileBytes, bytes - this.fileBytes);
    this.fileBytes = bytes;
  }

  #map(offset: number, bytes: number): MappedView {
    const os = this.#os;
    const protection = this.#writes ? PAGE_READWRITE : PAGE_READONLY;
    const access = this.#writes ? FILE_MAP_WRITE : this.isPrivate ? FILE_MAP_COPY : FILE_MAP_READ;
    const mapping = os.createFileMapping(this.#file, null, protection, 0, null);
    try {
      return os.mapViewOfFile(mapping, access, offset, bytes);
    } finally {
      os.closeHandle(mapping);
    }
  }

  /** Those of the memories, and those that were outgrown. */
  #allViews(): Set<MappedView> {
    return new Set([...this.#retired.map(({ view }) => view), ...this.#windows.views]);
  }

  #retire(outgrown: Outgrown): void {
    this.#retired.push({ ...outgrown, reader: this.#nextReader });
  }

  #span(firstPage: number, lengthBytes: number): Uint8Array {
    const known = this.#spans.get(firstPage);
    if (known && known.bytes.length >= lengthBytes) return known.bytes;
    if (known) this.#evict(firstPage, known);
    for (const [first, span] of this.#spans) {
      if (this.#spans.size < MAX_SPANS) break;
      this.#evict(first, span);
    }
    const pages = Math.ceil(lengthBytes / this.#pageBytes);
    const view = this.#map(firstPage * this.#pageBytes, pages * this.#pageBytes);
    const bytes = new Uint8Array(view.buffer);
    this.#spans.set(firstPage, { view, bytes });
    return bytes;
  }

  /** Makes room for another span. */
  #evict(firstPage: number, { view }: Span): void {
    this.#spans.delete(firstPage);
    this.#retired.push({ view, reader: this.#nextReader, turn: this.#turn });
    if (this.#turnEnds) return;
    this.#turnEnds = true;
    setImmediate(() => {
      this.#turnEnds = false;
      this.#turn++;
    }).unref();
  }

  /** A run that is written anew is mapped anew. */
  #retireSpans(from: number, end: number): void {
    for (const [first, { view }] of this.#spans) {
      if (view.offset >= end || view.offset + view.lengthBytes <= from) continue;
      this.#retire({ view });
      this.#spans.delete(first);
    }
  }

  #shows(offset: number, written: Uint8Array): boolean {
    for (let done = 0; done < written.length; ) {
      const room = this.#memoryBytes - ((offset + done) % this.#memoryBytes);
      const part = written.subarray(done, done + room);
      if (Buffer.compare(this.bytesAt(offset + done, part.length)!, part) !== 0) return false;
      done += part.length;
    }
    return true;
  }
}

/**
 * The pages of a store's file: read where they are mapped, built on the heap and written by position, or built in the mapping
 * itself (`writeMap`).
 *
 * Invariants:
 * - `verified` names a page only while it can be read in `memories`: what a transaction has built is entered there when it has been
 *   written. Who reads it before that comes to `admit`, which sees to it;
 * - a page that is handed out is not verified any more.
 */
import { isPerdureError, PerdureError } from '../../os/errors.js';
import { admitNode, corruptPage, pageSum } from '../admission.js';
import { FIRST_NODE_PAGE } from '../format.js';
import type { PageMemory } from '../page-memory.js';
import type { Place, WritableStore } from '../page-store.js';
import { ValueSums } from '../value-sums.js';
import type { FreePages } from './free-pages.js';
import { PageOutput, type WriteBytes } from './page-output.js';
import type { StoreMapping } from './store-mapping.js';

/** Pages for which there is room in `verified` before the store has grown. */
const LEAST_PAGES = 64;

/** Pages [from, end). */
export interface PageRange {
  readonly from: number;
  readonly end: number;
}

export const NO_PAGES: PageRange = { from: Number.POSITIVE_INFINITY, end: 0 };

export class FilePageStore implements WritableStore {
  readonly memories: readonly PageMemory[];
  readonly memoryShift: number;
  verified = new Uint32Array(LEAST_PAGES);
  readonly valueSums = new ValueSums();
  sequence = 0;
  durable = 0;
  /** One more than the largest number of a page, while there is no transaction. */
  pageCount = FIRST_NODE_PAGE;
  /** What the transaction takes pages from. Missing where the store was opened for reading. */
  freePages: FreePages | undefined;
  /** Pages that commits have written through the mapping: [from, end). Who flushes them takes them out. */
  stored: PageRange = NO_PAGES;
  readonly #mapping: StoreMapping;
  readonly #output: PageOutput;
  readonly #write: WriteBytes;
  readonly #writesMap: boolean;
  /** The commits that wrote the pages, counted from `#firstCommit` on; 0 for those before it. Shorter where none was written. */
  #writtenBy = new Uint32Array(LEAST_PAGES);
  #firstCommit = 1;
  /** Pages that were built and are not entered in `verified` yet, and their checksums. */
  readonly #sealedPages: number[] = [];
  readonly #sealedSums: number[] = [];
  #place: Place | undefined;
  /** Pages that the transaction has written through the mapping. */
  #ownStored: PageRange = NO_PAGES;
  /** Pages that the transaction has built. */
  #built = 0;

  /** @param write writes to the file by position */
  constructor(
    readonly pageBytes: number,
    mapping: StoreMapping,
    writesMap: boolean,
    write: WriteBytes,
  ) {
    this.#mapping = mapping;
    this.#writesMap = writesMap;
    this.memories = mapping.memories;
    this.memoryShift = mapping.memoryShift;
    this.#write = (offset, bytes) => {
      write(offset, bytes);
      mapping.showsWritten(offset, bytes);
    };
    this.#output = new PageOutput(pageBytes, this.#write);
  }

  /** Says which commit was found in the file, and which of its pages are not known to be on the disk. */
  opened(sequence: number, durable: number, recentPages: Iterable<number>): void {
    this.sequence = sequence;
    this.durable = durable;
    this.#firstCommit = sequence;
    for (const page of recentPages) this.#noteWritten(page, 1);
  }

  isRecent(page: number): boolean {
    return this.#writtenBy[page] > Math.max(0, this.durable - this.#firstCommit + 1);
  }

  admit(page: number, sum: number, level: number): void {
    const isOwn = !this.#output.isEmpty || this.#sealedPages.length > 0;
    if (isOwn) this.#makeReadable();
    if (this.verified[page] === sum) return;
    try {
      if (page < FIRST_NODE_PAGE || page >= Math.min(this.#pageCount, this.#mapping.mappedPages))
        throw corruptPage(page, 'there is no such page');
      const { memory, at } = this.mapped(page);
      admitNode(memory, at, page, this.pageBytes, sum, level);
    } catch (error) {
      // It may be the memory, of this page or of what led here, that somebody stored into: the next look is at the file.
      if (this.#mapping.isPrivate) this.#mapping.revert();
      throw ofFile(this.#mapping.path, error);
    }
    this.#setVerified(page, sum);
  }

  allocate(pages: number): number {
    const first = this.freePages!.allocate(pages);
    this.verified.fill(0, first, first + pages);
    this.valueSums.forget(first, pages);
    return first;
  }

  free(firstPage: number, pages: number, born: number): void {
    this.freePages!.free(firstPage, pages, born);
  }

  place(page: number): Place {
    this.#place ??= { memory: this.#mapping.memory(0), at: 0 };
    if (this.#writesMap) {
      if (page >= this.#mapping.mappedPages) this.#mapping.mapAll();
      return this.mapped(page);
    }
    // What is not verified is a page of the transaction: no other is asked for before it was read.
    const isOwn = this.#output.has(page) || !(this.verified[page] > 0);
    if (isOwn) return this.#output.place(page, this.#place);
    this.checkUnchanged(page);
    return this.mapped(page);
  }

  seal(page: number, sum: number): void {
    this.#sealedPages.push(page);
    this.#sealedSums.push(sum);
    this.#built++;
    this.#noteWritten(page, this.sequence - this.#firstCommit + 1);
    if (this.#writesMap) this.#noteStored(page, 1);
  }

  run(firstPage: number, lengthBytes: number): Uint8Array {
    const pages = Math.ceil(lengthBytes / this.pageBytes);
    if (firstPage < FIRST_NODE_PAGE || firstPage + pages > this.#pageCount)
      throw corruptPage(firstPage, `a run of ${pages} pages from there is not in the store`);
    if (!this.#output.isEmpty) this.#output.write();
    if (firstPage + pages > this.#mapping.mappedPages) this.#mapping.mapAll();
    return this.#mapping.bytes(firstPage, lengthBytes);
  }

  writeRun(firstPage: number, offsetBytes: number, piece: Uint8Array): void {
    const pages = Math.ceil((offsetBytes + piece.length) / this.pageBytes);
    const offset = firstPage * this.pageBytes + offsetBytes;
    if (this.#sealedPages.length > 0) {
      // A page that was built, given up and handed out again is in the output still: it must not be written over the value.
      this.#makeReadable();
      this.verified.fill(0, firstPage, firstPage + pages);
    }
    if (this.#writesMap && firstPage + pages > this.#mapping.mappedPages) this.#mapping.mapAll();
    const target = this.#writesMap ? this.#mapping.bytesAt(offset, piece.length) : undefined;
    if (target === undefined) {
      this.#write(offset, piece);
      return;
    }
    this.#noteStored(firstPage, pages);
    target.set(piece);
  }

  /**
   * Hands everything that the transaction has built to the system. Returns how many pages it has built so far.
   * @throws IO_ERROR, DISK_FULL, and can be tried again
   */
  writeAll(): number {
    this.#makeReadable();
    this.stored = union(this.stored, this.#ownStored);
    return this.#built;
  }

  /** Forgets what the transaction has built. */
  abort(): void {
    this.#output.clear();
    this.#sealedPages.length = 0;
    this.#sealedSums.length = 0;
  }

  /** Begins a transaction that makes this commit. */
  begin(sequence: number): void {
    this.sequence = sequence;
    this.#ownStored = NO_PAGES;
    this.#built = 0;
  }

  /**
   * Where pages are private memory, a store into one by mistake stays there, and must not be believed when the file is changed.
   * @throws CORRUPT where there was one; then the page shows the file again
   */
  checkUnchanged(page: number): void {
    if (!this.#mapping.isPrivate || this.#output.has(page)) return;
    const { memory, at } = this.mapped(page);
    if (pageSum(memory, at, this.pageBytes) === this.verified[page]) return;
    this.#mapping.revert();
    throw corruptPage(page, 'somebody stored into its memory. The file was not changed; try again');
  }

  /** Where a page of the file lies that is mapped. The object is used again by the next call. */
  mapped(page: number): Place {
    const place = this.#place ?? { memory: this.#mapping.memory(0), at: 0 };
    this.#place = place;
    place.memory = this.#mapping.memory(page >>> this.memoryShift);
    place.at = (page & (2 ** this.memoryShift - 1)) * this.pageBytes;
    return place;
  }

  get #pageCount(): number {
    return this.freePages?.pageCount ?? this.pageCount;
  }

  #makeReadable(): void {
    this.#output.write();
    if (this.#pageCount > this.#mapping.mappedPages) this.#mapping.mapAll();
    for (let index = 0; index < this.#sealedPages.length; index++) {
      const page = this.#sealedPages[index];
      this.#mapping.memory(page >>> this.memoryShift);
      this.#setVerified(page, this.#sealedSums[index]);
    }
    this.#sealedPages.length = 0;
    this.#sealedSums.length = 0;
  }

  #setVerified(page: number, sum: number): void {
    if (page >= this.verified.length) this.verified = longer(this.verified, page);
    this.verified[page] = sum;
  }

  #noteWritten(page: number, commit: number): void {
    if (page >= this.#writtenBy.length) this.#writtenBy = longer(this.#writtenBy, page);
    this.#writtenBy[page] = commit;
  }

  #noteStored(firstPage: number, pages: number): void {
    this.#ownStored = union(this.#ownStored, { from: firstPage, end: firstPage + pages });
  }
}

/** An error with the file that it is about. */
export function ofFile(path: string, error: unknown): unknown {
  if (!isPerdureError(error, 'CORRUPT')) return error;
  return new PerdureError('CORRUPT', `'${path}': ${error.message}`, { path, cause: error });
}

function union(a: PageRange, b: PageRange): PageRange {
  return { from: Math.min(a.from, b.from), end: Math.max(a.end, b.end) };
}

function longer(array: Uint32Array<ArrayBuffer>, index: number): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(Math.max(2 * array.length, index + 1));
  copy.set(array);
  return copy;
}

/**
 * The pages that a transaction has built and not yet handed to the system: in one buffer on the heap that is used again and
 * again, written by position when it is full and at the commit. Pages of a commit lie one behind the other, as a rule: neighbours
 * in the buffer that are neighbours in the file are written in one piece.
 *
 * Writing early does no harm: nobody reads pages that were free when the transaction began. A write that fails leaves everything as
 * it was, to be written again.
 */
import { PageMemory } from '../page-memory.js';
import type { Place } from '../page-store.js';

const BUFFER_BYTES = 2 ** 20;

/** Writes bytes to the file from an offset on. */
export type WriteBytes = (offset: number, bytes: Uint8Array) => void;

export class PageOutput {
  readonly #pageBytes: number;
  readonly #write: WriteBytes;
  readonly #capacity: number;
  /** Made when it is first needed: a store that is only read has none. */
  #buffer: PageMemory | undefined;
  /** The pages in the buffer, in its order. */
  readonly #pages: number[] = [];
  /** Where each is in the buffer. */
  readonly #slots = new Map<number, number>();

  constructor(pageBytes: number, write: WriteBytes) {
    this.#pageBytes = pageBytes;
    this.#write = write;
    this.#capacity = BUFFER_BYTES / pageBytes;
  }

  get isEmpty(): boolean {
    return this.#pages.length === 0;
  }

  has(page: number): boolean {
    return this.#slots.has(page);
  }

  /** Where to build a page, or where it was built. */
  place(page: number, place: Place): Place {
    let slot = this.#slots.get(page);
    if (slot === undefined) {
      if (this.#pages.length === this.#capacity) this.write();
      slot = this.#pages.length;
      this.#pages.push(page);
      this.#slots.set(page, slot);
    }
    this.#buffer ??= new PageMemory(new ArrayBuffer(BUFFER_BYTES));
    place.memory = this.#buffer;
    place.at = slot * this.#pageBytes;
    return place;
  }

  /** Forgets everything. */
  clear(): void {
    this.#pages.length = 0;
    this.#slots.clear();
  }

  /** Writes everything. */
  write(): void {
    const pages = this.#pages;
    for (let from = 0; from < pages.length; ) {
      let end = from + 1;
      while (end < pages.length && pages[end] === pages[end - 1] + 1) end++;
      const bytes = this.#buffer!.u8.subarray(from * this.#pageBytes, end * this.#pageBytes);
      this.#write(pages[from] * this.#pageBytes, bytes);
      from = end;
    }
    pages.length = 0;
    this.#slots.clear();
  }
}

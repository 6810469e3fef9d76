/**
 * What the tree of free pages stands on: the pages of the store, but written to pages of the reserve only. Writing the tree by
 * pages that it lists would change what it says.
 *
 * A wrong record of this tree would have a page overwritten that is in use. So its pages are looked at anew by each transaction: a
 * store by mistake may have changed them in memory since they were verified.
 */
import type { PageMemory } from '../page-memory.js';
import type { Place, WritableStore } from '../page-store.js';
import type { ValueSums } from '../value-sums.js';
import type { FilePageStore } from './file-page-store.js';
import type { RunList } from './run-list.js';

/** Thrown where the reserve has too few pages: it is filled up, and the tree is written again. */
export const RESERVE_IS_EMPTY = new Error('the reserve of pages for the tree of free pages is empty');

export class ReserveStore implements WritableStore {
  verified = new Uint32Array(0);
  readonly #store: FilePageStore;
  readonly #reserve: RunList;
  /** The pages in `verified`. */
  readonly #looked: number[] = [];

  constructor(store: FilePageStore, reserve: RunList) {
    this.#store = store;
    this.#reserve = reserve;
  }

  allocate(pages: number): number {
    const page = this.#reserve.take(pages);
    if (page < 0) throw RESERVE_IS_EMPTY;
    this.#store.verified.fill(0, page, page + pages);
    this.#store.valueSums.forget(page, pages);
    this.verified.fill(0, page, page + pages);
    return page;
  }

  /** Writing was given up. The reserve is set back as a whole. */
  free(): void {}

  get pageBytes(): number {
    return this.#store.pageBytes;
  }

  get valueSums(): ValueSums {
    return this.#store.valueSums;
  }

  get memories(): readonly PageMemory[] {
    return this.#store.memories;
  }

  get memoryShift(): number {
    return this.#store.memoryShift;
  }

  get sequence(): number {
    return this.#store.sequence;
  }

  get durable(): number {
    return this.#store.durable;
  }

  admit(page: number, sum: number, level: number): void {
    this.#store.admit(page, sum, level);
    this.#store.checkUnchanged(page);
    if (page >= this.verified.length) {
      const longer = new Uint32Array(this.#store.verified.length);
      longer.set(this.verified);
      this.verified = longer;
    }
    this.verified[page] = sum;
    this.#looked.push(page);
  }

  /** Nothing is verified any more. */
  forget(): void {
    for (const page of this.#looked) this.verified[page] = 0;
    this.#looked.length = 0;
  }

  run(firstPage: number, lengthBytes: number): Uint8Array {
    return this.#store.run(firstPage, lengthBytes);
  }

  place(page: number): Place {
    return this.#store.place(page);
  }

  seal(page: number, sum: number): void {
    this.#store.seal(page, sum);
  }

  writeRun(firstPage: number, offsetBytes: number, piece: Uint8Array): void {
    this.#store.writeRun(firstPage, offsetBytes, piece);
  }

  isRecent(page: number): boolean {
    return this.#store.isRecent(page);
  }
}

/**
 * A pager without a file, which keeps the promises of pager.ts: pages that a commit freed are handed out again when no
 * pin can see them and a later flush has ended. What is given back is overwritten, so that whoever still reads it
 * notices.
 */
import { type Directory, EMPTY_DIRECTORY } from '../../../src/kv/directory.js';
import { MemoryPageStore } from '../../../src/kv/memory-page-store.js';
import type { Commit, Pager, PinnedCommit } from '../../../src/kv/pager.js';
import { PerdureError } from '../../../src/os/errors.js';

interface FreedRun {
  readonly firstPage: number;
  readonly pages: number;
  readonly born: number;
  readonly freedBy: number;
}

class AccountedStore extends MemoryPageStore {
  /** Runs handed out to the open transaction: first page, pages; and so on. */
  taken: number[] = [];
  freed: FreedRun[] = [];
  /** Fails the allocation that comes after so many. */
  failAfter = Number.POSITIVE_INFINITY;

  override allocate(pages: number): number {
    if (this.failAfter-- <= 0) throw new PerdureError('DISK_FULL', 'no room');
    const first = super.allocate(pages);
    this.taken.push(first, pages);
    return first;
  }

  override free(firstPage: number, pages = 1, born = this.sequence): void {
    this.freed.push({ firstPage, pages, born, freedBy: this.sequence });
  }

  /** Lets a run be used again. */
  reuse(firstPage: number, pages: number): void {
    for (let page = firstPage; page < firstPage + pages; page++) {
      const { memory, at } = this.place(page);
      memory.u8.fill(0xee, at, at + this.pageBytes);
      this.verified[page] = 0;
    }
    super.free(firstPage, pages);
  }
}

export class MemoryPager implements Pager {
  readonly pages: AccountedStore;
  newest: Commit = { sequence: 0, tables: EMPTY_DIRECTORY };
  isWritable = true;
  isFarBehind = false;
  flushes = 0;
  /** Fails every flush. */
  isPoisoned = false;
  isClosed = false;
  readonly #pins = new Map<object, number>();
  #isOpen = false;
  #held: FreedRun[] = [];
  #durable = 0;

  constructor(pageBytes = 4096, memoryBytes?: number) {
    this.pages = new AccountedStore(pageBytes, memoryBytes);
  }

  get durable(): number {
    return this.#durable;
  }

  get fileBytes(): number {
    return this.pages.pageCount * this.pages.pageBytes;
  }

  get pinCount(): number {
    return this.#pins.size;
  }

  checkPages(used: Iterable<number>): void {
    const pages = [...used, ...(this.#isOpen ? [] : this.freePages)];
    if (new Set(pages).size < pages.length) throw new PerdureError('CORRUPT', 'a page is used and free');
  }

  pin(): PinnedCommit {
    const token = {};
    this.#pins.set(token, this.newest.sequence);
    return { ...this.newest, release: () => this.#pins.delete(token) };
  }

  begin(): void {
    if (this.isPoisoned) throw new PerdureError('POISONED', 'an earlier flush failed');
    if (!this.isWritable) throw new PerdureError('READ_ONLY', 'opened for reading');
    if (this.#isOpen) throw new Error('begin() within a transaction');
    this.#isOpen = true;
    this.pages.taken = [];
    this.pages.freed = [];
    this.#giveBack();
  }

  abort(): void {
    if (!this.#isOpen) throw new Error('abort() outside of a transaction');
    this.#isOpen = false;
    const { taken, sequence, durable } = this.pages;
    for (let index = 0; index < taken.length; index += 2) this.pages.reuse(taken[index], taken[index + 1]);
    this.pages.commit();
    this.pages.sequence = sequence;
    this.pages.durable = durable;
  }

  commit(tables: Directory): Commit {
    if (!this.#isOpen) throw new Error('commit() outside of a transaction');
    this.#isOpen = false;
    this.newest = { sequence: this.pages.sequence, tables };
    this.#held.push(...this.pages.freed);
    this.pages.commit();
    this.pages.durable = this.#durable;
    return this.newest;
  }

  flushSync(): void {
    this.flushes++;
    if (this.isPoisoned) throw new PerdureError('POISONED', 'the flush failed');
    this.#durable = this.newest.sequence;
  }

  flush(): Promise<void> {
    const { sequence } = this.newest;
    return new Promise((resolve, reject) => {
      setTimeout(() => {
        this.flushes++;
        if (this.isPoisoned) return reject(new PerdureError('POISONED', 'the flush failed'));
        this.#durable = Math.max(this.#durable, sequence);
        resolve();
      }, 1);
    });
  }

  close(): void {
    if (this.#isOpen) throw new Error('close() within a transaction');
    this.flushSync();
    this.isClosed = true;
  }

  /** Pages that nobody uses, or will when the last pin is released. */
  get freePages(): number[] {
    const held = this.#held.flatMap(({ firstPage, pages }) =>
      Array.from({ length: pages }, (_, n) => firstPage + n),
    );
    return [...this.pages.freePages, ...held];
  }

  #giveBack(): void {
    const pins = [...this.#pins.values()];
    const isFree = ({ born, freedBy }: FreedRun) =>
      freedBy <= this.#durable && !pins.some((pin) => pin >= born && pin < freedBy);
    for (const { firstPage, pages } of this.#held.filter(isFree)) this.pages.reuse(firstPage, pages);
    this.#held = this.#held.filter((run) => !isFree(run));
    const { sequence } = this.pages;
    this.pages.commit();
    this.pages.sequence = sequence;
    this.pages.durable = this.#durable;
  }
}

/** What the stores of tests stand on: memory, or a file. Each is opened, closed and opened again, and accounts for its pages. */
import { expect } from 'vitest';
import { checkStore } from '../../../src/kv/file/accounting.js';
import { FilePager } from '../../../src/kv/file/file-pager.js';
import { FIRST_NODE_PAGE } from '../../../src/kv/format.js';
import type { Pager } from '../../../src/kv/pager.js';
import { checkTables } from '../../../src/kv/store/store-check.js';
import { MemoryPager } from './memory-pager.js';

export interface Ground {
  open(): Pager;
  /** Every page is a root slot's, a tree's, or free, and nothing is both. */
  checkPages(pager: Pager): void;
}

export class MemoryGround implements Ground {
  readonly #pager: MemoryPager;

  constructor(pageBytes: number) {
    this.#pager = new MemoryPager(pageBytes, 2 ** 20);
  }

  open(): MemoryPager {
    return this.#pager;
  }

  checkPages(): void {
    const pager = this.#pager;
    const used = new Set<number>();
    checkTables(pager.pages, pager.newest.tables, used);
    const free = new Set(pager.freePages);
    for (const page of used) if (free.has(page)) expect.fail(`page ${page} is used and free`);
    expect(used.size + free.size + FIRST_NODE_PAGE).toBe(pager.pages.pageCount);
  }
}

export class FileGround implements Ground {
  constructor(
    readonly path: string,
    readonly pageBytes: number,
    readonly writeMap: boolean,
  ) {}

  open(): Pager {
    const { pageBytes, writeMap } = this;
    // Small memories, so that there are several.
    return FilePager.open(this.path, { pageBytes, writeMap }, { memoryBytes: 2 ** 20 });
  }

  checkPages(pager: Pager): void {
    const { pages, slot } = pager as FilePager;
    checkStore(pages, slot);
  }
}

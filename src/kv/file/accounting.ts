/**
 * The full check of a store's file: all trees, and every page accounted for. A page is a root slot, a part of one tree, listed as
 * free, or kept for the tree of free pages; and nothing is two of these.
 */
import { corruptPage } from '../admission.js';
import { TreeCheck, type TreeReport } from '../check.js';
import { Cursor } from '../cursor.js';
import { listTables } from '../directory.js';
import { FIRST_NODE_PAGE } from '../format.js';
import { KeyBuffer } from '../key-buffer.js';
import type { PageStore, TreeRoot } from '../page-store.js';
import type { RootSlot } from '../root-slot.js';
import type { FreeRun } from '../slot-lists.js';
import { Tree } from '../tree.js';
import { readFreeRecord } from './free-record.js';

export interface StoreReport {
  /** By the table's name. */
  readonly tables: Map<string, TreeReport>;
  /** Pages of all trees of tables, their own tree included. */
  usedPages: number;
  /** Pages that nobody needs any more. */
  freePages: number;
  /** Pages that a snapshot may still see, or that the newest commit gave back. */
  waitingPages: number;
  /** Pages of the tree of free pages, and those kept for it. */
  ownPages: number;
}

class Accounting {
  readonly report: StoreReport = {
    tables: new Map(),
    usedPages: 0,
    freePages: 0,
    waitingPages: 0,
    ownPages: 0,
  };
  readonly #store: PageStore;
  readonly #slot: RootSlot;
  /** For each page 1 where it is accounted for. */
  readonly #isKnown: Uint8Array;

  constructor(store: PageStore, slot: RootSlot) {
    this.#store = store;
    this.#slot = slot;
    this.#isKnown = new Uint8Array(slot.pageCount);
    this.#isKnown.fill(1, 0, FIRST_NODE_PAGE);
  }

  run(): StoreReport {
    this.#tables();
    return this.#rest();
  }

  /** The same where these pages are known to be those of the tables. */
  runWith(used: Iterable<number>): void {
    for (const page of used) this.#claim(page, 1);
    this.#rest();
  }

  #rest(): StoreReport {
    const { report } = this;
    this.#freeRecords();
    report.ownPages += this.#tree(this.#slot.freePages).pages.size;
    for (const { first, pages } of this.#slot.reserve) {
      this.#claim(first, pages);
      report.ownPages += pages;
    }
    const lost = this.#isKnown.indexOf(0);
    if (lost >= 0) throw corruptPage(lost, 'it is neither used nor free');
    return report;
  }

  #tables(): void {
    const { tables } = this.#slot;
    this.report.usedPages += this.#tree(tables.tree).pages.size;
    for (const [name, { tree }] of listTables(this.#store, tables)) {
      const found = this.#tree(tree);
      this.report.usedPages += found.pages.size;
      this.report.tables.set(name, found);
    }
  }

  #freeRecords(): void {
    const { freePages, freeRuns, pageCount, sequence } = this.#slot;
    for (const run of freeRuns) this.#free(run);
    const cursor = new Cursor(new Tree(this.#store, freePages));
    const key = new KeyBuffer();
    for (let more = cursor.first(); more; more = cursor.next()) {
      const run = readFreeRecord(cursor.cell, key, pageCount);
      if (run.freed > sequence || run.born >= Math.max(run.freed, 1))
        throw corruptPage(
          run.first,
          `it is said to be written by commit ${run.born} and given back by ${run.freed}`,
        );
      this.#free(run);
    }
  }

  #free({ first, pages, freed }: FreeRun): void {
    this.#claim(first, pages);
    if (freed === 0) this.report.freePages += pages;
    else this.report.waitingPages += pages;
  }

  #tree(root: TreeRoot): TreeReport {
    const report = new TreeCheck(new Tree(this.#store, root)).run();
    for (const page of report.pages) this.#claim(page, 1);
    return report;
  }

  #claim(first: number, pages: number): void {
    const end = first + pages;
    if (first < FIRST_NODE_PAGE || end > this.#isKnown.length)
      throw corruptPage(first, 'it is not in the store');
    for (let page = first; page < end; page++) {
      if (this.#isKnown[page] === 1) throw corruptPage(page, 'it is used twice, or used and free');
      this.#isKnown[page] = 1;
    }
  }
}

/** Checks everything that a root slot leads to. @throws CORRUPT, naming the page */
export function checkStore(store: PageStore, slot: RootSlot): StoreReport {
  return new Accounting(store, slot).run();
}

/** The part of it that concerns pages which no table uses; `used` are the others, the tree of tables included. @throws CORRUPT */
export function checkFreePages(store: PageStore, slot: RootSlot, used: Iterable<number>): void {
  new Accounting(store, slot).runWith(used);
}

/**
 * The tree of free pages (see root-slot.ts), which is changed like any other: nothing of it is read at opening, and a commit costs what
 * it changes, not what the tree holds.
 *
 * - Pages that nobody needs any more are under commit 0, neighbours joined. Those that a commit gave back are under that commit, until
 *   it is on the disk and no snapshot can see them.
 * - `#scanned` is a place in the tree: what lies before it under a commit cannot be used, as some snapshot sees it. So each record
 *   is looked at once, and once more when a snapshot ends that may have been in its way.
 * - What is taken goes to the transaction's spare pages.
 * - The tree's own pages come from the reserve, which is in the root slot. Filling the reserve may change the tree, but writing the
 *   tree does not.
 */
import { corruptPage } from '../admission.js';
import { TreeCommit } from '../commit.js';
import { Cursor } from '../cursor.js';
import { FIRST_NODE_PAGE } from '../format.js';
import { HeapPages } from '../heap-pages.js';
import { KeyBuffer } from '../key-buffer.js';
import type { TreeRoot } from '../page-store.js';
import { RESERVE_RUNS } from '../root-slot.js';
import type { FreeRun, PageRun } from '../slot-lists.js';
import { TreeWriter } from '../tree-writer.js';
import type { FilePageStore } from './file-page-store.js';
import { freeKey, freeValue, readFreeRecord } from './free-record.js';
import type { Pins } from './pins.js';
import { RESERVE_IS_EMPTY, ReserveStore } from './reserve-store.js';
import { RunList } from './run-list.js';

/** Records that a call looks at for pages that can be used again. */
const MAX_LOOKS = 32;
/** The reserve is filled up to this, where it is not enough ... */
const RESERVE_PAGES = 8;
/** ... one run being left for pages at the end of the file. */
const TAKEN_RUNS = RESERVE_RUNS - 1;

/** A place among the records under commits. */
interface Position {
  readonly freed: number;
  readonly first: number;
}

/** Where the reserve is filled from, and what is taken from the tree goes to. */
export interface PageSource {
  readonly pageCount: number;
  /** Pages that the transaction may use, and has not. */
  readonly spare: RunList;
  /** Adds pages to the spare ones that are free and not in the tree. False where there are none. */
  takeListed(): boolean;
  /** Pages at the end of the file; undefined where there are other ones now. @throws DISK_FULL */
  extend(pages: number): number | undefined;
}

export class FreeTree {
  readonly #store: FilePageStore;
  readonly #pins: Pins;
  readonly #source: PageSource;
  readonly #reserve = new RunList();
  readonly #reserveStore: ReserveStore;
  readonly #heap: HeapPages;
  readonly #writer: TreeWriter;
  readonly #commit: TreeCommit;
  readonly #cursor: Cursor;
  readonly #key = new KeyBuffer();
  readonly #found = new KeyBuffer();
  /** How many pages writing the tree took the last time. */
  #needed = 2;
  #scanned: Position = { freed: 1, first: 0 };
  #scannedBefore: Position = this.#scanned;
  /** Where the next look for several pages in one piece begins, among the pages that nobody needs. */
  #looked = 0;
  /** True where the rest of the tree waits for a commit to be on the disk. */
  #isScanned = false;

  constructor(
    store: FilePageStore,
    pins: Pins,
    source: PageSource,
    root: TreeRoot,
    reserve: readonly PageRun[],
  ) {
    this.#store = store;
    this.#pins = pins;
    this.#source = source;
    this.#heap = new HeapPages(store.pageBytes);
    this.#reserveStore = new ReserveStore(store, this.#reserve);
    this.#writer = new TreeWriter(this.#reserveStore, this.#heap, root);
    this.#commit = new TreeCommit(this.#writer.tree, this.#reserveStore, this.#writer.nodes.replaced, false);
    this.#cursor = new Cursor(this.#writer.tree);
    this.#reserve.set(reserve);
  }

  begin(): void {
    this.forget();
    this.lookAgain();
    this.#scannedBefore = this.#scanned;
  }

  /** The transaction is given up. */
  abort(root: TreeRoot, reserve: readonly PageRun[]): void {
    this.#writer.begin(root);
    this.#heap.reset();
    this.#reserve.set(reserve);
    this.#scanned = this.#scannedBefore;
  }

  /** What was verified of it is not believed any more. */
  forget(): void {
    this.#reserveStore.forget();
  }

  /** More may be on the disk than when it was looked at. */
  lookAgain(): void {
    this.#isScanned = false;
  }

  /** A snapshot of that commit ended, and no other one is left. */
  unpinned(sequence: number): void {
    const place = { freed: sequence + 1, first: 0 };
    if (isBefore(place, this.#scanned)) this.#scanned = place;
    if (isBefore(place, this.#scannedBefore)) this.#scannedBefore = place;
    this.lookAgain();
  }

  get isChanged(): boolean {
    return this.#writer.tree.root < 0;
  }

  get root(): TreeRoot {
    const { root: page, rootSum: sum, level, count } = this.#writer.tree;
    return { page, sum, level, count };
  }

  get reserve(): readonly PageRun[] {
    return this.#reserve.runs;
  }

  /** Pages that were written anew since the last call, as `WritableNodes.replaced` has them. */
  takeReplaced(): number[] {
    return this.#writer.nodes.replaced.splice(0);
  }

  /** Writes what was changed. False where the reserve was too small: then everything is as before. */
  tryWrite(): boolean {
    const before = this.#reserve.runs;
    const pages = this.#reserve.pages;
    try {
      const root = this.#commit.run();
      this.#needed = Math.max(2, pages - this.#reserve.pages);
      this.#writer.begin(root);
      this.#heap.reset();
      return true;
    } catch (error) {
      this.#reserve.set(before);
      if (error !== RESERVE_IS_EMPTY) throw error;
      this.#needed = 2 * Math.max(this.#needed, pages);
      return false;
    }
  }

  /** Adds pages that a commit gave back. @throws CORRUPT where they are there */
  add(run: FreeRun): void {
    const { freed, first, pages, born } = run;
    if (!this.#put(freed, first, pages, born)) throw corruptPage(first, 'it was given back twice');
    if (isBefore(run, this.#scanned)) this.#scanned = run;
  }

  /** Adds the pages [first, firstBehind) that nobody needs, joined with their neighbours. @throws CORRUPT where they are there */
  pool(first: number, firstBehind: number): void {
    let from = first;
    let end = firstBehind;
    const before = this.#cursor.seekBelow(freeKey(this.#key, 0, from)) ? this.#record() : undefined;
    const after = this.#cursor.seek(freeKey(this.#key, 0, from)) ? this.#record() : undefined;
    const overlaps =
      (before?.freed === 0 && before.first + before.pages > from) ||
      (after?.freed === 0 && after.first < end);
    if (overlaps) throw corruptPage(from, 'it is listed as free twice');
    if (after?.freed === 0 && after.first === end) {
      end += after.pages;
      this.#delete(after);
    }
    if (before?.freed === 0 && before.first + before.pages === from) from = before.first;
    this.#put(0, from, end - from, 0);
  }

  /** Takes pages for one record that can be used again by now, or says that there is none. */
  takeReusable(): boolean {
    if (this.#isScanned) return false;
    const { freed, first } = this.#scanned;
    let isThere = this.#cursor.seek(freeKey(this.#key, freed, first));
    for (let look = 0; look < MAX_LOOKS; look++) {
      const record = isThere ? this.#record() : undefined;
      if (record === undefined || record.freed > this.#store.durable) {
        this.#isScanned = true;
        return false;
      }
      this.#scanned = { freed: record.freed, first: record.first + 1 };
      if (!this.#pins.see(record.born, record.freed)) {
        this.#take(record);
        return true;
      }
      isThere = this.#cursor.next();
    }
    return false;
  }

  /** Takes the first record of pages that nobody needs. */
  takePooled(): boolean {
    if (!this.#cursor.seek(freeKey(this.#key, 0, 0))) return false;
    const record = this.#record();
    if (record.freed > 0) return false;
    this.#take(record);
    return true;
  }

  /** Takes a record of at least `pages` pages that nobody needs. Goes on looking where the last call ended. */
  takePooledRun(pages: number): boolean {
    let isThere = this.#cursor.seek(freeKey(this.#key, 0, this.#looked));
    for (let look = 0; look < MAX_LOOKS; look++) {
      const record = isThere ? this.#record() : undefined;
      if (record === undefined || record.freed > 0) {
        if (this.#looked === 0) return false;
        this.#looked = 0;
        isThere = this.#cursor.seek(freeKey(this.#key, 0, 0));
        continue;
      }
      this.#looked = record.first;
      if (record.pages >= pages) {
        this.#take(record);
        return true;
      }
      isThere = this.#cursor.next();
    }
    return false;
  }

  /** Takes pages into the reserve where it has fewer than writing the tree may need. False where it has enough. */
  fillReserve(): boolean {
    const reserve = this.#reserve;
    const source = this.#source;
    if (reserve.pages >= this.#needed) return false;
    const wanted = this.#needed + RESERVE_PAGES;
    while (reserve.pages < wanted && reserve.length < TAKEN_RUNS) {
      const run = source.spare.takeLongest(wanted - reserve.pages);
      if (run !== undefined) reserve.add(run.first, run.pages);
      else if (!source.takeListed()) break;
    }
    while (reserve.pages < wanted && reserve.length < TAKEN_RUNS) {
      if (!this.#cursor.seek(freeKey(this.#key, 0, 0))) break;
      const record = this.#record();
      if (record.freed > 0) break;
      const pages = Math.min(record.pages, wanted - reserve.pages);
      this.#delete(record);
      reserve.add(record.first, pages);
      if (pages < record.pages) this.#put(0, record.first + pages, record.pages - pages, 0);
    }
    if (reserve.pages < this.#needed) {
      // There is one run left for these: where there is none, the others go back.
      if (reserve.length > TAKEN_RUNS)
        for (const run of reserve.drain()) source.spare.add(run.first, run.pages);
      const pages = wanted - reserve.pages;
      const first = source.extend(pages);
      if (first !== undefined) reserve.add(first, pages);
    }
    return true;
  }

  /** Moves a record's pages to the transaction's own. */
  #take(record: FreeRun): void {
    this.#delete(record);
    this.#source.spare.add(record.first, record.pages);
  }

  /** The record that the cursor is at. */
  #record(): FreeRun {
    return readFreeRecord(this.#cursor.cell, this.#found, Math.max(this.#source.pageCount, FIRST_NODE_PAGE));
  }

  #put(freed: number, first: number, pages: number, born: number): boolean {
    return this.#writer.put(freeKey(this.#key, freed, first), freeValue(pages, born));
  }

  #delete({ freed, first }: FreeRun): void {
    this.#writer.delete(freeKey(this.#key, freed, first));
  }
}

function isBefore(a: Position, b: Position): boolean {
  return a.freed < b.freed || (a.freed === b.freed && a.first < b.first);
}

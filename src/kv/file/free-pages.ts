/**
 * Which pages of the file may be written. They are kept in a tree (see root-slot.ts), which is changed like any other: nothing of it
 * is read at opening, and a commit costs what it changes, not what the tree holds.
 *
 * - Pages that nobody needs any more are listed under commit 0, neighbours joined. Those that a commit gave back are listed under
 *   that commit, until it is on the disk and no snapshot can see them.
 * - `#scanned` is a place in the tree: what lies before it under a commit cannot be used, as some snapshot sees it. So each record
 *   is looked at once, and once more when a snapshot ends that may have been in its way.
 * - What a transaction takes from the tree is removed from it and kept in `#spare`; what is left of that at the commit goes
 *   back. A transaction that is given up leaves the tree as it was.
 * - The tree's own pages come from the reserve, which is in the root slot. Filling the reserve changes the tree, but writing the
 *   tree does not.
 */
import { PerdureError } from '../../os/errors.js';
import { corruptPage } from '../admission.js';
import { TreeCommit } from '../commit.js';
import { Cursor } from '../cursor.js';
import { FIRST_NODE_PAGE, MAX_PAGES } from '../format.js';
import { HeapPages } from '../heap-pages.js';
import { KeyBuffer } from '../key-buffer.js';
import type { TreeRoot } from '../page-store.js';
import { type PageRun, RESERVE_RUNS } from '../root-slot.js';
import { TreeWriter } from '../tree-writer.js';
import type { FilePageStore } from './file-page-store.js';
import { type FreeRecord, freeKey, freeValue, readFreeRecord } from './free-record.js';
import type { Pins } from './pins.js';
import { RESERVE_IS_EMPTY, ReserveStore } from './reserve-store.js';
import { RunList } from './run-list.js';

/** Records that a call looks at for pages that can be used again. */
const MAX_LOOKS = 32;
/** Records that a commit moves to commit 0 beyond those that it added itself. */
const MOVED_RECORDS = 8;
/** The reserve is filled up to this, where it is not enough ... */
const RESERVE_PAGES = 8;
/** ... one run being left for pages at the end of the file. */
const TAKEN_RUNS = RESERVE_RUNS - 1;

/** What a commit says of free pages. */
export interface FreeState {
  readonly root: TreeRoot;
  readonly reserve: readonly PageRun[];
  readonly pageCount: number;
}

/** A place among the records under commits. */
interface Position {
  readonly freed: number;
  readonly first: number;
}

export class FreePages {
  /** One more than the largest number of a page. */
  pageCount: number;
  readonly #store: FilePageStore;
  readonly #reserveStore: ReserveStore;
  readonly #pins: Pins;
  readonly #grow: (pages: number) => void;
  readonly #heap: HeapPages;
  readonly #writer: TreeWriter;
  readonly #commit: TreeCommit;
  readonly #cursor: Cursor;
  readonly #key = new KeyBuffer();
  readonly #found = new KeyBuffer();
  /** Pages that the transaction may use, and has not. */
  readonly #spare = new RunList();
  /** What it gave back: first page, pages, commit that wrote them; and so on. */
  #freed: number[] = [];
  readonly #reserve = new RunList();
  /** How many pages writing the tree took the last time. */
  #needed = 2;
  #committed: FreeState;
  #scanned: Position = { freed: 1, first: 0 };
  #scannedBefore: Position = this.#scanned;
  /** Where the next look for several pages in one piece begins, among the pages that nobody needs. */
  #looked = 0;
  /** True where the rest of the tree waits for a commit to be on the disk. */
  #isScanned = false;

  /** @param grow makes the file hold so many pages, or throws */
  constructor(store: FilePageStore, state: FreeState, pins: Pins, grow: (pages: number) => void) {
    this.#store = store;
    this.#pins = pins;
    this.#grow = grow;
    this.#committed = state;
    this.pageCount = state.pageCount;
    this.#heap = new HeapPages(store.pageBytes);
    const reserveStore = new ReserveStore(store, this.#reserve);
    this.#reserveStore = reserveStore;
    this.#writer = new TreeWriter(reserveStore, this.#heap, state.root);
    this.#commit = new TreeCommit(this.#writer.tree, reserveStore, this.#writer.nodes.replaced, false);
    this.#cursor = new Cursor(this.#writer.tree);
    this.#reserve.set(state.reserve);
  }

  /** What the newest commit says. */
  get committed(): FreeState {
    return this.#committed;
  }

  begin(): void {
    this.#reserveStore.forget();
    this.#isScanned = false;
    this.#scannedBefore = this.#scanned;
  }

  /** Hands out a run of pages. @throws DISK_FULL, TOO_LARGE, CORRUPT */
  allocate(pages: number): number {
    const spare = this.#spare.take(pages);
    if (spare >= 0) return spare;
    const isFound = pages === 1 ? this.#takeReusable() || this.#takePooled() : this.#takeRun(pages);
    return isFound ? this.#spare.take(pages) : this.#extend(pages);
  }

  /** Takes back pages: those of this transaction can be handed out again at once. @throws CORRUPT */
  free(first: number, pages: number, born: number): void {
    // What is said of them comes from the file.
    if (first < FIRST_NODE_PAGE || first + pages > this.pageCount || born > this.#store.sequence)
      throw corruptPage(first, `commit ${born} is said to have written ${pages} pages from there`);
    if (born === this.#store.sequence) this.#spare.add(first, pages);
    else this.#freed.push(first, pages, born);
  }

  /** A snapshot of that commit ended, and no other one is left. */
  unpinned(sequence: number): void {
    const place = { freed: sequence + 1, first: 0 };
    if (isBefore(place, this.#scanned)) this.#scanned = place;
    if (isBefore(place, this.#scannedBefore)) this.#scannedBefore = place;
    this.#isScanned = false;
  }

  /**
   * Writes the tree. Where that fails it can be tried again, also after more was allocated or given back.
   * @throws DISK_FULL, CORRUPT
   */
  write(): FreeState {
    const { tree } = this.#writer;
    this.#reserveStore.forget();
    this.#moveReusable(MOVED_RECORDS + this.#freed.length / 3);
    for (;;) {
      this.#list();
      if (tree.root >= 0) break;
      this.#fillReserve();
      if (this.#hasUnlisted) continue;
      const root = this.#tryWrite();
      if (root === undefined) continue;
      this.#writer.begin(root);
      this.#heap.reset();
      break;
    }
    const { root: page, rootSum: sum, level, count } = tree;
    return { root: { page, sum, level, count }, reserve: this.#reserve.runs, pageCount: this.pageCount };
  }

  /** The transaction was committed, with what `write` returned. */
  accept(state: FreeState): void {
    this.#committed = state;
  }

  /** The transaction is given up. */
  abort(): void {
    const { root, reserve, pageCount } = this.#committed;
    this.#writer.begin(root);
    this.#heap.reset();
    this.#spare.clear();
    this.#freed.length = 0;
    this.#reserve.set(reserve);
    this.pageCount = pageCount;
    this.#scanned = this.#scannedBefore;
  }

  get #hasUnlisted(): boolean {
    return this.#freed.length > 0 || this.#spare.length > 0 || this.#writer.nodes.replaced.length > 0;
  }

  /** Undefined where the reserve was too small: then everything is as before. */
  #tryWrite(): TreeRoot | undefined {
    const before = this.#reserve.runs;
    const pages = this.#reserve.pages;
    try {
      const root = this.#commit.run();
      this.#needed = Math.max(2, pages - this.#reserve.pages);
      return root;
    } catch (error) {
      this.#reserve.set(before);
      if (error !== RESERVE_IS_EMPTY) throw error;
      this.#needed = 2 * Math.max(this.#needed, pages);
      return undefined;
    }
  }

  /** Lists what is not listed yet: that may change pages of the tree, which are to be listed too. */
  #list(): void {
    const { replaced } = this.#writer.nodes;
    while (this.#hasUnlisted) {
      for (let index = 0; index < replaced.length; index += 3)
        this.free(replaced[index], replaced[index + 1], replaced[index + 2]);
      replaced.length = 0;
      this.#listFreed();
      for (const { first, pages } of this.#spare.drain()) this.#pool(first, pages);
    }
  }

  #listFreed(): void {
    const freed: { first: number; pages: number; born: number }[] = [];
    for (let index = 0; index < this.#freed.length; index += 3) {
      const [first, pages, born] = this.#freed.slice(index, index + 3);
      freed.push({ first, pages, born });
    }
    freed.sort((a, b) => a.first - b.first);
    for (let from = 0; from < freed.length; ) {
      const { first, born } = freed[from];
      let { pages } = freed[from++];
      for (; freed[from]?.first === first + pages && freed[from].born === born; from++)
        pages += freed[from].pages;
      if (!this.#put(this.#store.sequence, first, pages, born))
        throw corruptPage(first, 'it was given back twice');
    }
    this.#freed = [];
  }

  /** Lists pages that nobody needs, joined with their neighbours. At the end of the file they are forgotten. */
  #pool(first: number, pages: number): void {
    let from = first;
    let end = first + pages;
    if (end === this.pageCount && end > this.#committed.pageCount) {
      end = Math.max(from, this.#committed.pageCount);
      this.pageCount = end;
      if (end === from) return;
    }
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
  #takeReusable(): boolean {
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
  #takePooled(): boolean {
    if (!this.#cursor.seek(freeKey(this.#key, 0, 0))) return false;
    const record = this.#record();
    if (record.freed > 0) return false;
    this.#take(record);
    return true;
  }

  /** Takes a record of at least `pages` pages that nobody needs. Goes on looking where the last call ended. */
  #takePooledRun(pages: number): boolean {
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

  /** Several pages in one piece: there may be more such pieces when all that can be used is joined. */
  #takeRun(pages: number): boolean {
    if (this.#takePooledRun(pages)) return true;
    this.#moveReusable(MOVED_RECORDS);
    for (const run of this.#spare.drain()) this.#pool(run.first, run.pages);
    return this.#takePooledRun(pages);
  }

  #moveReusable(records: number): void {
    for (let moved = 0; moved < records && this.#takeReusable(); moved++);
  }

  #extend(pages: number): number {
    const first = this.pageCount;
    if (first + pages > MAX_PAGES) throw new PerdureError('TOO_LARGE', 'a store has at most 2^31 pages');
    this.#grow(first + pages);
    this.pageCount = first + pages;
    return first;
  }

  /** Takes pages into the reserve where it has fewer than writing the tree may need. */
  #fillReserve(): void {
    const reserve = this.#reserve;
    if (reserve.pages >= this.#needed) return;
    const wanted = this.#needed + RESERVE_PAGES;
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
        for (const run of reserve.drain()) this.#spare.add(run.first, run.pages);
      const pages = wanted - reserve.pages;
      reserve.add(this.#extend(pages), pages);
    }
  }

  /** Moves a record's pages to the transaction's own. */
  #take(record: FreeRecord): void {
    this.#delete(record);
    this.#spare.add(record.first, record.pages);
  }

  /** The record that the cursor is at. */
  #record(): FreeRecord {
    return readFreeRecord(this.#cursor.cell, this.#found, Math.max(this.pageCount, FIRST_NODE_PAGE));
  }

  #put(freed: number, first: number, pages: number, born: number): boolean {
    return this.#writer.put(freeKey(this.#key, freed, first), freeValue(pages, born));
  }

  #delete({ freed, first }: FreeRecord): void {
    this.#writer.delete(freeKey(this.#key, freed, first));
  }
}

function isBefore(a: Position, b: Position): boolean {
  return a.freed < b.freed || (a.freed === b.freed && a.first < b.first);
}

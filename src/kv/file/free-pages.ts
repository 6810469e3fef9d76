/**
 * Which pages of the file may be written. Those that commits gave back are listed in the root slot, as long as there is room for them: a
 * small commit writes no page to say what it freed. When there are more they move to a tree (see root-slot.ts), which is
 * changed like any other: nothing of it is read at opening, and a commit costs what it changes, not what the tree holds.
 *
 * - Pages that nobody needs any more are listed under commit 0, neighbours joined. Those that a commit gave back are listed under
 *   that commit, until it is on the disk and no snapshot can see them.
 * - `#scanned` is a place in the tree: what lies before it under a commit cannot be used, as some snapshot sees it. So each record
 *   is looked at once, and once more when a snapshot ends that may have been in its way.
 * - What a transaction takes, from the list or from the tree, is removed there and kept in `#spare`; what is left of that at the
 *   commit goes back. A transaction that is given up leaves everything as it was.
 * - The tree's own pages come from the reserve, which is in the root slot. Filling the reserve may change the tree, but writing the
 *   tree does not.
 */
import { isPerdureError, PerdureError } from '../../os/errors.js';
import { corruptPage } from '../admission.js';
import { TreeCommit } from '../commit.js';
import { Cursor } from '../cursor.js';
import { FIRST_NODE_PAGE, MAX_PAGES } from '../format.js';
import { HeapPages } from '../heap-pages.js';
import { KeyBuffer } from '../key-buffer.js';
import type { TreeRoot } from '../page-store.js';
import { RESERVE_RUNS } from '../root-slot.js';
import { type FreeRun, LISTED_RUNS, type PageRun } from '../slot-lists.js';
import { TreeWriter } from '../tree-writer.js';
import type { FilePageStore } from './file-page-store.js';
import { freeKey, freeValue, readFreeRecord } from './free-record.js';
import type { Pins } from './pins.js';
import { RESERVE_IS_EMPTY, ReserveStore } from './reserve-store.js';
import { RunList } from './run-list.js';

/** Records that a call looks at for pages that can be used again. */
const MAX_LOOKS = 32;
/** Records that are taken from the tree where a page is needed: those that are left over are in the list for the next commits. */
const TAKEN_RECORDS = LISTED_RUNS / 4;
/** Records that a commit which changes the tree moves to commit 0 beyond those that it added itself. */
const MOVED_RECORDS = 8;
/** The reserve is filled up to this, where it is not enough ... */
const RESERVE_PAGES = 8;
/** ... one run being left for pages at the end of the file. */
const TAKEN_RUNS = RESERVE_RUNS - 1;

/** What a commit says of free pages. */
export interface FreeState {
  /** Pages that are not in the tree. */
  readonly runs: readonly FreeRun[];
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
  readonly #flush: () => boolean;
  readonly #listedRuns: number;
  readonly #heap: HeapPages;
  readonly #writer: TreeWriter;
  readonly #commit: TreeCommit;
  readonly #cursor: Cursor;
  readonly #key = new KeyBuffer();
  readonly #found = new KeyBuffer();
  /** What is listed, without what the transaction has taken. */
  #listed: readonly FreeRun[];
  /** True where nothing more of it can be used now. */
  #isListTaken = false;
  /** Pages that the transaction may use, and has not. */
  readonly #spare = new RunList();
  /** What it gave back. */
  #freed: FreeRun[] = [];
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

  /**
   * @param grow makes the file hold so many pages, or throws
   * @param flush brings all commits to the disk, so that what they freed can be used; false where they are there
   * @param listedRuns so many runs are listed before they move to the tree
   */
  constructor(
    store: FilePageStore,
    state: FreeState,
    pins: Pins,
    grow: (pages: number) => void,
    flush: () => boolean,
    listedRuns = LISTED_RUNS,
  ) {
    this.#flush = flush;
    this.#listedRuns = listedRuns;
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
    this.#listed = state.runs;
  }

  /** What the newest commit says. */
  get committed(): FreeState {
    return this.#committed;
  }

  begin(): void {
    this.#reserveStore.forget();
    this.#isScanned = false;
    this.#isListTaken = false;
    this.#scannedBefore = this.#scanned;
  }

  /** Hands out a run of pages. @throws DISK_FULL, TOO_LARGE, CORRUPT */
  allocate(pages: number): number {
    const first = this.#takeFree(pages);
    if (first >= 0) return first;
    try {
      return this.#extend(pages);
    } catch (error) {
      if (!this.#makesRoom(error)) throw error;
      const found = this.#takeFree(pages);
      return found < 0 ? this.#extend(pages) : found;
    }
  }

  /** Takes back pages: those of this transaction can be handed out again at once. @throws CORRUPT */
  free(first: number, pages: number, born: number): void {
    // What is said of them comes from the file.
    if (first < FIRST_NODE_PAGE || first + pages > this.pageCount || born > this.#store.sequence)
      throw corruptPage(first, `commit ${born} is said to have written ${pages} pages from there`);
    if (born === this.#store.sequence) this.#spare.add(first, pages);
    else this.#freed.push({ first, pages, freed: this.#store.sequence, born });
  }

  /** A snapshot of that commit ended, and no other one is left. */
  unpinned(sequence: number): void {
    const place = { freed: sequence + 1, first: 0 };
    if (isBefore(place, this.#scanned)) this.#scanned = place;
    if (isBefore(place, this.#scannedBefore)) this.#scannedBefore = place;
    this.#isScanned = false;
  }

  /**
   * Writes the tree, where it was changed or the list is full. Where that fails it can be tried again, also after more was allocated
   * or given back.
   * @throws DISK_FULL, CORRUPT
   */
  write(): FreeState {
    const { tree } = this.#writer;
    this.#reserveStore.forget();
    for (;;) {
      this.#takeReplaced();
      const runs = this.#joined();
      if (runs.length > this.#listedRuns) {
        this.#moveReusable(MOVED_RECORDS + this.#freed.length);
        this.#moveToTree();
        continue;
      }
      if (tree.root < 0) {
        // That may free pages, and change the tree.
        if (this.#fillReserve()) continue;
        const root = this.#tryWrite();
        if (root === undefined) continue;
        this.#writer.begin(root);
        this.#heap.reset();
      }
      const { root: page, rootSum: sum, level, count } = tree;
      const { pageCount } = this;
      return {
        runs: this.#joined(),
        root: { page, sum, level, count },
        reserve: this.#reserve.runs,
        pageCount,
      };
    }
  }

  /** The transaction was committed, with what `write` returned. */
  accept(state: FreeState): void {
    this.#committed = state;
    this.#listed = state.runs;
    this.#spare.clear();
    this.#freed = [];
  }

  /** The transaction is given up. */
  abort(): void {
    const { runs, root, reserve, pageCount } = this.#committed;
    this.#writer.begin(root);
    this.#heap.reset();
    this.#listed = runs;
    this.#spare.clear();
    this.#freed = [];
    this.#reserve.set(reserve);
    this.pageCount = pageCount;
    this.#scanned = this.#scannedBefore;
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

  /** The pages of the tree that the transaction has replaced are given back like all others. */
  #takeReplaced(): void {
    const { replaced } = this.#writer.nodes;
    for (let index = 0; index < replaced.length; index += 3)
      this.free(replaced[index], replaced[index + 1], replaced[index + 2]);
    replaced.length = 0;
  }

  /** All pages that are free and not in the tree, neighbours joined. At the end of the file they are forgotten. */
  #joined(): FreeRun[] {
    const others = [...this.#freed];
    for (const { first, pages } of this.#spare.drain()) {
      const end = this.#forgetEnd(first, first + pages);
      if (end === first) continue;
      this.#spare.add(first, end - first);
      others.push(nobodys(first, end - first));
    }
    const listed = this.#listed.map((run) =>
      run.freed > 0 && this.#isReusable(run) ? nobodys(run.first, run.pages) : run,
    );
    return joinedRuns(listed, others);
  }

  /** Moves everything that is not in the tree there. */
  #moveToTree(): void {
    for (const { first, pages } of this.#spare.drain()) this.#pool(first, pages);
    const runs = joinedRuns(this.#listed, this.#freed);
    this.#listed = [];
    this.#freed = [];
    for (const run of runs) {
      const { freed, first, pages, born } = run;
      if (this.#isReusable(run)) this.#pool(first, pages);
      else if (!this.#put(freed, first, pages, born)) throw corruptPage(first, 'it was given back twice');
      else if (isBefore(run, this.#scanned)) this.#scanned = run;
    }
  }

  /** Where a run of free pages ends, without what only this transaction added to the file: that is forgotten. */
  #forgetEnd(first: number, end: number): number {
    const committed = this.#committed.pageCount;
    if (end < this.pageCount || end <= committed) return end;
    this.pageCount = Math.max(first, committed);
    return this.pageCount;
  }

  /** Lists pages that nobody needs in the tree, joined with their neighbours. */
  #pool(first: number, pages: number): void {
    let from = first;
    let end = this.#forgetEnd(first, first + pages);
    if (end === from) return;
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

  #takeFree(pages: number): number {
    const spare = this.#takeSpare(pages);
    if (spare >= 0) return spare;
    const isFound = pages === 1 ? this.#takeRecords() : this.#takeRun(pages);
    return isFound ? this.#spare.take(pages) : -1;
  }

  /** Where the disk is full: whether there are pages now that wait for nothing but a flush. */
  #makesRoom(error: unknown): boolean {
    if (!isPerdureError(error, 'DISK_FULL') || !this.#flush()) return false;
    this.#isListTaken = false;
    this.#isScanned = false;
    return true;
  }

  #takeSpare(pages: number): number {
    const first = this.#spare.take(pages);
    return first < 0 && this.#takeListed(pages) ? this.#spare.take(pages) : first;
  }

  /** Takes the shortest run of the list that is long enough, so that long ones stay. False where there is none. */
  #takeListed(pages: number): boolean {
    if (this.#isListTaken) return false;
    const listed = this.#listed;
    let found = -1;
    for (let index = 0; index < listed.length; index++) {
      const run = listed[index];
      const isBetter = run.pages >= pages && (found < 0 || run.pages < listed[found].pages);
      if (isBetter && this.#isReusable(run)) found = index;
    }
    if (found < 0) {
      this.#isListTaken = pages === 1;
      return false;
    }
    this.#spare.add(listed[found].first, listed[found].pages);
    this.#listed = listed.toSpliced(found, 1);
    return true;
  }

  #isReusable({ freed, born }: FreeRun): boolean {
    return freed === 0 || (freed <= this.#store.durable && !this.#pins.see(born, freed));
  }

  /** Takes records from the tree, those that are about to be reusable first. False where there is none. */
  #takeRecords(): boolean {
    let taken = 0;
    while (taken < TAKEN_RECORDS && (this.#takeReusable() || this.#takePooled())) taken++;
    return taken > 0;
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

  /** Takes pages into the reserve where it has fewer than writing the tree may need. False where it has enough. */
  #fillReserve(): boolean {
    const reserve = this.#reserve;
    if (reserve.pages >= this.#needed) return false;
    const wanted = this.#needed + RESERVE_PAGES;
    while (reserve.pages < wanted && reserve.length < TAKEN_RUNS) {
      const run = this.#spare.takeLongest(wanted - reserve.pages);
      if (run !== undefined) reserve.add(run.first, run.pages);
      else if (!this.#takeListed(1)) break;
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
        for (const run of reserve.drain()) this.#spare.add(run.first, run.pages);
      const pages = wanted - reserve.pages;
      try {
        reserve.add(this.#extend(pages), pages);
      } catch (error) {
        if (!this.#makesRoom(error)) throw error;
      }
    }
    return true;
  }

  /** Moves a record's pages to the transaction's own. */
  #take(record: FreeRun): void {
    this.#delete(record);
    this.#spare.add(record.first, record.pages);
  }

  /** The record that the cursor is at. */
  #record(): FreeRun {
    return readFreeRecord(this.#cursor.cell, this.#found, Math.max(this.pageCount, FIRST_NODE_PAGE));
  }

  #put(freed: number, first: number, pages: number, born: number): boolean {
    return this.#writer.put(freeKey(this.#key, freed, first), freeValue(pages, born));
  }

  #delete({ freed, first }: FreeRun): void {
    this.#writer.delete(freeKey(this.#key, freed, first));
  }
}

/** Pages that nobody needs any more. */
function nobodys(first: number, pages: number): FreeRun {
  return { first, pages, freed: 0, born: 0 };
}

/**
 * All runs in the order of their pages, neighbours of the same commits joined.
 * @param ordered some of them, in that order: as a rule most of them
 * @throws CORRUPT where two have a page in common
 */
function joinedRuns(ordered: readonly FreeRun[], others: FreeRun[]): FreeRun[] {
  others.sort((a, b) => a.first - b.first);
  const joined: FreeRun[] = [];
  let last: FreeRun | undefined;
  let end = 0;
  for (let index = 0, other = 0; index < ordered.length || other < others.length; ) {
    const isNext = other === others.length || ordered[index]?.first < others[other].first;
    const run = isNext ? ordered[index++] : others[other++];
    if (run.first < end) throw corruptPage(run.first, 'it was given back twice');
    if (last === undefined || run.first > end || run.freed !== last.freed || run.born !== last.born) {
      last = run;
      joined.push(run);
    } else {
      last = { ...last, pages: last.pages + run.pages };
      joined[joined.length - 1] = last;
    }
    end = run.first + run.pages;
  }
  return joined;
}

function isBefore(a: Position, b: Position): boolean {
  return a.freed < b.freed || (a.freed === b.freed && a.first < b.first);
}

/**
 * Which pages of the file may be written. Those that commits gave back are listed in the root slot, as long as there is room for them: a
 * small commit writes no page to say what it freed. When there are more they move to a tree (free-tree.ts).
 *
 * - Pages that nobody needs any more are listed under commit 0, neighbours joined. Those that a commit gave back are listed under
 *   that commit, until it is on the disk and no snapshot can see them.
 * - What a transaction takes, from the list or from the tree, is removed there and kept in `spare`; what is left of that at the
 *   commit goes back. A transaction that is given up leaves everything as it was.
 */
import { isPerdureError, PerdureError } from '../../os/errors.js';
import { corruptPage } from '../admission.js';
import { FIRST_NODE_PAGE, MAX_PAGES } from '../format.js';
import type { TreeRoot } from '../page-store.js';
import { type FreeRun, LISTED_RUNS, type PageRun } from '../slot-lists.js';
import type { FilePageStore } from './file-page-store.js';
import { joinedRuns, nobodys } from './free-runs.js';
import { FreeTree, type PageSource } from './free-tree.js';
import type { Pins } from './pins.js';
import { RunList } from './run-list.js';

/** Records that are taken from the tree where a page is needed: those that are left over are in the list for the next commits. */
const TAKEN_RECORDS = LISTED_RUNS / 4;
/** Records that a commit which changes the tree moves to commit 0 beyond those that it added itself. */
const MOVED_RECORDS = 8;

/** What a commit says of free pages. */
export interface FreeState {
  /** Pages that are not in the tree. */
  readonly runs: readonly FreeRun[];
  readonly root: TreeRoot;
  readonly reserve: readonly PageRun[];
  readonly pageCount: number;
}

/** What the file under the store does for them. */
export interface Disk {
  /** Makes the file hold so many pages. @throws DISK_FULL */
  grow(pages: number): void;
  /** Brings all commits to the disk, so that what they freed can be used. False where they are there. @throws IO_ERROR */
  flush(): boolean;
}

export class FreePages implements PageSource {
  /** One more than the largest number of a page. */
  pageCount: number;
  readonly spare = new RunList();
  readonly #store: FilePageStore;
  readonly #pins: Pins;
  readonly #disk: Disk;
  readonly #listedRuns: number;
  readonly #tree: FreeTree;
  /** What is listed, without what the transaction has taken. */
  #listed: readonly FreeRun[];
  /** True where nothing more of it can be used now. */
  #isListTaken = false;
  /** What the transaction gave back. */
  #freed: FreeRun[] = [];
  /** What the newest commit says. */
  #committed: FreeState;

  /** @param listedRuns so many runs are listed before they move to the tree */
  constructor(store: FilePageStore, state: FreeState, pins: Pins, disk: Disk, listedRuns = LISTED_RUNS) {
    this.#store = store;
    this.#pins = pins;
    this.#disk = disk;
    this.#listedRuns = listedRuns;
    this.#committed = state;
    this.pageCount = state.pageCount;
    this.#listed = state.runs;
    this.#tree = new FreeTree(store, pins, this, state.root, state.reserve);
  }

  begin(): void {
    this.#tree.begin();
    this.#isListTaken = false;
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
    if (born === this.#store.sequence) this.spare.add(first, pages);
    else this.#freed.push({ first, pages, freed: this.#store.sequence, born });
  }

  /** A snapshot of that commit ended, and no other one is left. */
  unpinned(sequence: number): void {
    this.#tree.unpinned(sequence);
  }

  /**
   * Writes the tree, where it was changed or the list is full. Where that fails it can be tried again, also after more was allocated
   * or given back.
   * @throws DISK_FULL, CORRUPT
   */
  write(): FreeState {
    const tree = this.#tree;
    tree.forget();
    for (;;) {
      this.#takeReplaced();
      const runs = this.#joined();
      if (runs.length > this.#listedRuns) {
        this.#moveReusable(MOVED_RECORDS + this.#freed.length);
        this.#moveToTree();
        continue;
      }
      // Filling the reserve may free pages, and change the tree.
      if (tree.isChanged && (tree.fillReserve() || !tree.tryWrite())) continue;
      return { runs: this.#joined(), root: tree.root, reserve: tree.reserve, pageCount: this.pageCount };
    }
  }

  /** The transaction was committed, with what `write` returned. */
  accept(state: FreeState): void {
    this.#committed = state;
    this.#listed = state.runs;
    this.spare.clear();
    this.#freed = [];
  }

  /** The transaction is given up. */
  abort(): void {
    const { runs, root, reserve, pageCount } = this.#committed;
    this.#tree.abort(root, reserve);
    this.#listed = runs;
    this.spare.clear();
    this.#freed = [];
    this.pageCount = pageCount;
  }

  takeListed(): boolean {
    return this.#takeListed(1);
  }

  extend(pages: number): number | undefined {
    try {
      return this.#extend(pages);
    } catch (error) {
      if (!this.#makesRoom(error)) throw error;
      return undefined;
    }
  }

  /** The pages of the tree that the transaction has replaced are given back like all others. */
  #takeReplaced(): void {
    const replaced = this.#tree.takeReplaced();
    for (let index = 0; index < replaced.length; index += 3)
      this.free(replaced[index], replaced[index + 1], replaced[index + 2]);
  }

  /** All pages that are free and not in the tree, neighbours joined. At the end of the file they are forgotten. */
  #joined(): FreeRun[] {
    const others = [...this.#freed];
    for (const { first, pages } of this.spare.drain()) {
      const end = this.#forgetEnd(first, first + pages);
      if (end === first) continue;
      this.spare.add(first, end - first);
      others.push(nobodys(first, end - first));
    }
    const listed = this.#listed.map((run) =>
      run.freed > 0 && this.#isReusable(run) ? nobodys(run.first, run.pages) : run,
    );
    return joinedRuns(listed, others);
  }

  /** Moves everything that is not in the tree there. */
  #moveToTree(): void {
    this.#poolSpare();
    const runs = joinedRuns(this.#listed, this.#freed);
    this.#listed = [];
    this.#freed = [];
    for (const run of runs) {
      if (this.#isReusable(run)) this.#pool(run);
      else this.#tree.add(run);
    }
  }

  #poolSpare(): void {
    for (const run of this.spare.drain()) this.#pool(run);
  }

  #pool({ first, pages }: PageRun): void {
    const end = this.#forgetEnd(first, first + pages);
    if (end > first) this.#tree.pool(first, end);
  }

  /** Where a run of free pages ends, without what only this transaction added to the file: that is forgotten. */
  #forgetEnd(first: number, end: number): number {
    const committed = this.#committed.pageCount;
    if (end < this.pageCount || end <= committed) return end;
    this.pageCount = Math.max(first, committed);
    return this.pageCount;
  }

  #takeFree(pages: number): number {
    const spare = this.#takeSpare(pages);
    if (spare >= 0) return spare;
    const isFound = pages === 1 ? this.#takeRecords() : this.#takeRun(pages);
    return isFound ? this.spare.take(pages) : -1;
  }

  /** Where the disk is full: whether there are pages now that wait for nothing but a flush. */
  #makesRoom(error: unknown): boolean {
    if (!isPerdureError(error, 'DISK_FULL') || !this.#disk.flush()) return false;
    this.#isListTaken = false;
    this.#tree.lookAgain();
    return true;
  }

  #takeSpare(pages: number): number {
    const first = this.spare.take(pages);
    return first < 0 && this.#takeListed(pages) ? this.spare.take(pages) : first;
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
    this.spare.add(listed[found].first, listed[found].pages);
    this.#listed = listed.toSpliced(found, 1);
    return true;
  }

  #isReusable({ freed, born }: FreeRun): boolean {
    return freed === 0 || (freed <= this.#store.durable && !this.#pins.see(born, freed));
  }

  /** Takes records from the tree, those that are about to be reusable first. False where there is none. */
  #takeRecords(): boolean {
    let taken = 0;
    while (taken < TAKEN_RECORDS && (this.#tree.takeReusable() || this.#tree.takePooled())) taken++;
    return taken > 0;
  }

  /** Several pages in one piece: there may be more such pieces when all that can be used is joined. */
  #takeRun(pages: number): boolean {
    if (this.#tree.takePooledRun(pages)) return true;
    this.#moveReusable(MOVED_RECORDS);
    this.#poolSpare();
    return this.#tree.takePooledRun(pages);
  }

  #moveReusable(records: number): void {
    for (let moved = 0; moved < records && this.#tree.takeReusable(); moved++);
  }

  #extend(pages: number): number {
    const first = this.pageCount;
    if (first + pages > MAX_PAGES) throw new PerdureError('TOO_LARGE', 'a store has at most 2^31 pages');
    this.#disk.grow(first + pages);
    this.pageCount = first + pages;
    return first;
  }
}

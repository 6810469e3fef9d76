/**
 * The full check of a tree: what admission promises for each node, and what only a walk over all of them can tell. Works for
 * what is committed, and for a transaction's tree with nodes on the heap.
 *
 * - keys ascend within a node and from node to node, and lie between the separators above them;
 * - the prefix, the heads and the slots are what the keys make them;
 * - counts of records are right all the way up;
 * - no page is used twice; with the caller's list of free pages: none is lost.
 */
import { corruptPage } from './admission.js';
import { Cell, countOf, levelOf } from './cell.js';
import { Child } from './child.js';
import { compareKeys } from './compare-keys.js';
import { KeyBuffer } from './key-buffer.js';
import { pageLiveBytes } from './node-room.js';
import type { TreeRoot } from './page-store.js';
import { readReference } from './reference.js';
import type { Tree } from './tree.js';
import { largeRun, verifyValue } from './value-sums.js';

export interface TreeReport {
  readonly levels: number;
  records: number;
  leaves: number;
  branches: number;
  /** Pages of large values. */
  largePages: number;
  /** Bytes in use of nodes in the file. */
  usedBytes: number;
  /** The pages of the file that the tree uses. */
  readonly pages: Set<number>;
}

export class TreeCheck {
  readonly #tree: Tree;
  readonly #report: TreeReport;
  readonly #previous = new KeyBuffer();
  #hasPrevious = false;

  constructor(tree: Tree) {
    this.#tree = tree;
    const levels = tree.root === 0 ? 0 : tree.level + 1;
    this.#report = {
      levels,
      records: 0,
      leaves: 0,
      branches: 0,
      largePages: 0,
      usedBytes: 0,
      pages: new Set(),
    };
  }

  /** @throws CORRUPT, naming the page */
  run(): TreeReport {
    const tree = this.#tree;
    const root: TreeRoot = { page: tree.root, sum: tree.rootSum, level: tree.level, count: tree.count };
    const records = root.page === 0 ? 0 : this.#walk(root.page, root.sum, root.level, undefined, undefined);
    if (records !== root.count)
      throw corruptPage(root.page, `its tree has ${records} records, not ${root.count}`);
    this.#report.records = records;
    return this.#report;
  }

  /** Checks a node and all below it. Its keys are not less than `low`, and less than `high`. */
  #walk(id: number, sum: number, level: number, low?: KeyBuffer, high?: KeyBuffer): number {
    const tree = this.#tree;
    this.#use(id, 1);
    tree.locate(id, sum, level);
    const { memory, at } = tree;
    if (levelOf(memory, at) !== level)
      throw corruptPage(id, `it is of level ${levelOf(memory, at)}, not ${level}`);
    if (id >= 0) this.#report.usedBytes += pageLiveBytes(memory, at);
    if (level === 0) {
      this.#report.leaves++;
      return this.#leaf(id, low, high);
    }
    this.#report.branches++;
    return this.#branch(id, level, low, high);
  }

  #leaf(id: number, low?: KeyBuffer, high?: KeyBuffer): number {
    const { memory, at } = this.#tree;
    const cell = new Cell();
    const key = new KeyBuffer();
    const count = countOf(memory, at);
    for (let index = 0; index < count; index++) {
      cell.read(memory, at, index);
      key.end(cell.copyKey(key.memory));
      this.#checkHead(id, index, cell);
      if (this.#hasPrevious && compareKeys(this.#previous, key) >= 0) {
        throw corruptPage(id, `key ${index} is not greater than the one before it`);
      }
      if ((low && compareKeys(key, low) < 0) || (high && compareKeys(key, high) >= 0)) {
        throw corruptPage(id, `key ${index} does not belong between the separators above it`);
      }
      this.#previous.set(key.bytes.subarray(0, key.length));
      this.#hasPrevious = true;
      if (cell.isReference) this.#reference(cell);
    }
    return count;
  }

  #branch(id: number, level: number, low?: KeyBuffer, high?: KeyBuffer): number {
    const { memory, at } = this.#tree;
    const count = countOf(memory, at);
    const child = new Child();
    let records = 0;
    let from = low;
    for (let index = 0; index < count; index++) {
      const to = index + 1 < count ? this.#separator(id, memory, at, index + 1) : high;
      if (from && to && compareKeys(from, to) >= 0)
        throw corruptPage(id, `separator ${index + 1} is out of order`);
      child.read(memory, at, index);
      const { id: childId, sum, count: stated } = child;
      const below = this.#walk(childId, sum, level - 1, from, to);
      if (childId >= 0 && below !== stated)
        throw corruptPage(id, `child ${index} has ${below} records, not ${stated}`);
      records += below;
      from = to;
    }
    return records;
  }

  #separator(id: number, memory: Cell['memory'], at: number, index: number): KeyBuffer {
    const cell = new Cell();
    const key = new KeyBuffer();
    cell.read(memory, at, index);
    this.#checkHead(id, index, cell);
    key.end(cell.copyKey(key.memory));
    return key;
  }

  /** Bytes of a head behind a short key are zero: the search takes heads as they are. */
  #checkHead(id: number, index: number, cell: Cell): void {
    const unused = 4 - Math.min(4, cell.suffix);
    if (unused > 0 && (cell.head & (2 ** (8 * unused) - 1)) !== 0) {
      throw corruptPage(id, `head ${index} has more bytes than its key`);
    }
  }

  #reference(cell: Cell): void {
    const { store } = this.#tree;
    const reference = readReference(cell.memory, cell.value);
    // The run is looked at first: what is said of it may be longer than any store.
    const value = largeRun(store, reference);
    const pages = Math.ceil(reference.length / store.pageBytes);
    this.#use(reference.firstPage, pages);
    this.#report.largePages += pages;
    verifyValue(value, reference);
  }

  #use(first: number, pages: number): void {
    if (first < 0) return;
    for (let page = first; page < first + pages; page++) {
      if (this.#report.pages.has(page)) throw corruptPage(page, 'it is used twice');
      this.#report.pages.add(page);
    }
  }
}

/**
 * Changes of a tree within a transaction: records in and out, savepoints, large values. Nothing that a reader of the file can see
 * is touched before the commit (see commit.ts).
 */
import { isPerdureError, PerdureError } from '../os/errors.js';
import { countOf } from './cell.js';
import { TreeCommit } from './commit.js';
import { dropPages } from './drop-pages.js';
import { AT, MAX_VALUE_BYTES, maxCellBytes, maxKeyBytes, REFERENCE_BYTES } from './format.js';
import type { HeapPages } from './heap-pages.js';
import type { KeyBuffer } from './key-buffer.js';
import { LargeValue } from './large-value.js';
import { insertRecord, leafCellBytes, removeRecord, replaceRecord } from './leaf-edit.js';
import { EMPTY_TREE, type TreeRoot, type WritableStore } from './page-store.js';
import { readReference, writeReference } from './reference.js';
import { comparePrefix, findInLeaf, isBehindLeaf } from './search.js';
import { Tree } from './tree.js';
import { WritableNodes } from './writable-nodes.js';

/** A place to go back to. Savepoints nest: going back to one forgets those that were made after it. */
export interface Savepoint {
  readonly root: number;
  readonly rootSum: number;
  readonly level: number;
  readonly count: number;
  readonly replaced: number;
  readonly superseded: number;
  readonly taken: number;
}

/** Pages that a large value or a leaf was written to, and how many such runs were taken before. */
interface TakenRun {
  readonly pages: number;
  readonly number: number;
}

export class TreeWriter {
  readonly tree: Tree;
  readonly nodes: WritableNodes;
  readonly store: WritableStore;
  /** Runs of pages that the transaction has taken for large values, and for leaves that are full, by their first pages. */
  readonly #taken = new Map<number, TakenRun>();
  /** How many it has taken. */
  #takenCount = 0;
  /** So many of them were taken before the last savepoint, which may need them again. */
  #keptCount = 0;
  /** Made when it is first needed: most stores that are opened are only read. */
  #commit: TreeCommit | undefined;
  readonly #reference = new Uint8Array(REFERENCE_BYTES);
  readonly #maxKeyBytes: number;
  readonly #maxCellBytes: number;
  /** True where the path leads to the last leaf and is not stale: ascending keys need not go down again. */
  #isAtEnd = false;

  /** @param writesEarly true: leaves that ascending keys fill are written before the commit, and need not stay on the heap */
  constructor(store: WritableStore, heap: HeapPages, root: TreeRoot, writesEarly = false) {
    this.store = store;
    this.#maxKeyBytes = maxKeyBytes(store.pageBytes);
    this.#maxCellBytes = maxCellBytes(store.pageBytes);
    this.tree = new Tree(store, root, heap);
    this.nodes = new WritableNodes(this.tree, heap, store);
    if (writesEarly) this.nodes.takePage = () => this.#takePage();
  }

  /** Begins a transaction on a tree. A writer is made once and used for one transaction after the other. */
  begin(root: TreeRoot): void {
    this.tree.moveTo(root);
    this.nodes.replaced.length = 0;
    this.nodes.superseded.length = 0;
    this.nodes.forgetEpochs();
    this.#taken.clear();
    this.#takenCount = 0;
    this.#keptCount = 0;
    this.#isAtEnd = false;
  }

  /**
   * Stores a record; true where the key is new.
   * @throws INVALID_ARGUMENT for a key that is too long, TOO_LARGE for a value; DISK_FULL where a large value finds no room
   */
  put(key: KeyBuffer, value: Uint8Array): boolean {
    this.#checkKey(key);
    if (this.isInline(key, value.length)) return this.#put(key, value, false);
    const large = this.allocateLarge(value.length);
    try {
      large.append(value);
      return this.putLarge(key, large);
    } catch (error) {
      // The transaction may go on without the value: its pages must not be lost.
      this.discardLarge(large);
      throw error;
    }
  }

  /** True where a value of this length is kept beside its key, not in pages of its own. */
  isInline(key: KeyBuffer, valueBytes: number): boolean {
    return leafCellBytes(key.length, valueBytes) <= this.#maxCellBytes;
  }

  /** Hands out pages for a value that is to be written in pieces. @throws TOO_LARGE, DISK_FULL */
  allocateLarge(lengthBytes: number): LargeValue {
    if (lengthBytes > MAX_VALUE_BYTES) {
      throw new PerdureError('TOO_LARGE', `a value has at most 2 GiB - 1, not ${lengthBytes} bytes`);
    }
    const { store } = this;
    const pages = Math.ceil(lengthBytes / store.pageBytes);
    const firstPage = store.allocate(pages);
    this.#taken.set(firstPage, { pages, number: this.#takenCount++ });
    return new LargeValue(store, firstPage, lengthBytes);
  }

  /** Stores a record whose value was written into pages of its own, all of it. */
  putLarge(key: KeyBuffer, value: LargeValue): boolean {
    this.#checkKey(key);
    writeReference(this.#reference, value.reference());
    return this.#put(key, this.#reference, true);
  }

  /** Gives back the pages of a value that will not be stored after all. */
  discardLarge(value: LargeValue): void {
    const run = this.#taken.get(value.firstPage);
    if (run !== undefined) this.#giveBack(value.firstPage, run);
  }

  /** Removes all records. Costs a visit of every page: those of large values are found in the leaves. */
  clear(): void {
    const { tree, nodes } = this;
    if (tree.root === 0) return;
    dropPages(tree, nodes.replaced);
    tree.moveTo(EMPTY_TREE);
    this.#isAtEnd = false;
  }

  /** Removes a record; true where there was one. */
  delete(key: KeyBuffer): boolean {
    const { tree, nodes } = this;
    if (tree.root === 0) return false;
    this.#isAtEnd = false;
    const index = tree.descend(key, nodes.path);
    if (index < 0) return false;
    nodes.own();
    tree.locate(nodes.path.ids[0], 0, 0);
    tree.cell.read(tree.memory, tree.at, index);
    this.#dropReference();
    removeRecord(tree.memory, tree.at, index, tree.cell.end - tree.cell.entry);
    tree.count--;
    tree.changes++;
    return true;
  }

  /** True where the transaction has anything to commit, pages that it took and does not need any more included. */
  get isChanged(): boolean {
    return this.tree.root < 0 || this.nodes.replaced.length > 0 || this.#taken.size > 0;
  }

  /** Begins a nested transaction. */
  save(): Savepoint {
    const { tree, nodes } = this;
    nodes.beginEpoch();
    this.#isAtEnd = false;
    this.#keptCount = this.#takenCount;
    return {
      root: tree.root,
      rootSum: tree.rootSum,
      level: tree.level,
      count: tree.count,
      replaced: nodes.replaced.length,
      superseded: nodes.superseded.length,
      taken: this.#takenCount,
    };
  }

  /** Ends a nested transaction by undoing it. */
  rollBack(to: Savepoint): void {
    const { tree, nodes } = this;
    nodes.beginEpoch();
    this.#isAtEnd = false;
    tree.root = to.root;
    tree.rootSum = to.rootSum;
    tree.level = to.level;
    tree.count = to.count;
    tree.changes++;
    nodes.replaced.length = to.replaced;
    nodes.superseded.length = to.superseded;
    for (const [firstPage, run] of this.#taken) if (run.number >= to.taken) this.#giveBack(firstPage, run);
    this.#keptCount = to.taken;
  }

  /** No savepoint will be gone back to any more. */
  forgetSavepoints(): void {
    this.nodes.forgetEpochs();
    this.#keptCount = 0;
  }

  /**
   * Writes what has changed as pages, gives back those that they replace, and begins anew. The heap may be emptied once all
   * trees of the transaction are committed.
   * @throws DISK_FULL, TOO_LARGE; the tree is as it was, and may be committed again
   */
  commit(): TreeRoot {
    this.#commit ??= new TreeCommit(this.tree, this.store, this.nodes.replaced);
    const root = this.#commit.run();
    const { replaced } = this.nodes;
    for (let index = 0; index < replaced.length; index += 3) {
      this.store.free(replaced[index], replaced[index + 1], replaced[index + 2]);
    }
    this.begin(root);
    return root;
  }

  /** A page for a leaf. -1 where the disk is full: the leaf waits for the commit, which will say so. */
  #takePage(): number {
    try {
      const page = this.store.allocate(1);
      this.#taken.set(page, { pages: 1, number: this.#takenCount++ });
      return page;
    } catch (error) {
      if (isPerdureError(error, 'DISK_FULL')) return -1;
      throw error;
    }
  }

  #checkKey(key: KeyBuffer): void {
    const limit = this.#maxKeyBytes;
    if (key.length <= limit) return;
    const { pageBytes } = this.store;
    throw new PerdureError(
      'INVALID_ARGUMENT',
      `a key has at most ${limit} bytes in pages of ${pageBytes}, not ${key.length}`,
    );
  }

  #put(key: KeyBuffer, value: Uint8Array, isReference: boolean): boolean {
    const { tree, nodes } = this;
    const { path } = nodes;
    if (tree.root === 0) nodes.plant();
    tree.changes++;
    for (;;) {
      const index = this.#find(key);
      const { memory, at } = tree;
      const depth = memory.u16[(at + AT.prefixLength) >> 1];
      if (index < 0 && comparePrefix(memory, at, key.bytes, key.length, path.matched, depth) !== 0) {
        nodes.shortenPrefix(0, key);
      } else if (index < 0) {
        if (insertRecord(memory, at, ~index, key, value, isReference)) {
          path.indexes[0] = ~index;
          tree.count++;
          return true;
        }
        path.indexes[0] = ~index;
        nodes.makeRoom(0, key, true);
      } else if (this.#replace(index, key, value, isReference)) {
        return false;
      } else {
        nodes.makeRoom(0, key, false);
      }
      this.#isAtEnd = false;
    }
  }

  /** Where a key belongs, in a leaf that may be changed and is located. */
  #find(key: KeyBuffer): number {
    const { tree, nodes } = this;
    const { path } = nodes;
    if (this.#isAtEnd) {
      tree.locate(path.ids[0], 0, 0);
      const { memory, at } = tree;
      if (isBehindLeaf(memory, at, key.bytes, key.length)) {
        path.matched = memory.u16[(at + AT.prefixLength) >> 1];
        return ~countOf(memory, at);
      }
      const index = findInLeaf(memory, at, key.bytes, key.length, 0);
      if (index === ~countOf(memory, at)) {
        path.matched = 0;
        return index;
      }
    }
    const index = tree.descend(key, path);
    this.#isAtEnd = path.isLast;
    if (nodes.own()) tree.locate(path.ids[0], 0, 0);
    return index;
  }

  /** False where there is no room for the new value. */
  #replace(index: number, key: KeyBuffer, value: Uint8Array, isReference: boolean): boolean {
    const { cell, memory, at } = this.tree;
    cell.read(memory, at, index);
    if (cell.isReference === isReference && cell.valueLength === value.length) {
      this.#dropReference();
      memory.u8.set(value, cell.value);
      return true;
    }
    if (!replaceRecord(memory, at, index, key, value, isReference, cell.end - cell.entry)) return false;
    this.#dropReference();
    return true;
  }

  /** The large value of the record that `cell` is at is not needed any more. */
  #dropReference(): void {
    const { cell } = this.tree;
    if (!cell.isReference) return;
    const { firstPage, length, commit } = readReference(cell.memory, cell.value);
    const own = this.#taken.get(firstPage);
    // Its own pages, which no savepoint needs, can be used again at once.
    if (own !== undefined && own.number >= this.#keptCount) this.#giveBack(firstPage, own);
    else this.nodes.replaced.push(firstPage, Math.ceil(length / this.store.pageBytes), commit);
  }

  #giveBack(firstPage: number, { pages }: TakenRun): void {
    this.#taken.delete(firstPage);
    this.store.free(firstPage, pages, this.store.sequence);
  }
}

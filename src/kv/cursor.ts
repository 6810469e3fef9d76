/**
 * Walks over the records of a tree, in both directions. A step allocates nothing: `cell` is the record.
 *
 * In a transaction the tree may change between two steps, also under the cursor's feet: it then looks its place up again, by
 * the key of the record it was at. A record that was removed is passed as if it were there.
 */
import { Cell, countOf, headsOf } from './cell.js';
import { AT, BRANCH_ARRAYS } from './format.js';
import { KeyBuffer } from './key-buffer.js';
import type { PageMemory } from './page-memory.js';
import { Path, type Tree } from './tree.js';

export class Cursor {
  /** The record; meaningless where the last step said false. */
  readonly cell = new Cell();
  readonly #tree: Tree;
  readonly #path = new Path();
  readonly #key: KeyBuffer | undefined;
  #memory!: PageMemory;
  #at = 0;
  #index = 0;
  #count = 0;
  #changes = -1;
  /** False before the first step and past either end. */
  #isPlaced = false;

  constructor(tree: Tree) {
    this.#tree = tree;
    this.#key = tree.heap ? new KeyBuffer() : undefined;
  }

  first(): boolean {
    if (!this.#start()) return false;
    this.#goDown(this.#tree.level, false);
    this.#index = -1;
    return this.#forward();
  }

  last(): boolean {
    if (!this.#start()) return false;
    this.#goDown(this.#tree.level, true);
    this.#index = this.#count;
    return this.#backward();
  }

  /** Goes to the first record whose key is not less than `key`. */
  seek(key: KeyBuffer): boolean {
    if (!this.#start()) return false;
    const index = this.#find(key);
    this.#index = (index < 0 ? ~index : index) - 1;
    return this.#forward();
  }

  /** Goes to the last record whose key is less than `key`. */
  seekBelow(key: KeyBuffer): boolean {
    if (!this.#start()) return false;
    const index = this.#find(key);
    this.#index = index < 0 ? ~index : index;
    return this.#backward();
  }

  /** Goes to the next record; false behind the last. */
  next(): boolean {
    if (!this.#isPlaced) return false;
    if (this.#changes !== this.#tree.changes) {
      if (!this.#start()) return false;
      const index = this.#find(this.#key!);
      this.#index = index < 0 ? ~index - 1 : index;
    }
    return this.#forward();
  }

  /** Goes to the record before; false before the first. */
  previous(): boolean {
    if (!this.#isPlaced) return false;
    if (this.#changes !== this.#tree.changes) return this.seekBelow(this.#key!);
    return this.#backward();
  }

  #start(): boolean {
    this.#changes = this.#tree.changes;
    this.#isPlaced = this.#tree.root !== 0;
    return this.#isPlaced;
  }

  #forward(): boolean {
    while (++this.#index >= this.#count) if (!this.#turn(1)) return false;
    return this.#arrive();
  }

  #backward(): boolean {
    while (--this.#index < 0) if (!this.#turn(-1)) return false;
    return this.#arrive();
  }

  #arrive(): boolean {
    this.cell.read(this.#memory, this.#at, this.#index);
    const key = this.#key;
    if (key) key.end(this.cell.copyKey(key.memory));
    return true;
  }

  /** Goes on to the leaf beside this one. */
  #turn(by: 1 | -1): boolean {
    const tree = this.#tree;
    const { ids, indexes } = this.#path;
    for (let level = 1; level <= tree.level; level++) {
      tree.locate(ids[level], this.#path.sums[level], level);
      const index = indexes[level] + by;
      if (index < 0 || index >= countOf(tree.memory, tree.at)) continue;
      indexes[level] = index;
      this.#enterChild(level, index);
      this.#goDown(level - 1, by < 0);
      this.#index = by > 0 ? -1 : this.#count;
      return true;
    }
    this.#isPlaced = false;
    return false;
  }

  /** From the root, or from a node whose number was entered in the path, along the first or last children to a leaf. */
  #goDown(from: number, toLast: boolean): void {
    const tree = this.#tree;
    const { ids, indexes } = this.#path;
    if (from === tree.level) {
      ids[from] = tree.root;
      this.#path.sums[from] = tree.rootSum;
    }
    for (let level = from; level > 0; level--) {
      tree.locate(ids[level], this.#path.sums[level], level);
      indexes[level] = toLast ? countOf(tree.memory, tree.at) - 1 : 0;
      this.#enterChild(level, indexes[level]);
    }
    this.#enterLeaf();
  }

  /** Notes a child of the branch that is located. */
  #enterChild(level: number, index: number): void {
    const { memory, at } = this.#tree;
    const capacity = memory.u16[(at + AT.capacity) >> 1];
    const child = ((headsOf(memory, at) + BRANCH_ARRAYS.children * capacity) >> 2) + index;
    this.#path.ids[level - 1] = memory.u32[child];
    this.#path.sums[level - 1] = memory.u32[child + capacity];
  }

  #enterLeaf(): void {
    const tree = this.#tree;
    tree.locate(this.#path.ids[0], this.#path.sums[0], 0);
    this.#memory = tree.memory;
    this.#at = tree.at;
    this.#count = countOf(tree.memory, tree.at);
  }

  /** Goes down to where a key belongs, and returns what `findInLeaf` does. */
  #find(key: KeyBuffer): number {
    const tree = this.#tree;
    const index = tree.descend(key, this.#path);
    this.#memory = tree.memory;
    this.#at = tree.at;
    this.#count = countOf(tree.memory, tree.at);
    return index;
  }
}

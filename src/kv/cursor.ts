/**
 * Walks over the records of a tree, or of a range of it, in both directions. A step allocates nothing: `cell` is the record.
 *
 * A range is found once, by looking its two ends up, and kept as two places: no key is compared on the way but where one leaf ends
 * and the next begins. A made-up tree may have one page in many places: a walk over it ends there, and not in some thousand years.
 *
 * In a transaction the tree may change between two steps, also under the cursor's feet: it then looks its place up again, by
 * the key of the record it was at. A record that was removed is passed as if it were there.
 */
import { corruptPage } from './admission.js';
import { Cell, countOf, headsOf } from './cell.js';
import { compareKeys } from './compare-keys.js';
import { AT, BRANCH_ARRAYS } from './format.js';
import { KeyBuffer } from './key-buffer.js';
import type { PageMemory } from './page-memory.js';
import { Path, type Tree } from './tree.js';

/** The end of a range: the leaf that it lies in, and the record there that it lies before. */
interface End {
  key: KeyBuffer | undefined;
  /** 0 where the range has no such end. */
  leaf: number;
  index: number;
}

/** Where one leaf ends and the next begins. */
class Seam {
  readonly cell = new Cell();
  readonly before = new KeyBuffer();
  readonly after = new KeyBuffer();
}

export class Cursor {
  /** The record; meaningless where the last step said false. */
  readonly cell = new Cell();
  #tree: Tree;
  readonly #path = new Path();
  #key: KeyBuffer | undefined;
  #memory!: PageMemory;
  #at = 0;
  #index = 0;
  /** The records of the leaf that the range covers: [begin, end). */
  #begin = 0;
  #end = 0;
  #changes = -1;
  /** False before the first step and past either end. */
  #isPlaced = false;
  readonly #low: End = { key: undefined, leaf: 0, index: 0 };
  readonly #high: End = { key: undefined, leaf: 0, index: 0 };
  #endPath: Path | undefined;
  #seam: Seam | undefined;

  constructor(tree: Tree) {
    this.#tree = tree;
    this.#key = tree.heap ? new KeyBuffer() : undefined;
  }

  /** Takes another tree, and all of its records. */
  attach(tree: Tree): void {
    this.#tree = tree;
    if (tree.heap) this.#key ??= new KeyBuffer();
    else this.#key = undefined;
    this.setRange(undefined, undefined);
  }

  /**
   * Keeps to the records whose keys are not less than `low` and less than `high`. The keys stay the caller's, and must stay as they
   * are. `first` or `last` comes next.
   */
  setRange(low: KeyBuffer | undefined, high: KeyBuffer | undefined): void {
    this.#low.key = low;
    this.#high.key = high;
    this.#isPlaced = false;
  }

  first(): boolean {
    if (this.#low.key) return this.#startAt(this.#low) && this.#forward();
    if (!this.#start()) return false;
    this.#goDown(this.#tree.level, false);
    this.#index = this.#begin - 1;
    return this.#forward();
  }

  last(): boolean {
    if (this.#high.key) return this.#startAt(this.#high) && this.#backward();
    if (!this.#start()) return false;
    this.#goDown(this.#tree.level, true);
    this.#index = this.#end;
    return this.#backward();
  }

  /** Goes to the first record whose key is not less than `key`, which must not be less than the range's low end. */
  seek(key: KeyBuffer): boolean {
    if (!this.#start()) return false;
    const index = this.#find(key);
    this.#index = (index < 0 ? ~index : index) - 1;
    return this.#forward();
  }

  /** Goes to the last record whose key is less than `key`, which must not be greater than the range's high end. */
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

  /** Looks the ends up, but for one that the caller will. False where there is nothing to walk over. */
  #start(but?: End): boolean {
    this.#changes = this.#tree.changes;
    this.#isPlaced = this.#tree.root !== 0 && !this.#isEmptyRange();
    if (!this.#isPlaced) return false;
    if (but !== this.#low) this.#findEnd(this.#low);
    if (but !== this.#high) this.#findEnd(this.#high);
    return true;
  }

  /** Goes to an end: before the low one's record, or to the record that is behind the high one. */
  #startAt(end: End): boolean {
    if (!this.#start(end)) return false;
    const index = this.#tree.descend(end.key!, this.#path);
    end.leaf = this.#path.ids[0];
    end.index = index < 0 ? ~index : index;
    this.#takeLeaf();
    this.#index = end === this.#low ? end.index - 1 : end.index;
    return true;
  }

  #isEmptyRange(): boolean {
    const low = this.#low.key;
    const high = this.#high.key;
    return low !== undefined && high !== undefined && compareKeys(low, high) >= 0;
  }

  #findEnd(end: End): void {
    end.leaf = 0;
    if (end.key === undefined) return;
    this.#endPath ??= new Path();
    const index = this.#tree.descend(end.key, this.#endPath);
    end.leaf = this.#endPath.ids[0];
    end.index = index < 0 ? ~index : index;
  }

  #forward(): boolean {
    while (++this.#index >= this.#end) {
      if (this.#path.ids[0] === this.#high.leaf || !this.#turn(1)) return this.#stop();
    }
    return this.#arrive();
  }

  #backward(): boolean {
    while (--this.#index < this.#begin) {
      if (this.#path.ids[0] === this.#low.leaf || !this.#turn(-1)) return this.#stop();
    }
    return this.#arrive();
  }

  #stop(): false {
    this.#isPlaced = false;
    return false;
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
    this.#seam ??= new Seam();
    const { before, after } = this.#seam;
    const hasKeys = this.#readEnd(by > 0, by > 0 ? before : after);
    for (let level = 1; level <= tree.level; level++) {
      tree.locate(ids[level], this.#path.sums[level], level);
      const index = indexes[level] + by;
      if (index < 0 || index >= countOf(tree.memory, tree.at)) continue;
      indexes[level] = index;
      this.#enterChild(level, index);
      this.#goDown(level - 1, by < 0);
      if (hasKeys && this.#readEnd(by < 0, by > 0 ? after : before) && !isLess(before, after))
        throw corruptPage(ids[0], 'its keys do not follow those of its neighbour');
      this.#index = by > 0 ? this.#begin - 1 : this.#end;
      return true;
    }
    return false;
  }

  /** Reads the last or first key of the leaf; false where it has none, as in a transaction. */
  #readEnd(isLast: boolean, key: KeyBuffer): boolean {
    const count = countOf(this.#memory, this.#at);
    if (count === 0) return false;
    const { cell } = this.#seam!;
    cell.read(this.#memory, this.#at, isLast ? count - 1 : 0);
    key.end(cell.copyKey(key.memory));
    return true;
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
    this.#takeLeaf();
  }

  /** Goes down to where a key belongs, and returns what `findInLeaf` does. */
  #find(key: KeyBuffer): number {
    const index = this.#tree.descend(key, this.#path);
    this.#takeLeaf();
    return index;
  }

  /** Notes where the leaf is that is located, and what the range covers of it. */
  #takeLeaf(): void {
    const { memory, at } = this.#tree;
    const leaf = this.#path.ids[0];
    this.#memory = memory;
    this.#at = at;
    this.#begin = leaf === this.#low.leaf ? this.#low.index : 0;
    this.#end = leaf === this.#high.leaf ? this.#high.index : countOf(memory, at);
  }
}

/** The order of keys, in a loop: two in neighbouring leaves differ early, and a call of Buffer.compare costs more than all the rest. */
function isLess(a: KeyBuffer, b: KeyBuffer): boolean {
  const one = a.bytes;
  const other = b.bytes;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) if (one[at] !== other[at]) return one[at] < other[at];
  return a.length < b.length;
}

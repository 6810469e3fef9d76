/**
 * Turns the changed nodes of a transaction into pages: from the leaves up, in the order of keys, so that the pages of a commit
 * lie one behind the other. What does not change is not visited.
 *
 * Neighbouring changed nodes of one parent are cut into pages together, whatever their sizes on the heap: a load in any order
 * fills its pages. A run that would leave a page badly filled takes in an unchanged neighbour where that saves a page.
 */
import { countOf } from './cell.js';
import { Child } from './child.js';
import { ChildList, NO_SEPARATOR, type Separator, type Splice } from './child-list.js';
import { AT, HEAP_AT } from './format.js';
import { LeafRun } from './leaf-run.js';
import { pageLiveBytes } from './node-room.js';
import type { Cuts } from './page-cuts.js';
import type { PageMemory } from './page-memory.js';
import { PagePacker } from './page-packer.js';
import { EMPTY_TREE, type TreeRoot, type WritableStore } from './page-store.js';
import type { Tree } from './tree.js';

/** A single page with less than this part in use looks for a neighbour that takes it in ... */
const SPARSE = 1 / 3;
/** ... but does not fill that beyond this ... */
const MERGED = 0.95;
/** ... unless it has less than this: then they share what they have. */
const ALMOST_EMPTY = 1 / 8;
/** Several pages with less than this part in use look for a neighbour that saves one. */
const WASTEFUL = 0.8;

/** A branch whose children are being collected. */
interface Parent {
  readonly memory: PageMemory;
  readonly at: number;
  readonly level: number;
  /** The separator before the first child. */
  readonly first: Separator;
  /** True where the branch ends the tree. */
  readonly isLast: boolean;
}

export class TreeCommit {
  readonly #tree: Tree;
  readonly #store: WritableStore;
  /** This and the leaves are made by the first run: a store that is only read needs neither. */
  #packer!: PagePacker;
  readonly #replaced: number[];
  readonly #merges: boolean;
  readonly #child = new Child();
  /** The leaves that are being written: one run at a time. */
  #leaves!: LeafRun;

  /**
   * @param replaced takes the unchanged pages that are written anew, in triples as `WritableNodes.replaced` has them
   * @param merges false: no unchanged page is written anew, however badly a changed one beside it is filled
   */
  constructor(tree: Tree, store: WritableStore, replaced: number[], merges = true) {
    this.#tree = tree;
    this.#store = store;
    this.#replaced = replaced;
    this.#merges = merges;
  }

  /**
   * Writes what has changed. If that fails, all pages written are given back and the transaction is as it was.
   * @throws DISK_FULL, TOO_LARGE
   */
  run(): TreeRoot {
    const tree = this.#tree;
    if (tree.root >= 0) {
      return tree.root === 0
        ? EMPTY_TREE
        : { page: tree.root, sum: tree.rootSum, level: tree.level, count: tree.count };
    }
    this.#packer ??= new PagePacker(this.#store);
    this.#leaves ??= new LeafRun();
    const replaced = this.#replaced.length;
    this.#packer.written.length = 0;
    this.#leaves.clear();
    try {
      return this.#writeRoot();
    } catch (error) {
      this.#replaced.length = replaced;
      for (const page of this.#packer.written) this.#store.free(page, 1, this.#store.sequence);
      throw error;
    }
  }

  #writeRoot(): TreeRoot {
    const tree = this.#tree;
    let list = new ChildList();
    tree.locate(tree.root, 0, tree.level);
    const { memory, at } = tree;
    let level = Math.max(tree.level, 1);
    if (tree.level === 0) {
      this.#leaves.add(memory, at, true);
      this.#writeLeaves(true, NO_SEPARATOR, list);
    } else {
      const root: Parent = { memory, at, level, first: NO_SEPARATOR, isLast: true };
      const splices = this.#collect(root);
      if (this.#keepsShape(root, splices)) {
        this.#packer.writePatched(memory, at, splices, NO_SEPARATOR, list);
        level++;
      } else list = this.#children(root, splices);
    }
    for (; list.length > 1; level++) {
      const above = new ChildList();
      const cuts = this.#packer.measureChildren(list);
      cuts.cut(true);
      this.#packer.writeBranches(list, cuts, level, above);
      list = above;
    }
    if (list.length === 0) return EMPTY_TREE;
    return { page: list.pages[0], sum: list.sums[0], level: level - 1, count: list.counts[0] };
  }

  /** Writes what has changed below a branch, and says what goes into the place of which children. */
  #collect(parent: Parent): Splice[] {
    const count = countOf(parent.memory, parent.at);
    const splices: Splice[] = [];
    let settled = 0;
    for (let index = 0; index < count; ) {
      if (!this.#isChanged(parent, index)) {
        index++;
        continue;
      }
      const end = this.#endOfRun(parent, index);
      const splice =
        parent.level === 1
          ? this.#spliceLeaves(parent, settled, index, end)
          : this.#spliceBranches(parent, settled, index, end);
      splices.push(splice);
      index = settled = splice.to;
    }
    return splices;
  }

  /** The run of changed leaves [from, to), and a neighbour where that is better. None before `settled`. */
  #spliceLeaves(parent: Parent, settled: number, from: number, to: number): Splice {
    const list = new ChildList();
    if (to - from === 1 && this.#isWhole(parent, from)) {
      const { memory, at } = this.#tree;
      this.#packer.writeWhole(memory, at, this.#separator(parent, from), list);
      return { from, to, list };
    }
    this.#readLeaves(parent, from, to);
    if (this.#leaves.length === 0) return { from, to, list };
    const isLast = parent.isLast && to === countOf(parent.memory, parent.at);
    const cuts = this.#packer.measureLeaves(this.#leaves);
    cuts.cut(isLast);
    const neighbour = this.#neighbour(parent, settled, from, to, cuts, isLast);
    let first = from;
    let end = to;
    if (neighbour >= 0) {
      this.#replace(parent, neighbour);
      if (neighbour < from) first = neighbour;
      else end = this.#endOfRun(parent, neighbour);
      this.#readLeaves(parent, first, end);
      this.#packer.measureLeaves(this.#leaves);
      cuts.cut(parent.isLast && end === countOf(parent.memory, parent.at));
    }
    this.#packer.writeLeaves(this.#leaves, cuts, this.#separator(parent, first), list);
    return { from: first, to: end, list };
  }

  /** The same for a run of changed branches. */
  #spliceBranches(parent: Parent, settled: number, from: number, to: number): Splice {
    const list = new ChildList();
    let children: ChildList;
    if (to - from === 1) {
      const branch = this.#branch(parent, from);
      const splices = this.#collect(branch);
      if (this.#keepsShape(branch, splices) && !this.#isSparse(branch)) {
        this.#packer.writePatched(branch.memory, branch.at, splices, branch.first, list);
        return { from, to, list };
      }
      children = this.#children(branch, splices);
    } else children = this.#branchRun(parent, from, to);
    if (children.length === 0) return { from, to, list };
    const isLast = parent.isLast && to === countOf(parent.memory, parent.at);
    let cuts = this.#packer.measureChildren(children);
    cuts.cut(isLast);
    const neighbour = this.#neighbour(parent, settled, from, to, cuts, isLast);
    let first = from;
    let end = to;
    if (neighbour >= 0) {
      this.#replace(parent, neighbour);
      if (neighbour < from) {
        first = neighbour;
        const before = this.#branchRun(parent, neighbour, from);
        before.append(children);
        children = before;
      } else {
        end = this.#endOfRun(parent, neighbour);
        children.append(this.#branchRun(parent, neighbour, end));
      }
      cuts = this.#packer.measureChildren(children);
      cuts.cut(parent.isLast && end === countOf(parent.memory, parent.at));
    }
    this.#packer.writeBranches(children, cuts, parent.level - 1, list);
    return { from: first, to: end, list };
  }

  /** True where each changed child became one page and the branch fits into one: then it is copied in one piece. */
  #keepsShape(parent: Parent, splices: readonly Splice[]): boolean {
    const { memory, at } = parent;
    if (memory.u16[(at + AT.capacity) >> 1] !== countOf(memory, at)) return false;
    if (pageLiveBytes(memory, at) > this.#store.pageBytes) return false;
    return splices.every(({ from, to, list }) => to - from === 1 && list.length === 1);
  }

  /** True where a changed leaf is a page as it is, and fills it well enough. Locates it. */
  #isWhole(parent: Parent, index: number): boolean {
    this.#locate(parent, index);
    const { memory, at } = this.#tree;
    if (memory.u32[(at + HEAP_AT.garbage) >> 2] !== 0) return false;
    const part = pageLiveBytes(memory, at) / this.#store.pageBytes;
    return part >= SPARSE && part <= 1;
  }

  #isSparse(parent: Parent): boolean {
    return pageLiveBytes(parent.memory, parent.at) < SPARSE * this.#store.pageBytes;
  }

  /** All children that a branch will have. */
  #children(parent: Parent, splices: readonly Splice[]): ChildList {
    const children = new ChildList();
    let index = 0;
    for (const { from, to, list } of splices) {
      this.#addUnchanged(parent, index, from, children);
      children.append(list);
      index = to;
    }
    this.#addUnchanged(parent, index, countOf(parent.memory, parent.at), children);
    return children;
  }

  #addUnchanged(parent: Parent, from: number, to: number, into: ChildList): void {
    const child = this.#child;
    for (let index = from; index < to; index++) {
      child.read(parent.memory, parent.at, index);
      into.push(this.#separator(parent, index), child.id, child.sum, child.count, child.isRecent);
    }
  }

  #readLeaves(parent: Parent, from: number, to: number): void {
    this.#leaves.clear();
    for (let index = from; index < to; index++) {
      this.#locate(parent, index);
      this.#leaves.add(this.#tree.memory, this.#tree.at, this.#child.id < 0);
    }
  }

  /** The children of a run of branches. */
  #branchRun(parent: Parent, from: number, to: number): ChildList {
    const children = new ChildList();
    for (let index = from; index < to; index++) {
      const branch = this.#branch(parent, index);
      children.append(this.#children(branch, this.#collect(branch)));
    }
    return children;
  }

  #branch(parent: Parent, index: number): Parent {
    this.#locate(parent, index);
    const { memory, at } = this.#tree;
    const first = this.#separator(parent, index);
    const isLast = parent.isLast && index === countOf(parent.memory, parent.at) - 1;
    return { memory, at, level: parent.level - 1, first, isLast };
  }

  #writeLeaves(isLast: boolean, first: Separator, into: ChildList): void {
    if (this.#leaves.length === 0) return;
    const cuts = this.#packer.measureLeaves(this.#leaves);
    cuts.cut(isLast);
    this.#packer.writeLeaves(this.#leaves, cuts, first, into);
  }

  /** The unchanged child beside the run [from, to) that should be cut together with it, or -1. */
  #neighbour(parent: Parent, settled: number, from: number, to: number, cuts: Cuts, isLast: boolean): number {
    if (!this.#merges) return -1;
    const { pageBytes } = this.#store;
    const pages = cuts.starts.length;
    const used = cuts.totalBytes / pageBytes;
    if (used > pages * (pages === 1 ? SPARSE : WASTEFUL)) return -1;
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const index of [from - 1, to]) {
      if (index < settled || index >= countOf(parent.memory, parent.at)) continue;
      this.#locate(parent, index);
      const beside = pageLiveBytes(this.#tree.memory, this.#tree.at) / pageBytes;
      const saves = pages === 1 ? used + beside <= MERGED : Math.ceil((used + beside) / MERGED) <= pages;
      const shares = pages === 1 && used < ALMOST_EMPTY && !isLast;
      if ((saves || shares) && beside < least) {
        best = index;
        least = beside;
      }
    }
    return best;
  }

  /** Notes that an unchanged child is written anew. */
  #replace(parent: Parent, index: number): void {
    this.#child.read(parent.memory, parent.at, index);
    const { id } = this.#child;
    const { memory, at } = this.#store.place(id);
    const born = memory.u32[(at + AT.commitLow) >> 2] + memory.u16[(at + AT.commitHigh) >> 1] * 2 ** 32;
    this.#replaced.push(id, 1, born);
  }

  /** Where the run ends that a child is in: the changed children behind it belong to it. */
  #endOfRun(parent: Parent, first: number): number {
    const count = countOf(parent.memory, parent.at);
    let end = first + 1;
    while (end < count && this.#isChanged(parent, end)) end++;
    return end;
  }

  #isChanged(parent: Parent, index: number): boolean {
    this.#child.read(parent.memory, parent.at, index);
    return this.#child.id < 0;
  }

  #locate(parent: Parent, index: number): void {
    this.#child.read(parent.memory, parent.at, index);
    this.#tree.locate(this.#child.id, this.#child.sum, parent.level - 1);
  }

  #separator(parent: Parent, index: number): Separator {
    return index === 0 ? parent.first : { memory: parent.memory, node: parent.at, index };
  }
}

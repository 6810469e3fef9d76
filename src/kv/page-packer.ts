/**
 * Writes runs of cells as pages: the records of neighbouring leaves, or the children of neighbouring branches, cut anew.
 */
import { Cell, countOf, headsOf } from './cell.js';
import type { ChildList, Separator, Splice } from './child-list.js';
import { BRANCH_ARRAYS, HEAP_AT, RECENT, varintBytes } from './format.js';
import { KeyBuffer } from './key-buffer.js';
import type { LeafRun } from './leaf-run.js';
import { NodeBuilder } from './node-builder.js';
import { copyNode } from './node-copy.js';
import { Cuts } from './page-cuts.js';
import type { PageMemory } from './page-memory.js';
import type { WritableStore } from './page-store.js';
import { sealLeaf, sealPage } from './sealing.js';
import { commonLength } from './separator.js';

/** How much shorter than it could be a prefix may stay. */
const LOST_BYTES = 2;

export class PagePacker {
  /** Pages written so far, to be given back if the commit fails. */
  readonly written: number[] = [];
  readonly #store: WritableStore;
  readonly #leafCuts: Cuts;
  readonly #branchCuts: Cuts;
  readonly #builder = new NodeBuilder();
  readonly #cell = new Cell();
  readonly #previous = new Cell();
  readonly #key = new KeyBuffer();
  readonly #other = new KeyBuffer();

  constructor(store: WritableStore) {
    this.#store = store;
    this.#leafCuts = new Cuts(store.pageBytes, true);
    this.#branchCuts = new Cuts(store.pageBytes, false);
  }

  measureLeaves(run: LeafRun): Cuts {
    const cuts = this.#leafCuts;
    cuts.clear();
    let cell = this.#cell;
    let previous = this.#previous;
    for (let record = 0; record < run.length; record++) {
      run.read(record, cell);
      let common = record === 0 ? 0 : this.#common(previous, cell);
      // What is copied in one piece keeps its prefix, even where a longer one would do.
      const lost = common - cell.depth;
      if (lost > 0 && lost <= LOST_BYTES && run.leafOf(record).isOrdered) common = cell.depth;
      cuts.add(cell.keyLength, varintBytes(cell.valueLength) + cell.valueLength, common);
      const read = cell;
      cell = previous;
      previous = read;
    }
    return cuts;
  }

  measureChildren(list: ChildList): Cuts {
    const cuts = this.#branchCuts;
    cuts.clear();
    let key = this.#key;
    let previous = this.#other;
    for (let index = 0; index < list.length; index++) {
      list.readKey(index, this.#cell, key);
      const common = commonLength(previous.bytes, previous.length, key.bytes, key.length);
      cuts.add(key.length, 0, index === 0 ? 0 : common);
      [key, previous] = [previous, key];
    }
    return cuts;
  }

  writeLeaves(run: LeafRun, cuts: Cuts, first: Separator, into: ChildList): void {
    const { starts } = cuts;
    for (let page = 0; page < starts.length; page++) {
      const from = starts[page];
      const to = page + 1 < starts.length ? starts[page + 1] : run.length;
      run.read(from, this.#cell);
      const key = this.#key;
      key.end(this.#cell.copyKey(key.memory));
      const separator = page === 0 ? first : this.#separatorBefore(run, from);
      this.#writeLeaf(run, from, to, cuts.depth(from, to), separator, into);
    }
  }

  writeBranches(list: ChildList, cuts: Cuts, level: number, into: ChildList): void {
    const { starts } = cuts;
    for (let page = 0; page < starts.length; page++) {
      const to = page + 1 < starts.length ? starts[page + 1] : list.length;
      this.#writeBranch(list, starts[page], to, cuts.depth(starts[page], to), level, into);
    }
  }

  /**
   * Writes a leaf of the heap that fits into a page and has no garbage as it is, its entries in whatever order: measuring and
   * sorting its cells would be most of the work of a small commit.
   */
  writeWhole(memory: PageMemory, at: number, separator: Separator, into: ChildList): void {
    const page = this.#allocate();
    into.push(separator, page, sealLeaf(this.#store, memory, at, page), countOf(memory, at), true);
  }

  /**
   * Writes a branch of which nothing changes but what it says of some children. Most commits are small, and of what they write
   * most is such branches: copied in one piece, a commit of one record in 200,000 takes half the time.
   */
  writePatched(
    memory: PageMemory,
    at: number,
    splices: readonly Splice[],
    separator: Separator,
    into: ChildList,
  ): void {
    const page = this.#allocate();
    const { memory: target, at: to } = this.#store.place(page);
    copyNode(target, to, this.#store.pageBytes, memory, at, memory.u32[(at + HEAP_AT.size) >> 2]);
    const count = countOf(target, to);
    const heads = headsOf(target, to);
    const children = (heads + BRANCH_ARRAYS.children * count) >> 2;
    const highs = (heads + BRANCH_ARRAYS.highs * count) >> 1;
    for (const { from, list } of splices) {
      target.u32[children + from] = list.pages[0];
      target.u32[children + count + from] = list.sums[0];
      target.u32[children + 2 * count + from] = list.counts[0] >>> 0;
      target.u16[highs + from] = Math.floor(list.counts[0] / 2 ** 32) | RECENT;
    }
    let records = 0;
    for (let index = 0; index < count; index++) {
      records += target.u32[children + 2 * count + index] + (target.u16[highs + index] & ~RECENT) * 2 ** 32;
    }
    into.push(separator, page, sealPage(this.#store, target, to, page), records, true);
  }

  /** What tells a record, whose key is in `#key`, from the one before it. */
  #separatorBefore(run: LeafRun, record: number): Separator {
    run.read(record - 1, this.#previous);
    const before = this.#other;
    before.end(this.#previous.copyKey(before.memory));
    const key = this.#key;
    const common = commonLength(before.bytes, before.length, key.bytes, key.length);
    return { bytes: key.bytes.slice(0, common + 1), node: 0, index: 0 };
  }

  #writeLeaf(
    run: LeafRun,
    from: number,
    to: number,
    depth: number,
    separator: Separator,
    into: ChildList,
  ): void {
    const page = this.#allocate();
    const { memory, at } = this.#store.place(page);
    this.#builder.begin(memory, at, this.#store.pageBytes, 0, to - from, this.#key.memory, depth);
    for (let record = from; record < to; ) {
      const leaf = run.leafOf(record);
      const end = Math.min(to, leaf.start + leaf.count);
      run.read(record, this.#cell);
      if (leaf.isOrdered && this.#cell.depth === depth) {
        this.#builder.appendOrdered(leaf.memory, leaf.at, record - leaf.start, end - leaf.start);
        record = end;
        continue;
      }
      for (; record < end; record++) {
        run.read(record, this.#cell);
        this.#builder.appendCell(this.#cell);
      }
    }
    into.push(separator, page, this.#finish(memory, at, page), to - from, true);
  }

  #writeBranch(
    list: ChildList,
    from: number,
    to: number,
    depth: number,
    level: number,
    into: ChildList,
  ): void {
    const page = this.#allocate();
    const { memory, at } = this.#store.place(page);
    const key = this.#key;
    if (from + 1 < to) list.readKey(from + 1, this.#cell, key);
    this.#builder.begin(memory, at, this.#store.pageBytes, level, to - from, key.memory, depth);
    let records = 0;
    for (let index = from; index < to; index++) {
      if (index === from) this.#builder.appendEmpty();
      else {
        list.readKey(index, this.#cell, key);
        this.#builder.appendKey(key.memory, key.length);
      }
      const count = list.counts[index];
      const high = Math.floor(count / 2 ** 32) | (list.recents[index] ? RECENT : 0);
      this.#builder.appendChild(list.pages[index], list.sums[index], count >>> 0, high);
      records += count;
    }
    into.push(list.separators[from], page, this.#finish(memory, at, page), records, true);
  }

  #allocate(): number {
    const page = this.#store.allocate(1);
    this.written.push(page);
    return page;
  }

  /** Completes the page that was built, and returns its checksum. */
  #finish(memory: PageMemory, at: number, page: number): number {
    this.#builder.finish();
    this.#builder.clearFreeBytes();
    return sealPage(this.#store, memory, at, page);
  }

  /** Bytes that two neighbouring keys share. Heads tell it, as a rule. */
  #common(previous: Cell, cell: Cell): number {
    if (cell.node === previous.node && cell.memory === previous.memory && cell.head !== previous.head) {
      const equal = Math.clz32(cell.head ^ previous.head) >>> 3;
      return cell.depth + Math.min(equal, cell.suffix, previous.suffix);
    }
    const a = this.#key;
    const b = this.#other;
    a.end(cell.copyKey(a.memory));
    b.end(previous.copyKey(b.memory));
    return commonLength(a.bytes, a.length, b.bytes, b.length);
  }
}

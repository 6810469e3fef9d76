/**
 * What a root slot says is worth after a crash: all that the commits since the last known durable one wrote must be there. It is found
 * by following the recent pointers (see format.ts), from the slot down; a page that an older commit wrote is on the disk, and
 * so is everything below it.
 */
import { admitNode, corruptPage } from '../admission.js';
import { Cell, countOf } from '../cell.js';
import { Child } from '../child.js';
import { AT, FIRST_NODE_PAGE } from '../format.js';
import type { TreeRoot } from '../page-store.js';
import { type Reference, readReference } from '../reference.js';
import type { RootSlot } from '../root-slot.js';
import type { PageRun } from '../slot-lists.js';
import { decodeTableRecord, type TableRecord } from '../table-record.js';
import { largeRun, verifyValue } from '../value-sums.js';
import type { FilePageStore } from './file-page-store.js';

export class Recovery {
  /** Pages that the commits after `durable` wrote, as far as the newest one needs them. */
  readonly recentRuns: PageRun[] = [];
  /** Pages that were looked at. */
  visited = 0;
  readonly #store: FilePageStore;
  readonly #slot: RootSlot;
  readonly #seen = new Set<number>();

  constructor(store: FilePageStore, slot: RootSlot) {
    this.#store = store;
    this.#slot = slot;
  }

  /** Each page of `recentRuns`. */
  *recentPages(): Generator<number> {
    for (const { first, pages } of this.recentRuns)
      for (let page = first; page < first + pages; page++) yield page;
  }

  /** @throws CORRUPT, naming the page that is torn or missing */
  run(): void {
    const { tables, freePages } = this.#slot;
    for (const { record } of tables.listed) this.#records(record);
    if (tables.tree.isRecent) this.#walk(tables.tree, (cell) => this.#table(cell));
    if (freePages.isRecent) this.#walk(freePages, () => {});
  }

  /** Visits the recent nodes of a tree. `visit` is called for each record of theirs. */
  #walk(root: TreeRoot, visit: (cell: Cell) => void): void {
    if (root.page !== 0) this.#node(root.page, root.sum, root.level, visit);
  }

  #node(page: number, sum: number, level: number, visit: (cell: Cell) => void): void {
    const { pageBytes } = this.#store;
    if (page < FIRST_NODE_PAGE || page >= this.#slot.pageCount)
      throw corruptPage(page, 'there is no such page');
    if (this.#seen.has(page)) throw corruptPage(page, 'it is used twice');
    this.#seen.add(page);
    this.visited++;
    const { memory, at } = this.#store.mapped(page);
    admitNode(memory, at, page, pageBytes, sum, level);
    const born = memory.u32[(at + AT.commitLow) >> 2] + memory.u16[(at + AT.commitHigh) >> 1] * 2 ** 32;
    if (!this.#isRecent(page, born)) return;
    this.recentRuns.push({ first: page, pages: 1 });
    const count = countOf(memory, at);
    const child = new Child();
    const cell = new Cell();
    for (let index = 0; index < count; index++) {
      if (level === 0) {
        cell.read(memory, at, index);
        visit(cell);
        continue;
      }
      child.read(memory, at, index);
      if (child.isRecent) this.#node(child.id, child.sum, level - 1, visit);
    }
  }

  #isRecent(page: number, born: number): boolean {
    if (born > this.#slot.sequence) {
      throw corruptPage(page, `commit ${born} wrote it, and the newest one is ${this.#slot.sequence}`);
    }
    return born > this.#slot.durable;
  }

  #table(cell: Cell): void {
    this.#value(cell);
    let bytes = cell.valueBytes();
    if (cell.isReference) bytes = largeRun(this.#store, readReference(cell.memory, cell.value));
    const table = decodeTableRecord(Buffer.from(bytes));
    if (typeof table === 'string') throw corruptPage(this.#slot.tables.tree.page, table);
    this.#records(table);
  }

  #records({ tree }: TableRecord): void {
    if (tree.isRecent) this.#walk(tree, (record) => this.#value(record));
  }

  #value(cell: Cell): void {
    if (!cell.isReference) return;
    const reference = readReference(cell.memory, cell.value);
    if (this.#isRecent(reference.firstPage, reference.commit)) this.#largeValue(reference);
  }

  #largeValue(reference: Reference): void {
    const { firstPage, length } = reference;
    const value = largeRun(this.#store, reference);
    const pages = Math.ceil(length / this.#store.pageBytes);
    this.visited += pages;
    // Otherwise a few bytes could have a long value read again and again.
    if (this.visited > this.#slot.pageCount)
      throw corruptPage(firstPage, 'it is one of more pages than the store has: some are used twice');
    verifyValue(value, reference);
    this.recentRuns.push({ first: firstPage, pages });
  }
}

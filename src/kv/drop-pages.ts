/**
 * Gives up a whole tree: finds the pages of the file that it uses, those of large values included. None is given back twice, whatever
 * the tree says: it would be handed out twice.
 */
import { corruptPage } from './admission.js';
import { Cell, countOf } from './cell.js';
import { Child } from './child.js';
import { AT } from './format.js';
import { readReference } from './reference.js';
import type { Tree } from './tree.js';
import { largeRun } from './value-sums.js';

const FIRST_BYTES = 1024;

/**
 * Adds runs to `replaced` in triples: first page, pages, commit that wrote them. Nodes on the heap need not be given back.
 * @throws CORRUPT, with `replaced` as it was
 */
export function dropPages(tree: Tree, replaced: number[]): void {
  if (tree.root === 0) return;
  const before = replaced.length;
  try {
    new Dropping(tree, replaced).drop(tree.root, tree.rootSum, tree.level);
  } catch (error) {
    replaced.length = before;
    throw error;
  }
}

class Dropping {
  readonly #tree: Tree;
  readonly #replaced: number[];
  /** A bit for each page. */
  #seen = new Uint8Array(FIRST_BYTES);

  constructor(tree: Tree, replaced: number[]) {
    this.#tree = tree;
    this.#replaced = replaced;
  }

  drop(id: number, sum: number, level: number): void {
    const tree = this.#tree;
    tree.locate(id, sum, level);
    const { memory, at } = tree;
    if (id >= 0) {
      const born = memory.u32[(at + AT.commitLow) >> 2] + memory.u16[(at + AT.commitHigh) >> 1] * 2 ** 32;
      this.#add(id, 1, born);
    }
    const count = countOf(memory, at);
    if (level > 0) {
      const child = new Child();
      for (let index = 0; index < count; index++) {
        child.read(memory, at, index);
        this.drop(child.id, child.sum, level - 1);
      }
      return;
    }
    const cell = new Cell();
    for (let index = 0; index < count; index++) {
      cell.read(memory, at, index);
      if (cell.isReference) this.#dropValue(cell);
    }
  }

  #dropValue(cell: Cell): void {
    const { store } = this.#tree;
    const reference = readReference(cell.memory, cell.value);
    largeRun(store, reference);
    this.#add(reference.firstPage, Math.ceil(reference.length / store.pageBytes), reference.commit);
  }

  #add(first: number, pages: number, born: number): void {
    const end = first + pages;
    if (end > 8 * this.#seen.length) {
      const longer = new Uint8Array(Math.max(2 * this.#seen.length, (end >> 3) + 1));
      longer.set(this.#seen);
      this.#seen = longer;
    }
    for (let page = first; page < end; page++) {
      if ((this.#seen[page >> 3] & (1 << (page & 7))) !== 0) throw corruptPage(page, 'it is used twice');
      this.#seen[page >> 3] |= 1 << (page & 7);
    }
    this.#replaced.push(first, pages, born);
  }
}

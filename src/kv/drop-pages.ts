/** Gives up a whole tree: finds the pages of the file that it uses, those of large values included. */
import { Cell, countOf } from './cell.js';
import { Child } from './child.js';
import { AT } from './format.js';
import { readReference } from './reference.js';
import type { Tree } from './tree.js';

/** Adds runs to `replaced` in triples: first page, pages, commit that wrote them. Nodes on the heap need not be given back. */
export function dropPages(tree: Tree, replaced: number[]): void {
  if (tree.root !== 0) dropNode(tree, tree.root, tree.rootSum, tree.level, replaced);
}

function dropNode(tree: Tree, id: number, sum: number, level: number, replaced: number[]): void {
  tree.locate(id, sum, level);
  const { memory, at } = tree;
  if (id >= 0) {
    const born = memory.u32[(at + AT.commitLow) >> 2] + memory.u16[(at + AT.commitHigh) >> 1] * 2 ** 32;
    replaced.push(id, 1, born);
  }
  const count = countOf(memory, at);
  if (level > 0) {
    const child = new Child();
    for (let index = 0; index < count; index++) {
      child.read(memory, at, index);
      dropNode(tree, child.id, child.sum, level - 1, replaced);
    }
    return;
  }
  const cell = new Cell();
  for (let index = 0; index < count; index++) {
    cell.read(memory, at, index);
    if (!cell.isReference) continue;
    const { firstPage, length, commit } = readReference(memory, cell.value);
    replaced.push(firstPage, Math.ceil(length / tree.store.pageBytes), commit);
  }
}

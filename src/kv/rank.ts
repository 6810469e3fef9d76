/**
 * Counting without a scan: a branch knows how many records each child has, so the place of a key in the order of all costs one way
 * down. In a transaction the nodes on the heap are counted one by one.
 */
import { countOf } from './cell.js';
import { Child } from './child.js';
import type { KeyBuffer } from './key-buffer.js';
import { findChild, findInLeaf } from './search.js';
import type { Tree } from './tree.js';

/** How many records have a key less than `key`. */
export function rankOf(tree: Tree, key: KeyBuffer): number {
  if (tree.root === 0) return 0;
  const child = new Child();
  let id = tree.root;
  let sum = tree.rootSum;
  let records = 0;
  for (let level = tree.level; level > 0; level--) {
    tree.locate(id, sum, level);
    const { memory, at } = tree;
    const index = findChild(memory, at, key.bytes, key.length, 0);
    for (let before = 0; before < index; before++) {
      child.read(memory, at, before);
      records += child.id < 0 ? recordsBelow(tree, child.id, child.sum, level - 1) : child.count;
    }
    child.read(memory, at, index);
    id = child.id;
    sum = child.sum;
  }
  tree.locate(id, sum, 0);
  const index = findInLeaf(tree.memory, tree.at, key.bytes, key.length, 0);
  return records + (index < 0 ? ~index : index);
}

/** Records in a page's tree. */
function recordsBelow(tree: Tree, id: number, sum: number, level: number): number {
  tree.locate(id, sum, level);
  const { memory, at } = tree;
  const cells = countOf(memory, at);
  if (level === 0) return cells;
  const child = new Child();
  let records = 0;
  for (let index = 0; index < cells; index++) {
    child.read(memory, at, index);
    records += child.id < 0 ? recordsBelow(tree, child.id, child.sum, level - 1) : child.count;
  }
  return records;
}

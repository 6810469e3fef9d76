/**
 * A made-up tree whose checksums are right, and whose branches have one page as each of their children: it seems to hold more records
 * than could ever be read, out of a few pages. Whoever walks over it is told at the second sight of a page.
 */
import { describe, expect, it } from 'vitest';
import { pageSum } from '../../src/kv/admission.js';
import { TreeCheck } from '../../src/kv/check.js';
import { Cursor } from '../../src/kv/cursor.js';
import { AT } from '../../src/kv/format.js';
import { KeyBuffer } from '../../src/kv/key-buffer.js';
import { NodeBuilder } from '../../src/kv/node-builder.js';
import type { TreeRoot } from '../../src/kv/page-store.js';
import { rankOf } from '../../src/kv/rank.js';
import { Tree } from '../../src/kv/tree.js';
import { failure } from '../support/failure.js';
import { keyOf, TreeModel } from './model.js';

const PAGE_BYTES = 4096;
/** With 50 children each: more leaves than there are microseconds in the age of the universe. */
const LEVELS = 20;
const CHILDREN = 50;
const MOST_STEPS = 1000;

/** A branch above a node, whose children are all that node. */
function writeBranch({ store }: TreeModel, below: TreeRoot): TreeRoot {
  const builder = new NodeBuilder();
  const page = store.allocate(1);
  const { memory, at } = store.place(page);
  const level = below.level + 1;
  const key = new KeyBuffer();
  builder.begin(memory, at, PAGE_BYTES, level, CHILDREN, key.memory, 0);
  for (let child = 0; child < CHILDREN; child++) {
    if (child === 0) builder.appendEmpty();
    else builder.appendKey(keyOf(`key ${100 + child}`).memory, 7);
    builder.appendChild(below.page, below.sum, 1, 0);
  }
  builder.finish();
  builder.clearFreeBytes();
  memory.u32[(at + AT.pageNumber) >> 2] = page;
  return { page, sum: pageSum(memory, at, PAGE_BYTES), level, count: 50 * CHILDREN };
}

function tower(): TreeModel {
  const model = new TreeModel(PAGE_BYTES);
  for (let record = 0; record < 10; record++) model.put(`key ${120 + record}`, Buffer.from('value'));
  model.commit();
  for (let level = 0; level < LEVELS; level++) model.root = writeBranch(model, model.root);
  model.store.verified.fill(0);
  return model;
}

function walk(model: TreeModel, isReverse: boolean): void {
  const cursor = new Cursor(new Tree(model.store, model.root));
  const step = () => (isReverse ? cursor.previous() : cursor.next());
  let steps = 0;
  for (let more = isReverse ? cursor.last() : cursor.first(); more; more = step())
    if (++steps > MOST_STEPS) throw new Error('there is no end to the records');
}

describe('a tree whose branches have one page as all of their children', () => {
  it.each([
    ['forwards', false],
    ['backwards', true],
  ])('is not walked over, %s', (_, isReverse) => {
    failure(() => walk(tower(), isReverse), 'CORRUPT');
  });

  it('fails the full check', () => {
    const model = tower();
    failure(() => new TreeCheck(new Tree(model.store, model.root)).run(), 'CORRUPT');
  });

  it('is not given back, and no page twice', () => {
    const model = tower();
    model.writer.begin(model.root);
    failure(() => model.writer.clear(), 'CORRUPT');
    expect(model.writer.isChanged).toBe(false);
  });

  it('is counted and searched along one way down', () => {
    const model = tower();
    const tree = new Tree(model.store, model.root);
    expect(rankOf(tree, keyOf('key 125'))).toBeLessThan(LEVELS * CHILDREN);
    expect(tree.find(keyOf('key 125'))).toBe(true);
    expect(tree.find(keyOf('none'))).toBe(false);
  });
});

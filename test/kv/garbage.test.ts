/**
 * Leaves with gaps, where records were that a transaction has removed or replaced: what is copied, and cut into pages, is the
 * records that are there.
 */
import { describe, it } from 'vitest';
import { pageSum } from '../../src/kv/admission.js';
import { slotsOf } from '../../src/kv/cell.js';
import { AT } from '../../src/kv/format.js';
import { failure } from '../support/failure.js';
import { TreeModel } from './model.js';

const LETTERS = Array.from({ length: 26 }, (_, index) => String.fromCharCode(97 + index));
const value = Buffer.alloc(150, 'value');

/** Records of one leaf, in the order of their keys, with gaps between them; more than a page holds. */
function withGaps(): TreeModel {
  const model = new TreeModel(4096);
  const put = (texts: string[]) => {
    for (const text of texts) model.put(text, value);
  };
  put(LETTERS.slice(0, 20).map((letter) => `key ${letter.toUpperCase()}`));
  model.commit();
  put(LETTERS.map((letter) => `key ${letter}`));
  for (const letter of LETTERS.slice(0, 18)) model.delete(`key ${letter.toUpperCase()}`);
  return model;
}

describe('a leaf with gaps that a nested transaction has changed', () => {
  it.each([
    ['stands', false],
    ['is undone', true],
  ])('is written without them where the nested one %s', (_, isUndone) => {
    // The copy that the nested transaction worked on was said to have none. Its records were taken for one piece, and copied
    // with the gaps between them, over the end of the page before.
    const model = withGaps();
    model.save();
    model.put('key |', value);
    if (isUndone) model.rollBack(0);
    model.put('key ~', value);
    model.commit();
    model.check();
  });
});

/** Moves the entries of half of the records of a page away from those before them, and makes its checksum right. */
function pullApart(model: TreeModel, gapBytes: number): void {
  const { memory, at } = model.store.place(model.root.page);
  const { u8, u16 } = memory;
  const count = u16[(at + AT.count) >> 1]!;
  const slots = slotsOf(memory, at) >> 1;
  const end = at + u16[slots + (count >> 1) - 1]!;
  const low = at + u16[slots + count - 1]!;
  u8.copyWithin(low - gapBytes, low, end);
  for (let index = count >> 1; index < count; index++) u16[slots + index]! -= gapBytes;
  u16[(at + AT.entryBytes) >> 1]! += gapBytes;
  model.root = { ...model.root, sum: pageSum(memory, at, 4096) };
  model.store.verified.fill(0);
}

it('a page that somebody made up with gaps is not copied over the page before it', () => {
  const model = new TreeModel(4096);
  for (const letter of LETTERS.slice(0, 20)) model.put(`key ${letter.toUpperCase()}`, value);
  model.commit();
  pullApart(model, 600);
  model.writer.begin(model.root);
  for (const letter of LETTERS) model.put(`key ${letter}`, value);
  failure(() => model.writer.commit(), 'CORRUPT');
});

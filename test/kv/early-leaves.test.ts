/** Leaves that ascending keys fill: they are written before the commit, are full, and none of their pages is lost. */
import { describe, expect, it } from 'vitest';
import { FIRST_NODE_PAGE } from '../../src/kv/format.js';
import { PerdureError } from '../../src/os/errors.js';
import { failure } from '../support/failure.js';
import { TreeModel } from './model.js';

const VALUE_BYTES = 100;
const value = (number: number) => Buffer.alloc(VALUE_BYTES, number);
const text = (number: number) => String(number).padStart(8, '0');

function append(model: TreeModel, from: number, end: number): void {
  for (let number = from; number < end; number++) model.put(text(number), value(number));
}

describe('ascending keys in one transaction', () => {
  it('need little memory, whatever their number', () => {
    const model = new TreeModel(4096, undefined, true);
    append(model, 0, 30_000);
    expect(30_000 * VALUE_BYTES).toBeGreaterThan(10 * model.heap.bytes);
    model.commit();
    model.check();
  });

  it('fill their pages', () => {
    const model = new TreeModel(4096, undefined, true);
    append(model, 0, 30_000);
    model.commit();
    // 6 bytes in the arrays, 2 lengths, and what the prefix and the head leave of the key, which is 1 byte at most.
    const records = Math.floor((4096 - 32) / (6 + 2 + 1 + VALUE_BYTES));
    const pages = model.store.pageCount - FIRST_NODE_PAGE - model.store.freePages.length;
    expect(pages).toBeLessThan((30_000 / records) * 1.03);
  });

  it('can be changed, removed and followed by others before the commit', () => {
    const model = new TreeModel(4096, undefined, true);
    append(model, 0, 3000);
    for (let number = 0; number < 3000; number += 7) model.delete(text(number));
    for (let number = 0; number < 3000; number += 5) model.put(text(number), value(number + 1));
    append(model, 3000, 4000);
    model.check();
    model.commit();
    model.check();
    append(model, 4000, 5000);
    model.writer.clear();
    model.expected.clear();
    append(model, 0, 1000);
    model.commit();
    model.check();
  });

  it('give their pages back with the nested transaction that they were in', () => {
    const model = new TreeModel(4096, undefined, true);
    append(model, 0, 2000);
    model.save();
    append(model, 2000, 4000);
    model.save();
    append(model, 4000, 6000);
    model.rollBack(1);
    model.check();
    for (let number = 100; number < 200; number++) model.put(text(number), value(number + 1));
    model.rollBack(0);
    model.check();
    append(model, 2000, 2500);
    // Counts every page.
    model.commit();
    model.check();
  });

  it('wait for the commit where the disk is full, which says so', () => {
    const model = new TreeModel(4096, undefined, true);
    const { store } = model;
    const allocate = store.allocate.bind(store);
    append(model, 0, 500);
    store.allocate = () => {
      throw new PerdureError('DISK_FULL', 'there is no room');
    };
    append(model, 500, 1500);
    model.check();
    failure(() => model.writer.commit(), 'DISK_FULL');
    model.check();
    store.allocate = allocate;
    model.commit();
    model.check();
  });
});

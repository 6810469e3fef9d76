/**
 * Free pages: used again as soon as no snapshot sees them and their commit is on the disk, joined, never lost, and at a cost that
 * does not depend on how many there are.
 */
import { describe, expect, it } from 'vitest';
import { RunList } from '../../../src/kv/file/run-list.js';
import { nativeOs } from '../../../src/os/native.js';
import { osWith } from '../../support/failing-os.js';
import { tempFiles } from '../../support/temp-folder.js';
import { StoreModel } from './store-model.js';

const path = tempFiles();
const PAGE_BYTES = 4096;
/** A value that is kept in a page of its own. */
const ONE_PAGE_BYTES = 3000;

/** An Os for which everything is on the disk at once, and which counts the bytes written. */
function countingOs() {
  const count = { bytes: 0 };
  const os = osWith({
    flushFileBuffers: () => {},
    writeFile: (file, bytes, offset) => {
      count.bytes += bytes.length;
      nativeOs().writeFile(file, bytes, offset);
    },
  });
  return { os, count };
}

function fill(model: StoreModel, records: number, valueBytes: number): void {
  for (let index = 0; index < records; index++) model.put(key(index), Buffer.alloc(valueBytes, index));
  commit(model);
}

function commit(model: StoreModel): void {
  model.commit();
  model.pager.flushSync();
}

const key = (index: number) => `key ${String(index).padStart(6, '0')}`;

/** Changes single records, one a commit. */
function change(model: StoreModel, commits: number, records: number): void {
  for (let round = 0; round < commits; round++) {
    model.put(key((round * 7919) % records), Buffer.alloc(100, round));
    commit(model);
  }
}

/** Free pages in a tree from the first one on, and listed in the root slot as far as they fit. */
describe.each([1, 96])('free pages, of which %i runs are listed:', (listedRuns) => {
  function store(name: string): { model: StoreModel; count: { bytes: number } } {
    const { os, count } = countingOs();
    return { model: new StoreModel(path(`${name}${listedRuns}`), {}, { os, listedRuns }), count };
  }

  describe('the file does not grow', () => {
    it('while records are replaced, commit by commit', () => {
      const { model } = store('steady');
      fill(model, 2000, 100);
      change(model, 30, 2000);
      const { pageCount } = model.pager.slot;
      change(model, 300, 2000);
      model.check();
      expect(model.pager.slot.pageCount).toBeLessThanOrEqual(pageCount + 8);
      model.close();
    });

    it('by what was freed between two snapshots that stay open', () => {
      const { model } = store('between');
      fill(model, 2000, 100);
      model.pin();
      change(model, 100, 2000);
      model.pin();
      change(model, 30, 2000);
      const { pageCount } = model.pager.slot;
      // Each of these frees pages that were written after the second snapshot.
      for (let round = 0; round < 200; round++) change(model, 1, 1);
      const report = model.check();
      expect(model.pager.slot.pageCount).toBeLessThanOrEqual(pageCount + 12);
      expect(report.waitingPages).toBeGreaterThan(50);
      // The older one ends: what the newer one alone does not see is free.
      model.unpin(0);
      change(model, 40, 1);
      expect(model.check().waitingPages).toBeLessThan(report.waitingPages);
      model.unpin(0);
      change(model, 40, 1);
      expect(model.check().waitingPages).toBeLessThan(20);
      model.close();
    });

    it('by transactions that are given up, however large', () => {
      const { model } = store('aborted');
      fill(model, 500, 100);
      change(model, 3, 500);
      const { pageCount } = model.pager.slot;
      for (let round = 0; round < 5; round++) {
        for (let index = 0; index < 800; index++) model.put(key(index), Buffer.alloc(1500, round));
        model.put('large', Buffer.alloc(3_000_000, round));
        model.abort();
        expect(model.pager.slot.pageCount).toBe(pageCount);
        model.check();
      }
      change(model, 3, 500);
      expect(model.pager.slot.pageCount).toBeLessThanOrEqual(pageCount + 8);
      model.check();
      model.close();
    });

    it('by a large value where the pages of many small ones lie side by side', () => {
      const { model } = store('joined');
      fill(model, 1000, ONE_PAGE_BYTES);
      for (let index = 0; index < 1000; index++) model.delete(key((index * 7) % 1000));
      commit(model);
      model.put('small', Buffer.alloc(10));
      commit(model);
      for (let round = 0; round < 5; round++) change(model, 1, 1);
      const { pageCount } = model.pager.slot;
      model.put('large', Buffer.alloc(600 * PAGE_BYTES, 1));
      commit(model);
      model.check();
      expect(model.pager.slot.pageCount).toBeLessThanOrEqual(pageCount + 8);
      model.close();
    });
  });

  describe('commits that nobody flushes', () => {
    it('do not let the file grow without end', () => {
      const { os } = countingOs();
      const model = new StoreModel(
        path(`unflushed${listedRuns}`),
        {},
        { os, unflushedPages: 100, listedRuns },
      );
      fill(model, 2000, 100);
      let most = 0;
      for (let round = 0; round < 400; round++) {
        model.put(key((round * 7919) % 2000), Buffer.alloc(100, round));
        model.commit();
        most = Math.max(most, model.pager.newest.sequence - model.pager.durable);
        if (round === 100) expect(model.pager.slot.pageCount).toBeLessThan(400);
      }
      expect(model.pager.slot.pageCount).toBeLessThan(400);
      expect(most).toBeGreaterThan(10);
      model.check();
      model.close();
    });
  });

  describe('a page is not used again', () => {
    it('before the commit that freed it is on the disk', () => {
      const { model } = store('deferred');
      fill(model, 500, 100);
      change(model, 10, 500);
      const { pageCount } = model.pager.slot;
      for (let round = 0; round < 20; round++) {
        model.put(key(round), Buffer.alloc(100, round));
        model.commit();
      }
      // At least the leaf and the root of each commit are new pages.
      expect(model.pager.slot.pageCount).toBeGreaterThan(pageCount + 20);
      model.pager.flushSync();
      const grown = model.pager.slot.pageCount;
      change(model, 20, 500);
      expect(model.pager.slot.pageCount).toBeLessThanOrEqual(grown + 8);
      model.check();
      model.close();
    });
  });

  describe('a commit', () => {
    it('costs what it changes, however many free pages are listed', () => {
      const { model, count } = store('cost');
      const most = () => {
        let bytes = 0;
        for (let round = 0; round < 40; round++) {
          count.bytes = 0;
          change(model, 1, 8000);
          bytes = Math.max(bytes, count.bytes);
        }
        return bytes;
      };
      fill(model, 8000, ONE_PAGE_BYTES);
      change(model, 5, 8000);
      const few = most();
      for (let index = 1; index < 8000; index += 2) model.delete(key(index));
      commit(model);
      const many = most();
      const report = model.check();
      expect(report.freePages + report.waitingPages).toBeGreaterThan(3500);
      // The tree of free pages has a level more, and leaves for what is taken, what is given back and what is moved.
      expect(many).toBeLessThan(few + 9 * PAGE_BYTES);
      expect(few).toBeLessThan(16 * PAGE_BYTES);
      model.close();
    });

    it('lists more runs than the reserve can hold', () => {
      const { model } = store('reserve');
      fill(model, 3000, ONE_PAGE_BYTES);
      for (let round = 0; round < 3; round++) {
        for (let index = round; index < 3000; index += 3) model.delete(key(index));
        commit(model);
        model.check();
        for (let index = round; index < 3000; index += 5)
          model.put(key(index), Buffer.alloc(ONE_PAGE_BYTES, round));
        commit(model);
        model.check();
      }
      model.reopen();
      model.check();
      model.close();
    });
  });
});

describe('a list of runs', () => {
  it('joins neighbours, and hands out pieces from the front', () => {
    const list = new RunList();
    for (const [first, pages] of [
      [10, 2],
      [12, 3],
      [30, 1],
      [20, 5],
      [25, 5],
    ] as const)
      list.add(first, pages);
    expect(list.pages).toBe(16);
    expect(list.take(6)).toBe(20);
    expect(list.take(11)).toBe(-1);
    expect(list.take(1)).toBe(26);
    expect(list.pages).toBe(9);
    expect(list.drain()).toEqual([
      { first: 10, pages: 5 },
      { first: 27, pages: 4 },
    ]);
    expect(list.pages).toBe(0);
  });
});

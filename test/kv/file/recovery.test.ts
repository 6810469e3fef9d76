/**
 * After a death or a power cut: the newest commit whose pages are all there, by looking at what was written since the last known
 * durable one and at nothing else.
 */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FilePager } from '../../../src/kv/file/file-pager.js';
import { FIRST_NODE_PAGE } from '../../../src/kv/format.js';
import { decodeRootSlot, encodeRootSlot, isProblem, type RootSlot } from '../../../src/kv/root-slot.js';
import { nativeOs } from '../../../src/os/native.js';
import { osWith } from '../../support/failing-os.js';
import { failure } from '../../support/failure.js';
import { tempFiles } from '../../support/temp-folder.js';
import { contentsOf } from './one-table.js';
import { expectContents, StoreModel } from './store-model.js';

const PAGE_BYTES = 4096;
const path = tempFiles();

function slotsOf(file: string): (RootSlot | undefined)[] {
  const bytes = fs.readFileSync(file);
  return [0, 1, 2].map((index) => {
    const slot = decodeRootSlot(bytes.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES));
    return isProblem(slot) ? undefined : slot;
  });
}

/** The index of the slot that holds the newest commit. */
function newestOf(file: string): number {
  const sequences = slotsOf(file).map((slot) => slot?.sequence ?? 0);
  return sequences.indexOf(Math.max(...sequences));
}

/** Changes the bytes of a page. */
function damage(file: string, page: number, at = 100): void {
  const bytes = fs.readFileSync(file);
  bytes[page * PAGE_BYTES + at]! ^= 1;
  fs.writeFileSync(file, bytes);
}

/** A store with commits that each change a few of many records. */
function fill(model: StoreModel, records = 3000): void {
  for (let index = 0; index < records; index++) model.put(`key ${index}`, Buffer.alloc(100, index));
  model.commit();
  model.pager.flushSync();
}

function change(model: StoreModel, round: number): void {
  for (let index = 0; index < 3; index++)
    model.put(`key ${(round * 7919 + index * 1009) % 3000}`, Buffer.alloc(100, round));
  model.commit();
}

/** Opens a copy of the file, as a process finds it that comes after a death. */
function openLeft(model: StoreModel, name: string): FilePager {
  const left = path(name);
  fs.copyFileSync(model.path, left);
  return FilePager.open(left, { readonly: true });
}

describe('opening verifies', () => {
  it('nothing after a store was closed', () => {
    const model = new StoreModel(path('closed'));
    fill(model);
    model.reopen();
    expect(model.pager.verifiedAtOpening).toBe(0);
    model.close();
  });

  it('nothing of a large commit, when it was flushed', async () => {
    const model = new StoreModel(path('large'), {}, { settlePages: 50 });
    fill(model);
    expect(openAndClose(model)).toBe(0);
    change(model, 1);
    await model.pager.flush();
    expect(openAndClose(model)).toBeGreaterThan(0);
    expect(openAndClose(model)).toBeLessThan(20);
    for (let index = 0; index < 3000; index++) model.put(`key ${index}`, Buffer.alloc(90, index));
    model.commit();
    expect(openAndClose(model)).toBeGreaterThan(50);
    await model.pager.flush();
    expect(openAndClose(model)).toBe(0);
    model.close();
  });

  it('only what was written since the commit that is known to be durable, however many came after it', () => {
    const model = new StoreModel(path('deferred'));
    fill(model);
    const { durable } = model.pager;
    for (let round = 0; round < 200; round++) change(model, round);
    const left = openLeft(model, 'deferred-left');
    expect(left.durable).toBe(durable);
    expect(left.verifiedAtOpening).toBe(recentPages(left));
    expect(left.verifiedAtOpening).toBeGreaterThan(50);
    left.close();
    model.close();
  });

  it('no more where the disk is always one commit behind', async () => {
    const waiting: (() => void)[] = [];
    const os = osWith({ flushFileBuffersAsync: () => new Promise((resolve) => waiting.push(resolve)) });
    const model = new StoreModel(path('behind'), {}, { os });
    fill(model);
    const flushes: Promise<void>[] = [];
    for (let round = 0; round < 200; round++) {
      change(model, round);
      flushes.push(model.pager.flush());
      // The flush of the commit before ends, and the next one begins.
      if (round > 0) waiting.shift()!();
      while (waiting.length === 0) await Promise.resolve();
    }
    const left = openLeft(model, 'behind-left');
    expect(left.slot.sequence - left.durable).toBeLessThan(3);
    // The pages of one commit more, which became durable between the writing of the pages and that of the slot.
    expect(left.verifiedAtOpening).toBeLessThan(3 * recentPages(left));
    left.close();
    while (waiting.length > 0) {
      waiting.shift()!();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(flushes);
    model.close();
  });
});

function openAndClose(model: StoreModel): number {
  const left = openLeft(model, 'left');
  const { verifiedAtOpening } = left;
  left.close();
  return verifiedAtOpening;
}

/** Pages of nodes that are not known to be on the disk: what recovery has to look at. */
function recentPages(pager: FilePager): number {
  const { pages, slot } = pager;
  let recent = 0;
  for (let page = FIRST_NODE_PAGE; page < slot.pageCount; page++) if (pages.isRecent(page)) recent++;
  return recent;
}

describe('a commit that is not all on the disk', () => {
  /** A store whose newest commit was not flushed, and the pages that this commit wrote. */
  function unflushed(name: string, valueBytes = 100) {
    const model = new StoreModel(path(name));
    fill(model, 300);
    const durable = model.committed;
    model.put('key 7', Buffer.alloc(valueBytes, 'new'));
    model.commit();
    const left = path(`${name}-left`);
    fs.copyFileSync(model.path, left);
    const newest = model.committed;
    model.close();
    return { left, durable, newest };
  }

  it('counts where every page of it is there', () => {
    const { left, newest } = unflushed('whole');
    const model = new StoreModel(left);
    expectContents(model.committed, newest);
    model.check();
    model.close();
  });

  it.each([100, 20_000])('is left out where any page of it is missing (values of %i bytes)', (valueBytes) => {
    const { left, durable } = unflushed('torn', valueBytes);
    const intact = fs.readFileSync(left);
    const reader = FilePager.open(left, { readonly: true });
    const recent = [...Array(reader.slot.pageCount).keys()].filter((page) => reader.pages.isRecent(page));
    reader.close();
    expect(recent.length).toBeGreaterThan(1);
    for (const page of recent) {
      damage(left, page);
      const model = new StoreModel(left);
      expectContents(model.committed, durable);
      model.check();
      // And the store goes on from there.
      change(model, page);
      model.reopen();
      model.check();
      model.close();
      fs.writeFileSync(left, intact);
    }
  });

  it('is left out where its slot is torn', () => {
    const { left, durable } = unflushed('slot');
    damage(left, newestOf(left));
    const model = new StoreModel(left);
    expectContents(model.committed, durable);
    model.check();
    model.close();
  });

  it('is left out where the file is shorter than it says', () => {
    const { left, durable } = unflushed('short', 200_000);
    const newest = slotsOf(left)[newestOf(left)]!;
    const before = slotsOf(left).find((slot) => slot?.sequence === newest.durable)!;
    fs.truncateSync(left, before.pageCount * PAGE_BYTES);
    const model = new StoreModel(left);
    expectContents(model.committed, durable);
    model.close();
  });

  it('is CORRUPT where the commit before it is damaged too', () => {
    const { left } = unflushed('both');
    for (const slot of slotsOf(left))
      for (const { record } of slot!.tables.listed) damage(left, record.tree.page);
    expect(failure(() => FilePager.open(left), 'CORRUPT').message).toMatch(/page \d+ of the store/);
    for (const index of [0, 1, 2]) damage(left, index);
    expect(failure(() => FilePager.open(left), 'CORRUPT').message).toContain(left);
  });
});

describe('root slots', () => {
  /** Which commit each slot holds, whenever one is written. */
  function recorded(name: string, extra: Parameters<typeof osWith>[0] = {}) {
    const writes: { index: number; sequence: number; durable: number }[] = [];
    const os = osWith({
      ...extra,
      writeFile: (file, bytes, offset) => {
        const slot = decodeRootSlot(Buffer.from(bytes));
        if (!isProblem(slot))
          writes.push({
            index: Number(offset) / slot.pageBytes,
            sequence: slot.sequence,
            durable: slot.durable,
          });
        nativeOs().writeFile(file, bytes, offset);
      },
    });
    return { model: new StoreModel(path(name), {}, { os }), writes };
  }

  it('that of the newest durable commit is never written to', () => {
    const { model, writes } = recorded('turns');
    fill(model);
    const durableIn = writes.at(-1)!.index;
    writes.length = 0;
    for (let round = 0; round < 5; round++) change(model, round);
    const indexes = writes.map(({ index }) => index);
    expect(indexes.length).toBe(5);
    expect(indexes).not.toContain(durableIn);
    expect(new Set(indexes).size).toBe(2);
    model.pager.flushSync();
    const nowIn = writes.at(-1)!.index;
    writes.length = 0;
    for (let round = 0; round < 2; round++) change(model, round);
    expect(writes.map(({ index }) => index)).toEqual([durableIn, 3 - durableIn - nowIn]);
    model.close();
  });

  it('nor that of a commit whose flush is under way: those that are made meanwhile are in the third one, and no kill takes them', async () => {
    let end = () => {};
    const { model, writes } = recorded('under way', {
      flushFileBuffersAsync: () =>
        new Promise((resolve) => {
          end = resolve;
        }),
    });
    fill(model, 100);
    const durableIn = writes.at(-1)!.index;
    change(model, 1);
    const promised = writes.at(-1)!;
    const flush = model.pager.flush();
    writes.length = 0;
    change(model, 2);
    change(model, 3);
    const third = 3 - durableIn - promised.index;
    expect(writes.map(({ index }) => index)).toEqual([third, third]);
    model.check();
    const left = openLeft(model, 'under-way-left');
    expect(left.newest.sequence).toBe(promised.sequence + 2);
    expectContents(contentsOf(left, left.newest.tables), model.committed);
    left.close();
    end();
    await flush;
    expect(model.pager.durable).toBe(promised.sequence);
    model.close();
  });

  it('there is one flush at a time, whenever it is asked for', async () => {
    let underWay = 0;
    let most = 0;
    const os = osWith({
      flushFileBuffersAsync: async () => {
        most = Math.max(most, ++underWay);
        await new Promise(setImmediate);
        underWay--;
      },
    });
    const model = new StoreModel(path('one flush'), {}, { os });
    fill(model, 100);
    const flushes: Promise<void>[] = [];
    for (let turns = 0; turns < 8; turns++) {
      // Nothing to do: the second one begins some turns after the first has ended, and a third one is asked for in between.
      flushes.push(model.pager.flush(), model.pager.flush());
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      change(model, turns);
      flushes.push(model.pager.flush());
      change(model, turns + 1);
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      change(model, turns + 2);
      await Promise.all(flushes);
      await model.pager.flush();
    }
    await Promise.all(flushes);
    expect(most).toBe(1);
    expect(model.pager.durable).toBe(model.pager.newest.sequence);
    model.close();
  });

  it('a blocking flush during another one makes the newest commit durable', async () => {
    let end = () => {};
    const { model, writes } = recorded('both ways', {
      flushFileBuffersAsync: () =>
        new Promise((resolve) => {
          end = resolve;
        }),
    });
    fill(model, 100);
    change(model, 1);
    const flush = model.pager.flush();
    change(model, 2);
    model.pager.flushSync();
    expect(model.pager.durable).toBe(model.pager.newest.sequence);
    expect(writes.at(-1)!.sequence).toBe(model.pager.newest.sequence);
    end();
    await flush;
    expect(model.pager.durable).toBe(model.pager.newest.sequence);
    change(model, 3);
    model.reopen();
    model.check();
    model.close();
  });

  it('only that of the commit that was found is written again, before anything else is flushed', async () => {
    for (const way of ['blocking', 'in the background'] as const) {
      const before = new StoreModel(path('found'));
      change(before, 1);
      before.commit();
      before.pager.flushSync();
      change(before, 2);
      const newest = newestOf(before.path);
      const name = path('found-left');
      fs.copyFileSync(before.path, name);
      before.close();
      const writes: number[] = [];
      const os = osWith({
        writeFile: (file, bytes, offset) => {
          if (Number(offset) < 3 * PAGE_BYTES) writes.push(Number(offset) / PAGE_BYTES);
          nativeOs().writeFile(file, bytes, offset);
        },
      });
      const pager = FilePager.open(name, {}, { os });
      expect(pager.durable).toBeLessThan(pager.newest.sequence);
      if (way === 'blocking') pager.flushSync();
      else await pager.flush();
      expect(pager.durable).toBe(pager.newest.sequence);
      expect(writes).toEqual([newest]);
      pager.close();
    }
  });

  it('in strict mode, are written when the pages are on the disk, and not before', async () => {
    const calls: string[] = [];
    const os = osWith({
      writeFile: (file, bytes, offset) => {
        calls.push(isProblem(decodeRootSlot(Buffer.from(bytes))) ? 'pages' : 'slot');
        nativeOs().writeFile(file, bytes, offset);
      },
      flushFileBuffers: (file) => {
        calls.push('flush');
        nativeOs().flushFileBuffers(file);
      },
      flushFileBuffersAsync: async (file) => {
        calls.push('flush');
        await nativeOs().flushFileBuffersAsync(file);
      },
    });
    const model = new StoreModel(path('strict'), { strict: true }, { os, settlePages: 1000 });
    fill(model, 100);
    calls.length = 0;
    change(model, 1);
    change(model, 2);
    expect(new Set(calls)).toEqual(new Set(['pages']));
    calls.length = 0;
    model.pager.flushSync();
    expect(calls).toEqual(['flush', 'slot', 'flush']);
    change(model, 3);
    calls.length = 0;
    await model.pager.flush();
    expect(calls).toEqual(['flush', 'slot', 'flush']);
    model.close();
  });

  it('of two stores in one file are refused', () => {
    const [one, other] = ['one', 'other'].map((name) => {
      const model = new StoreModel(path(name));
      change(model, 1);
      model.close();
      return model.path;
    });
    const bytes = fs.readFileSync(one!);
    bytes.copy(bytes, 0, newestOf(one!) * PAGE_BYTES, (newestOf(one!) + 1) * PAGE_BYTES);
    fs.writeFileSync(one!, bytes);
    const foreign = slotsOf(other!)[newestOf(other!)]!;
    bytes.set(encodeRootSlot(foreign), PAGE_BYTES);
    fs.writeFileSync(one!, bytes);
    failure(() => FilePager.open(one!), 'CORRUPT');
  });
});

/**
 * What fails below a store: flushes, writes, allocations. A failed flush is final; anything else leaves the transaction open and the
 * store as it was.
 */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FilePager } from '../../../src/kv/file/file-pager.js';
import { Store } from '../../../src/kv/store/store.js';
import { wantedTable } from '../../../src/kv/store/table-format.js';
import { nativeOs } from '../../../src/os/native.js';
import type { Os } from '../../../src/os/os.js';
import { ERROR_DISK_FULL, win32Error } from '../../../src/os/win32-errors.js';
import { deviceError, osWith, osWithFailingFlush } from '../../support/failing-os.js';
import { failure, rejection } from '../../support/failure.js';
import { tempFiles } from '../../support/temp-folder.js';
import { contentsOf } from './one-table.js';
import { expectContents, StoreModel } from './store-model.js';

const path = tempFiles();

function change(model: StoreModel, round: number, valueBytes = 300): void {
  for (let index = 0; index < 30; index++)
    model.put(`key ${(round * 31 + index * 7) % 200}`, Buffer.alloc(valueBytes, round));
}

/** An Os whose n-th call of one kind from now on fails, and those after it where `lasts`. */
function failingOs(call: 'writeFile' | 'allocateBlocks', error: () => Error) {
  const state = { calls: 0, failAt: Number.POSITIVE_INFINITY, lasts: false };
  const fails = () => {
    state.calls++;
    return state.calls === state.failAt || (state.lasts && state.calls > state.failAt);
  };
  const os = osWith({
    // Nothing of this is about the disk: the test takes a tenth of the time.
    flushFileBuffers: () => {},
    [call]: (...args: never[]) => {
      if (fails()) throw error();
      (nativeOs()[call] as (...args: never[]) => void)(...args);
    },
  } as Partial<Os>);
  const arm = (failAt: number, lasts: boolean) => Object.assign(state, { calls: 0, failAt, lasts });
  return { os, arm, state };
}

const diskFull = () => win32Error(ERROR_DISK_FULL, 'fallocate');

describe('a flush that fails while the store is closed', () => {
  it('is told to who waits for it, though closing brought everything to the disk', async () => {
    const os = osWith({
      flushFileBuffersAsync: async () => {
        await new Promise(setImmediate);
        throw deviceError();
      },
    });
    const format = wantedTable({ keys: 'string', values: 'string' });
    const file = path('closed');
    const store = new Store<string, string>(FilePager.open(file, {}, { os }), file, format, 'sync', 1);
    const written = store.setAsync('a', 'b');
    await new Promise(setImmediate);
    store.close();
    await expect(written).rejects.toMatchObject({ code: 'IO_ERROR' });
  });
});

describe('a flush that fails', () => {
  it.each(['blocking', 'in the background'])(
    'is final (%s): what is there can be read, until reopened',
    async (way) => {
      let fails = false;
      const model = new StoreModel(path('flush'), {}, { os: osWithFailingFlush(() => fails) });
      change(model, 1);
      model.commit();
      model.pager.flushSync();
      const { durable } = model.pager;
      const promised = model.committed;
      change(model, 2);
      model.commit();
      fails = true;
      if (way === 'blocking') failure(() => model.pager.flushSync(), 'IO_ERROR');
      else await rejection(model.pager.flush(), 'IO_ERROR');
      fails = false;
      failure(() => model.pager.begin(), 'POISONED');
      failure(() => model.pager.flushSync(), 'POISONED');
      await rejection(model.pager.flush(), 'POISONED');
      expect(model.pager.durable).toBe(durable);
      model.check();
      const pin = model.pager.pin();
      expectContents(contentsOf(model.pager, pin.tables), model.committed);
      model.reopen();
      expect(model.committed.size).toBeGreaterThanOrEqual(promised.size);
      change(model, 3);
      model.commit();
      model.pager.flushSync();
      model.check();
      model.close();
    },
  );

  it('is told to a transaction that is open', () => {
    let fails = false;
    const model = new StoreModel(path('open'), {}, { os: osWithFailingFlush(() => fails) });
    change(model, 1);
    model.commit();
    change(model, 2);
    fails = true;
    failure(() => model.pager.flushSync(), 'IO_ERROR');
    failure(() => model.commit(), 'POISONED');
    model.abort();
    model.check();
    model.close();
  });

  it('at closing is told, and everything is let go', () => {
    let fails = false;
    const file = path('closing');
    const model = new StoreModel(file, {}, { os: osWithFailingFlush(() => fails) });
    change(model, 1);
    model.commit();
    fails = true;
    failure(() => model.close(), 'IO_ERROR');
    model.close();
    FilePager.open(file).close();
  });

  it('leaves pages that the next opening writes again, before it calls them durable', () => {
    let fails = false;
    const written = new Set<number>();
    const os = osWith({
      flushFileBuffers: (file) => {
        if (fails) throw deviceError();
        nativeOs().flushFileBuffers(file);
      },
      writeFile: (file, bytes, offset) => {
        for (let at = 0; at < bytes.length; at += 4096) written.add((Number(offset) + at) / 4096);
        nativeOs().writeFile(file, bytes, offset);
      },
    });
    const model = new StoreModel(path('again'), {}, { os });
    change(model, 1);
    model.commit();
    model.pager.flushSync();
    written.clear();
    change(model, 2);
    model.commit();
    const lost = new Set(written);
    fails = true;
    failure(() => model.pager.flushSync(), 'IO_ERROR');
    fails = false;
    model.reopen();
    written.clear();
    model.pager.begin();
    // What the flush may have lost is dirty again; of the slots, the one that the store was opened by.
    expect([...lost].filter((page) => !written.has(page))).toEqual([]);
    model.pager.abort();
    model.close();
  });
});

describe.each(['writeFile', 'allocateBlocks'] as const)('%s fails', (call) => {
  const error = call === 'writeFile' ? deviceError : diskFull;
  const code = call === 'writeFile' ? 'IO_ERROR' : 'DISK_FULL';

  it.each([
    ['once', false],
    ['for good', true],
  ])('at any point, %s: nothing was committed, and trying again works', (_, lasts) => {
    const { os, arm, state } = failingOs(call, error);
    let failed = 0;
    for (const writeMap of [false, true]) {
      for (let failAt = 1; ; failAt++) {
        arm(Number.POSITIVE_INFINITY, false);
        const model = new StoreModel(path('failing'), { writeMap }, { os });
        for (const round of [1, 2, 3]) {
          change(model, round);
          model.commit();
          model.pager.flushSync();
        }
        const before = model.committed;
        arm(failAt, lasts);
        const attempt = () => {
          change(model, 4, 1800);
          for (let index = 0; index < 6; index++) model.put(`large ${index}`, Buffer.alloc(50_000, failAt));
          model.commit();
        };
        const isFailed = failsWith(attempt, code);
        // Where there is no room for what was wished, less may do.
        if (lasts || call === 'writeFile') expect(isFailed).toBe(state.calls >= failAt);
        else if (state.calls >= failAt) failed++;
        if (isFailed) {
          failed++;
          expectContents(contentsOf(model.pager, model.pager.newest.tables), before);
          arm(Number.POSITIVE_INFINITY, false);
          if (failAt % 2 === 0) model.abort();
          change(model, 5, 1800);
          model.commit();
          model.check();
          model.reopen();
          model.check();
        }
        model.close();
        if (state.failAt === failAt && state.calls < failAt) break;
      }
    }
    expect(failed).toBeGreaterThanOrEqual(call === 'writeFile' ? 12 : 4);
  });

  it('while a store is created: what is left can be opened', () => {
    const { os, arm } = failingOs(call, error);
    const file = path('created');
    arm(1, false);
    failure(() => FilePager.open(file, {}, { os }), code);
    expect(fs.existsSync(file)).toBe(true);
    const model = new StoreModel(file);
    change(model, 1);
    model.commit();
    model.check();
    model.close();
  });
});

/** True where the call throws an error with this code, false where it does not throw. */
function failsWith(call: () => void, code: 'IO_ERROR' | 'DISK_FULL'): boolean {
  try {
    call();
  } catch (error) {
    expect(error).toMatchObject({ code });
    return true;
  }
  return false;
}

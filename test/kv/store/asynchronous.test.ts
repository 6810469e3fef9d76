/** Asynchronous writes: what shares a commit and a flush, what fails alone, and what each promise says. */
import { describe, expect, it } from 'vitest';
import { coded, openMemory } from './open-memory.js';

describe('asynchronous writes', () => {
  it('that come together are one commit and one flush', async () => {
    const { store, pager } = openMemory();
    const writes = Array.from({ length: 100 }, (_, index) => store.setAsync(index, index));
    writes.push(store.write(() => store.set('last', store.size)));
    await Promise.all(writes);
    expect([pager.newest.sequence, pager.flushes]).toEqual([1, 1]);
    expect([store.size, store.get('last')]).toEqual([101, 100]);
    for (let index = 0; index < 100; index++) expect(store.get(index)).toBe(index);
  });

  it('that come during a flush wait for it, and are one commit then', async () => {
    const { store, pager } = openMemory();
    const first = store.setAsync('a', 1);
    await new Promise(setImmediate);
    const second = Promise.all([store.setAsync('b', 1), store.setAsync('c', 1)]);
    await first;
    expect(store.has('b')).toBe(false);
    await second;
    expect([pager.newest.sequence, pager.flushes]).toEqual([2, 2]);
  });

  it('fail alone', async () => {
    const { store } = openMemory();
    const results = await Promise.allSettled([
      store.write(() => store.set('a', 1)),
      store.write(() => {
        store.set('b', 1);
        throw new Error('no');
      }),
      store.write(async () => store.set('c', 1)),
      store.setAsync('d', () => 1),
      store.deleteAsync('a', { ifValue: 2 }),
      store.setAsync('e', 1, { ifAbsent: true }),
      store.setAsync(Number.NaN, 1),
    ]);
    expect(results).toEqual([
      { status: 'fulfilled', value: true },
      { status: 'rejected', reason: new Error('no') },
      { status: 'rejected', reason: coded('INVALID_ARGUMENT', 'synchronous') },
      { status: 'rejected', reason: coded('INVALID_VALUE') },
      { status: 'fulfilled', value: false },
      { status: 'fulfilled', value: true },
      { status: 'rejected', reason: coded('INVALID_ARGUMENT', 'NaN') },
    ]);
    expect([...store.keys()]).toEqual(['a', 'e']);
  });

  it('keep the value as it was when they were asked for', async () => {
    const { store } = openMemory();
    const value = { count: 1 };
    const written = store.setAsync('a', value);
    value.count = 2;
    await written;
    expect(store.get('a')).toEqual({ count: 1 });
  });

  it('are refused together where the flush fails, though each could be done', async () => {
    const { store, pager } = openMemory();
    const writes = [store.setAsync('a', 1), store.setAsync('b', 1, undefined, { durability: 'deferred' })];
    pager.isPoisoned = false;
    await new Promise(setImmediate);
    pager.isPoisoned = true;
    expect(await Promise.allSettled(writes)).toMatchObject([
      { status: 'rejected', reason: { code: 'POISONED' } },
      { status: 'fulfilled' },
    ]);
    await expect(store.setAsync('c', 1)).rejects.toThrow(coded('POISONED'));
    expect(() => store.set('c', 1)).toThrow(coded('POISONED'));
    expect(store.get('a')).toBe(1);
  });

  it('are refused together where the disk is full', async () => {
    const { store, pager } = openMemory();
    pager.pages.failAfter = 0;
    const results = await Promise.allSettled([store.setAsync('a', 1), store.write(() => store.set('b', 1))]);
    expect(results).toMatchObject([{ reason: { code: 'DISK_FULL' } }, { reason: { code: 'DISK_FULL' } }]);
    pager.pages.failAfter = Number.POSITIVE_INFINITY;
    await store.setAsync('c', 1);
    expect([...store.keys()]).toEqual(['c']);
  });

  it('that wait are done when the store is closed', async () => {
    const { store, pager } = openMemory();
    const writes = Promise.all([store.setAsync('a', 1), store.write(() => store.set('b', 1))]);
    store.close();
    expect(await writes).toEqual([true, true]);
    expect([...openMemory({ pager }).store.keys()]).toEqual(['a', 'b']);
    await expect(store.setAsync('c', 1)).rejects.toThrow(coded('CLOSED'));
    await expect(store.write(() => 1)).rejects.toThrow(coded('CLOSED'));
  });
});

describe('durability', () => {
  it('sync: each commit is flushed before the call returns', () => {
    const { store, pager } = openMemory();
    store.set('a', 1);
    store.set('b', 1);
    expect(pager.flushes).toBe(2);
  });

  it('group: commits of a turn share a flush after it', async () => {
    const { store, pager } = openMemory({ durability: 'group' });
    store.set('a', 1);
    store.set('b', 1);
    expect(pager.flushes).toBe(0);
    await expect.poll(() => pager.flushes, { timeout: 15_000 }).toBe(1);
    store.transaction(() => store.set('c', 1), { durability: 'sync' });
    expect(pager.flushes).toBe(2);
  });

  it('deferred: promises resolve with the commit, and a flush comes later', async () => {
    const { store, pager } = openMemory({ durability: 'deferred' });
    expect(await store.setAsync('a', 1)).toBe(true);
    expect(pager.flushes).toBe(0);
    await expect.poll(() => pager.flushes, { timeout: 15_000 }).toBe(1);
    store.set('b', 1);
    await store.flush();
    store.flushSync();
    expect(pager.flushes).toBeGreaterThanOrEqual(3);
  });
});

/** Snapshots, iterations and views of bytes: what they see, how long, and what they hold. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { RangeOptions } from '../../../src/kv/store/options.js';
import { eventually } from '../../support/eventually.js';
import { coded, openMemory } from './open-memory.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function filled() {
  const opened = openMemory({ keys: 'string', values: 'string' });
  opened.store.transaction(() => {
    for (let index = 0; index < 500; index++)
      opened.store.set(`key ${String(index).padStart(3, '0')}`, `value ${index}`);
  });
  return opened;
}

describe('a snapshot', () => {
  it('stays as it is while everything is replaced around it', () => {
    const { store, pager } = filled();
    const named = store.multiTable('named', { keys: 'string', values: 'any' });
    named.add('a', 1);
    using snapshot = store.snapshot();
    const bytes = snapshot.getBytes('key 007');
    for (let round = 0; round < 5; round++) {
      store.clear();
      named.clear();
      store.set('other', 'x'.repeat(round * 3000));
    }
    expect(snapshot.size).toBe(500);
    expect(snapshot.get('key 499')).toBe('value 499');
    expect(Buffer.from(bytes!).toString()).toBe('value 7');
    expect([...snapshot.table(named)]).toEqual([['a', 1]]);
    expect([snapshot.sequence, pager.newest.sequence]).toEqual([2, 13]);
    expect(store.size).toBe(1);
  });

  it('is an error once it is closed, with all that came of it', () => {
    const { store, pager } = filled();
    const snapshot = store.snapshot();
    const table = snapshot.table(store);
    const begun = snapshot.keys();
    begun.next();
    snapshot.close();
    snapshot.close();
    for (const use of [
      () => snapshot.get('a'),
      () => table.size,
      () => snapshot.table(store),
      () => [...table],
    ])
      expect(use).toThrow(coded('CLOSED', 'snapshot'));
    // What had begun before goes on.
    expect([...begun].length).toBe(499);
    expect(pager.pinCount).toBe(0);
  });

  it('taken in a transaction does not see it', () => {
    const { store } = filled();
    store.transaction(() => {
      store.clear();
      using snapshot = store.snapshot();
      expect([snapshot.size, store.size]).toEqual([500, 0]);
    });
  });

  it('is released when nobody can use it any more', async () => {
    const { store, pager } = filled();
    (() => store.snapshot().size)();
    (() => store.keys().next())();
    (() => store.stream('key 001'))();
    expect(pager.pinCount).toBeGreaterThan(0);
    await eventually('nothing is pinned', () => {
      collectGarbage();
      return pager.pinCount === 0;
    });
  });
});

describe('an iteration', () => {
  it('sees the state at its first step, and lets go of it at its end, by break too', () => {
    const { store, pager } = filled();
    let count = 0;
    for (const key of store.keys()) {
      store.delete(key);
      count++;
    }
    expect([count, store.size, pager.pinCount]).toEqual([500, 0, 0]);
    store.set('a', '1');
    for (const [key] of store) {
      expect(key).toBe('a');
      break;
    }
    expect([...store.keys({ limit: 0 })]).toEqual([]);
    expect(pager.pinCount).toBe(0);
  });

  it('in a transaction sees its changes, and ends with it', () => {
    const { store } = filled();
    let left!: Iterator<string>;
    store.transaction(() => {
      left = store.keys();
      left.next();
      const seen: string[] = [];
      for (const key of store.keys({ gte: 'key 490' })) {
        seen.push(key);
        if (key === 'key 490') store.delete('key 491');
        if (key === 'key 495') store.set('key 495b', '');
      }
      expect(seen.slice(0, 2)).toEqual(['key 490', 'key 492']);
      expect(seen).toContain('key 495b');
    });
    expect(() => left.next()).toThrow(coded('CLOSED', 'transaction'));
    expect(left.next()).toEqual({ done: true, value: undefined });
  });

  it('gives records without copying what is not asked for', () => {
    const { store } = filled();
    const found: unknown[] = [];
    for (const record of store.range({ prefix: 'key 01', limit: 2, reverse: true }).records())
      found.push([record.key, record.value, Buffer.from(record.bytes).toString()]);
    expect(found).toEqual([
      ['key 019', 'value 19', 'value 19'],
      ['key 018', 'value 18', 'value 18'],
    ]);
  });

  it('is an error when the store is closed', () => {
    const { store } = filled();
    const begun = store.keys();
    begun.next();
    store.close();
    expect(() => begun.next()).toThrow(coded('CLOSED'));
  });

  it.each([
    ['an unknown option', { from: 'a' }, 'from'],
    ['a limit below 0', { limit: -1 }, 'limit'],
    ['what cannot be a key', { gt: 1 as never }, 'cannot be a key'],
  ])('refuses %s', (_, range, message) => {
    const { store, pager } = filled();
    expect(() => [...store.keys(range as RangeOptions<string>)]).toThrow(coded('INVALID_ARGUMENT', message));
    expect(pager.pinCount).toBe(0);
  });

  it('of keys that begin with a number makes no sense', () => {
    const { store } = openMemory();
    expect(() => store.count({ prefix: 1 as never })).toThrow(coded('INVALID_ARGUMENT', 'a prefix is'));
  });
});

describe('the bytes of a value', () => {
  it('lie where the value lies, but for those that a transaction may change', () => {
    const { store, pager } = filled();
    const isInPages = (bytes: Uint8Array) =>
      pager.pages.memories.some(({ u8 }) => u8.buffer === bytes.buffer);
    expect(isInPages(store.getBytes('key 001')!)).toBe(true);
    expect(store.getBytes('no key')).toBeUndefined();
    store.transaction(() => {
      const bytes = store.getBytes('key 001')!;
      expect(isInPages(bytes)).toBe(false);
      store.set('key 001', 'another');
      expect(Buffer.from(bytes).toString()).toBe('value 1');
    });
  });
});

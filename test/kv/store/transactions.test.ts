/** All or nothing, one in another, and what cannot be a transaction. */
import { describe, expect, it } from 'vitest';
import type { SetCondition } from '../../../src/kv/store/options.js';
import { coded, openMemory } from './open-memory.js';

describe('a transaction', () => {
  it('gives what its function returned, and sees its own changes', () => {
    const { store } = openMemory();
    expect(
      store.transaction(() => {
        store.set('a', 1);
        return store.get('a');
      }),
    ).toBe(1);
  });

  it('is undone where its function throws, in all tables', () => {
    const { store, pager } = openMemory();
    const other = store.multiTable('other');
    store.set('a', 1);
    const { sequence } = pager.newest;
    const failing = () =>
      store.transaction(() => {
        store.set('a', 2);
        store.set('large', 'x'.repeat(20_000));
        other.add('b', 1);
        throw new Error('no');
      });
    expect(failing).toThrow('no');
    expect([store.get('a'), store.size, other.size, pager.newest.sequence]).toEqual([1, 1, 0, sequence]);
  });

  it('can fail within another one, which goes on', () => {
    const { store } = openMemory();
    store.transaction(() => {
      store.set('a', 1);
      expect(() =>
        store.transaction(() => {
          store.clear();
          store.table('made').set('b', 1);
          throw new Error('no');
        }),
      ).toThrow('no');
      store.transaction(() => store.set('c', 3));
    });
    expect([...store]).toEqual([
      ['a', 1],
      ['c', 3],
    ]);
    expect(store.table('made').size).toBe(0);
  });

  it('that changes nothing makes no commit', () => {
    const { store, pager } = openMemory();
    store.set('a', 1);
    const { sequence } = pager.newest;
    const { flushes } = pager;
    store.transaction(() => store.get('a'));
    expect(() =>
      store.transaction(() => {
        store.set('b', 1);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect([pager.newest.sequence, pager.flushes]).toEqual([sequence, flushes]);
  });

  it('is a synchronous function', () => {
    const { store } = openMemory();
    const waits = () =>
      store.transaction(async () => {
        store.set('a', 1);
        await null;
      });
    expect(waits).toThrow(coded('INVALID_ARGUMENT', 'synchronous'));
    expect(store.has('a')).toBe(false);
    expect(() => store.transaction(1 as never)).toThrow(coded('INVALID_ARGUMENT', 'a function'));
    expect(() => store.transaction(() => 1, { durability: 'never' as never })).toThrow(
      coded('INVALID_ARGUMENT', "'sync'"),
    );
  });

  it('cannot close the store', () => {
    const { store } = openMemory();
    expect(() => store.transaction(() => store.close())).toThrow(
      coded('INVALID_ARGUMENT', 'within a transaction'),
    );
    expect(store.isClosed).toBe(false);
  });

  it('leaves the store as it was wherever the disk is full, and works again when there is room', () => {
    const { store, pager } = openMemory();
    const other = store.table('other', { versions: true });
    for (let index = 0; index < 200; index++) store.set(index, 'x'.repeat(100));
    const before = [...store];
    const change = () =>
      store.transaction(() => {
        for (let index = 0; index < 200; index += 7) store.set(index, 'y'.repeat(120));
        store.set('large', 'z'.repeat(9000));
        other.set('large', 'z'.repeat(9000));
      });
    let failures = 0;
    for (;;) {
      pager.pages.failAfter = failures;
      try {
        change();
        break;
      } catch (error) {
        expect(error).toEqual(coded('DISK_FULL'));
        failures++;
        expect([...store]).toEqual(before);
        expect(other.size).toBe(0);
      }
    }
    // Two large values, leaves, and what is above them.
    expect(failures).toBeGreaterThan(8);
    expect([store.get('large'), store.get(7), other.size]).toEqual(['z'.repeat(9000), 'y'.repeat(120), 1]);
    store.check();
  });
});

describe('a condition', () => {
  it('lets a change be made or not', () => {
    const { store } = openMemory();
    expect(store.set('a', 1, { ifAbsent: true })).toBe(true);
    expect(store.set('a', 2, { ifAbsent: true })).toBe(false);
    expect(store.set('a', 3, { ifValue: 2 })).toBe(false);
    expect(store.set('a', 3, { ifValue: 1 })).toBe(true);
    expect(store.delete('a', { ifValue: 1 })).toBe(false);
    expect(store.delete('a', { ifValue: 3 })).toBe(true);
    expect(store.delete('a')).toBe(false);
  });

  it('may be a version, which no two states of a table share', () => {
    const { store, pager } = openMemory({ versions: true });
    expect(store.version('a')).toBe(0);
    expect(store.set('a', 1, { ifVersion: 0 })).toBe(true);
    const first = store.version('a');
    expect(store.set('a', 2, { ifVersion: 0 })).toBe(false);
    expect(store.set('a', 2, { ifVersion: first })).toBe(true);
    store.delete('a');
    store.close();
    const again = openMemory({ pager }).store;
    again.set('a', 3);
    expect(again.version('a')).toBeGreaterThan(first + 1);
    expect(again.delete('a', { ifVersion: first })).toBe(false);
    const third = again.version('a');
    again.set('a', 'x'.repeat(30_000), { ifVersion: third });
    expect(again.version('a')).toBeGreaterThan(third);
    expect(again.get('a')).toBe('x'.repeat(30_000));
  });

  it.each([
    ['two at a time', { ifAbsent: true, ifVersion: 1 }, 'one condition'],
    ['unknown ones', { ifNothing: true }, 'ifNothing'],
    ['half a version', { ifVersion: 0.5 }, 'ifVersion'],
  ])('refuses %s', (_, condition, message) => {
    const { store } = openMemory({ versions: true });
    expect(() => store.set('a', 1, condition as SetCondition<unknown>)).toThrow(
      coded('INVALID_ARGUMENT', message),
    );
  });

  it('refuses versions in a table without them', () => {
    const { store } = openMemory();
    expect(() => store.version('a')).toThrow(coded('INVALID_ARGUMENT', 'versions'));
    expect(() => store.set('a', 1, { ifVersion: 0 })).toThrow(coded('INVALID_ARGUMENT', 'versions'));
    expect(store.size).toBe(0);
  });
});

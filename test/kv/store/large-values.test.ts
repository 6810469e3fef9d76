/** Values that come in pieces and are read in pieces. */
import { describe, expect, it } from 'vitest';
import { randomBytes } from '../../support/seed.js';
import { MemoryGround } from './ground.js';
import { coded, openMemory } from './open-memory.js';

const VALUE = randomBytes(50_000);

function* piecesOf(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* later(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    await new Promise(setImmediate);
    yield piece;
  }
}

describe('a value in pieces', () => {
  it.each([0, 1, 100, 2000, 4096, 8192, 50_000])('of %i bytes is one value', async (length) => {
    const { store } = openMemory({ values: 'bytes' });
    const versioned = store.table('versioned', { values: 'bytes', versions: true });
    const value = VALUE.subarray(0, length);
    store.setPieces('a', length, piecesOf(value, 1000));
    await store.setPiecesAsync('b', length, later(piecesOf(value, 4096)));
    await versioned.setPiecesAsync('c', length, piecesOf(value, 77));
    for (const found of [store.get('a'), store.get('b'), versioned.get('c')])
      expect(Buffer.compare(found!, value)).toBe(0);
    expect(versioned.version('c')).toBeGreaterThan(0);
    store.check();
  });

  it.each([
    ['fewer than said', 50_001, [VALUE], 'INVALID_VALUE'],
    ['more than said', 49_999, [VALUE], 'INVALID_VALUE'],
    ['more than said, though few', 5, [VALUE.subarray(0, 6)], 'INVALID_VALUE'],
    ['no bytes', 50_000, ['text' as never], 'INVALID_VALUE'],
    ['of no length', -1, [], 'INVALID_ARGUMENT'],
    ['beyond 2 GiB', 2 ** 31, [], 'INVALID_ARGUMENT'],
  ])('is refused where the pieces are %s', async (_, length, pieces, code) => {
    const ground = new MemoryGround(4096);
    const { store } = openMemory({ values: 'bytes', pager: ground.open() });
    store.transaction(() => {
      store.set('before', VALUE);
      expect(() => store.setPieces('a', length, pieces)).toThrow(coded(code));
    });
    await expect(store.setPiecesAsync('a', length, later(pieces))).rejects.toThrow(coded(code));
    expect([...store.keys()]).toEqual(['before']);
    // No page was lost.
    ground.checkPages();
  });

  it('keeps others from writing while it is awaited, and nobody from reading', async () => {
    const { store } = openMemory({ values: 'bytes' });
    store.set('a', VALUE);
    let isWaiting = false;
    async function* pieces() {
      yield VALUE;
      expect(() => store.set('b', VALUE)).toThrow(coded('BUSY'));
      expect(store.get('a')?.length).toBe(50_000);
      expect(store.has('large')).toBe(false);
      isWaiting = true;
      await new Promise(setImmediate);
      yield VALUE;
    }
    const large = store.setPiecesAsync('large', 100_000, pieces());
    const another = store.setPiecesAsync('another', 50_000, [VALUE]);
    const queued = store.setAsync('c', VALUE);
    await Promise.all([large, another, queued]);
    expect(isWaiting).toBe(true);
    expect([...store.keys()].sort()).toEqual(['a', 'another', 'c', 'large']);
    store.set('b', VALUE);
  });

  it('that a closed store waits for is refused', async () => {
    const { store } = openMemory({ values: 'bytes' });
    async function* pieces() {
      yield VALUE;
      store.close();
      yield VALUE;
    }
    await expect(store.setPiecesAsync('a', 100_000, pieces())).rejects.toThrow(coded('CLOSED'));
  });
});

describe('a stream', () => {
  it('gives a value, or a part of it, while the record is replaced', async () => {
    const { store, pager } = openMemory({ values: 'bytes' });
    store.set('a', VALUE);
    const stream = store.stream('a', { start: 10, end: 40_000, highWaterMark: 3000 })!;
    const found: Uint8Array[] = [];
    for await (const piece of stream) {
      found.push(piece as Uint8Array);
      store.delete('a');
      store.set('b', randomBytes(60_000, found.length));
    }
    // Its pages are used again now, and the pieces are still right.
    for (let round = 0; round < 3; round++) store.set('b', randomBytes(60_000, round));
    expect(Buffer.compare(Buffer.concat(found), VALUE.subarray(10, 40_000))).toBe(0);
    expect(found.length).toBe(14);
    expect([stream.valueBytes, pager.pinCount]).toEqual([50_000, 0]);
    expect(store.stream('a')).toBeUndefined();
  });

  it('that is destroyed lets go', async () => {
    const { store, pager } = openMemory({ values: 'bytes' });
    store.set('a', VALUE);
    const stream = store.stream('a')!;
    expect(pager.pinCount).toBe(1);
    stream.destroy();
    await new Promise(setImmediate);
    expect(pager.pinCount).toBe(0);
  });

  it('of a closed store ends in an error', async () => {
    const { store } = openMemory({ values: 'bytes' });
    store.set('a', VALUE);
    const stream = store.stream('a')!;
    store.close();
    await expect(stream.toArray()).rejects.toThrow(coded('CLOSED'));
  });

  it.each([{ start: -1 }, { end: 50_001 }, { start: 5, end: 4 }, { from: 1 }])('refuses %o', (options) => {
    const { store, pager } = openMemory({ values: 'bytes' });
    store.set('a', VALUE);
    expect(() => store.stream('a', options)).toThrow(coded('INVALID_ARGUMENT'));
    expect(pager.pinCount).toBe(0);
  });
});

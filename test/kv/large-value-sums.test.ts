/** What verifies large values: a checksum that is never missing, and that never stands for a node's. */
import { describe, expect, it } from 'vitest';
import { pageSum } from '../../src/kv/admission.js';
import type { Cell } from '../../src/kv/cell.js';
import { LARGE_VALUE, REFERENCE_BYTES } from '../../src/kv/format.js';
import { LargeValue } from '../../src/kv/large-value.js';
import { MemoryPageStore } from '../../src/kv/memory-page-store.js';
import { PageMemory } from '../../src/kv/page-memory.js';
import { type Reference, writeReference } from '../../src/kv/reference.js';
import { Tree } from '../../src/kv/tree.js';
import { failure } from '../support/failure.js';
import { randomBytes } from '../support/seed.js';
import { keyOf } from './model.js';

const PAGE_BYTES = 4096;

function read(store: MemoryPageStore, reference: Reference): Uint8Array {
  const memory = new PageMemory(new ArrayBuffer(REFERENCE_BYTES));
  writeReference(memory.u8, reference);
  return new Tree(store, { page: 0, sum: 0, level: 0, count: 0 }).largeValue({ memory, value: 0 } as Cell);
}

describe('the checksum of a large value', () => {
  /** CRC-32 of these four bytes is 0. */
  const SUM_ZERO = Uint8Array.of(0x9d, 0x0a, 0xd9, 0x6d);

  it('is never 0, and what has none is refused', () => {
    const store = new MemoryPageStore(PAGE_BYTES);
    const large = new LargeValue(store, store.allocate(1), 4);
    large.append(SUM_ZERO);
    const reference = large.reference();
    expect(reference.sum).toBe(1);
    expect(read(store, reference)).toEqual(SUM_ZERO);
    const without = failure(() => read(store, { ...reference, sum: 0 }), 'CORRUPT');
    expect(without.message).toContain('has no checksum');
    const other = store.allocate(1);
    failure(() => read(store, { ...reference, firstPage: other, length: 5 }), 'CORRUPT');
  });

  it('is not taken for that of a node in the same page', () => {
    const store = new MemoryPageStore(PAGE_BYTES);
    // A node that says of itself what a node must, with entries that lie outside of it.
    const page = store.allocate(1);
    const { memory, at } = store.place(page);
    memory.u8.set(randomBytes(PAGE_BYTES), at);
    const sum = pageSum(memory, at, PAGE_BYTES);
    store.seal(store.allocate(1), 1);
    expect(
      read(store, { kind: LARGE_VALUE, commit: 1, firstPage: page, sum, length: PAGE_BYTES }).length,
    ).toBe(PAGE_BYTES);
    const tree = new Tree(store, { page, sum, level: 0, count: 1 });
    expect(failure(() => tree.find(keyOf('key')), 'CORRUPT').message).toContain(`page ${page}`);
  });

  it('is looked for again where its pages were handed out for something else', () => {
    const store = new MemoryPageStore(PAGE_BYTES);
    const page = store.allocate(1);
    const large = new LargeValue(store, page, 100);
    large.append(randomBytes(100));
    const reference = large.reference();
    read(store, reference);
    store.free(page, 1);
    store.commit();
    expect(store.allocate(1)).toBe(page);
    store.writeRun(page, 0, new Uint8Array(PAGE_BYTES));
    failure(() => read(store, reference), 'CORRUPT');
  });

  it('of more bytes than a value can have is not computed', () => {
    const store = new MemoryPageStore(PAGE_BYTES);
    const firstPage = store.allocate(1);
    const reference = { kind: LARGE_VALUE, commit: 1, firstPage, sum: 7, length: 2 ** 40 };
    expect(failure(() => read(store, reference), 'CORRUPT').message).toContain('1099511627776 bytes');
  });
});

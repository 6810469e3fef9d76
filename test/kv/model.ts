/**
 * A tree and what it should be, side by side: a sorted list of keys and a map of values.
 */
import { expect } from 'vitest';
import { TreeCheck } from '../../src/kv/check.js';
import { compareKeys } from '../../src/kv/compare-keys.js';
import { Cursor } from '../../src/kv/cursor.js';
import { FIRST_NODE_PAGE, LARGE_VALUE } from '../../src/kv/format.js';
import { HeapPages } from '../../src/kv/heap-pages.js';
import { KeyBuffer } from '../../src/kv/key-buffer.js';
import { MemoryPageStore } from '../../src/kv/memory-page-store.js';
import { EMPTY_TREE, type TreeRoot } from '../../src/kv/page-store.js';
import { rankOf } from '../../src/kv/rank.js';
import { readReference } from '../../src/kv/reference.js';
import { Tree } from '../../src/kv/tree.js';
import { type Savepoint, TreeWriter } from '../../src/kv/tree-writer.js';

const key = new KeyBuffer();

/** Keys are latin1 strings here: their order is that of their bytes. */
export function keyOf(text: string): KeyBuffer {
  return key.set(Buffer.from(text, 'latin1'));
}

export class TreeModel {
  readonly store: MemoryPageStore;
  readonly heap: HeapPages;
  readonly writer: TreeWriter;
  root: TreeRoot = EMPTY_TREE;
  expected = new Map<string, Buffer>();
  readonly #saved: { savepoint: Savepoint; expected: Map<string, Buffer> }[] = [];

  constructor(pageBytes: number, memoryBytes?: number, writesEarly?: boolean) {
    this.store = new MemoryPageStore(pageBytes, memoryBytes);
    this.heap = new HeapPages(pageBytes);
    this.writer = new TreeWriter(this.store, this.heap, EMPTY_TREE, writesEarly);
  }

  put(text: string, value: Buffer): void {
    expect(this.writer.put(keyOf(text), value)).toBe(!this.expected.has(text));
    this.expected.set(text, value);
  }

  delete(text: string): void {
    expect(this.writer.delete(keyOf(text))).toBe(this.expected.delete(text));
  }

  commit(): void {
    this.#saved.length = 0;
    this.root = this.writer.commit();
    this.heap.reset();
    this.store.commit();
    // A reader that comes anew verifies every page.
    this.store.verified.fill(0);
    this.#checkPages(new TreeCheck(new Tree(this.store, this.root)).run().pages);
  }

  /** Gives the transaction up. */
  abort(committed: Map<string, Buffer>): void {
    this.#saved.length = 0;
    this.writer.rollBack({
      root: this.root.page,
      rootSum: this.root.sum,
      level: this.root.level,
      count: this.root.count,
      replaced: 0,
      superseded: 0,
      taken: 0,
    });
    this.heap.reset();
    this.writer.begin(this.root);
    this.expected = new Map(committed);
  }

  save(): void {
    this.#saved.push({ savepoint: this.writer.save(), expected: new Map(this.expected) });
  }

  /** Undoes a nested transaction, with those in it. */
  rollBack(depth: number): void {
    const saved = this.#saved.splice(depth)[0];
    if (saved === undefined) return;
    this.writer.rollBack(saved.savepoint);
    this.expected = saved.expected;
  }

  /** Lets a nested transaction stand. */
  release(): void {
    this.#saved.pop();
  }

  get depth(): number {
    return this.#saved.length;
  }

  /** Everything agrees: contents in both directions, lookups, counts, and the full check. */
  check(): void {
    const { tree } = this.writer;
    new TreeCheck(tree).run();
    const keys = [...this.expected.keys()].sort(compareText);
    expect(tree.count).toBe(keys.length);
    const cursor = new Cursor(tree);
    let index = 0;
    for (let more = cursor.first(); more; more = cursor.next()) this.#checkRecord(cursor, keys[index++]);
    expect(index).toBe(keys.length);
    for (let more = cursor.last(); more; more = cursor.previous()) this.#checkRecord(cursor, keys[--index]);
    expect(index).toBe(0);
  }

  /** A key, there or not, is found where it belongs. */
  probe(text: string): void {
    const { tree } = this.writer;
    const keys = [...this.expected.keys()].sort(compareText);
    const rank = keys.filter((each) => compareText(each, text) < 0).length;
    expect(tree.find(keyOf(text))).toBe(this.expected.has(text));
    if (this.expected.has(text)) expect(this.#value(tree.cell)).toEqual(this.expected.get(text));
    expect(rankOf(tree, keyOf(text))).toBe(rank);
    const cursor = new Cursor(tree);
    expect(cursor.seek(keyOf(text))).toBe(rank < keys.length);
    if (rank < keys.length) this.#checkRecord(cursor, keys[rank]);
    expect(cursor.seekBelow(keyOf(text))).toBe(rank > 0);
    if (rank > 0) this.#checkRecord(cursor, keys[rank - 1]);
  }

  #checkRecord(cursor: Cursor, text: string): void {
    const found = new KeyBuffer();
    found.end(cursor.cell.copyKey(found.memory));
    if (compareKeys(found, keyOf(text)) !== 0)
      expect(Buffer.from(found.toBytes()).toString('latin1')).toBe(text);
    const value = this.expected.get(text)!;
    if (!value.equals(this.#value(cursor.cell))) expect(this.#value(cursor.cell)).toEqual(value);
  }

  #value(cell: Cursor['cell']): Buffer {
    if (!cell.isReference) return Buffer.from(cell.valueBytes());
    const { kind, firstPage, length } = readReference(cell.memory, cell.value);
    expect(kind).toBe(LARGE_VALUE);
    return Buffer.from(this.store.run(firstPage, length));
  }

  /** Every page is a root slot's, the tree's, or free, and nothing is both. */
  #checkPages(used: Set<number>): void {
    const free = new Set(this.store.freePages);
    expect(free.size).toBe(this.store.freePages.length);
    for (const page of used) if (free.has(page)) expect.fail(`page ${page} is used and free`);
    expect(used.size + free.size + FIRST_NODE_PAGE).toBe(this.store.pageCount);
  }
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

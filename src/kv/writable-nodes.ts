/**
 * The nodes that a transaction changes: on the heap, made from those of the file when they are first changed, with room made
 * in them when it is needed.
 *
 * Invariants:
 * - a heap node belongs to the epoch that made it. A savepoint begins an epoch, and while it may be gone back to, nodes of epochs
 *   before it are not changed: going back is taking up its root again;
 * - the parent of a heap node is a heap node of the same or a later epoch;
 * - all keys in a node have the node's prefix, also while they change;
 * - every call that moves nodes about leaves the tree whole, but the path may be stale: the caller goes down again.
 */

import { hasRoomForChild, insertChild, setChild, setWritten } from './branch-edit.js';
import { Cell, countOf, levelOf } from './cell.js';
import { AT, HEAP_AT } from './format.js';
import type { HeapPages } from './heap-pages.js';
import { KeyBuffer } from './key-buffer.js';
import { buildEmptyLeaf, buildPart, buildRoot, cloneHeapNode, cloneNode, forgetRecent } from './node-copy.js';
import { liveBytes, pageLiveBytes } from './node-room.js';
import type { PageMemory } from './page-memory.js';
import type { WritableStore } from './page-store.js';
import { sealLeaf } from './sealing.js';
import { comparePrefix } from './search.js';
import { commonLength, separator } from './separator.js';
import { Path, type Tree } from './tree.js';

/** Keys on the way from node to node. */
class ScratchKeys {
  readonly left = new KeyBuffer();
  readonly right = new KeyBuffer();
  readonly separator = new KeyBuffer();
}

export class WritableNodes {
  readonly path = new Path();
  epoch = 1;
  /** Nodes of this epoch and later ones may be changed. */
  #ownedFrom = 0;
  /** Heap nodes that copies have replaced since a savepoint, which may need them again. */
  readonly superseded: number[] = [];
  /** Runs of pages of the file that the transaction has replaced: first page, pages, commit that wrote them; and so on. */
  readonly replaced: number[] = [];
  /** Hands out a page for a leaf that is full before the commit; -1 where there is none. Missing where leaves wait for the commit. */
  takePage: (() => number) | undefined;
  readonly #tree: Tree;
  readonly #heap: HeapPages;
  readonly #store: WritableStore;
  readonly #cell = new Cell();
  #scratch: ScratchKeys | undefined;
  readonly #isRecent = (page: number): boolean => this.#store.isRecent(page);

  constructor(tree: Tree, heap: HeapPages, store: WritableStore) {
    this.#tree = tree;
    this.#heap = heap;
    this.#store = store;
  }

  /** Begins an epoch: what was made before it stays as it is. */
  beginEpoch(): void {
    this.#ownedFrom = ++this.epoch;
  }

  /** There is no savepoint to go back to any more: all nodes may be changed, and what was kept for one is used again. */
  forgetEpochs(): void {
    this.#ownedFrom = 0;
    for (const id of this.superseded) this.#heap.release(id);
    this.superseded.length = 0;
  }

  /** Gives a tree without records an empty leaf. */
  plant(): void {
    const empty = buildEmptyLeaf(this.#heap, this.#keys.left.memory, 0, this.#roomyOrder, this.epoch);
    this.#tree.root = empty;
    this.#tree.level = 0;
  }

  /** Makes the nodes of the path such that may be changed in place. True where they were not. */
  own(): boolean {
    const { ids } = this.path;
    if (this.#isOwn(ids[0])) return false;
    for (let level = this.#tree.level; level >= 0; level--) {
      if (!this.#isOwn(ids[level])) this.#relink(level, this.#copy(ids[level], level));
    }
    return true;
  }

  /** Makes room in a node of the path, so that a key goes in or comes nearer to going in; or its value, if it is there. */
  makeRoom(level: number, key: KeyBuffer, isNew: boolean): void {
    const id = this.path.ids[level];
    const memory = this.#heap.memoryOf(id);
    const at = this.#heap.offsetOf(id);
    const order = this.#heap.orderOf(id);
    const size = this.#heap.sizeOf(id);
    const depth = memory.u16[(at + AT.prefixLength) >> 1];
    const garbage = memory.u32[(at + HEAP_AT.garbage) >> 2];
    if (garbage * 4 >= size) this.#rebuild(level, order, depth);
    else if (this.#isFilled(level, id, isNew)) this.#split(level, key, isNew);
    else if (order < this.#heap.maxOrder) this.#rebuild(level, order + 1, depth);
    else if (garbage * 16 >= size || (garbage > 0 && countOf(memory, at) < 4))
      this.#rebuild(level, order, depth);
    else this.#split(level, key, isNew);
  }

  /** True where ascending keys have filled the last leaf of the tree, and it is a page as it is: the next one goes on behind it. */
  #isFilled(level: number, id: number, isNew: boolean): boolean {
    if (level > 0 || !isNew || !this.path.isLast || this.#heap.orderOf(id) > 0) return false;
    return this.path.indexes[0] === countOf(this.#heap.memoryOf(id), this.#heap.offsetOf(id));
  }

  /** Shortens the prefix of a node of the path to what a key shares of it. */
  shortenPrefix(level: number, key: KeyBuffer): void {
    const id = this.path.ids[level];
    const memory = this.#heap.memoryOf(id);
    const at = this.#heap.offsetOf(id);
    const old = memory.u16[(at + AT.prefixLength) >> 1];
    const count = countOf(memory, at);
    const prefix = memory.u8.subarray(at + AT.prefix, at + AT.prefix + old);
    const hasKeys = count > (level === 0 ? 0 : 1);
    const depth = hasKeys ? commonLength(prefix, old, key.bytes, key.length) : 0;
    // Each key grows by what the prefix loses, and so may the varint of its length.
    const need = liveBytes(memory, at) + count * (old - depth + 2);
    let order = this.#heap.orderOf(id);
    while (order <= this.#heap.maxOrder && this.#heap.pageBytes << order < need) order++;
    if (order <= this.#heap.maxOrder) this.#rebuild(level, order, depth);
    else this.#split(level, key, true);
  }

  /** Made when they are first needed: most trees are only read. */
  get #keys(): ScratchKeys {
    this.#scratch ??= new ScratchKeys();
    return this.#scratch;
  }

  #isOwn(id: number): boolean {
    return id < 0 && this.#heap.epochOf(id) >= this.#ownedFrom;
  }

  /** New nodes have room for twice a page: most of those that are changed once are changed again. */
  get #roomyOrder(): number {
    return Math.min(1, this.#heap.maxOrder);
  }

  #copy(id: number, level: number): number {
    if (id < 0) {
      this.superseded.push(id);
      return cloneHeapNode(this.#heap, id, this.epoch);
    }
    const { memory, at } = this.#store.place(id);
    const born = memory.u32[(at + AT.commitLow) >> 2] + memory.u16[(at + AT.commitHigh) >> 1] * 2 ** 32;
    this.replaced.push(id, 1, born);
    const copy = cloneNode(this.#heap, memory, at, this.#store.pageBytes, this.#roomyOrder, this.epoch);
    if (level > 0) forgetRecent(this.#heap.memoryOf(copy), this.#heap.offsetOf(copy), this.#isRecent);
    return copy;
  }

  /** Puts another node into a node's place. */
  #relink(level: number, id: number): void {
    const { ids, indexes } = this.path;
    ids[level] = id;
    if (level === this.#tree.level) this.#tree.root = id;
    else {
      const parent = ids[level + 1];
      setChild(this.#heap.memoryOf(parent), this.#heap.offsetOf(parent), indexes[level + 1], id);
    }
  }

  #rebuild(level: number, order: number, depth: number): void {
    const id = this.path.ids[level];
    const memory = this.#heap.memoryOf(id);
    const at = this.#heap.offsetOf(id);
    const built = buildPart(this.#heap, memory, at, 0, countOf(memory, at), depth, order, this.epoch);
    this.#relink(level, built);
    this.#heap.release(id);
  }

  /**
   * Splits a node of the path, where `key` belongs. At either end a new key gets a node of its own: ascending and descending
   * keys fill their nodes.
   */
  #split(level: number, key: KeyBuffer, isNew: boolean): void {
    const id = this.path.ids[level];
    const memory = this.#heap.memoryOf(id);
    const at = this.#heap.offsetOf(id);
    const count = countOf(memory, at);
    const index = this.path.indexes[level];
    const isEnd = isNew && level === 0 && (index === 0 || index === count);
    let middle = count >> 1;
    if (isEnd) middle = index;
    else if (level > 0 && index === count - 1) middle = count - 1;
    this.#findSeparator(memory, at, middle, key, isEnd);
    if (!this.#admitsSeparator(level + 1)) return;
    const order = this.#heap.maxOrder;
    const isAppended = isEnd && index === count && this.path.isLast;
    let left = id;
    let right = id;
    if (isEnd) {
      // The other end of the leaf tells how far apart keys are: the new leaf will hold as many.
      const far = this.#keys.left;
      this.#readKey(far, memory, at, index === 0 ? count - 1 : 0);
      const depth = commonLength(far.bytes, far.length, key.bytes, key.length);
      const empty = buildEmptyLeaf(this.#heap, key.memory, depth, isAppended ? 0 : order, this.epoch);
      if (index === 0) left = empty;
      else right = empty;
    } else {
      left = this.#part(memory, at, 0, middle, order);
      right = this.#part(memory, at, middle, count, order);
      this.#heap.release(id);
    }
    this.#relink(level, left);
    const parent = this.path.ids[level + 1];
    const parentMemory = this.#heap.memoryOf(parent);
    const parentAt = this.#heap.offsetOf(parent);
    const place = this.path.indexes[level + 1];
    insertChild(parentMemory, parentAt, place + 1, this.#keys.separator, right);
    if (isAppended && this.takePage !== undefined) this.#writeFull(left, parentMemory, parentAt, place);
  }

  /** Writes a leaf that ascending keys have filled, where it makes a page: it need not wait on the heap for the commit. */
  #writeFull(id: number, parent: PageMemory, parentAt: number, index: number): void {
    const memory = this.#heap.memoryOf(id);
    const at = this.#heap.offsetOf(id);
    if (memory.u32[(at + HEAP_AT.garbage) >> 2] !== 0) return;
    if (pageLiveBytes(memory, at) > this.#store.pageBytes) return;
    const page = this.takePage!();
    if (page < 0) return;
    const sum = sealLeaf(this.#store, memory, at, page);
    setWritten(parent, parentAt, index, page, sum, countOf(memory, at));
    this.#heap.release(id);
  }

  #part(memory: PageMemory, at: number, from: number, to: number, order: number): number {
    const level = levelOf(memory, at);
    const first = level === 0 ? from : from + 1;
    let depth = level === 0 ? memory.u16[(at + AT.prefixLength) >> 1] : 0;
    if (to - first > 1) {
      this.#readKey(this.#keys.left, memory, at, first);
      this.#readKey(this.#keys.right, memory, at, to - 1);
      depth = commonLength(
        this.#keys.left.bytes,
        this.#keys.left.length,
        this.#keys.right.bytes,
        this.#keys.right.length,
      );
    }
    return buildPart(this.#heap, memory, at, from, to, depth, order, this.epoch);
  }

  /** What tells the cells before `middle` from those after it, the new key among them where it is at the end. */
  #findSeparator(memory: PageMemory, at: number, middle: number, key: KeyBuffer, isEnd: boolean): void {
    if (levelOf(memory, at) > 0) {
      this.#readKey(this.#keys.separator, memory, at, middle);
      return;
    }
    let left = this.#keys.left;
    let right = this.#keys.right;
    if (isEnd && middle === 0) left = key;
    else this.#readKey(left, memory, at, middle - 1);
    if (isEnd && middle > 0) right = key;
    else this.#readKey(right, memory, at, middle);
    separator(left, right, this.#keys.separator);
  }

  /** True where the parent takes the separator. If not, something was done about it, and the caller begins again. */
  #admitsSeparator(level: number): boolean {
    const tree = this.#tree;
    const { path } = this;
    if (level > tree.level) {
      tree.root = buildRoot(this.#heap, level, path.ids[level - 1], this.#roomyOrder, this.epoch);
      tree.level = level;
      path.ids[level] = tree.root;
      path.indexes[level] = 0;
    }
    const id = path.ids[level];
    const memory = this.#heap.memoryOf(id);
    const at = this.#heap.offsetOf(id);
    const sought = this.#keys.separator;
    const depth = memory.u16[(at + AT.prefixLength) >> 1];
    if (comparePrefix(memory, at, sought.bytes, sought.length, 0, depth) !== 0) {
      this.shortenPrefix(level, sought);
      return false;
    }
    if (hasRoomForChild(memory, at, sought)) return true;
    this.makeRoom(level, sought, true);
    return false;
  }

  #readKey(into: KeyBuffer, memory: PageMemory, at: number, index: number): void {
    this.#cell.read(memory, at, index);
    into.end(this.#cell.copyKey(into.memory));
  }
}

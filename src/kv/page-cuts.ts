/**
 * Where to cut a sequence of cells into pages. Pure arithmetic: the lengths of keys and values, and how many leading bytes each
 * key shares with the one before it. Keys are in order, so the least of these over a page is the page's prefix.
 */
import {
  BRANCH_CELL_BYTES,
  HEAD_BYTES,
  HEADER_BYTES,
  LEAF_CELL_BYTES,
  prefixSpace,
  varintBytes,
} from './format.js';

/** A run this short is spread evenly, so that the next few insertions find room; a longer one fills its pages. */
const SPREAD_PAGES = 3;

const FIRST_CELLS = 1024;

/** Made once and used for one run after the other: a large commit measures millions of cells. */
export class Cuts {
  #keyLengths = new Uint16Array(FIRST_CELLS);
  #valueBytes = new Uint16Array(FIRST_CELLS);
  #common = new Uint16Array(FIRST_CELLS);
  length = 0;
  /** Where pages begin. */
  starts: number[] = [];
  /** Bytes in use of all pages. */
  totalBytes = 0;

  constructor(
    readonly pageBytes: number,
    readonly isLeaf: boolean,
  ) {}

  clear(): void {
    this.length = 0;
  }

  /** Adds a cell. `valueBytes` includes the varint of the value's length; `common` of its key's bytes are those of the key before. */
  add(keyLength: number, valueBytes: number, common: number): void {
    const index = this.length++;
    if (index === this.#common.length) this.#grow();
    this.#keyLengths[index] = keyLength;
    this.#valueBytes[index] = valueBytes;
    this.#common[index] = common;
  }

  /** The prefix of a page with the cells [from, to). */
  depth(from: number, to: number): number {
    const first = this.isLeaf ? from : from + 1;
    if (first >= to) return 0;
    let depth = this.#keyLengths[first];
    for (let index = first + 1; index < to; index++) depth = Math.min(depth, this.#common[index]);
    return depth;
  }

  /** Cuts into as few pages as possible. `isLast` says that the run ends the tree: the last page is left as it comes. */
  cut(isLast: boolean): void {
    this.starts = this.#fill(this.pageBytes);
    const pages = this.starts.length;
    if (pages === 1) return;
    if (!isLast && pages <= SPREAD_PAGES) {
      const evenly = this.#fill(this.totalBytes / pages);
      if (evenly.length === pages) this.starts = evenly;
    }
    const last = this.length - this.starts[pages - 1];
    if (!this.isLeaf && last === 1) this.starts[pages - 1]--;
    else if (!isLast && pages > SPREAD_PAGES) this.#balanceLast();
  }

  #grow(): void {
    this.#keyLengths = doubled(this.#keyLengths);
    this.#valueBytes = doubled(this.#valueBytes);
    this.#common = doubled(this.#common);
  }

  /** Begins a new page where the one before has `target` bytes, or cannot take more. */
  #fill(target: number): number[] {
    const starts = [0];
    this.totalBytes = 0;
    let from = 0;
    let depth = this.depth(0, 1);
    let bytes = this.#cellBytes(0, depth, 0);
    for (let index = 1; index < this.length; index++) {
      let longer = bytes;
      const shared = this.#sharedWith(from, index, depth);
      if (shared !== depth) longer = this.#bytes(from, index, shared);
      longer += this.#cellBytes(index, shared, from);
      const whole = HEADER_BYTES + prefixSpace(shared) + longer;
      if (whole > this.pageBytes || HEADER_BYTES + prefixSpace(depth) + bytes >= target) {
        this.totalBytes += HEADER_BYTES + prefixSpace(depth) + bytes;
        starts.push(index);
        from = index;
        depth = this.depth(index, index + 1);
        bytes = this.#cellBytes(index, depth, from);
      } else {
        depth = shared;
        bytes = longer;
      }
    }
    this.totalBytes += HEADER_BYTES + prefixSpace(depth) + bytes;
    return starts;
  }

  /** Makes the last two pages of a long run alike where the last would be less than half full. */
  #balanceLast(): void {
    const { starts } = this;
    const from = starts[starts.length - 2];
    const end = this.length;
    const depth = this.depth(from, end);
    const old = starts[starts.length - 1];
    if (this.#whole(old, end) * 2 >= this.pageBytes) return;
    const half = this.#bytes(from, end, depth) / 2;
    let middle = end;
    for (let bytes = 0; bytes < half && middle > from + 1; ) bytes += this.#cellBytes(--middle, depth, from);
    while (middle < old && this.#whole(middle, end) > this.pageBytes) middle++;
    starts[starts.length - 1] = Math.min(middle, old);
  }

  #sharedWith(from: number, index: number, depth: number): number {
    // A branch's first cell has no key in the page: its second alone makes the prefix.
    if (!this.isLeaf && index === from + 1) return this.#keyLengths[index];
    return Math.min(depth, this.#common[index]);
  }

  #whole(from: number, to: number): number {
    const depth = this.depth(from, to);
    return HEADER_BYTES + prefixSpace(depth) + this.#bytes(from, to, depth);
  }

  #bytes(from: number, to: number, depth: number): number {
    let bytes = 0;
    for (let index = from; index < to; index++) bytes += this.#cellBytes(index, depth, from);
    return bytes;
  }

  #cellBytes(index: number, depth: number, from: number): number {
    if (!this.isLeaf && index === from) return BRANCH_CELL_BYTES + 1;
    const suffix = this.#keyLengths[index] - depth;
    const rest = suffix > HEAD_BYTES ? suffix - HEAD_BYTES : 0;
    const arrays = this.isLeaf ? LEAF_CELL_BYTES : BRANCH_CELL_BYTES;
    return arrays + varintBytes(2 * suffix + 1) + rest + this.#valueBytes[index];
  }
}

function doubled(array: Uint16Array): Uint16Array<ArrayBuffer> {
  const longer = new Uint16Array(2 * array.length);
  longer.set(array);
  return longer;
}

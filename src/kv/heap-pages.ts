/**
 * Nodes on the heap: the pages that a transaction has changed, until they are committed. They are taken from chunks that are
 * kept, in sizes of 1, 2 and 4 pages (never beyond 64 KiB): a changed node may outgrow a page, and is cut into pages only
 * when it is committed, together with its neighbours.
 *
 * A heap page's number is negative: its top bit set, the rest counts pages over all chunks. So it stands in a parent's array
 * of children like the number of a page of the file.
 */
import { HEAP_AT, MAX_PAGE_BYTES } from './format.js';
import { PageMemory } from './page-memory.js';

const CHUNK_BYTES = 2 ** 22;
/**
 * Chunks are parts of larger blocks where there are many already: V8 collects garbage for each 64 MiB of ArrayBuffers, and a
 * transaction of 1 GiB would have it do that 16 times. What is not used of a block is not in memory.
 */
const MAX_BLOCK_BYTES = 2 ** 29;
/** So many are kept at most, and one less after each transaction that did not need them. */
const KEPT_CHUNKS = 16;
const NO_BLOCK = new ArrayBuffer(0);
const TOP_BIT = 0x8000_0000 | 0;
const NUMBER = 0x7fff_ffff;

export class HeapPages {
  readonly chunks: PageMemory[] = [];
  /** Where a node lies: in `chunks[(number & NUMBER) >>> chunkShift]`, at `(number & chunkMask) << pageShift`. */
  readonly chunkShift: number;
  readonly chunkMask: number;
  readonly pageShift: number;
  /** The largest size of a node, as a power of two in pages. */
  readonly maxOrder: number;
  /** What the last chunk is a part of, and how much of it is in chunks. */
  #block = NO_BLOCK;
  #blockUsed = 0;
  #next = 0;
  /** Nodes given back, by order. */
  readonly #spare: number[][];

  constructor(readonly pageBytes: number) {
    this.pageShift = 31 - Math.clz32(pageBytes);
    this.chunkShift = 31 - Math.clz32(CHUNK_BYTES / pageBytes);
    this.chunkMask = (1 << this.chunkShift) - 1;
    this.maxOrder = Math.min(2, 31 - Math.clz32(MAX_PAGE_BYTES / pageBytes));
    this.#spare = Array.from({ length: this.maxOrder + 1 }, () => []);
  }

  /** A node of `pageBytes << order` bytes that `epoch` may change. Its contents mean nothing. */
  allocate(order: number): number {
    return this.#spare[order].pop() ?? this.#carve(order);
  }

  /** Completes the header of a node that was built: what only heap nodes have in it. */
  adopt(number: number, order: number, epoch: number): void {
    const { u32 } = this.memoryOf(number);
    const at = this.offsetOf(number);
    u32[(at + HEAP_AT.size) >> 2] = this.pageBytes << order;
    u32[(at + HEAP_AT.epoch) >> 2] = epoch;
    u32[(at + HEAP_AT.garbage) >> 2] = 0;
  }

  release(number: number): void {
    this.#spare[this.orderOf(number)].push(number);
  }

  /** Gives back all nodes. Some chunks are kept for the next transaction: memory that was never touched costs a fault a page. */
  reset(): void {
    const used = Math.ceil(this.bytes / CHUNK_BYTES);
    const kept = Math.max(used, Math.min(this.chunks.length, 1), this.chunks.length - 1);
    if (kept < this.chunks.length || this.chunks.length > KEPT_CHUNKS) {
      this.chunks.length = Math.min(kept, KEPT_CHUNKS);
      this.#block = NO_BLOCK;
      this.#blockUsed = 0;
    }
    this.#next = 0;
    for (const spare of this.#spare) spare.length = 0;
  }

  /** How much is in use, or was. */
  get bytes(): number {
    return this.#next * this.pageBytes;
  }

  memoryOf(number: number): PageMemory {
    return this.chunks[(number & NUMBER) >>> this.chunkShift];
  }

  offsetOf(number: number): number {
    return (number & this.chunkMask) << this.pageShift;
  }

  orderOf(number: number): number {
    return 31 - Math.clz32(this.sizeOf(number) >> this.pageShift);
  }

  sizeOf(number: number): number {
    return this.memoryOf(number).u32[(this.offsetOf(number) + HEAP_AT.size) >> 2];
  }

  epochOf(number: number): number {
    return this.memoryOf(number).u32[(this.offsetOf(number) + HEAP_AT.epoch) >> 2];
  }

  /** Nodes are aligned to their size, so none crosses the end of a chunk. */
  #carve(order: number): number {
    const pages = 1 << order;
    const first = (this.#next + pages - 1) & -pages;
    this.#next = first + pages;
    if (first >>> this.chunkShift === this.chunks.length) this.#addChunk();
    return first | TOP_BIT;
  }

  #addChunk(): void {
    if (this.#blockUsed === this.#block.byteLength) {
      const bytes = this.chunks.length * CHUNK_BYTES;
      this.#block = new ArrayBuffer(Math.min(Math.max(bytes, CHUNK_BYTES), MAX_BLOCK_BYTES));
      this.#blockUsed = 0;
    }
    this.chunks.push(new PageMemory(this.#block, this.#blockUsed, CHUNK_BYTES));
    this.#blockUsed += CHUNK_BYTES;
  }
}

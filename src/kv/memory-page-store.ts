/**
 * A page store without a file: for tests, and for what is to be thrown away. Freed pages are used again by the commit after
 * the one that freed them.
 */
import { PerdureError } from '../os/errors.js';
import { admitNode, corruptPage } from './admission.js';
import { AT, FIRST_NODE_PAGE, MAX_PAGES } from './format.js';
import { PageMemory } from './page-memory.js';
import type { Place, WritableStore } from './page-store.js';
import { ValueSums } from './value-sums.js';

const DEFAULT_MEMORY_BYTES = 2 ** 24;

export class MemoryPageStore implements WritableStore {
  readonly memories: PageMemory[] = [];
  readonly memoryShift: number;
  verified = new Uint32Array(64);
  readonly valueSums = new ValueSums();
  sequence = 1;
  durable = 0;
  /** One past the last page that was ever handed out. */
  pageCount = FIRST_NODE_PAGE;
  readonly #spare: number[] = [];
  readonly #freed: number[] = [];
  #place: Place | undefined;

  constructor(
    readonly pageBytes: number,
    memoryBytes = DEFAULT_MEMORY_BYTES,
  ) {
    this.memoryShift = 31 - Math.clz32(memoryBytes / pageBytes);
  }

  /** Ends the commit: what it freed may be used again. */
  commit(): void {
    this.durable = this.sequence++;
    for (const page of this.#freed.splice(0)) this.#spare.push(page);
  }

  /** Pages that hold nothing, in no order. */
  get freePages(): readonly number[] {
    return [...this.#spare, ...this.#freed];
  }

  admit(page: number, sum: number, level: number): void {
    if (page < FIRST_NODE_PAGE || page >= this.pageCount) throw corruptPage(page, 'there is no such page');
    const { memory, at } = this.place(page);
    admitNode(memory, at, page, this.pageBytes, sum, level);
    this.seal(page, sum);
  }

  seal(page: number, sum: number): void {
    if (page >= this.verified.length) {
      const longer = new Uint32Array(Math.max(2 * this.verified.length, page + 1));
      longer.set(this.verified);
      this.verified = longer;
    }
    this.verified[page] = sum;
  }

  allocate(pages: number): number {
    const first = this.#take(pages);
    this.verified.fill(0, first, first + pages);
    this.valueSums.forget(first, pages);
    return first;
  }

  #take(pages: number): number {
    if (pages === 1 && this.#spare.length > 0) return this.#spare.pop()!;
    const perMemory = 1 << this.memoryShift;
    if (pages > perMemory) {
      throw new PerdureError('TOO_LARGE', `${pages} pages do not fit into a memory of ${perMemory} pages`);
    }
    // A run does not cross from one memory into the next.
    const room = perMemory - (this.pageCount & (perMemory - 1));
    if (pages > room) for (let page = 0; page < room; page++) this.#spare.push(this.pageCount++);
    const first = this.pageCount;
    this.pageCount += pages;
    if (this.pageCount > MAX_PAGES) throw new PerdureError('TOO_LARGE', 'a store has at most 2^31 pages');
    while (this.memories.length << this.memoryShift < this.pageCount) {
      this.memories.push(new PageMemory(new ArrayBuffer(this.pageBytes << this.memoryShift)));
    }
    return first;
  }

  free(firstPage: number, pages: number): void {
    for (let page = firstPage; page < firstPage + pages; page++) this.#freed.push(page);
  }

  place(page: number): Place {
    const memory = this.memories[page >>> this.memoryShift];
    const at = (page & ((1 << this.memoryShift) - 1)) * this.pageBytes;
    this.#place ??= { memory, at };
    this.#place.memory = memory;
    this.#place.at = at;
    return this.#place;
  }

  run(firstPage: number, lengthBytes: number): Uint8Array {
    const pages = Math.ceil(lengthBytes / this.pageBytes);
    if (firstPage < FIRST_NODE_PAGE || firstPage + pages > this.pageCount) {
      throw corruptPage(firstPage, `a run of ${pages} pages from there is not in the store`);
    }
    const { memory, at } = this.place(firstPage);
    if (at + lengthBytes > memory.u8.length)
      throw corruptPage(firstPage, 'a run crosses the end of a memory');
    return memory.u8.subarray(at, at + lengthBytes);
  }

  writeRun(firstPage: number, offsetBytes: number, piece: Uint8Array): void {
    this.run(firstPage, offsetBytes + piece.length).set(piece, offsetBytes);
  }

  /** Nothing needs to be made durable: each commit is, at once. */
  isRecent(page: number): boolean {
    const { memory, at } = this.place(page);
    return memory.u32[(at + AT.commitLow) >> 2] === this.sequence;
  }
}

/**
 * What a tree stands on: pages by number. The file, its mapping, recovery and locking come underneath it; the tree knows
 * nothing of them. `memory-page-store.ts` is the one without a file.
 *
 * A page that was handed out by `allocate` is built once in the place that `place` tells, and never changed after the
 * commit. A page given to `free` stays as it is until no snapshot can see it and no crash can bring its commit back:
 * deciding that is the store's affair, for which it is told when the page was written.
 */
import type { PageMemory } from './page-memory.js';
import type { ValueSums } from './value-sums.js';

/** Where a page lies. The store moves one object from page to page. */
export interface Place {
  memory: PageMemory;
  at: number;
}

export interface PageStore {
  readonly pageBytes: number;
  /** All pages in order, in memories of `2 ** memoryShift` pages each. It grows. A page that is in `verified` can be read there. */
  readonly memories: readonly PageMemory[];
  readonly memoryShift: number;
  /** For each page the checksum that it was last found to have; 0 at first. Shorter than the store where none was read. */
  readonly verified: Uint32Array;
  /** The same for large values. */
  readonly valueSums: ValueSums;

  /**
   * Verifies a node's checksum, header and ranges, and notes it in `verified`.
   * @throws CORRUPT, naming the page
   */
  admit(page: number, sum: number, level: number): void;

  /** The bytes of a run of pages, as a large value fills it. @throws CORRUPT where the run is not in the store */
  run(firstPage: number, lengthBytes: number): Uint8Array;
}

export interface WritableStore extends PageStore {
  /** The commit that is being made. */
  readonly sequence: number;
  /** The newest commit that is known to be on the disk. */
  readonly durable: number;

  /** Hands out a run of pages. @throws DISK_FULL, TOO_LARGE */
  allocate(pages: number): number;

  /** Takes back a run of pages that commit `born` wrote, as soon as nobody needs them. */
  free(firstPage: number, pages: number, born: number): void;

  /** Where to build a page that was allocated. The object is used again by the next call. */
  place(page: number): Place;

  /** Says that a page that was allocated is built, and what its checksum is. It need not be verified when it is read. */
  seal(page: number, sum: number): void;

  /** Writes a piece of a large value into a run that was allocated. It is not kept on the heap. @throws IO_ERROR, DISK_FULL */
  writeRun(firstPage: number, offsetBytes: number, piece: Uint8Array): void;

  /** True for a page that was written after the commit `durable`: the pointers to it are recent (see format.ts). */
  isRecent(page: number): boolean;
}

/** The tree's own end, as it is kept in a root slot, in the table of tables, or in a reference. */
export interface TreeRoot {
  /** The root's page; 0 for a tree without records. */
  readonly page: number;
  readonly sum: number;
  readonly level: number;
  readonly count: number;
}

export const EMPTY_TREE: TreeRoot = { page: 0, sum: 0, level: 0, count: 0 };

/**
 * The store file, byte by byte. All numbers are little-endian; the heads of keys are the one exception, explained below.
 *
 *   pages 0 to 2    root slots (see root-slot.ts)
 *   page 3 ...      nodes of trees, runs of pages that hold one large value each, and free pages
 *
 * A page has 4 KiB to 64 KiB, a power of two chosen at creation. Pages are never changed in place: a commit writes new
 * ones, and the pages that they replace become free once nobody can see them. The checksum of a page (zlib's CRC-32 of all its
 * bytes, or 1 where that is 0) is kept where the page is pointed to, so that a page that was torn or never written is found from its
 * parent.
 *
 * A node:
 *
 *   offset   size   meaning
 *   0        1      kind: 1 leaf, 2 branch
 *   1        1      level: 0 in a leaf, one more than its children's in a branch
 *   2        2      count of cells n, u16
 *   4        2      capacity c of the arrays below, in cells, u16: n in a file
 *   6        2      length of the prefix p that all keys in the node share, u16 (in a branch: all but the first, empty one)
 *   8        2      bytes of entries at the end of the node, u16
 *   10       2      reserved: zero
 *   12       4      the page's own number, u32
 *   16       6      sequence of the commit that wrote it, u48
 *   22       2      reserved: zero
 *   24       p      the prefix, zeros to a multiple of 4
 *   H        4 c    heads, u32: the first 4 bytes of each key after the prefix, as a big-endian number, zeros behind a shorter key
 *
 * The integers of `heads` are stored in the machine's (little-endian) order, so that they are compared as numbers, and their
 * order is that of the bytes. What follows the heads, in a leaf (6 bytes a cell):
 *
 *   H + 4 c  2 c    slots, u16: where each entry begins, from the beginning of the node
 *
 * in a branch (20 bytes a cell):
 *
 *   H + 4 c  4 c    children, u32: page numbers below 2^31
 *   H + 8 c  4 c    checksums of the children's pages, u32
 *   H + 12 c 4 c    records in the child's tree, low 32 bits
 *   H + 16 c 2 c    the same, high 15 bits; the top bit says that the child is recent (below)
 *   H + 18 c 2 c    slots, u16
 *
 * then free space, zero in a file, and the entries up to the end of the node:
 *
 *   1 to 3          varint: 2 * (key's length behind the prefix) + 1 where the value is a reference, + 0 otherwise
 *   k               the key's bytes behind the prefix and the head
 *   1 to 3          leaf only: varint, the length of the value
 *   v               leaf only: the value, or the reference that stands for it (24 bytes)
 *
 * (A varint has 7 bits a byte, low ones first; the top bit says that another follows.)
 *
 * In a branch the first key is empty and stands for everything below the second. Child i holds the keys from key i up to, not
 * including, key i + 1. These keys are separators: no longer than needed to tell two neighbouring leaves apart.
 *
 * A reference:
 *
 *   0        1      kind: 1 large value
 *   1        1      reserved: zero
 *   2        6      sequence of the commit that wrote the value, u48
 *   8        4      first page, u32
 *   12       4      checksum of the value, as that of a page; never 0
 *   16       4      length in bytes, low 32 bits
 *   20       2      the same, high bits
 *   22       2      reserved: zero
 *
 * A large value fills a run of whole pages of its own, without a header; what follows it in the last page is zero.
 *
 * Recent: the child was written after the last commit that was known to be on the disk when this node was written. After a
 * crash, following the recent pointers from the root visits what may be torn, and nothing else: verifying costs what the
 * commits since then wrote, not what the store holds.
 */

export const MIN_PAGE_BYTES = 4096;
export const MAX_PAGE_BYTES = 65536;
/** The root slots come first: pages 0, 1 and 2. */
export const FIRST_NODE_PAGE = 3;
/** Page numbers are below this: their top bit tells heap pages from those of the file, in memory only. */
export const MAX_PAGES = 2 ** 31;

export const LEAF = 1;
export const BRANCH = 2;

export const HEADER_BYTES = 24;
/** Bytes of the arrays for each cell. */
export const LEAF_CELL_BYTES = 6;
export const BRANCH_CELL_BYTES = 20;
export const HEAD_BYTES = 4;

/** Offsets in the header of a node. */
export const AT = {
  kind: 0,
  level: 1,
  count: 2,
  capacity: 4,
  prefixLength: 6,
  entryBytes: 8,
  pageNumber: 12,
  commitLow: 16,
  commitHigh: 20,
  prefix: 24,
} as const;

/** Offsets in the header of a node on the heap, in place of its number and commit. Never in a file. */
export const HEAP_AT = {
  /** Bytes of this node: heap nodes may be larger than pages. */
  size: 12,
  /** The savepoint that may change it. */
  epoch: 16,
  /** Bytes of entries that nothing points to any more. */
  garbage: 20,
} as const;

/** Offsets of a branch's arrays behind its heads, as factors of the capacity. */
export const BRANCH_ARRAYS = { children: 4, sums: 8, counts: 12, highs: 16, slots: 18 } as const;
/** The offset of a leaf's slots behind its heads, as a factor of the capacity. */
export const LEAF_SLOTS = 4;

/** In the high part of a child's count: the child is recent. */
export const RECENT = 0x8000;
export const MAX_COUNT = 2 ** 47 - 1;

export const REFERENCE_BYTES = 24;
export const REFERENCE = {
  kind: 0,
  commit: 2,
  firstPage: 8,
  sum: 12,
  length: 16,
  lengthHigh: 20,
} as const;
export const LARGE_VALUE = 1;
export const MAX_VALUE_BYTES = 2 ** 31 - 1;

/** No tree is higher: 2^31 pages with at least two children each. */
export const MAX_LEVEL = 31;

/** True for a size that pages can have. */
export function isPageSize(bytes: number): boolean {
  return bytes >= MIN_PAGE_BYTES && bytes <= MAX_PAGE_BYTES && (bytes & (bytes - 1)) === 0;
}

/** The longest key in bytes, as encoded: a branch holds at least three separators of this length, and so four children. */
export function maxKeyBytes(pageBytes: number): number {
  return Math.min(pageBytes / 4, 4096) + 8;
}

/** The most bytes that an entry and its place in the arrays may take: two of them fit into any leaf, with any prefix. */
export function maxCellBytes(pageBytes: number): number {
  return (pageBytes - HEADER_BYTES - 8) >> 1;
}

/** Bytes that a prefix takes. */
export function prefixSpace(length: number): number {
  return (length + 3) & ~3;
}

export function varintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : 3;
}

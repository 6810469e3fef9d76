/**
 * Where a tree begins, in 24 bytes: in the root slots, and as the value of a table in the tree of tables.
 *
 *   offset   size   meaning
 *   0        4      root page, u32; 0 for a tree without records
 *   4        4      checksum of the root page, u32 (see format.ts); never 0
 *   8        6      records, u48
 *   14       1      level of the root page
 *   15       1      1 where the root page is recent (see format.ts), else 0
 *   16       8      reserved: zero
 */
import { FIRST_NODE_PAGE, MAX_COUNT, MAX_LEVEL, MAX_PAGES } from './format.js';
import { EMPTY_TREE, type TreeRoot } from './page-store.js';

export const TREE_RECORD_BYTES = 24;

export interface TreeRecord extends TreeRoot {
  readonly isRecent: boolean;
}

export const EMPTY_RECORD: TreeRecord = { ...EMPTY_TREE, isRecent: false };

export function encodeTreeRecord(tree: TreeRecord, into: Buffer, at: number): void {
  into.fill(0, at, at + TREE_RECORD_BYTES);
  into.writeUInt32LE(tree.page, at);
  into.writeUInt32LE(tree.sum, at + 4);
  into.writeUIntLE(tree.count, at + 8, 6);
  into.writeUInt8(tree.level, at + 14);
  into.writeUInt8(tree.isRecent ? 1 : 0, at + 15);
}

/** What is wrong with the bytes, or the tree. */
export function decodeTreeRecord(bytes: Buffer, at: number): TreeRecord | string {
  const page = bytes.readUInt32LE(at);
  const tree = {
    page,
    sum: bytes.readUInt32LE(at + 4),
    count: bytes.readUIntLE(at + 8, 6),
    level: bytes.readUInt8(at + 14),
    isRecent: bytes.readUInt8(at + 15) === 1,
  };
  if (bytes.readUInt8(at + 15) > 1 || bytes.readBigUInt64LE(at + 16) !== 0n)
    return 'reserved bytes are not zero';
  if (page === 0) {
    const isEmpty = tree.sum === 0 && tree.count === 0 && tree.level === 0 && !tree.isRecent;
    return isEmpty ? tree : 'it has no root page, but records';
  }
  if (tree.sum === 0) return 'its root has no checksum';
  if (page < FIRST_NODE_PAGE || page >= MAX_PAGES) return `its root is said to be page ${page}`;
  if (tree.level > MAX_LEVEL || tree.count > MAX_COUNT)
    return `it is said to have ${tree.level} levels and ${tree.count} records`;
  return tree;
}

/**
 * The key-value store: a copy-on-write B+tree that is read straight from the mapping. Where to begin reading:
 *
 * - format.ts, root-slot.ts, tree-record.ts, table-record.ts: the file, byte by byte
 * - page-memory.ts, cell.ts, search.ts: a node, wherever it lives, and how a key is found in it
 * - tree.ts, cursor.ts, rank.ts: lookups, ranges and counts
 * - tree-writer.ts, writable-nodes.ts, leaf-edit.ts, branch-edit.ts: changes, on the heap
 * - commit.ts, page-cuts.ts, page-packer.ts: how changed nodes become pages
 * - page-store.ts, pager.ts: what trees and stores stand on; admission.ts, check.ts: what is verified, and when
 * - file/: the file under the store; store/: the interface; keys/, values/: codecs
 */
export * from './keys/index.js';
export * from './store/index.js';
export * from './values/index.js';

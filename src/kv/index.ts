/**
 * The key-value store: a copy-on-write B+tree that is read straight from the mapping. Where to begin reading:
 *
 * - format.ts, root-slot.ts, tree-record.ts, table-record.ts: the file, byte by byte
 * - page-memory.ts, cell.ts, search.ts: a node, wherever it lives, and how a key is found in it
 * - tree.ts, cursor.ts, rank.ts: lookups, ranges and counts
 * - tree-writer.ts, writable-nodes.ts, leaf-edit.ts, branch-edit.ts: changes, on the heap
 * - commit.ts, page-cuts.ts, page-packer.ts: how changed nodes become pages
 * - page-store.ts: what the tree stands on; admission.ts, check.ts: what is verified, and when
 * - keys/, values/: codecs
 */
export { TreeCheck, type TreeReport } from './check.js';
export { Cursor } from './cursor.js';
export { HeapPages } from './heap-pages.js';
export { KeyBuffer } from './key-buffer.js';
export * from './keys/index.js';
export { MemoryPageStore } from './memory-page-store.js';
export { EMPTY_TREE, type PageStore, type TreeRoot, type WritableStore } from './page-store.js';
export { rankOf } from './rank.js';
export { Tree } from './tree.js';
export { type Savepoint, TreeWriter } from './tree-writer.js';
export { bytesValue, jsonValue, stringValue, type ValueCodec } from './values/value-codec.js';

/**
 * A root slot: what a commit writes last, and what the store is found by. There are three: pages 0, 1 and 2.
 *
 *   offset   size   meaning
 *   0        8      magic: 89 50 45 52 44 55 4b 56 ("\x89PERDUKV")
 *   8        4      format version, u32: 1
 *   12       4      page size in bytes, u32
 *   16       4      features that who reads must know, u32
 *   20       4      features that who writes must know, u32
 *   24       8      sequence of the commit, u64: 1 for the first
 *   32       8      newest commit that was known to be on the disk when this was written, u64
 *   40       8      pages in use: one more than the largest number of a page, u64
 *   48       24     the tree of tables: name -> see table-record.ts; empty as long as the tables are listed
 *   72       24     the tree of free pages, below
 *   96       16     the store's own number, random at creation: the same in all slots, another in every store
 *   112      128    up to 16 runs of pages that the next commits write the tree of free pages to: first page, u32, and pages, u32;
 *                   zeros behind the last run
 *   240      4      bytes of the lists from offset 512 on (see slot-lists.ts), u32
 *   244      4      CRC-32 of the lists
 *   248      4      runs of free pages that are listed, u32; the tables take the rest
 *   252      256    reserved: zero
 *   508      4      CRC-32 of the 508 bytes before
 *   512      n      the lists; what follows them means nothing
 *
 * Magic, version and checksum keep their places in all versions, so that a later one is told from a slot that was torn. The lists may
 * be torn from what stands before them: then the slot does not count.
 *
 * Slots are written in turn, but never the one of the newest commit that is known to be on the disk, nor that of a commit whose flush is
 * under way: there is always a third one. A commit is one flush: pages and slot are written together. After a crash the slot with
 * the largest sequence counts if its checksums hold and all pages that it reaches by recent pointers verify; otherwise the one
 * before it does, and so on. Pages are used again only when the commit that freed them is known to be on the disk.
 *
 * Free pages are listed in the slot as long as there is room for them, and then moved to a tree. That tree has 10-byte keys, big-
 * endian: sequence of the commit that freed the pages, u48 (0: nobody needs them any more), then the first page, u32. Its values have
 * 10 bytes: pages in the run, u32, and the sequence of the commit that wrote them, u48. Pages that commit n wrote and commit m freed
 * are seen by the snapshots n to m - 1 only: they can be used again as soon as none of these is open and a commit from m on is on the
 * disk, also while older and newer snapshots are read. The pages that are kept for the tree itself stand in the slot, and not in the
 * tree: writing the tree takes pages, and would otherwise change what it says.
 */
import { crc32 } from 'node:zlib';
import type { PerdureError } from '../os/errors.js';
import type { Directory } from './directory.js';
import { FIRST_NODE_PAGE, isPageSize, MAX_PAGES, MIN_PAGE_BYTES } from './format.js';
import type { TreeRoot } from './page-store.js';
import { decodeLists, encodeLists, type FreeRun, listsBytes, type PageRun } from './slot-lists.js';
import { decodeTreeRecord, encodeTreeRecord, type TreeRecord } from './tree-record.js';

/** The part that tells whether a slot counts, and the most that a slot has. */
export const SLOT_HEAD_BYTES = 512;
export const MAX_SLOT_BYTES = MIN_PAGE_BYTES;
export const STORE_MAGIC = Buffer.from('\x89PERDUKV', 'latin1');
export const STORE_VERSION = 1;
/** Features that this release knows: none yet. */
const KNOWN_FEATURES = 0;

const AT = {
  version: 8,
  pageBytes: 12,
  readFeatures: 16,
  writeFeatures: 20,
  sequence: 24,
  durable: 32,
  pageCount: 40,
  tables: 48,
  freePages: 72,
  storeId: 96,
  reserve: 112,
  listBytes: 240,
  listCrc: 244,
  listedRuns: 248,
  reserved: 252,
  crc: 508,
} as const;

/** How many runs of pages can be kept for the tree of free pages. */
export const RESERVE_RUNS = 16;
const RUN_BYTES = 8;

/** The tables that a slot leads to. */
export interface SlotTables extends Directory {
  readonly tree: TreeRecord;
}

export interface RootSlot {
  readonly pageBytes: number;
  readonly sequence: number;
  readonly durable: number;
  readonly pageCount: number;
  readonly tables: SlotTables;
  readonly freePages: TreeRecord;
  /** Free pages that are not in the tree. */
  readonly freeRuns: readonly FreeRun[];
  /** Pages that are kept for the tree of free pages. */
  readonly reserve: readonly PageRun[];
  /** 16 bytes. */
  readonly storeId: Buffer;
  /** False where the file has features that this release can read past, but not keep up. */
  readonly isWritable: boolean;
}

/** Why bytes are no root slot. */
export type RootSlotProblem = Pick<PerdureError, 'code' | 'message'>;

export function isProblem(slot: RootSlot | RootSlotProblem): slot is RootSlotProblem {
  return 'code' in slot;
}

/** True where something has to be verified when the store is opened by this slot. */
export function hasRecent({ tables, freePages }: RootSlot): boolean {
  return (
    freePages.isRecent || tables.tree.isRecent || tables.listed.some(({ record }) => record.tree.isRecent)
  );
}

/** The commit after this one, which says the same of a store in which nothing is recent any more. */
export function settled(slot: RootSlot): RootSlot {
  return withRecent({ ...slot, sequence: slot.sequence + 1 }, () => false);
}

/** The same slot, with what is recent told anew. */
export function withRecent(slot: RootSlot, isRecent: (page: number) => boolean): RootSlot {
  const mark = <T extends TreeRoot>(tree: T) => ({
    ...tree,
    isRecent: tree.page !== 0 && isRecent(tree.page),
  });
  const { listed, tree } = slot.tables;
  return {
    ...slot,
    tables: {
      listed: listed.map(({ name, record }) => ({ name, record: { ...record, tree: mark(record.tree) } })),
      tree: mark(tree),
    },
    freePages: mark(slot.freePages),
  };
}

export function encodeRootSlot(slot: RootSlot): Buffer {
  const { listed, tree } = slot.tables;
  const end = SLOT_HEAD_BYTES + listsBytes(slot.freeRuns, listed);
  const bytes = Buffer.allocUnsafe(end).fill(0, 0, SLOT_HEAD_BYTES);
  STORE_MAGIC.copy(bytes);
  bytes.writeUInt32LE(STORE_VERSION, AT.version);
  bytes.writeUInt32LE(slot.pageBytes, AT.pageBytes);
  bytes.writeBigUInt64LE(BigInt(slot.sequence), AT.sequence);
  bytes.writeBigUInt64LE(BigInt(slot.durable), AT.durable);
  bytes.writeBigUInt64LE(BigInt(slot.pageCount), AT.pageCount);
  encodeTreeRecord(tree, bytes, AT.tables);
  encodeTreeRecord(slot.freePages, bytes, AT.freePages);
  slot.storeId.copy(bytes, AT.storeId);
  for (const [index, { first, pages }] of slot.reserve.entries()) {
    bytes.writeUInt32LE(first, AT.reserve + index * RUN_BYTES);
    bytes.writeUInt32LE(pages, AT.reserve + index * RUN_BYTES + 4);
  }
  encodeLists(slot.freeRuns, listed, bytes, SLOT_HEAD_BYTES);
  bytes.writeUInt32LE(end - SLOT_HEAD_BYTES, AT.listBytes);
  bytes.writeUInt32LE(crc32(bytes.subarray(SLOT_HEAD_BYTES)), AT.listCrc);
  bytes.writeUInt32LE(slot.freeRuns.length, AT.listedRuns);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, AT.crc)), AT.crc);
  return bytes;
}

/** Reads a slot from a copy of the bytes at its place, `MAX_SLOT_BYTES` if there are as many. Every number is checked before it is used. */
export function decodeRootSlot(bytes: Buffer): RootSlot | RootSlotProblem {
  if (bytes.length < SLOT_HEAD_BYTES || !bytes.subarray(0, STORE_MAGIC.length).equals(STORE_MAGIC)) {
    return corrupt('it does not begin with the magic number of a store');
  }
  if (bytes.readUInt32LE(AT.crc) !== crc32(bytes.subarray(0, AT.crc)))
    return corrupt('its checksum is wrong');
  const version = bytes.readUInt32LE(AT.version);
  if (version !== STORE_VERSION)
    return unsupported(`format version ${version}; this release reads ${STORE_VERSION}`);
  const unknown = bytes.readUInt32LE(AT.readFeatures) & ~KNOWN_FEATURES;
  if (unknown !== 0)
    return unsupported(`features (bits ${unknown.toString(2)}) that this release does not know`);
  if (bytes.subarray(AT.reserved, AT.crc).some((byte) => byte !== 0))
    return corrupt('reserved bytes are not zero');
  return checkRanges(bytes);
}

function checkRanges(bytes: Buffer): RootSlot | RootSlotProblem {
  const pageBytes = bytes.readUInt32LE(AT.pageBytes);
  if (!isPageSize(pageBytes)) return corrupt(`its pages are said to have ${pageBytes} bytes`);
  const sequence = Number(bytes.readBigUInt64LE(AT.sequence));
  const durable = Number(bytes.readBigUInt64LE(AT.durable));
  if (sequence === 0 || sequence >= 2 ** 48 || durable >= sequence) {
    return corrupt(`it is of commit ${sequence}, which is said to follow ${durable}`);
  }
  const pageCount = Number(bytes.readBigUInt64LE(AT.pageCount));
  if (pageCount < FIRST_NODE_PAGE || pageCount > MAX_PAGES)
    return corrupt(`it is said to have ${pageCount} pages`);
  const tree = decodeTreeRecord(bytes, AT.tables);
  if (typeof tree === 'string') return corrupt(`the tree of tables: ${tree}`);
  const freePages = decodeTreeRecord(bytes, AT.freePages);
  if (typeof freePages === 'string') return corrupt(`the tree of free pages: ${freePages}`);
  if (tree.page >= pageCount || freePages.page >= pageCount)
    return corrupt('a root page is not in the store');
  const reserve = decodeReserve(bytes, pageCount);
  if (reserve === undefined) return corrupt('pages are said to be free that are not in the store');
  const end = SLOT_HEAD_BYTES + bytes.readUInt32LE(AT.listBytes);
  if (end > Math.min(bytes.length, MAX_SLOT_BYTES)) return corrupt('its lists are cut short');
  const listBytes = bytes.subarray(SLOT_HEAD_BYTES, end);
  if (bytes.readUInt32LE(AT.listCrc) !== crc32(listBytes))
    return corrupt('the checksum of its lists is wrong');
  const lists = decodeLists(listBytes, bytes.readUInt32LE(AT.listedRuns), pageCount, sequence);
  if (typeof lists === 'string') return corrupt(lists);
  if (lists.tables.length > 0 && tree.page !== 0) return corrupt('its tables are listed, and in a tree');
  return {
    pageBytes,
    sequence,
    durable,
    pageCount,
    tables: { listed: lists.tables, tree },
    freePages,
    freeRuns: lists.runs,
    reserve,
    storeId: Buffer.from(bytes.subarray(AT.storeId, AT.reserve)),
    isWritable: (bytes.readUInt32LE(AT.writeFeatures) & ~KNOWN_FEATURES) === 0,
  };
}

/** Undefined where the bytes are no list of runs of the store. */
function decodeReserve(bytes: Buffer, pageCount: number): PageRun[] | undefined {
  const runs: PageRun[] = [];
  let isOver = false;
  for (let at = AT.reserve; at < AT.listBytes; at += RUN_BYTES) {
    const first = bytes.readUInt32LE(at);
    const pages = bytes.readUInt32LE(at + 4);
    if (first === 0 && pages === 0) isOver = true;
    else if (isOver || first < FIRST_NODE_PAGE || pages === 0 || first + pages > pageCount) return undefined;
    else runs.push({ first, pages });
  }
  return runs;
}

function corrupt(message: string): RootSlotProblem {
  return { code: 'CORRUPT', message };
}

function unsupported(message: string): RootSlotProblem {
  return { code: 'VERSION_UNSUPPORTED', message: `the store has ${message}` };
}

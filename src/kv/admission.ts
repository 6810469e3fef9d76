/**
 * Nothing is trusted from a file: a node is let in once its checksum is the one that its parent keeps, and every number in it
 * that is used as an offset or a length stays within the page. It is done once for each page and each contents of it.
 *
 * What admission does not promise is what only a walk over the whole tree can tell (see check.ts): that the keys are in
 * order, and that no page is used twice.
 */
import { crc32 } from 'node:zlib';
import { PerdureError } from '../os/errors.js';
import { Cell, slotsOf } from './cell.js';
import { Child } from './child.js';
import {
  AT,
  BRANCH,
  BRANCH_CELL_BYTES,
  FIRST_NODE_PAGE,
  HEADER_BYTES,
  LEAF,
  LEAF_CELL_BYTES,
  MAX_LEVEL,
  maxKeyBytes,
  prefixSpace,
  REFERENCE_BYTES,
} from './format.js';
import type { PageMemory } from './page-memory.js';

const cell = new Cell();
const child = new Child();

export function corruptPage(page: number, problem: string): PerdureError {
  return new PerdureError('CORRUPT', `page ${page} of the store is damaged: ${problem}`);
}

/**
 * The checksum of a page as it is kept by its parent: its CRC-32, or 1 where that is 0. So 0 stands for a page that nobody has
 * looked at, and no pointer may have it.
 */
export function pageSum(memory: PageMemory, at: number, pageBytes: number): number {
  return crc32(memory.u8.subarray(at, at + pageBytes)) || 1;
}

/** @throws CORRUPT, naming the page */
export function admitNode(
  memory: PageMemory,
  at: number,
  page: number,
  pageBytes: number,
  sum: number,
  level: number,
): void {
  const found = pageSum(memory, at, pageBytes);
  if (found !== sum) {
    throw corruptPage(page, `its checksum is ${hex(found)}, and ${hex(sum)} is what its parent says`);
  }
  const problem =
    headerProblem(memory, at, page, pageBytes, level) ?? cellsProblem(memory, at, pageBytes, level);
  if (problem !== undefined) throw corruptPage(page, problem);
}

function headerProblem(
  memory: PageMemory,
  at: number,
  page: number,
  pageBytes: number,
  level: number,
): string | undefined {
  const { u8, u16, u32 } = memory;
  const kind = u8[at + AT.kind];
  if (level > MAX_LEVEL || u8[at + AT.level] !== level || kind !== (level === 0 ? LEAF : BRANCH)) {
    return `it is of kind ${kind} and level ${u8[at + AT.level]} where a node of level ${level} belongs`;
  }
  if (u32[(at + AT.pageNumber) >> 2] !== page)
    return `it says that it is page ${u32[(at + AT.pageNumber) >> 2]}`;
  const count = u16[(at + AT.count) >> 1];
  if (count < (kind === LEAF ? 1 : 2)) return `it has ${count} cells`;
  if (u16[(at + AT.capacity) >> 1] !== count) return 'its capacity is not its count of cells';
  const depth = u16[(at + AT.prefixLength) >> 1];
  if (depth > maxKeyBytes(pageBytes)) return `its prefix has ${depth} bytes`;
  const cells = count * (kind === LEAF ? LEAF_CELL_BYTES : BRANCH_CELL_BYTES);
  const used = HEADER_BYTES + prefixSpace(depth) + cells + u16[(at + AT.entryBytes) >> 1];
  if (used > pageBytes) return `its parts take ${used} bytes`;
  return undefined;
}

/** Entries must lie in the node's part for them, and their keys must have a length that keys can have. */
function cellsProblem(memory: PageMemory, at: number, pageBytes: number, level: number): string | undefined {
  const { u16 } = memory;
  const count = u16[(at + AT.count) >> 1];
  const end = at + pageBytes;
  const low = end - u16[(at + AT.entryBytes) >> 1];
  const slots = slotsOf(memory, at) >> 1;
  for (let index = 0; index < count; index++) {
    const entry = at + u16[slots + index];
    // The longest header of an entry may reach beyond the page's end only in a damaged page; the memory behind it is ours.
    if (entry < low || entry >= end) return `cell ${index} is at ${entry - at}`;
    cell.read(memory, at, index);
    if (!(cell.end <= end) || cell.keyLength > maxKeyBytes(pageBytes)) return `cell ${index} is too long`;
    if (cell.isReference && (level > 0 || cell.valueLength !== REFERENCE_BYTES)) {
      return `cell ${index} is no reference`;
    }
    if (level === 0) continue;
    child.read(memory, at, index);
    // A page of the heap has its top bit set: such a number in a file would lead into the transaction's own memory.
    if (child.id < FIRST_NODE_PAGE) return `child ${index} is said to be page ${child.id >>> 0}`;
    // It would be taken for a page that was verified before.
    if (child.sum === 0) return `child ${index} has no checksum`;
  }
  return undefined;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

/**
 * The root slots of a file as they are found, and a new store's first one.
 */
import { PerdureError } from '../../os/errors.js';
import type { FileHandle, Os } from '../../os/os.js';
import { FIRST_NODE_PAGE, MAX_PAGE_BYTES, MIN_PAGE_BYTES } from '../format.js';
import {
  decodeRootSlot,
  encodeRootSlot,
  isProblem,
  MAX_SLOT_BYTES,
  type RootSlot,
  type RootSlotProblem,
} from '../root-slot.js';
import { EMPTY_RECORD } from '../tree-record.js';

/** A file is no longer than this before its first slot is written. */
const BLANK_BYTES = FIRST_NODE_PAGE * MAX_PAGE_BYTES;

/** The pages before the first node are slots. */
const SLOTS = Array.from({ length: FIRST_NODE_PAGE }, (_, index) => index);

/** A slot and the page that it is in. */
export interface PlacedSlot {
  readonly index: number;
  readonly slot: RootSlot;
}

/**
 * True for a file that nobody has written to: it is empty, or was just created when the process or the power ended. A file of zeros
 * that is longer is something else.
 */
export function isBlank(os: Os, file: FileHandle): boolean {
  const length = os.getFileSizeEx(file);
  if (length > BLANK_BYTES) return false;
  const bytes = Buffer.alloc(length);
  os.readFile(file, bytes, 0);
  return bytes.every((byte) => byte === 0);
}

/** Makes a store of a blank file, and makes it durable. */
export function createStore(os: Os, file: FileHandle, pageBytes: number, storeId: Buffer): void {
  const length = FIRST_NODE_PAGE * pageBytes;
  // A slot on the disk without the length that goes with it would be refused: blocks first.
  const missing = length - os.getFileSizeEx(file);
  if (missing > 0) os.allocateBlocks(file, length - missing, missing);
  const slot: RootSlot = {
    pageBytes,
    sequence: 1,
    durable: 0,
    pageCount: FIRST_NODE_PAGE,
    tables: { listed: [], tree: EMPTY_RECORD },
    freePages: EMPTY_RECORD,
    freeRuns: [],
    reserve: [],
    storeId,
    isWritable: true,
  };
  os.writeFile(file, encodeRootSlot(slot), 0);
  os.flushFileBuffers(file);
}

/**
 * The slots that are whole, the newest one first.
 * @throws CORRUPT where there is none, VERSION_UNSUPPORTED where a later release wrote one of them
 */
export function readSlots(os: Os, file: FileHandle): PlacedSlot[] {
  const first = readSlot(os, file, 0);
  const pageBytes = isProblem(first) ? findPageBytes(os, file, first) : first.pageBytes;
  const found = SLOTS.map((index) => ({ index, slot: readSlot(os, file, index * pageBytes) }));
  const slots: PlacedSlot[] = [];
  for (const { index, slot } of found) {
    if (!isProblem(slot)) slots.push({ index, slot });
    else if (slot.code === 'VERSION_UNSUPPORTED') throw refusal(file, slot);
  }
  const [one] = slots;
  if (one === undefined) throw refusal(file, first as RootSlotProblem);
  if (slots.some(({ slot }) => slot.pageBytes !== pageBytes || !slot.storeId.equals(one.slot.storeId)))
    throw refusal(file, { code: 'CORRUPT', message: 'its root slots are of different stores' });
  return slots.sort((a, b) => b.slot.sequence - a.slot.sequence);
}

/**
 * Where the first slot does not tell the size of pages, another one is where one of the sizes says.
 * @throws VERSION_UNSUPPORTED, CORRUPT where there is none
 */
function findPageBytes(os: Os, file: FileHandle, first: RootSlotProblem): number {
  if (first.code === 'VERSION_UNSUPPORTED') throw refusal(file, first);
  let problem = first;
  for (let pageBytes = MIN_PAGE_BYTES; pageBytes <= MAX_PAGE_BYTES; pageBytes *= 2) {
    for (const index of SLOTS.slice(1)) {
      const slot = readSlot(os, file, index * pageBytes);
      if (!isProblem(slot) && slot.pageBytes === pageBytes) return pageBytes;
      if (isProblem(slot) && slot.code === 'VERSION_UNSUPPORTED') problem = slot;
    }
  }
  throw refusal(file, problem);
}

function readSlot(os: Os, file: FileHandle, offset: number): RootSlot | RootSlotProblem {
  const bytes = Buffer.alloc(MAX_SLOT_BYTES);
  return decodeRootSlot(bytes.subarray(0, os.readFile(file, bytes, offset)));
}

function refusal({ path }: FileHandle, { code, message }: RootSlotProblem): PerdureError {
  const what = code === 'VERSION_UNSUPPORTED' ? message : `it is no store, or a damaged one: ${message}`;
  return new PerdureError(code, `'${path}' cannot be opened: ${what}`, { path });
}

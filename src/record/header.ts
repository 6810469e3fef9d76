/**
 * The two header slots of an open record file: finding the newest valid one, and writing them in turn.
 *
 * Invariants:
 * - the slot that was found or written last is never written over with anything else, and no slot is written while the one before
 *   it is not known to be on the disk: whatever a power cut tears, one slot is whole;
 * - a flush before this opening may have failed, and what was found be in the page cache only, where the system takes it for
 *   written: it is written again before a flush counts for it;
 * - `covered` is the largest count that opening the file after a power cut may find. Records below it may be
 *   changed in place, but never be written over as if they did not exist.
 */
import type { MappedFile, Range, View } from '../mapping/index.js';
import { PerdureError } from '../os/errors.js';
import { fillHoles } from './blocks.js';
import {
  dataOffset,
  decodeSlot,
  encodeSlot,
  FIXED_BYTES,
  type Header,
  isProblem,
  MIN_SLOT_BYTES,
  type SlotProblem,
  slotSizeAt,
} from './format.js';
import { MAX_SLOT_BYTES } from './limits.js';

/** The newest valid slot of a file. */
export interface Found {
  readonly header: Header;
  /** 0 or 1. */
  readonly slot: number;
  /** The count of the other slot; 0 where it is not valid. */
  readonly otherCount: number;
}

/** Another process may be writing a slot while it is read; the other one is whole then, and a second look finds it. */
const ATTEMPTS = 3;

/**
 * Finds the newest valid slot of a file. Reads a few KiB, whatever the file's size.
 * @throws NOT_A_RECORD_FILE, VERSION_UNSUPPORTED, CORRUPT
 */
export function readHeader(file: MappedFile): Found {
  const view = file.view(0, Math.min(file.size, 2 * MAX_SLOT_BYTES));
  try {
    let problem: SlotProblem | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = newest(view);
      if ('header' in found) return found;
      problem = found;
    }
    throw unreadable(file.path, problem!);
  } finally {
    view.close();
  }
}

function newest(view: View): Found | SlotProblem {
  const first = readSlot(view, 0);
  const second = isProblem(first) ? findSecond(view) : readSlot(view, first.slotSize);
  if (isProblem(first) && isProblem(second)) return first.code === 'NOT_A_RECORD_FILE' ? second : first;
  if (isProblem(second)) return { header: first as Header, slot: 0, otherCount: 0 };
  if (isProblem(first)) return { header: second, slot: 1, otherCount: 0 };
  return first.sequence > second.sequence
    ? { header: first, slot: 0, otherCount: second.count }
    : { header: second, slot: 1, otherCount: first.count };
}

/**
 * Slot 1 where slot 0 cannot say where it is: at one of a few places, and it says itself which. The first that begins
 * as a slot there is meant, whole or damaged: slot 1 lies before the records, whose bytes may look like a slot too.
 */
function findSecond(view: View): Header | SlotProblem {
  let problem: SlotProblem | undefined;
  for (let at = MIN_SLOT_BYTES; at <= MAX_SLOT_BYTES; at *= 2) {
    const slot = readSlot(view, at);
    if (!isProblem(slot) || slotSizeAt(readFixed(view, at), at) !== undefined) return slot;
    if (problem === undefined || problem.code === 'NOT_A_RECORD_FILE') problem = slot;
  }
  return problem!;
}

function readFixed(view: View, offset: number): Buffer {
  return view.read(Math.min(offset, view.length), Math.max(0, Math.min(FIXED_BYTES, view.length - offset)));
}

function readSlot(view: View, offset: number): Header | SlotProblem {
  const fixed = readFixed(view, offset);
  const size = slotSizeAt(fixed, offset);
  if (size === undefined || offset + size > view.length) {
    const known = decodeSlot(fixed);
    return isProblem(known) ? known : { code: 'CORRUPT', message: 'its slot size is impossible' };
  }
  return decodeSlot(view.read(offset, size));
}

function unreadable(path: string, problem: SlotProblem): PerdureError {
  return new PerdureError(problem.code, `'${path}' cannot be opened as a record file: ${problem.message}`, {
    path,
  });
}

/** The slots of a file that is open, and what is known to be on the disk of them. */
export class HeaderSlots {
  readonly #file: MappedFile;
  #header: Header;
  #slot: number;
  #view: View | undefined;
  /** The count of the slot before, which a power cut may bring back while the newest is not on the disk. */
  #previousCount: number;
  /** False at first: what is read may be in the page cache only, left there by a process that ended without a flush. */
  #durable = false;
  /** True once the slots are known to occupy blocks. */
  #allocated = false;
  /** True where the newest slot was written by this opening, and not only found. */
  #isOwn = false;

  private constructor(file: MappedFile, found: Found) {
    this.#file = file;
    this.#header = found.header;
    this.#slot = found.slot;
    this.#previousCount = found.otherCount;
  }

  /** Writes slot 0 of a new file: no records. It is on the disk after the first flush. */
  static create(file: MappedFile, slotSize: number, recordSize: number, schemaText: string): HeaderSlots {
    const header = { slotSize, sequence: 1n, count: 0, recordSize, schemaText };
    const slots = new HeaderSlots(file, { header, slot: 0, otherCount: 0 });
    slots.#write();
    return slots;
  }

  static open(file: MappedFile): HeaderSlots {
    return new HeaderSlots(file, readHeader(file));
  }

  get header(): Header {
    return this.#header;
  }

  get count(): number {
    return this.#header.count;
  }

  get covered(): number {
    return this.#durable ? this.#header.count : Math.max(this.#header.count, this.#previousCount);
  }

  /** True where the newest slot is known to be on the disk. */
  get durable(): boolean {
    return this.#durable;
  }

  /** Both slots, as a part of the file. */
  get range(): Range {
    return { offset: 0, length: dataOffset(this.#header.slotSize) };
  }

  /** Before a flush that is to make the newest slot durable. @throws IO_ERROR, DISK_FULL; it can be tried again */
  establish(): void {
    if (this.#isOwn) return;
    const { slotSize } = this.#header;
    this.#file.rewrite({ offset: this.#slot * slotSize, length: slotSize });
    this.#isOwn = true;
  }

  /**
   * Writes the older slot. The newest one, and the records that `count` covers, must be on the disk.
   * @throws DISK_FULL where a slot lies in a hole; nothing is written
   */
  store(count: number): void {
    if (!this.#allocated) fillHoles(this.#file, this.range);
    this.#allocated = true;
    this.#previousCount = this.#header.count;
    this.#header = { ...this.#header, count, sequence: this.#header.sequence + 1n };
    this.#slot = 1 - this.#slot;
    this.#durable = false;
    this.#write();
  }

  /** Notes that a flush of `range` that began after the newest slot was written has succeeded. */
  settled(sequence: bigint): void {
    if (sequence === this.#header.sequence) this.#durable = true;
  }

  /** Takes over what the file says now, once it was checked: others may have written to it. See `readHeader`. */
  adopt(found: Found): void {
    this.#header = found.header;
    this.#slot = found.slot;
  }

  #write(): void {
    this.#view ??= this.#file.view(0, dataOffset(this.#header.slotSize));
    this.#view.write(this.#slot * this.#header.slotSize, encodeSlot(this.#header));
    this.#isOwn = true;
  }
}

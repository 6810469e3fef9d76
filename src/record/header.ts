/**
 * The two header slots of an open record file: finding the newest valid one, and writing them in turn.
 *
 * Invariants:
 * - the slot that was found or written last is never written over, and no slot is written while the one before it is not
 *   known to be on the disk: whatever a power cut tears, one slot is whole;
 * - `covered` is the largest count that opening the file after a power cut may find. Records below it may be
 *   changed in place, but never be written over as if they did not exist.
 */
import type { MappedFile, Range, View } from '../mapping/index.js';
import { PerdureError } from '../os/errors.js';
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

interface Found {
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
  const slots = [readSlot(view, 0)];
  const first = slots[0]!;
  // Slot 0 says where slot 1 is. Where it cannot, slot 1 is at one of a few places, and says itself which.
  if (isProblem(first)) {
    for (let at = MIN_SLOT_BYTES; at <= MAX_SLOT_BYTES; at *= 2) slots.push(readSlot(view, at));
  } else slots.push(readSlot(view, first.slotSize));
  const valid = slots
    .map((header, index) => ({ header, slot: Math.min(index, 1) }))
    .filter((slot): slot is { header: Header; slot: number } => !isProblem(slot.header))
    .sort((a, b) => (a.header.sequence > b.header.sequence ? -1 : 1));
  const [best, other] = valid;
  if (best !== undefined) return { ...best, otherCount: other?.header.count ?? 0 };
  return slots.filter(isProblem).find((slot) => slot.code !== 'NOT_A_RECORD_FILE') ?? (first as SlotProblem);
}

function readSlot(view: View, offset: number): Header | SlotProblem {
  const fixed = view.read(
    Math.min(offset, view.length),
    Math.max(0, Math.min(FIXED_BYTES, view.length - offset)),
  );
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

  /** Writes the older slot. The newest one, and the records that `count` covers, must be on the disk. */
  store(count: number): void {
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

  /** Looks again at what the file says: others may have written to it. */
  refresh(): void {
    const found = readHeader(this.#file);
    this.#header = found.header;
    this.#slot = found.slot;
  }

  #write(): void {
    this.#view ??= this.#file.view(0, dataOffset(this.#header.slotSize));
    this.#view.write(this.#slot * this.#header.slotSize, encodeSlot(this.#header));
  }
}

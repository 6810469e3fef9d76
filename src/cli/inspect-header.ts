/** What `perdure inspect` tells about a record file: both header slots, also where one or both are damaged. */
import { MappedFile, type View } from '../mapping/index.js';
import { PerdureError } from '../os/index.js';
import {
  dataOffset,
  decodeSlot,
  FIXED_BYTES,
  type Header,
  isProblem,
  MIN_SLOT_BYTES,
  slotSizeAt,
} from '../record/format.js';
import { RecordFile } from '../record/index.js';
import { MAX_SLOT_BYTES } from '../record/limits.js';
import { fieldsShorthand } from './values/format.js';

export interface SlotFacts {
  readonly slot: number;
  readonly valid: boolean;
  /** The newest valid one: the one that counts. */
  readonly current: boolean;
  /** A u64, in decimal. */
  readonly sequence?: string;
  readonly count?: number;
  readonly problem?: string;
}

export interface HeaderFacts {
  readonly slotSize: number | undefined;
  readonly dataOffset: number | undefined;
  readonly slots: readonly SlotFacts[];
  readonly count?: number;
  readonly capacity?: number;
  readonly recordSize?: number;
  readonly schema?: string;
  /** Why the file cannot be opened as a record file. */
  readonly problem?: string;
}

/** Undefined where the file is no record file, nor looks like a damaged one. */
export function readHeaderFacts(path: string): HeaderFacts | undefined {
  const read = readSlots(path);
  if (read === undefined) return undefined;
  const { slotSize, headers } = read;
  let newest: bigint | undefined;
  for (const header of headers) {
    if (typeof header !== 'string' && (newest === undefined || header.sequence > newest))
      newest = header.sequence;
  }
  const slots = headers.map((header, slot): SlotFacts => {
    if (typeof header === 'string') return { slot, valid: false, current: false, problem: header };
    const { sequence, count } = header;
    return { slot, valid: true, current: sequence === newest, sequence: String(sequence), count };
  });
  const places = { slotSize, dataOffset: slotSize && dataOffset(slotSize), slots };
  try {
    using file = RecordFile.open(path);
    const { count, capacity, schema } = file;
    return {
      ...places,
      count,
      capacity,
      recordSize: schema.recordSize,
      schema: fieldsShorthand(schema.fields),
    };
  } catch (error) {
    if (!(error instanceof PerdureError)) throw error;
    return { ...places, problem: error.message };
  }
}

/** Both slots, or why one is none. Slot 1 says itself where it is if slot 0 cannot. */
function readSlots(path: string): { slotSize: number | undefined; headers: (Header | string)[] } | undefined {
  using file = MappedFile.open(path);
  using view = file.view(0, Math.min(file.size, 2 * MAX_SLOT_BYTES));
  const candidates = [0];
  for (let at = MIN_SLOT_BYTES; at <= MAX_SLOT_BYTES; at *= 2) candidates.push(at);
  const sizes = candidates.map((at) => slotSizeAt(readAt(view, at, FIXED_BYTES), at));
  const slotSize = sizes.find((size) => size !== undefined);
  if (slotSize === undefined) {
    const first = decodeSlot(readAt(view, 0, FIXED_BYTES));
    const alien = isProblem(first) && first.code === 'NOT_A_RECORD_FILE';
    return alien
      ? undefined
      : { slotSize, headers: [isProblem(first) ? first.message : 'its slot size is impossible'] };
  }
  return { slotSize, headers: [0, slotSize].map((at) => headerAt(view, at, slotSize)) };
}

function headerAt(view: View, at: number, slotSize: number): Header | string {
  const bytes = readAt(view, at, slotSize);
  if (bytes.every((byte) => byte === 0)) return 'never written';
  const header = decodeSlot(bytes);
  return isProblem(header) ? header.message : header;
}

/** What there is of [at, at + length). */
function readAt(view: View, at: number, length: number): Buffer {
  const from = Math.min(at, view.length);
  return view.read(from, Math.min(length, view.length - from));
}

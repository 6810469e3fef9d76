/**
 * The record file, byte by byte. All numbers are little-endian.
 *
 *   offset          size          meaning
 *   0               slot size     header slot 0
 *   slot size       slot size     header slot 1
 *   2 * slot size   to the end    records, record size bytes each, laid out by the rules of C (see layout.ts)
 *
 * The slot size is a power of two from 4096 to 2^20 that holds the schema. A header slot:
 *
 *   offset   size   meaning
 *   0        8      magic: 89 50 45 52 44 55 52 45 ("\x89PERDURE"; the first byte is no text and is lost on 7-bit ways)
 *   8        4      format version, u32: 1
 *   12       4      slot size in bytes, u32
 *   16       8      sequence, u64: 1 for the first slot written; the valid slot with the larger one counts
 *   24       8      record count, u64
 *   32       4      record size in bytes, u32
 *   36       4      length of the schema's text in bytes, u32
 *   40       8      offset of the first record, u64: 2 * slot size
 *   48       12     reserved: zero
 *   60       4      CRC-32 (zlib's) of the 64 bytes of this fixed part, with zeros here, and the schema's text, u32
 *   64       n      the schema's text: canonical JSON in UTF-8 (see schema-json.ts)
 *   64 + n          zero to the end of the slot
 *
 * What the file is longer than `offset + count * record size` is capacity: its contents mean nothing.
 *
 * Slots are written in turn, never the newest one, and only when the newest one and all records that the count covers
 * are on the disk. So whatever a power cut leaves of the slot being written, the other one is whole.
 */
import { crc32 } from 'node:zlib';
import type { PerdureError } from '../os/errors.js';
import { MAX_RECORD_BYTES, MAX_SLOT_BYTES } from './limits.js';

export const MAGIC = Buffer.from('\x89PERDURE', 'latin1');
export const FORMAT_VERSION = 1;
export const MIN_SLOT_BYTES = 4096;
/** Bytes of a slot before the schema's text. */
export const FIXED_BYTES = 64;

const AT = {
  magic: 0,
  version: 8,
  slotSize: 12,
  sequence: 16,
  count: 24,
  recordSize: 32,
  schemaLength: 36,
  dataOffset: 40,
  reserved: 48,
  crc: 60,
} as const;

/** What a header slot says. */
export interface Header {
  readonly slotSize: number;
  readonly sequence: bigint;
  readonly count: number;
  readonly recordSize: number;
  readonly schemaText: string;
}

/** Offset of the first record in bytes. */
export function dataOffset(slotSize: number): number {
  return 2 * slotSize;
}

/** The smallest slot that holds a schema's text of this many bytes. */
export function slotSizeFor(schemaBytes: number): number {
  let size = MIN_SLOT_BYTES;
  while (size < FIXED_BYTES + schemaBytes) size *= 2;
  return size;
}

/** The bytes of a whole slot. */
export function encodeSlot(header: Header): Buffer {
  const slot = Buffer.alloc(header.slotSize);
  MAGIC.copy(slot, AT.magic);
  slot.writeUInt32LE(FORMAT_VERSION, AT.version);
  slot.writeUInt32LE(header.slotSize, AT.slotSize);
  slot.writeBigUInt64LE(header.sequence, AT.sequence);
  slot.writeBigUInt64LE(BigInt(header.count), AT.count);
  slot.writeUInt32LE(header.recordSize, AT.recordSize);
  const length = slot.write(header.schemaText, FIXED_BYTES, 'utf8');
  slot.writeUInt32LE(length, AT.schemaLength);
  slot.writeBigUInt64LE(BigInt(dataOffset(header.slotSize)), AT.dataOffset);
  slot.writeUInt32LE(checksum(slot, length), AT.crc);
  return slot;
}

/** Why bytes are no slot: VERSION_UNSUPPORTED or CORRUPT where they begin as one, NOT_A_RECORD_FILE otherwise. */
export type SlotProblem = Pick<PerdureError, 'code' | 'message'>;

/**
 * The length that a slot at `offset` says it has, where that can be true: such a slot begins at 0 or at its own length.
 * Undefined where the bytes are no slot.
 */
export function slotSizeAt(fixed: Buffer, offset: number): number | undefined {
  if (fixed.length < FIXED_BYTES || !fixed.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const size = fixed.readUInt32LE(AT.slotSize);
  const legal = size >= MIN_SLOT_BYTES && size <= MAX_SLOT_BYTES && (size & (size - 1)) === 0;
  return legal && (offset === 0 || offset === size) ? size : undefined;
}

/** Reads a slot from its bytes, a copy that nobody writes to meanwhile. Every number is checked before it is used. */
export function decodeSlot(slot: Buffer): Header | SlotProblem {
  if (slot.length < FIXED_BYTES || !slot.subarray(0, MAGIC.length).equals(MAGIC)) {
    return { code: 'NOT_A_RECORD_FILE', message: 'it does not begin with the magic number of a record file' };
  }
  const version = slot.readUInt32LE(AT.version);
  if (version !== FORMAT_VERSION) {
    return {
      code: 'VERSION_UNSUPPORTED',
      message: `it is of format version ${version}; this release reads version ${FORMAT_VERSION}`,
    };
  }
  const schemaLength = slot.readUInt32LE(AT.schemaLength);
  if (schemaLength > slot.length - FIXED_BYTES) {
    return corrupt(`the schema's length of ${schemaLength} bytes is beyond the slot of ${slot.length}`);
  }
  const wanted = slot.readUInt32LE(AT.crc);
  const found = checksum(slot, schemaLength);
  if (wanted !== found)
    return corrupt(`the checksum is ${hex(wanted)} where the contents give ${hex(found)}`);
  return checkRanges(slot, schemaLength);
}

export function isProblem(slot: Header | SlotProblem): slot is SlotProblem {
  return 'code' in slot;
}

/** A checksum says that the bytes are what somebody wrote, not that they make sense. */
function checkRanges(slot: Buffer, schemaLength: number): Header | SlotProblem {
  const slotSize = slot.readUInt32LE(AT.slotSize);
  if (slotSize !== slot.length)
    return corrupt(`the slot size is ${slotSize} in a slot of ${slot.length} bytes`);
  const first = slot.readBigUInt64LE(AT.dataOffset);
  if (first !== BigInt(dataOffset(slotSize))) {
    return corrupt(`the first record is said to be at ${first}, not at ${dataOffset(slotSize)}`);
  }
  const recordSize = slot.readUInt32LE(AT.recordSize);
  if (recordSize === 0 || recordSize > MAX_RECORD_BYTES)
    return corrupt(`the record size is ${recordSize} bytes`);
  const count = slot.readBigUInt64LE(AT.count);
  if (count > BigInt(Number.MAX_SAFE_INTEGER) / BigInt(recordSize))
    return corrupt(`the record count is ${count}`);
  const rest = [slot.subarray(AT.reserved, AT.crc), slot.subarray(FIXED_BYTES + schemaLength)];
  if (rest.some((bytes) => bytes.some((byte) => byte !== 0))) return corrupt('reserved bytes are not zero');
  return {
    slotSize,
    sequence: slot.readBigUInt64LE(AT.sequence),
    count: Number(count),
    recordSize,
    schemaText: slot.toString('utf8', FIXED_BYTES, FIXED_BYTES + schemaLength),
  };
}

function checksum(slot: Buffer, schemaLength: number): number {
  const fixed = Buffer.from(slot.subarray(0, FIXED_BYTES));
  fixed.fill(0, AT.crc);
  return crc32(slot.subarray(FIXED_BYTES, FIXED_BYTES + schemaLength), crc32(fixed));
}

function corrupt(message: string): SlotProblem {
  return { code: 'CORRUPT', message };
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

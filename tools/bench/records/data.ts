/**
 * The records that the suite works on: 32 bytes without padding, every field a function of the record's index, so that
 * any sum over them is known without reading them. Sums stay below 2^53 and are exact in any order.
 *
 *   offset  size  field
 *        0     8  time    f64  1.7e9 + index
 *        8     8  value   f64  index * 7919 mod 1,000,003
 *       16     4  id      u32  index
 *       20     4  count   i32  index mod 1000, less 500
 *       24     4  level   f32  index mod 4096, by 16
 *       28     2  flags   u16  index mod 65,536
 *       30     1  kind    u8   index mod 7
 *       31     1  valid   u8   index mod 2
 *
 * Hot loops must not name what they import or export: V8 reads such a constant from its cell in every round, which halved
 * the speed of a loop over typed arrays (Node 20). Hence literals and parameters there.
 */
import { defineRecord, f32, f64, i32, MappedFile, type RecordOf, u8, u16, u32 } from '../../../src/index.js';

export const RECORD_BYTES = 32;

export const SAMPLE = defineRecord(
  { time: f64, value: f64, id: u32, count: i32, level: f32, flags: u16, kind: u8, valid: u8 },
  { name: 'Sample' },
);
export type Sample = RecordOf<typeof SAMPLE>;

export const sampleValue = (index: number) => (index * 7919) % 1_000_003;
export const sampleFlags = (index: number) => index & 0xffff;

/** Sets every field of the record with this index. */
export function fillSample(sample: Sample, index: number): void {
  sample.time = 1.7e9 + index;
  sample.value = (index * 7919) % 1_000_003;
  sample.id = index;
  sample.count = (index % 1000) - 500;
  sample.level = (index & 4095) / 16;
  sample.flags = index & 0xffff;
  sample.kind = index % 7;
  sample.valid = index & 1;
}

/** The same, into plain bytes. */
export function fillBytes(view: DataView, at: number, index: number): void {
  view.setFloat64(at, 1.7e9 + index, true);
  view.setFloat64(at + 8, (index * 7919) % 1_000_003, true);
  view.setUint32(at + 16, index, true);
  view.setInt32(at + 20, (index % 1000) - 500, true);
  view.setFloat32(at + 24, (index & 4095) / 16, true);
  view.setUint16(at + 28, index & 0xffff, true);
  view.setUint8(at + 30, index % 7);
  view.setUint8(at + 31, index & 1);
}

/** What value, id and flags of the first `count` records add up to. */
export function sumOfThree(count: number): number {
  let sum = 0;
  for (let index = 0; index < count; index++) sum += sampleValue(index) + index + sampleFlags(index);
  return sum;
}

/** Where the records of a record file begin, by the u64 at byte 40 of it. */
export const firstRecordOffset = (file: Buffer) => Number(file.readBigUInt64LE(40));

/** The bytes of the records of a file, mapped: what a hand-written program and the peers work on. */
export function mappedRecords(path: string, mode: 'readonly' | 'readwrite' = 'readonly') {
  const { bytes } = MappedFile.open(path, { mode }).view();
  const fileOffset = firstRecordOffset(bytes);
  return { buffer: bytes.buffer as ArrayBuffer, byteOffset: bytes.byteOffset + fileOffset, fileOffset };
}

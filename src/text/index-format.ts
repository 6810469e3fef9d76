/**
 * The file that keeps a line index, byte by byte. All numbers are little-endian.
 *
 *   offset   size   meaning
 *   0        8      magic: 89 50 45 52 44 4c 49 4e ("\x89PERDLIN")
 *   8        4      format version, u32: 1
 *   12       4      block size in bytes, u32: 16384
 *   16       8      blocks, u64
 *   24       8      length of the text file in bytes when it was indexed, u64
 *   32       8      its time of change in nanoseconds since 1970, i64
 *   40       8      its number in the file system, u64; 0 where there is none
 *   48       4      CRC-32 (zlib's) of the sample: see index-file.ts, u32
 *   52       1      width of a line end in bytes: 1 or 2
 *   53       1      reserved: zero
 *   54       2      the line end, as one number, u16
 *   56       4      reserved: zero
 *   60       4      CRC-32 of everything else in this file, with zeros here, u32
 *   64       2 * n  line ends in each block, u16
 *
 * The file is a cache: whatever is wrong with it, it is made anew.
 */
import { crc32 } from 'node:zlib';
import { BLOCK_BYTES } from './line-index.js';

export const MAGIC = Buffer.from('\x89PERDLIN', 'latin1');
export const FORMAT_VERSION = 1;
export const HEADER_BYTES = 64;

const AT = {
  magic: 0,
  version: 8,
  blockSize: 12,
  blocks: 16,
  fileSize: 24,
  changed: 32,
  inode: 40,
  sample: 48,
  width: 52,
  unit: 54,
  crc: 60,
} as const;

/** What the index says of the text file. */
export interface IndexHeader {
  readonly fileSize: number;
  readonly changedNs: bigint;
  readonly inode: bigint;
  readonly sample: number;
  readonly width: 1 | 2;
  readonly unit: number;
}

export interface StoredIndex extends IndexHeader {
  readonly counts: Uint16Array;
}

/** How long the file is for a number of blocks. */
export function indexBytes(blocks: number): number {
  return HEADER_BYTES + blocks * 2;
}

export function encodeIndex(index: StoredIndex): Buffer {
  const bytes = Buffer.alloc(indexBytes(index.counts.length));
  MAGIC.copy(bytes, AT.magic);
  bytes.writeUInt32LE(FORMAT_VERSION, AT.version);
  bytes.writeUInt32LE(BLOCK_BYTES, AT.blockSize);
  bytes.writeBigUInt64LE(BigInt(index.counts.length), AT.blocks);
  bytes.writeBigUInt64LE(BigInt(index.fileSize), AT.fileSize);
  bytes.writeBigInt64LE(index.changedNs, AT.changed);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, index.inode), AT.inode);
  bytes.writeUInt32LE(index.sample, AT.sample);
  bytes.writeUInt8(index.width, AT.width);
  bytes.writeUInt16LE(index.unit, AT.unit);
  for (let at = HEADER_BYTES, block = 0; at < bytes.length; at += 2) {
    bytes.writeUInt16LE(index.counts[block++]!, at);
  }
  bytes.writeUInt32LE(crc32(bytes), AT.crc);
  return bytes;
}

/** The index in a file's bytes; undefined where anything in it is wrong. */
export function decodeIndex(bytes: Buffer): StoredIndex | undefined {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (bytes.readUInt32LE(AT.version) !== FORMAT_VERSION) return undefined;
  if (bytes.readUInt32LE(AT.blockSize) !== BLOCK_BYTES) return undefined;
  const blocks = Number(bytes.readBigUInt64LE(AT.blocks));
  const fileSize = Number(bytes.readBigUInt64LE(AT.fileSize));
  if (bytes.length !== indexBytes(blocks) || blocks * BLOCK_BYTES > fileSize) return undefined;
  const width = bytes.readUInt8(AT.width);
  if ((width !== 1 && width !== 2) || bytes.readUInt8(AT.width + 1) !== 0 || bytes.readUInt32LE(56) !== 0) {
    return undefined;
  }
  const crc = bytes.readUInt32LE(AT.crc);
  const zeroed = Buffer.from(bytes);
  zeroed.writeUInt32LE(0, AT.crc);
  if (crc32(zeroed) !== crc) return undefined;
  const counts = new Uint16Array(blocks);
  for (let block = 0; block < blocks; block++) {
    counts[block] = bytes.readUInt16LE(HEADER_BYTES + block * 2);
    if (counts[block]! > BLOCK_BYTES / width) return undefined;
  }
  return {
    fileSize,
    changedNs: bytes.readBigInt64LE(AT.changed),
    inode: bytes.readBigUInt64LE(AT.inode),
    sample: bytes.readUInt32LE(AT.sample),
    width,
    unit: bytes.readUInt16LE(AT.unit),
    counts,
  };
}

/**
 * The file of a named object, and the layout of its first page: what perdure processes share, and what a C program may
 * read. Little-endian.
 *
 *   offset  size  meaning
 *        0     8  magic "PERDOBJ\0"
 *        8     4  format version, 1
 *       12     4  kind: 1 file mapping, 2 event, 3 mutex
 *       16     4  a mapping: its protection (PAGE_*, as in Win32); an event: 1 for manual reset
 *       20     4  offset of a mapping's first byte in this file (4096); 0: the mapping is of the file at `path`
 *       24     8  size of the mapping in bytes
 *       32     8  device and
 *       40     8  inode of the file at `path`
 *       48     4  length of the name in bytes
 *       52     4  length of the path in bytes
 *       56     4  where the lock word is in a pthread_mutex_t of the creator's libc, in bytes
 *       60     4  reserved, 0
 *       64     4  an event: its state (event.ts)
 *       68     4  the next ticket for a waiter (wait-queue.ts)
 *       72     4  a mutex: bit 0, it was abandoned, and nobody has been told yet; bit 1, a wait for all of several objects
 *                 is taking it (mutex.ts)
 *       76     4  how many of the queue's slots have ever been used
 *       80    48  reserved, 0
 *      128    64  pthread_mutex_t: guards the state and the queue
 *      192    64  pthread_mutex_t: a mutex object itself
 *      256  2560  the queue: 40 slots of 64 bytes each; pthread_mutex_t, at 56 the ticket, at 60 the number of waits
 *     2816   780  the name with its prefix, in UTF-8
 *     4096        the bytes of a mapping; or the path of its file, in UTF-8
 *
 * Every holder of the object has this file open with a shared flock(2). Who gets an exclusive one knows that nobody
 * holds the object any more, and removes the file.
 */
import { PerdureError } from '../../errors.js';
import type { ObjectKind } from '../../names.js';

export const HEADER_BYTES = 4096;
export const MAGIC = Buffer.from('PERDOBJ\0');
export const VERSION = 1;

export const KIND_OFFSET = 12;
export const DETAIL_OFFSET = 16;
export const DATA_OFFSET_OFFSET = 20;
export const SIZE_OFFSET = 24;
export const DEVICE_OFFSET = 32;
export const INODE_OFFSET = 40;
export const NAME_LENGTH_OFFSET = 48;
export const PATH_LENGTH_OFFSET = 52;
export const LOCK_WORD_OFFSET = 56;
export const STATE_OFFSET = 64;
export const TICKET_OFFSET = 68;
export const ABANDONED_OFFSET = 72;
export const SLOTS_USED_OFFSET = 76;
export const GUARD_OFFSET = 128;
export const MUTEX_OFFSET = 192;
export const QUEUE_OFFSET = 256;
export const QUEUE_SLOTS = 40;
export const SLOT_BYTES = 64;
export const SLOT_TICKET_OFFSET = 56;
export const SLOT_COUNT_OFFSET = 60;
export const NAME_OFFSET = QUEUE_OFFSET + QUEUE_SLOTS * SLOT_BYTES;
const NAME_BYTES = 780;
const PATH_BYTES = 4096;

const KINDS: readonly ObjectKind[] = ['file mapping', 'event', 'mutex'];

/** What the header says about an object, besides its state. */
export interface ObjectHeader {
  readonly kind: ObjectKind;
  /** The full name; empty for an unnamed object. */
  readonly name: string;
  /** A mapping's protection; 1 for an event with manual reset. */
  readonly detail: number;
  /** Where a mapping's bytes begin in the object's file; 0: `file` is what is mapped. */
  readonly dataOffset: number;
  readonly sizeBytes: number;
  readonly file?: { readonly path: string; readonly device: bigint; readonly inode: bigint } | undefined;
}

/** The first page, and the path behind it where there is one. */
export function encodeHeader(header: ObjectHeader, lockWordOffset: number): Buffer {
  const name = Buffer.from(header.name);
  const path = Buffer.from(header.file?.path ?? '');
  if (path.length > PATH_BYTES) {
    throw new PerdureError(
      'INVALID_ARGUMENT',
      `the path of a named mapping’s file has at most ${PATH_BYTES} bytes`,
    );
  }
  const page = Buffer.alloc(HEADER_BYTES + path.length);
  MAGIC.copy(page);
  page.writeUInt32LE(VERSION, 8);
  page.writeUInt32LE(KINDS.indexOf(header.kind) + 1, KIND_OFFSET);
  page.writeUInt32LE(header.detail, DETAIL_OFFSET);
  page.writeUInt32LE(header.dataOffset, DATA_OFFSET_OFFSET);
  page.writeBigUInt64LE(BigInt(header.sizeBytes), SIZE_OFFSET);
  page.writeBigUInt64LE(header.file?.device ?? 0n, DEVICE_OFFSET);
  page.writeBigUInt64LE(header.file?.inode ?? 0n, INODE_OFFSET);
  page.writeUInt32LE(name.length, NAME_LENGTH_OFFSET);
  page.writeUInt32LE(path.length, PATH_LENGTH_OFFSET);
  page.writeUInt32LE(lockWordOffset, LOCK_WORD_OFFSET);
  name.copy(page, NAME_OFFSET);
  path.copy(page, HEADER_BYTES);
  return page;
}

/**
 * Reads a header that anybody may have written.
 * @param bytes the file's first page, and the path behind it
 * @param fileBytes the length of the object's file
 * @throws CORRUPT, VERSION_UNSUPPORTED
 */
export function decodeHeader(
  bytes: Buffer,
  fileBytes: number,
  lockWordOffset: number,
  path: string,
): ObjectHeader {
  const corrupt = (what: string) =>
    new PerdureError('CORRUPT', `'${path}' is not the file of a named object: ${what}; remove it`, { path });
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC))
    throw corrupt('its first bytes are others');
  const version = bytes.readUInt32LE(8);
  if (version !== VERSION || bytes.readUInt32LE(LOCK_WORD_OFFSET) !== lockWordOffset) {
    throw new PerdureError(
      'VERSION_UNSUPPORTED',
      `'${path}' holds a named object of format ${version} made with another version of perdure or another C library; use the same in all processes`,
      { path },
    );
  }
  const kind = KINDS[bytes.readUInt32LE(KIND_OFFSET) - 1];
  if (kind === undefined) throw corrupt('its kind is unknown');
  const nameLength = bytes.readUInt32LE(NAME_LENGTH_OFFSET);
  const pathLength = bytes.readUInt32LE(PATH_LENGTH_OFFSET);
  if (nameLength > NAME_BYTES || pathLength > PATH_BYTES) throw corrupt('its name is too long');
  if (pathLength > bytes.length - HEADER_BYTES) throw corrupt('its path is cut off');
  const dataOffset = bytes.readUInt32LE(DATA_OFFSET_OFFSET);
  const size = bytes.readBigUInt64LE(SIZE_OFFSET);
  const isMapping = kind === 'file mapping';
  const inside = dataOffset === HEADER_BYTES && size <= BigInt(Math.max(fileBytes - HEADER_BYTES, 0));
  const outside = dataOffset === 0 && pathLength > 0 && size <= BigInt(Number.MAX_SAFE_INTEGER);
  if (isMapping && (size === 0n || !(inside || outside)))
    throw corrupt('its size reaches beyond the file’s end');
  return {
    kind,
    name: bytes.toString('utf8', NAME_OFFSET, NAME_OFFSET + nameLength),
    detail: bytes.readUInt32LE(DETAIL_OFFSET),
    dataOffset,
    sizeBytes: Number(size),
    file:
      pathLength === 0
        ? undefined
        : {
            path: bytes.toString('utf8', HEADER_BYTES, HEADER_BYTES + pathLength),
            device: bytes.readBigUInt64LE(DEVICE_OFFSET),
            inode: bytes.readBigUInt64LE(INODE_OFFSET),
          },
  };
}

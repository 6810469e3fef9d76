/**
 * Blocks on the disk for a range of a file, before anybody maps it: a store into a hole on a full disk would kill the
 * process (SIGBUS), an allocation that fails is an error. On failure the file's length is what it was.
 */
import * as fs from 'node:fs';
import { F_ALLOCATEALL, F_PEOFPOSMODE, F_PREALLOCATE, FALLOC_FL_KEEP_SIZE, FSTORE_SIZE } from './abi.js';
import { errnoError, errnoNumber, fsError } from './errno.js';
import type { Libc } from './libc.js';
import type { PosixFile } from './posix-file.js';

const ZEROS_BYTES = 1 << 20;

function isUnsupported(errno: number): boolean {
  return (['EOPNOTSUPP', 'ENOTSUP', 'ENOSYS'] as const).some((name) => errnoNumber(name) === errno);
}

/** Where the file system cannot allocate: writes zeros beyond the old end. Holes before it stay holes. */
function writeZeros(file: PosixFile, to: number): void {
  const from = file.length();
  const zeros = Buffer.alloc(Math.min(ZEROS_BYTES, Math.max(to - from, 0)));
  try {
    for (let at = from; at < to; ) at += fs.writeSync(file.fd, zeros, 0, Math.min(zeros.length, to - at), at);
  } catch (error) {
    // Somebody may have mapped the zeros by now: then they stay.
    if (!file.isMapped) file.setLength(from);
    throw fsError(error, 'write', file.path);
  }
}

/**
 * Linux. First the blocks without the length, so that a failure has nothing to take back that somebody else may rely on
 * by then; then the length over them, which needs no room and never shortens.
 *
 * @returns false where the call was interrupted and is to be repeated
 */
function finish(file: PosixFile, errno: number, end: number): boolean {
  if (errno === errnoNumber('EINTR')) return false;
  if (isUnsupported(errno)) writeZeros(file, end);
  else if (errno !== 0) {
    file.releaseBeyondEnd();
    throw errnoError(errno, 'fallocate', { path: file.path });
  } else file.lengthen(end);
  return true;
}

export function allocateOnLinux(libc: Libc, file: PosixFile, offset: number, length: number): void {
  for (let done = false; !done; ) {
    const failed = libc.fallocate(file.fd, FALLOC_FL_KEEP_SIZE, offset, length) !== 0;
    done = finish(file, failed ? libc.errno() : 0, offset + length);
  }
}

export async function allocateOnLinuxAsync(
  libc: Libc,
  file: PosixFile,
  offset: number,
  length: number,
): Promise<void> {
  file.reference();
  try {
    for (let done = false; !done; ) {
      const errno = await libc.fallocateAsync(file.fd, FALLOC_FL_KEEP_SIZE, offset, length);
      done = finish(file, errno, offset + length);
    }
  } finally {
    file.unreference();
  }
}

/**
 * macOS: F_PREALLOCATE reserves blocks beyond the present end, then the length is set. Holes before it stay holes.
 * fcntl(2): F_ALLOCATEALL allocates all or nothing; F_PEOFPOSMODE counts from the physical end of the file.
 */
export function allocateOnMacos(libc: Libc, file: PosixFile, offset: number, length: number): void {
  const oldLength = file.length();
  const missing = offset + length - oldLength;
  if (missing <= 0) return;
  const fstore = new DataView(new ArrayBuffer(FSTORE_SIZE));
  fstore.setUint32(0, F_ALLOCATEALL, true);
  fstore.setInt32(4, F_PEOFPOSMODE, true);
  fstore.setBigInt64(16, BigInt(missing), true);
  if (libc.fcntlPointer(file.fd, F_PREALLOCATE, new Uint8Array(fstore.buffer)) !== 0) {
    const errno = libc.errno();
    if (isUnsupported(errno)) return writeZeros(file, offset + length);
    throw errnoError(errno, 'fcntl(F_PREALLOCATE)', { path: file.path });
  }
  file.lengthen(offset + length);
}

/**
 * Blocks on the disk for a range of a file, before anybody maps it: a store into a hole on a full disk would kill the
 * process (SIGBUS), an allocation that fails is an error. On failure the file's length is as it was.
 */
import * as fs from 'node:fs';
import type { PerdureError } from '../errors.js';
import { F_ALLOCATEALL, F_PEOFPOSMODE, F_PREALLOCATE, FSTORE_SIZE } from './abi.js';
import { errnoError, errnoNumber, fsError } from './errno.js';
import type { Libc } from './libc.js';
import type { PosixFile } from './posix-file.js';

const ZEROS_BYTES = 1 << 20;

function isUnsupported(errno: number): boolean {
  return errno === errnoNumber('EOPNOTSUPP') || errno === errnoNumber('ENOSYS');
}

/** Undoes a partial extension up to `end`, unless somebody else lengthened the file further and relies on it. */
function restore(file: PosixFile, oldLength: number, end: number): void {
  const length = file.length();
  if (length > oldLength && length <= end) fs.ftruncateSync(file.fd, oldLength);
}

function failed(file: PosixFile, oldLength: number, end: number, errno: number): PerdureError {
  restore(file, oldLength, end);
  return errnoError(errno, 'posix_fallocate', { path: file.path });
}

/** Where the file system cannot allocate: writes zeros beyond the old end. Holes before it stay holes. */
function writeZeros(file: PosixFile, from: number, to: number): void {
  const zeros = Buffer.alloc(Math.min(ZEROS_BYTES, Math.max(to - from, 0)));
  try {
    for (let at = from; at < to; ) at += fs.writeSync(file.fd, zeros, 0, Math.min(zeros.length, to - at), at);
  } catch (error) {
    restore(file, from, to);
    throw fsError(error, 'write', file.path);
  }
}

export function allocateOnLinux(libc: Libc, file: PosixFile, offset: number, length: number): void {
  const oldLength = file.length();
  for (;;) {
    const errno = libc.posixFallocate(file.fd, offset, length);
    if (errno === 0) return;
    if (isUnsupported(errno)) return writeZeros(file, oldLength, offset + length);
    if (errno !== errnoNumber('EINTR')) throw failed(file, oldLength, offset + length, errno);
  }
}

export async function allocateOnLinuxAsync(
  libc: Libc,
  file: PosixFile,
  offset: number,
  length: number,
): Promise<void> {
  const oldLength = file.length();
  file.reference();
  try {
    for (;;) {
      const errno = await libc.posixFallocateAsync(file.fd, offset, length);
      if (errno === 0) return;
      if (isUnsupported(errno)) return writeZeros(file, oldLength, offset + length);
      if (errno !== errnoNumber('EINTR')) throw failed(file, oldLength, offset + length, errno);
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
    if (isUnsupported(errno) || errno === errnoNumber('ENOTSUP'))
      return writeZeros(file, oldLength, offset + length);
    throw errnoError(errno, 'fcntl(F_PREALLOCATE)', { path: file.path });
  }
  file.setLength(offset + length);
}

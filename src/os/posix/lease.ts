/**
 * Leases, by which Linux tells whether anybody has a file open for writing. fcntl(2), F_SETLEASE: "A read lease can be placed
 * only on a file descriptor that is opened read-only" and is refused with EAGAIN while the file is open for writing anywhere,
 * or mapped so. It is given back at once. Only the file's owner (or CAP_LEASE) may ask, and not every file system has leases.
 * Whoever opens the file for writing in the microsecond between waits that long; the signal that then comes is set to SIGURG,
 * which does nothing by default, because SIGIO would end the process.
 */
import * as fs from 'node:fs';
import { constants } from 'node:os';
import { F_SETLEASE, F_SETSIG, LINUX_ABI } from './abi.js';
import { type Libc, loadLibc } from './libc.js';

const { F_RDLCK, F_UNLCK } = LINUX_ABI;

let libc: Libc | undefined;

/** True where a read lease is refused because somebody has the file open for writing; undefined where that cannot be known. */
export function isLeaseRefused(path: string): boolean | undefined {
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
  let fd: number;
  try {
    fd = fs.openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return undefined;
  }
  try {
    libc ??= loadLibc('linux');
    if (libc.fcntlInteger(fd, F_SETSIG, constants.signals.SIGURG) !== 0) return undefined;
    if (libc.fcntlInteger(fd, F_SETLEASE, F_RDLCK) !== 0)
      return libc.errno() === constants.errno.EAGAIN ? true : undefined;
    libc.fcntlInteger(fd, F_SETLEASE, F_UNLCK);
    return false;
  } finally {
    fs.closeSync(fd);
  }
}

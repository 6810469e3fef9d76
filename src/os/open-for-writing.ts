/**
 * Whether anybody, in any process, has a file open for writing: as far as the system tells.
 *
 * Linux: fcntl(2), F_SETLEASE: "A read lease can be placed only on a file descriptor that is opened read-only" and is
 * refused with EAGAIN while the file is open for writing anywhere, or mapped so. It is given back at once. Only the file's owner
 * (or CAP_LEASE) may ask, and not every file system has leases. Whoever opens the file for writing in the microsecond
 * between waits that long; the signal that then comes is set to SIGURG, which does nothing by default, because SIGIO would
 * end the process. Elsewhere nothing is known.
 */
import * as fs from 'node:fs';
import koffi from 'koffi';

/** <asm-generic/fcntl.h> and <linux/fcntl.h> */
const F_SETSIG = 10;
const F_SETLEASE = 1024;
const F_RDLCK = 0;
const F_UNLCK = 2;
/** <asm-generic/signal.h>, the same on every architecture that Node.js runs on. */
const SIGURG = 23;
const EAGAIN = 11;

type Fcntl = (fd: number, command: number, type: 'int', argument: number) => number;

let fcntl: Fcntl | undefined;

/** @returns undefined where it cannot be known */
export function isOpenForWriting(path: string): boolean | undefined {
  if (process.platform !== 'linux') return undefined;
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
  let fd: number;
  try {
    fd = fs.openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return undefined;
  }
  try {
    fcntl ??= koffi.load(null).func('int fcntl(int fd, int command, ...)') as unknown as Fcntl;
    if (fcntl(fd, F_SETSIG, 'int', SIGURG) !== 0) return undefined;
    if (fcntl(fd, F_SETLEASE, 'int', F_RDLCK) !== 0) return koffi.errno() === EAGAIN ? true : undefined;
    fcntl(fd, F_SETLEASE, 'int', F_UNLCK);
    return false;
  } finally {
    fs.closeSync(fd);
  }
}

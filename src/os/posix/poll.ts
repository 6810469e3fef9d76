/**
 * poll(2) of one descriptor, which does not wait: "POLLERR [...] is also set for a file descriptor referring to the write end of
 * a pipe when the read end has been closed"; of a socket whose other end is closed POLLHUP is. Both are told unasked.
 *
 *   struct pollfd   0  fd, i32   4  events, i16   6  revents, i16
 */
import { POLLERR, POLLHUP } from './abi.js';
import { type Libc, loadLibc } from './libc.js';

const POLLFD_BYTES = 8;
const REVENTS_AT = 6;

let libc: Libc | undefined;

export function isHungUp(fd: number): boolean {
  libc ??= loadLibc(process.platform === 'darwin' ? 'macos' : 'linux');
  const polled = Buffer.alloc(POLLFD_BYTES);
  polled.writeInt32LE(fd);
  return libc.poll(polled, 1, 0) === 1 && (polled.readInt16LE(REVENTS_AT) & (POLLERR | POLLHUP)) !== 0;
}

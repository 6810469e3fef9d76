/** Whether whoever read what is written to a pipe is gone, without writing to it: as far as the system tells. */
import { isHungUp } from './posix/poll.js';

/** @returns undefined where it cannot be known */
export function isReaderGone(fd: number): boolean | undefined {
  return process.platform === 'win32' ? undefined : isHungUp(fd);
}

/** Whether anybody, in any process, has a file open for writing: as far as the system tells. Linux does. */
import { isLeaseRefused } from './posix/lease.js';

/** @returns undefined where it cannot be known */
export function isOpenForWriting(path: string): boolean | undefined {
  return process.platform === 'linux' ? isLeaseRefused(path) : undefined;
}

/** What the system says of the file at a path, to know it by. */
import { statSync } from 'node:fs';

export interface FileStamp {
  readonly size: number;
  readonly changedNs: bigint;
  /** The file's number in its file system. */
  readonly inode: bigint;
}

/** @throws Error of node:fs where there is none */
export function stampOf(path: string): FileStamp {
  const { size, mtimeNs, ino } = statSync(path, { bigint: true });
  return { size: Number(size), changedNs: mtimeNs, inode: BigInt.asUintN(64, ino) };
}

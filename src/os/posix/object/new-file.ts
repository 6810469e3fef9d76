/**
 * The file of an object in the making, which gets its name when it is complete.
 *
 * Until then it has none where the system has such files (Linux; tmpfs and the file systems of disks): the kernel frees
 * it with the process. Elsewhere it has a temporary one, and for an instant both. A process that is killed before or in
 * that instant leaves the temporary name behind: whoever sweeps removes it (life-cycle.ts), and so does the object's last
 * holder.
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { AT_FDCWD, AT_SYMLINK_FOLLOW, O_TMPFILE } from '../abi.js';
import { errnoError, errnoNumber } from '../errno.js';
import type { Libc } from '../libc.js';
import { temporaryName } from './namespace.js';

const { O_RDWR, O_CREAT, O_EXCL, O_DIRECTORY } = fs.constants;
const OWNER_ONLY = 0o600;

/** The name by which a file that has none can be given one. */
const DESCRIPTORS = '/proc/self/fd';

export interface NewFile {
  readonly fd: number;
  /** Gives it the name. False where another file has it, or the folder is gone. */
  publish(): boolean;
  /** Removes whatever other name it has. */
  end(): void;
}

/** An empty file in the folder of `path`. @throws what node:fs does */
export function newFile(libc: Libc, path: string): NewFile {
  return unnamedFile(libc, path) ?? temporaryFile(path);
}

function unnamedFile(libc: Libc, path: string): NewFile | undefined {
  const { linkat } = libc;
  if (linkat === undefined || !fs.existsSync(DESCRIPTORS)) return undefined;
  let fd: number;
  try {
    fd = fs.openSync(dirname(path), O_RDWR | O_DIRECTORY | O_TMPFILE, OWNER_ONLY);
  } catch (error) {
    // A file system without them says the first, a kernel without them takes it for the opening of a folder.
    if (['EOPNOTSUPP', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  const publish = () => {
    if (linkat(AT_FDCWD, `${DESCRIPTORS}/${fd}`, AT_FDCWD, path, AT_SYMLINK_FOLLOW) === 0) return true;
    const errno = libc.errno();
    if (errno === errnoNumber('EEXIST') || errno === errnoNumber('ENOENT')) return false;
    throw errnoError(errno, 'linkat', { path });
  };
  return { fd, publish, end: () => {} };
}

function temporaryFile(path: string): NewFile {
  const temporary = temporaryName(path);
  const fd = fs.openSync(temporary, O_RDWR | O_CREAT | O_EXCL, OWNER_ONLY);
  const publish = () => {
    try {
      fs.linkSync(temporary, path);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST' || code === 'ENOENT') return false;
      throw error;
    }
  };
  return { fd, publish, end: () => fs.rmSync(temporary, { force: true }) };
}

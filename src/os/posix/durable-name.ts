/**
 * The names of files, made durable: fsync of a file says nothing of the entry in its folder.
 */
import * as fs from 'node:fs';
import { promisify } from 'node:util';

const { O_RDONLY } = fs.constants;

const fsync = promisify(fs.fsync);

/**
 * Makes the name of a new file durable. Where its folder cannot be opened, because it was renamed meanwhile or may be
 * written but not read, fsync of the file is what is left: the journals of ext4, XFS and btrfs take the name along.
 */
export function syncName(fd: number, folder: string): void {
  let folderFd: number;
  try {
    folderFd = fs.openSync(folder, O_RDONLY);
  } catch {
    return fs.fsyncSync(fd);
  }
  syncAndClose(folderFd, fd);
}

export async function syncNameAsync(fd: number, folder: string): Promise<void> {
  const handle = await fs.promises.open(folder, O_RDONLY).catch(() => undefined);
  if (handle === undefined) return fsync(fd);
  const synced = await handle
    .sync()
    .then(
      () => true,
      (error) => !isRefusal(error) && Promise.reject(error),
    )
    .finally(() => handle.close());
  if (!synced) await fsync(fd);
}

/** Some file systems have no fsync of folders. */
function isRefusal(error: unknown): boolean {
  return ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Makes the entries of a folder durable: fsync of a file says nothing of its name. */
export function syncFolder(path: string): void {
  syncAndClose(fs.openSync(path, O_RDONLY));
}

function syncAndClose(folderFd: number, fileFd?: number): void {
  try {
    fs.fsyncSync(folderFd);
  } catch (error) {
    if (fileFd === undefined || !isRefusal(error)) throw error;
    fs.fsyncSync(fileFd);
  } finally {
    fs.closeSync(folderFd);
  }
}

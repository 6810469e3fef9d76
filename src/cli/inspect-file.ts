/** What `perdure inspect` tells about any file. */
import { statSync } from 'node:fs';
import { MappedFile } from '../mapping/index.js';
import { isPerdureError, PerdureError } from '../os/index.js';

export interface FileFacts {
  readonly path: string;
  readonly size: number;
  readonly allocatedBytes: number;
  readonly sparse: boolean;
  /** As `ls -l` shows it. */
  readonly mode: string;
  readonly modified: string;
  readonly pageSize: number;
  readonly residentBytes: number;
  /** The fraction that is in memory of each of up to 60 equal parts of the file. */
  readonly residency: readonly number[];
  /** Why the file could not be opened, only looked at. */
  readonly problem?: string;
}

const CELLS = 60;
/** How much residency is asked for at once: 2^18 pages of 4 KiB. */
const PIECE_BYTES = 2 ** 30;

/** @throws NOT_FOUND, NOT_A_FILE, ACCESS_DENIED */
export async function readFileFacts(path: string): Promise<FileFacts> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new PerdureError('NOT_FOUND', `'${path}' does not exist`, { path });
  if (!stat.isFile()) throw new PerdureError('NOT_A_FILE', `'${path}' is no regular file`, { path });
  const plain = {
    path,
    size: stat.size,
    allocatedBytes: stat.blocks * 512,
    mode: modeText(stat.mode),
    modified: stat.mtime.toISOString(),
    pageSize: 0,
    residentBytes: 0,
    residency: [],
  };
  if (stat.size === 0) return { ...plain, sparse: false };
  try {
    using file = MappedFile.open(path);
    const allocatedBytes = file.allocatedBytes;
    return { ...plain, allocatedBytes, sparse: isSparse(allocatedBytes, stat.size), ...residency(file) };
  } catch (error) {
    if (!isPerdureError(error, 'SHARING_VIOLATION')) throw error;
    return { ...plain, sparse: isSparse(plain.allocatedBytes, stat.size), problem: error.message };
  }
}

function isSparse(allocatedBytes: number, size: number): boolean {
  // Small files may lie in the directory itself and occupy nothing.
  return size >= 65_536 && allocatedBytes < size;
}

function residency(file: MappedFile): Pick<FileFacts, 'pageSize' | 'residentBytes' | 'residency'> {
  const { size } = file;
  const { pageSize } = file.residency({ offset: 0, length: 1 });
  const pages = Math.ceil(size / pageSize);
  const cells = Math.min(CELLS, pages);
  const fractions: number[] = [];
  let residentBytes = 0;
  for (let cell = 0; cell < cells; cell++) {
    const from = Math.floor((cell * pages) / cells) * pageSize;
    const to = Math.min(Math.floor(((cell + 1) * pages) / cells) * pageSize, size);
    let resident = 0;
    for (let at = from; at < to; at += PIECE_BYTES) {
      resident += file.residency({ offset: at, length: Math.min(PIECE_BYTES, to - at) }).residentBytes;
    }
    // The last page may reach beyond the end.
    fractions.push(Math.min(resident / (to - from), 1));
    residentBytes += Math.min(resident, to - from);
  }
  return { pageSize, residentBytes, residency: fractions };
}

function modeText(mode: number): string {
  const text = [...'rwxrwxrwx'].map((letter, at) => (mode & (1 << (8 - at)) ? letter : '-')).join('');
  return `-${text}`;
}

/**
 * Blocks on the disk for a range of a file, so that no later store through a view meets a full disk (on Windows an
 * in-page error, which ends the process).
 *
 * NTFS gives a file that is neither sparse nor compressed clusters for its whole length. Beyond the length
 * FileAllocationInfo takes them first, so that a full disk is found while the length is still as it was; then
 * FileEndOfFileInfo moves the length over them. Both change metadata only and are quick at any size, so they run on
 * the calling thread in both forms. A sparse file has holes, and so has every file under Wine, which does not offer
 * FileAllocationInfo (120): they are filled with zeros, which takes time (holes.ts).
 *
 * Invariants: the length never shrinks (FileAllocationInfo below it would truncate), and is what it was after a
 * failure. Filling a hole races with a store into the same hole: allocate first, then map.
 * For a compressed file nothing can be promised: its clusters are chosen when its pages are written.
 */
import { type ByteCount, byteCount } from '../arguments.js';
import { PerdureError } from '../errors.js';
import type { FileHandle } from '../os.js';
import { ERROR_DISK_FULL, win32Error } from '../win32-errors.js';
import { checkWritable, fileAttributes, fileStandardInfo, setFileInfo, sizeError } from './file.js';
import { openFile, type WindowsFile } from './handles.js';
import { fillHoles, type Range, transfer, transferAsync, UNSUPPORTED } from './holes.js';
import type { Kernel32 } from './kernel32.js';
import * as abi from './kernel32.js';

const SYSCALL = 'SetFileInformationByHandle';

interface Allocation {
  readonly file: WindowsFile;
  readonly range: Range;
  readonly oldLengthBytes: number;
}

function allocation(
  kernel32: Kernel32,
  handle: FileHandle,
  offset: ByteCount,
  length: ByteCount,
): Allocation | undefined {
  const file = openFile(handle, SYSCALL);
  const start = byteCount(offset, 'offset');
  const bytes = byteCount(length, 'length');
  checkWritable(file, SYSCALL);
  const end = start + bytes;
  if (!Number.isSafeInteger(end)) {
    throw new PerdureError('TOO_LARGE', `offset ${start} and length ${bytes} reach beyond 2^53 - 1 bytes`);
  }
  if (bytes === 0) return undefined;
  return {
    file,
    range: { start, end },
    oldLengthBytes: fileStandardInfo(kernel32, file, SYSCALL).lengthBytes,
  };
}

/**
 * Extends the file over the range where it must. Returns true where holes may remain in the range.
 *
 * Wine refuses to shorten a file that is mapped anywhere, also beyond the mapping, so there a length could not be given
 * back: what is missing on the disk has to be found before.
 */
function extend(kernel32: Kernel32, { file, range, oldLengthBytes }: Allocation): boolean {
  let taken = true;
  if (range.end > oldLengthBytes) {
    const refused = setFileInfo(kernel32, file, abi.FileAllocationInfo, range.end);
    taken = !UNSUPPORTED.has(refused);
    if (refused !== 0 && taken) throw sizeError(refused, SYSCALL, file, range.end);
    if (!taken) checkFreeSpace(kernel32, file, range.end - Math.max(range.start, oldLengthBytes));
    const lastError = setFileInfo(kernel32, file, abi.FileEndOfFileInfo, range.end);
    if (lastError !== 0) throw sizeError(lastError, SYSCALL, file, range.end);
  }
  const now = fileStandardInfo(kernel32, file, SYSCALL);
  const sparse = (fileAttributes(kernel32, file, SYSCALL) & abi.FILE_ATTRIBUTE_SPARSE_FILE) !== 0;
  return !taken || sparse || now.allocatedBytes < now.lengthBytes;
}

/** @throws DISK_FULL where the folder's disk or the caller's quota has less room than that */
function checkFreeSpace(kernel32: Kernel32, file: WindowsFile, bytes: number): void {
  const available: [number] = [0];
  const folder = file.widePath.slice(0, file.widePath.lastIndexOf('\\') + 1);
  if (!kernel32.GetDiskFreeSpaceExW(folder, available, null, null)) return;
  if (bytes > Number(available[0])) throw win32Error(ERROR_DISK_FULL, SYSCALL, { path: file.path });
}

/** Gives back what was taken, unless somebody lengthened the file further meanwhile and relies on it. */
function restore(kernel32: Kernel32, { file, range, oldLengthBytes }: Allocation): void {
  const { lengthBytes } = fileStandardInfo(kernel32, file, SYSCALL);
  if (range.end <= oldLengthBytes || lengthBytes > range.end) return;
  if (setFileInfo(kernel32, file, abi.FileEndOfFileInfo, oldLengthBytes) === 0) {
    setFileInfo(kernel32, file, abi.FileAllocationInfo, oldLengthBytes);
  }
}

export function allocateBlocks(
  kernel32: Kernel32,
  handle: FileHandle,
  offset: ByteCount,
  length: ByteCount,
): void {
  const wanted = allocation(kernel32, handle, offset, length);
  if (wanted === undefined) return;
  const { file, range, oldLengthBytes } = wanted;
  try {
    if (!extend(kernel32, wanted)) return;
    transfer(kernel32, file, fillHoles(kernel32, file, range, oldLengthBytes));
  } catch (error) {
    restore(kernel32, wanted);
    throw error;
  }
}

export async function allocateBlocksAsync(
  kernel32: Kernel32,
  handle: FileHandle,
  offset: ByteCount,
  length: ByteCount,
): Promise<void> {
  const wanted = allocation(kernel32, handle, offset, length);
  if (wanted === undefined) return;
  const { file, range, oldLengthBytes } = wanted;
  const release = file.hold();
  try {
    if (!extend(kernel32, wanted)) return;
    await transferAsync(kernel32, file, fillHoles(kernel32, file, range, oldLengthBytes));
  } catch (error) {
    restore(kernel32, wanted);
    throw error;
  } finally {
    release();
  }
}

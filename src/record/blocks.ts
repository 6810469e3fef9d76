/**
 * Blocks for files that have holes: `cp --sparse=always`, `rsync -S` and archivers make capacity a hole, which reads as
 * the zeros that it was.
 *
 * A store into a hole takes a block, and where the disk has none left, SIGBUS kills the process. So whoever is about to
 * store for the first time since the file was opened sees to the blocks before; what a file grows by later has them.
 */
import type { MappedFile, Range } from '../mapping/index.js';

/** Makes a range of a file that is open for writing occupy blocks. @throws DISK_FULL; nothing is changed */
export function fillHoles(file: MappedFile, range: Range): void {
  if (file.mode === 'readwrite' && file.allocatedBytes < file.size) file.allocateSync(range);
}

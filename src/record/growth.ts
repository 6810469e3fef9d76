/** How a record file grows: by doubling, so that appending costs the same per record, but by no more than 1 GiB at a time. */
import type { MappedFile } from '../mapping/index.js';
import { isPerdureError } from '../os/errors.js';

const MIN_STEP_BYTES = 2 ** 20;
const MAX_STEP_BYTES = 2 ** 30;
const PAGE_BYTES = 4096;

/** Makes the file at least `neededBytes` long. @throws DISK_FULL (the file is as it was), POISONED */
export function grow(file: MappedFile, neededBytes: number): void {
  if (neededBytes <= file.size) return;
  const step = Math.min(Math.max(file.size, MIN_STEP_BYTES), MAX_STEP_BYTES);
  const roomy = Math.ceil(Math.max(neededBytes, file.size + step) / PAGE_BYTES) * PAGE_BYTES;
  try {
    file.resizeSync(roomy);
  } catch (error) {
    // No room for more than is needed: what is needed may still fit.
    if (!isPerdureError(error, 'DISK_FULL')) throw error;
    file.resizeSync(neededBytes);
  }
}

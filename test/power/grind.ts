/** What the mills of stores and of record files have in common. */
import { isPerdureError } from '../../src/os/index.js';
import type { SimulatedDisk } from '../../src/os/simulated/index.js';
import { type Cutter, checkNothingOpen } from './cutter.js';

/**
 * Runs a program on a disk whose power is cut at every moment that it tells of, and closes the disk.
 * @returns how many images were looked at
 * @throws where one holds what it must not, or the program fails for no fault of the disk; the message tells the seed
 */
export async function grind(
  disk: SimulatedDisk,
  cutter: Cutter,
  seed: number,
  program: () => Promise<void>,
): Promise<number> {
  try {
    disk.onMoment = () => cutter.cut();
    await program().catch((error: unknown) => {
      cutter.throwFailure();
      if (!isFault(disk, error)) throw new Error(`seed ${seed}: ${error}`, { cause: error });
    });
    cutter.throwFailure();
    checkNothingOpen(disk, `seed ${seed}`);
    return cutter.images;
  } finally {
    disk.close();
  }
}

/** An error that a fault on the disk explains. */
export function isFault(disk: SimulatedDisk, error: unknown): boolean {
  const coded = isPerdureError(error) && ['IO_ERROR', 'POISONED', 'DISK_FULL'].includes(error.code);
  return coded && disk.faults.struck > 0;
}

/** A disk that exists in memory, and what a power cut may leave of it. */
export { SimulatedDisk, type SimulatedDiskOptions } from './disk.js';
export type { FaultKind } from './faults.js';
export { SECTOR_BYTES } from './page-cache.js';

/** Memory, events, mutexes and counters that processes share by name. */
export type { ObjectAccess } from './access.js';
export type { NamedCellOptions } from './cell.js';
export * from './channel/index.js';
export { SharedCounter } from './shared-counter.js';
export { SharedEvent, type SharedEventOptions } from './shared-event.js';
export { SharedFlag } from './shared-flag.js';
export {
  SharedMemory,
  type SharedMemoryCreateOptions,
  type SharedMemoryOpenOptions,
} from './shared-memory.js';
export { type MutexLock, SharedMutex, type SharedMutexOptions } from './shared-mutex.js';
export type { WaitOptions } from './timeout.js';

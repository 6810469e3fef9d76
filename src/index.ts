/**
 * perdure: typed records, raw bytes and sorted stores in real files, mapped into memory, and memory that processes share. The
 * calls of the system: `perdure/win32`.
 */
export * from './kv/index.js';
export * from './mapping/index.js';
export {
  type Advice,
  type ByteCount,
  ERROR_CODES,
  type ErrorCode,
  isPerdureError,
  PerdureError,
} from './os/index.js';
export * from './record/index.js';
export * from './shared/index.js';
export * from './text/index.js';

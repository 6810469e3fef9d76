/** `perdure/win32`: the operating system layer, in Win32 terms, on this platform. See os.ts for the contract. */
export type { ByteCount } from './arguments.js';
export * from './constants.js';
export { ERROR_CODES, type ErrorCode, isPerdureError, PerdureError } from './errors.js';
export { MappedView } from './memory.js';
export type { NamedObject, ObjectKind, SecurityAttributes } from './names.js';
export { nativeOs } from './native.js';
export type { Advice, FileHandle, FileMappingHandle, Handle, Os, SystemInfo } from './os.js';
export type { EventHandle, MutexHandle, Synchronization, Waitable } from './synchronization.js';
export * from './win32.js';
export * from './win32-errors.js';

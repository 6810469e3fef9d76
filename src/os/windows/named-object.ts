/** What CreateFileMapping, CreateEvent and CreateMutex have in common, and their Open calls: names, and what went wrong. */
import type { PerdureError } from '../errors.js';
import { nameContext, type ObjectKind, type ObjectName, parseObjectName } from '../names.js';
import {
  ERROR_ACCESS_DENIED,
  ERROR_ALREADY_EXISTS,
  type Win32ErrorContext,
  win32Error,
} from '../win32-errors.js';
import type { Kernel32 } from './kernel32.js';

/** The error of a call on a name, by its last error. */
export function nameError(
  lastError: number,
  syscall: string,
  name: ObjectName,
  kind: ObjectKind,
  context: Win32ErrorContext = {},
): PerdureError {
  return win32Error(lastError, syscall, { ...context, ...nameContext(lastError, name.full, kind) });
}

/** The error of a Create call. @param name undefined: the object was to have none */
export function creationError(
  lastError: number,
  syscall: string,
  name: ObjectName | undefined,
  kind: ObjectKind,
  context: Win32ErrorContext = {},
): PerdureError {
  if (name === undefined) return win32Error(lastError, syscall, context);
  // Docs: outside session 0, "the creation of a file mapping object in the global namespace" needs the privilege.
  if (lastError === ERROR_ACCESS_DENIED && kind === 'file mapping' && name.scope === 'global') {
    return win32Error(lastError, syscall, {
      ...context,
      meaning: `no permission for ${JSON.stringify(name.full)}: creating it needs SeCreateGlobalPrivilege`,
      remedy: 'run as a service or an administrator, or use Local\\',
    });
  }
  return nameError(lastError, syscall, name, kind, context);
}

/** A checked name, or undefined for an object without one. */
export function optionalName(name: string | null, syscall: string): ObjectName | undefined {
  return name === null ? undefined : parseObjectName(name, syscall);
}

/** What a Create call of an event or a mutex returned. @throws where it failed */
export function created(
  kernel32: Kernel32,
  value: number,
  syscall: string,
  name: ObjectName | undefined,
  kind: ObjectKind,
): { value: number; alreadyExisted: boolean } {
  const lastError = kernel32.GetLastError();
  if (value === 0) throw creationError(lastError, syscall, name, kind);
  return { value, alreadyExisted: name !== undefined && lastError === ERROR_ALREADY_EXISTS };
}

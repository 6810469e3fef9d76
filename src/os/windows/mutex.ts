/** Mutexes: CreateMutex and OpenMutex. Who owns them: ownership.ts; acquiring and releasing: wait.ts. */
import { dword } from '../arguments.js';
import { bool } from '../checks.js';
import { MUTEX_ALL_ACCESS } from '../constants.js';
import { parseObjectName, type SecurityAttributes } from '../names.js';
import { WindowsMutex } from './handles.js';
import type { Kernel32 } from './kernel32.js';
import { created, nameError, optionalName } from './named-object.js';
import { ownershipOf } from './ownership.js';
import { withSecurity } from './security.js';

export function createMutex(
  kernel32: Kernel32,
  security: SecurityAttributes | null,
  initialOwner: boolean,
  name: string | null,
): WindowsMutex {
  const syscall = 'CreateMutex';
  const owner = bool(initialOwner, 'initialOwner', syscall);
  const parsed = optionalName(name, syscall);
  const { value, alreadyExisted } = withSecurity(kernel32, security, syscall, (attributes) =>
    created(
      kernel32,
      kernel32.CreateMutexW(attributes, owner, parsed?.full ?? null),
      syscall,
      parsed,
      'mutex',
    ),
  );
  const ownership = ownershipOf(kernel32, parsed?.full, !alreadyExisted);
  const mutex = new WindowsMutex(kernel32, value, MUTEX_ALL_ACCESS, alreadyExisted, ownership);
  if (initialOwner && !alreadyExisted) ownership.acquired();
  return mutex;
}

export function openMutex(
  kernel32: Kernel32,
  desiredAccess: number,
  inheritHandle: boolean,
  name: string,
): WindowsMutex {
  const syscall = 'OpenMutex';
  const access = dword(desiredAccess, 'desiredAccess');
  const inherit = bool(inheritHandle, 'inheritHandle', syscall);
  const parsed = parseObjectName(name, syscall);
  const value = kernel32.OpenMutexW(access, inherit, parsed.full);
  if (value === 0) throw nameError(kernel32.GetLastError(), syscall, parsed, 'mutex');
  return new WindowsMutex(kernel32, value, access, true, ownershipOf(kernel32, parsed.full, false));
}

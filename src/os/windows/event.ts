/** Events: CreateEvent, OpenEvent, SetEvent, ResetEvent. */
import { dword } from '../arguments.js';
import { bool } from '../checks.js';
import { EVENT_ALL_ACCESS } from '../constants.js';
import { parseObjectName, type SecurityAttributes } from '../names.js';
import type { EventHandle } from '../synchronization.js';
import { win32Error } from '../win32-errors.js';
import { openEvent as openHandle, WindowsEvent } from './handles.js';
import type { Kernel32 } from './kernel32.js';
import { created, nameError, optionalName } from './named-object.js';
import { withSecurity } from './security.js';

export function createEvent(
  kernel32: Kernel32,
  security: SecurityAttributes | null,
  manualReset: boolean,
  initialState: boolean,
  name: string | null,
): WindowsEvent {
  const syscall = 'CreateEvent';
  const [manual, initial] = [
    bool(manualReset, 'manualReset', syscall),
    bool(initialState, 'initialState', syscall),
  ];
  const parsed = optionalName(name, syscall);
  const { value, alreadyExisted } = withSecurity(kernel32, security, syscall, (attributes) =>
    created(
      kernel32,
      kernel32.CreateEventW(attributes, manual, initial, parsed?.full ?? null),
      syscall,
      parsed,
      'event',
    ),
  );
  return new WindowsEvent(kernel32, value, EVENT_ALL_ACCESS, alreadyExisted);
}

export function openEvent(
  kernel32: Kernel32,
  desiredAccess: number,
  inheritHandle: boolean,
  name: string,
): WindowsEvent {
  const syscall = 'OpenEvent';
  const access = dword(desiredAccess, 'desiredAccess');
  const inherit = bool(inheritHandle, 'inheritHandle', syscall);
  const parsed = parseObjectName(name, syscall);
  const value = kernel32.OpenEventW(access, inherit, parsed.full);
  if (value === 0) throw nameError(kernel32.GetLastError(), syscall, parsed, 'event');
  return new WindowsEvent(kernel32, value, access, true);
}

export function setEvent(kernel32: Kernel32, event: EventHandle): void {
  const { value } = openHandle(event, 'SetEvent');
  if (!kernel32.SetEvent(value)) throw win32Error(kernel32.GetLastError(), 'SetEvent', NEEDS_MODIFY);
}

export function resetEvent(kernel32: Kernel32, event: EventHandle): void {
  const { value } = openHandle(event, 'ResetEvent');
  if (!kernel32.ResetEvent(value)) throw win32Error(kernel32.GetLastError(), 'ResetEvent', NEEDS_MODIFY);
}

/** A handle that is open can only be refused for its access. */
const NEEDS_MODIFY = {
  meaning: 'the handle was opened without EVENT_MODIFY_STATE',
  remedy: 'open it with that access',
};

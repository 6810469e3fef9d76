/**
 * File mappings: CreateFileMapping and OpenFileMapping.
 *
 * The size of a mapping is what the kernel says it is (NtQuerySection), not what was asked for: an existing name keeps
 * its size, and a file may have grown between two calls. NtQuerySection needs SECTION_QUERY, which GENERIC_READ on a
 * section includes, so asking for it beside the FILE_MAP_* access asks for no more than a reader has.
 *
 * The kernel does not tell a section's protection. That of an existing object is found by mapping a page of it for
 * writing, through a second handle that has the right to, for the one at hand may not: writable means PAGE_READWRITE,
 * anything else is reported as PAGE_READONLY. PAGE_WRITECOPY gives the same views as that and cannot be told from it.
 * (Wine 8 lets a PAGE_READONLY mapping of a file opened for writing be mapped for writing, so it is taken for
 * PAGE_READWRITE there.)
 */

import type { ByteCount } from '../arguments.js';
import { byteCount } from '../arguments.js';
import { bool, checkProtection, memorySize, viewKind } from '../checks.js';
import type { PageProtection } from '../constants.js';
import {
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  GENERIC_READ,
  GENERIC_WRITE,
  INVALID_HANDLE_VALUE,
  PAGE_READONLY,
  PAGE_READWRITE,
} from '../constants.js';
import { parseObjectName, type SecurityAttributes } from '../names.js';
import type { FileHandle } from '../os.js';
import { ERROR_ACCESS_DENIED, ERROR_ALREADY_EXISTS, win32Error } from '../win32-errors.js';
import { openFile, WindowsFileMapping } from './handles.js';
import type { Kernel32 } from './kernel32.js';
import * as abi from './kernel32.js';
import { creationError, nameError, optionalName } from './named-object.js';
import { withSecurity } from './security.js';

/** What the kernel says of a section's size. The handle needs SECTION_QUERY. */
export function sectionSize(kernel32: Kernel32, section: number, syscall: string): number {
  const info: Partial<abi.SectionBasicInformationStruct> = {};
  const bytes = kernel32.sectionBasicInformationBytes;
  const status = kernel32.NtQuerySection(section, abi.SectionBasicInformation, info, bytes, null);
  if (status >= 0) return Number(info.MaximumSize);
  throw win32Error(ERROR_ACCESS_DENIED, syscall, {
    meaning: `NtQuerySection refused to tell the size of the mapping (status 0x${(status >>> 0).toString(16)})`,
  });
}

/** Whether the section can be mapped for writing, by a handle that permits it. */
function isWritable(kernel32: Kernel32, section: number): boolean {
  const copy: [number] = [0];
  const self = abi.CURRENT_PROCESS;
  if (!kernel32.DuplicateHandle(self, section, self, copy, FILE_MAP_WRITE, 0, 0)) return false;
  const base = kernel32.MapViewOfFileEx(copy[0], FILE_MAP_WRITE, 0, 0, 1, 0);
  if (base !== 0) kernel32.UnmapViewOfFile(base);
  kernel32.CloseHandle(copy[0]);
  return base !== 0;
}

/** Wraps a fresh section handle, and closes it where its size cannot be read. */
function wrap(
  kernel32: Kernel32,
  section: number,
  syscall: string,
  protection: PageProtection | undefined,
  subject: string,
  named: boolean,
): WindowsFileMapping {
  try {
    const sizeBytes = sectionSize(kernel32, section, syscall);
    const found = protection ?? (isWritable(kernel32, section) ? PAGE_READWRITE : PAGE_READONLY);
    return new WindowsFileMapping(
      kernel32,
      section,
      found,
      sizeBytes,
      protection === undefined,
      subject,
      named,
    );
  } catch (error) {
    kernel32.CloseHandle(section);
    throw error;
  }
}

/** The file of a mapping, or what stands in its place. */
function backing(file: FileHandle | typeof INVALID_HANDLE_VALUE, syscall: string) {
  if (file === INVALID_HANDLE_VALUE) return { value: abi.INVALID_HANDLE_VALUE, path: undefined };
  return openFile(file, syscall);
}

export function createFileMapping(
  kernel32: Kernel32,
  file: FileHandle | typeof INVALID_HANDLE_VALUE,
  security: SecurityAttributes | null,
  protection: PageProtection,
  maximumSize: ByteCount,
  name: string | null,
): WindowsFileMapping {
  const syscall = 'CreateFileMapping';
  const { value, path } = backing(file, syscall);
  const size = path === undefined ? memorySize(maximumSize) : byteCount(maximumSize, 'maximumSize');
  const parsed = optionalName(name, syscall);
  const subject = path ?? parsed?.full ?? 'memory';
  // Refuses what is no PageProtection. Which protection fits the file's access is for kernel32 to judge.
  checkProtection(protection, GENERIC_READ | GENERIC_WRITE, path);

  const [high, low] = [abi.highDword(size), abi.lowDword(size)];
  const { section, lastError } = withSecurity(kernel32, security, syscall, (attributes) => ({
    section: kernel32.CreateFileMappingW(
      value,
      attributes,
      protection.value,
      high,
      low,
      parsed?.full ?? null,
    ),
    lastError: kernel32.GetLastError(),
  }));
  if (section === 0) {
    const mismatch = lastError === ERROR_ACCESS_DENIED && path !== undefined;
    throw creationError(lastError, syscall, parsed, 'file mapping', {
      ...(path !== undefined && { path }),
      ...(mismatch && { meaning: `${protection.name} does not match the access the file was opened with` }),
    });
  }
  const existed = parsed !== undefined && lastError === ERROR_ALREADY_EXISTS;
  return wrap(kernel32, section, syscall, existed ? undefined : protection, subject, parsed !== undefined);
}

export function openFileMapping(
  kernel32: Kernel32,
  desiredAccess: number,
  inheritHandle: boolean,
  name: string,
): WindowsFileMapping {
  const syscall = 'OpenFileMapping';
  // OpenFileMappingW reads FILE_MAP_COPY as FILE_MAP_READ only where it stands alone, and its bit is SECTION_QUERY.
  const access = viewKind(desiredAccess, syscall) === 'copy' ? FILE_MAP_READ : desiredAccess;
  const inherit = bool(inheritHandle, 'inheritHandle', syscall);
  const parsed = parseObjectName(name, syscall);
  const section = kernel32.OpenFileMappingW(access | abi.SECTION_QUERY, inherit, parsed.full);
  if (section === 0) throw nameError(kernel32.GetLastError(), syscall, parsed, 'file mapping');
  return wrap(kernel32, section, syscall, undefined, parsed.full, true);
}

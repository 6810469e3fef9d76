/**
 * The named objects of this session and of the whole machine: NtQueryDirectoryObject.
 *
 *   \Sessions\<n>\BaseNamedObjects     Local\ of session n
 *   \BaseNamedObjects                  Global\, and Local\ of session 0, that of the services
 *
 * (docs: "Kernel object namespaces", "NtQueryDirectoryObject function")
 */
import { FILE_MAP_READ } from '../constants.js';
import type { NamedObject, ObjectKind } from '../names.js';
import { ERROR_ACCESS_DENIED, win32Error } from '../win32-errors.js';
import type { Kernel32 } from './kernel32.js';
import * as abi from './kernel32.js';
import { sectionSize } from './mapping.js';

const KINDS: ReadonlyMap<string, ObjectKind> = new Map([
  ['Section', 'file mapping'],
  ['Event', 'event'],
  ['Mutant', 'mutex'],
]);

/** Room for one entry, whose strings may be of 65,534 bytes each. */
const BUFFER_BYTES = 0x21000;
/** Where in an OBJECT_DIRECTORY_INFORMATION the second of its two UNICODE_STRINGs stands. */
const TYPE_NAME = 16n;

export function listNamedObjects(kernel32: Kernel32): NamedObject[] {
  const session = new Uint32Array(1);
  kernel32.ProcessIdToSessionId(kernel32.GetCurrentProcessId(), session);
  const shared = list(kernel32, '\\BaseNamedObjects', session[0] === 0 ? 'Local\\' : 'Global\\');
  if (session[0] === 0) return shared;
  return [...list(kernel32, `\\Sessions\\${session[0]}\\BaseNamedObjects`, 'Local\\'), ...shared];
}

/** One entry a call: Wine 8 does not offer more. */
function list(kernel32: Kernel32, path: string, prefix: string): NamedObject[] {
  const directory = openDirectory(kernel32, path);
  const memory = kernel32.allocate(BUFFER_BYTES);
  const [context, returned] = [new Uint32Array(1), new Uint32Array(1)];
  const objects: NamedObject[] = [];
  try {
    for (let restart = 1; ; restart = 0) {
      const status = kernel32.NtQueryDirectoryObject(
        directory,
        memory,
        BUFFER_BYTES,
        1,
        restart,
        context,
        returned,
      );
      if (status >>> 0 === abi.STATUS_NO_MORE_ENTRIES) return objects;
      if (status < 0) throw directoryError(status, 'NtQueryDirectoryObject', path);
      const kind = KINDS.get(text(kernel32, memory + TYPE_NAME));
      if (kind === undefined) continue;
      objects.push(described(kernel32, `${prefix}${text(kernel32, memory)}`, kind));
    }
  } finally {
    kernel32.free(memory);
    kernel32.CloseHandle(directory);
  }
}

/** A UNICODE_STRING: its length in bytes, at 8 the address of its text. */
function text(kernel32: Kernel32, address: bigint): string {
  const words = new BigUint64Array(2);
  kernel32.ReadMemory(new Uint8Array(words.buffer), address, words.byteLength);
  const units = Buffer.alloc(Number((words[0] as bigint) & 0xffffn));
  kernel32.ReadMemory(units, words[1] as bigint, units.length);
  return units.toString('utf16le');
}

function described(kernel32: Kernel32, name: string, kind: ObjectKind): NamedObject {
  if (kind !== 'file mapping') return { name, kind };
  const section = kernel32.OpenFileMappingW(FILE_MAP_READ | abi.SECTION_QUERY, 0, name);
  if (section === 0) return { name, kind };
  try {
    return { name, kind, sizeBytes: sectionSize(kernel32, section, 'OpenFileMapping') };
  } finally {
    kernel32.CloseHandle(section);
  }
}

function openDirectory(kernel32: Kernel32, path: string): number {
  const directory = new BigInt64Array(1);
  const lengthBytes = path.length * 2;
  const status = kernel32.NtOpenDirectoryObject(directory, abi.DIRECTORY_QUERY, {
    Length: kernel32.objectAttributesBytes,
    RootDirectory: 0,
    ObjectName: { Length: lengthBytes, MaximumLength: lengthBytes + 2, Buffer: path },
    Attributes: 0,
    SecurityDescriptor: 0,
    SecurityQualityOfService: 0,
  });
  if (status < 0) throw directoryError(status, 'NtOpenDirectoryObject', path);
  return Number(directory[0]);
}

const directoryError = (status: number, syscall: string, path: string) =>
  win32Error(ERROR_ACCESS_DENIED, syscall, {
    path,
    meaning: `the system refused to list named objects (status 0x${(status >>> 0).toString(16)})`,
  });

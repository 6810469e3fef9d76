/**
 * The ABI of the object manager's directories (ntdll; documented under "winternl.h" and "NtQueryDirectoryObject"), and of
 * what it tells of a mutex ("Windows NT/2000 Native API Reference"). Loaded with kernel32; see there.
 */
import koffi, { type LibraryHandle } from 'koffi';
import { ADDRESS, BUFFER, BYTE, DWORD, declare, HANDLE, NTSTATUS, WORD } from './abi-types.js';

export const DIRECTORY_QUERY = 0x0001;
/** NtQueryDirectoryObject: there is nothing more. */
export const STATUS_NO_MORE_ENTRIES = 0x8000001a;

/** MutantBasicInformation of MUTANT_INFORMATION_CLASS. */
export const MutantBasicInformation = 0;
/** MUTANT_BASIC_INFORMATION: LONG CurrentCount, BOOLEAN OwnedByCaller, BOOLEAN AbandonedState. */
export const MUTANT_INFORMATION_BYTES = 8;
export const OWNED_BY_CALLER_OFFSET = 4;

/** UNICODE_STRING: lengths in bytes. */
interface UnicodeString {
  Length: number;
  MaximumLength: number;
  Buffer: string;
}

/** OBJECT_ATTRIBUTES. */
export interface ObjectAttributes {
  Length: number;
  RootDirectory: number;
  ObjectName: UnicodeString;
  Attributes: number;
  SecurityDescriptor: number;
  SecurityQualityOfService: number;
}

export function loadDirectoryCalls(ntdll: LibraryHandle) {
  const native = declare(ntdll);
  const unicodeString = koffi.struct({ Length: WORD, MaximumLength: WORD, Buffer: 'str16' });
  const objectAttributes = koffi.struct({
    Length: DWORD,
    RootDirectory: HANDLE,
    ObjectName: koffi.pointer(unicodeString),
    Attributes: DWORD,
    SecurityDescriptor: ADDRESS,
    SecurityQualityOfService: ADDRESS,
  });
  return {
    objectAttributesBytes: objectAttributes.size,

    NtOpenDirectoryObject: native<
      (directory: BigInt64Array, access: number, attributes: ObjectAttributes) => number
    >('NtOpenDirectoryObject', NTSTATUS, [BUFFER, DWORD, koffi.pointer(objectAttributes)]),
    /** Fills in OBJECT_DIRECTORY_INFORMATIONs. @param memory of `allocate`: the strings' addresses point into it */
    NtQueryDirectoryObject: native<
      (
        directory: number,
        memory: bigint,
        sizeBytes: number,
        singleEntry: number,
        restart: number,
        context: Uint32Array,
        returnedBytes: Uint32Array,
      ) => number
    >('NtQueryDirectoryObject', NTSTATUS, [HANDLE, ADDRESS, DWORD, BYTE, BYTE, BUFFER, BUFFER]),

    /** Needs MUTANT_QUERY_STATE, which is MUTEX_MODIFY_STATE. */
    NtQueryMutant: native<
      (mutex: number, infoClass: number, info: Uint8Array, sizeBytes: number, returnedBytes: null) => number
    >('NtQueryMutant', NTSTATUS, [HANDLE, 'int', BUFFER, DWORD, BUFFER]),

    /** RtlMoveMemory, into a typed array: a copy of memory at an address that a call returned. */
    ReadMemory: native<(to: Uint8Array, from: bigint, lengthBytes: number) => void>('RtlMoveMemory', 'void', [
      BUFFER,
      ADDRESS,
      'size_t',
    ]),
    /** Memory that stays where it is, for calls that return addresses inside it. */
    allocate: (lengthBytes: number): bigint => koffi.alloc('uint8_t', lengthBytes),
    free: (address: bigint): void => koffi.free(address),
  };
}

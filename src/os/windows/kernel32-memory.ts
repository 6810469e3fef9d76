/** The ABI of file mappings, views and memory (memoryapi.h, psapi.h, sysinfoapi.h). See kernel32.ts. */
import koffi, { type LibraryHandle } from 'koffi';
import {
  ADDRESS,
  BOOL,
  BUFFER,
  DWORD,
  declare,
  type Fill,
  HANDLE,
  LARGE_INTEGER,
  LPCWSTR,
  NTSTATUS,
  out,
  SIZE_T,
  WORD,
} from './abi-types.js';

// winnt.h
export const SECTION_QUERY = 0x0001;
export const DUPLICATE_SAME_ACCESS = 0x2;
export const PAGE_NOACCESS = 0x01;
export const MEM_RESERVE = 0x2000;
export const MEM_RELEASE = 0x8000;
export const MEM_RESERVE_PLACEHOLDER = 0x40000;
export const MEM_REPLACE_PLACEHOLDER = 0x4000;
export const MEM_PRESERVE_PLACEHOLDER = 0x2;

/** SectionBasicInformation of SECTION_INFORMATION_CLASS. */
export const SectionBasicInformation = 0;

/** PSAPI_WORKING_SET_EX_INFORMATION (psapi.h) as 64-bit words: the address, then flags of which bit 0 is Valid. */
export const WORKING_SET_EX_WORDS = 2;
/** WIN32_MEMORY_RANGE_ENTRY (memoryapi.h) as 64-bit words: the address, then the length. */
export const MEMORY_RANGE_WORDS = 2;

/** SYSTEM_INFO (sysinfoapi.h). */
export interface SystemInfoStruct {
  dwPageSize: number;
  dwAllocationGranularity: number;
}
/** SECTION_BASIC_INFORMATION (ntdll; described in "Windows NT/2000 Native API Reference"). */
export interface SectionBasicInformationStruct {
  MaximumSize: number;
}

/** The part of memoryapi.h that is about placeholders. */
export interface PlaceholderCalls {
  VirtualAlloc2(
    process: number,
    base: number | bigint,
    length: number,
    type: number,
    protect: number,
    parameters: null,
    count: number,
  ): number;
  MapViewOfFile3(
    mapping: number,
    process: number,
    base: number,
    offset: number,
    length: number,
    type: number,
    protect: number,
    parameters: null,
    count: number,
  ): number;
  UnmapViewOfFile2(process: number, base: number, flags: number): number;
}

/** Exported by kernelbase.dll only; undefined before Windows 10 1803. */
function loadPlaceholderCalls(): PlaceholderCalls | undefined {
  try {
    const func = declare(koffi.load('kernelbase.dll'));
    const tail = ['uint64_t', SIZE_T, DWORD, DWORD, BUFFER, DWORD];
    return {
      VirtualAlloc2: func('VirtualAlloc2', ADDRESS, [HANDLE, ADDRESS, SIZE_T, DWORD, DWORD, BUFFER, DWORD]),
      MapViewOfFile3: func('MapViewOfFile3', ADDRESS, [HANDLE, HANDLE, ADDRESS, ...tail]),
      UnmapViewOfFile2: func('UnmapViewOfFile2', BOOL, [HANDLE, ADDRESS, DWORD]),
    } as unknown as PlaceholderCalls;
  } catch {
    return undefined;
  }
}

function declareStructures() {
  return {
    systemInfo: koffi.struct({
      wProcessorArchitecture: WORD,
      wReserved: WORD,
      dwPageSize: DWORD,
      lpMinimumApplicationAddress: ADDRESS,
      lpMaximumApplicationAddress: ADDRESS,
      dwActiveProcessorMask: ADDRESS,
      dwNumberOfProcessors: DWORD,
      dwProcessorType: DWORD,
      dwAllocationGranularity: DWORD,
      wProcessorLevel: WORD,
      wProcessorRevision: WORD,
    }),
    sectionBasicInformation: koffi.struct({
      BaseAddress: ADDRESS,
      AllocationAttributes: DWORD,
      MaximumSize: LARGE_INTEGER,
    }),
  };
}

export function loadMemoryCalls(kernel32: LibraryHandle, ntdll: LibraryHandle) {
  const func = declare(kernel32);
  const native = declare(ntdll);
  const { systemInfo, sectionBasicInformation } = declareStructures();

  return {
    sectionBasicInformationBytes: sectionBasicInformation.size,

    // sysinfoapi.h
    GetSystemInfo: func<(info: Fill<SystemInfoStruct>) => void>('GetSystemInfo', 'void', [out(systemInfo)]),

    // memoryapi.h
    /** @param security a SECURITY_ATTRIBUTES */
    CreateFileMappingW: func<
      (
        file: number,
        security: BigUint64Array,
        protect: number,
        sizeHigh: number,
        sizeLow: number,
        name: string | null,
      ) => number
    >('CreateFileMappingW', HANDLE, [HANDLE, BUFFER, DWORD, DWORD, DWORD, LPCWSTR]),
    OpenFileMappingW: func<(access: number, inherit: number, name: string) => number>(
      'OpenFileMappingW',
      HANDLE,
      [DWORD, BOOL, LPCWSTR],
    ),
    MapViewOfFileEx: func<
      (
        mapping: number,
        access: number,
        offsetHigh: number,
        offsetLow: number,
        length: number,
        base: number | bigint,
      ) => number
    >('MapViewOfFileEx', ADDRESS, [HANDLE, DWORD, DWORD, DWORD, SIZE_T, ADDRESS]),
    UnmapViewOfFile: func<(base: number) => number>('UnmapViewOfFile', BOOL, [ADDRESS]),
    FlushViewOfFile: func<(address: number, length: number) => number>('FlushViewOfFile', BOOL, [
      ADDRESS,
      SIZE_T,
    ]),
    VirtualFree: func<(address: number, length: number, freeType: number) => number>('VirtualFree', BOOL, [
      ADDRESS,
      SIZE_T,
      DWORD,
    ]),
    placeholders: loadPlaceholderCalls(),
    PrefetchVirtualMemory: func<
      (process: number, count: number, ranges: BigUint64Array, flags: number) => number
    >('PrefetchVirtualMemory', BOOL, [HANDLE, SIZE_T, BUFFER, DWORD]),
    VirtualUnlock: func<(address: number, length: number) => number>('VirtualUnlock', BOOL, [
      ADDRESS,
      SIZE_T,
    ]),

    // psapi.h
    K32QueryWorkingSetEx: func<(process: number, pages: BigUint64Array, sizeBytes: number) => number>(
      'K32QueryWorkingSetEx',
      BOOL,
      [HANDLE, BUFFER, DWORD],
    ),

    // winnt.h; exported by ntdll. RtlCompareMemory returns how many bytes are equal before the first that differs.
    RtlCompareMemory: native<(left: number, right: number, length: number) => number>(
      'RtlCompareMemory',
      SIZE_T,
      [ADDRESS, ADDRESS, SIZE_T],
    ),
    RtlMoveMemory: native<(to: number, from: number, length: number) => void>('RtlMoveMemory', 'void', [
      ADDRESS,
      ADDRESS,
      SIZE_T,
    ]),

    // ntdll: NTSTATUS NtQuerySection(HANDLE, SECTION_INFORMATION_CLASS, PVOID, SIZE_T, PSIZE_T), class 0 is basic
    NtQuerySection: native<
      (
        section: number,
        infoClass: number,
        info: Fill<SectionBasicInformationStruct>,
        sizeBytes: number,
        returnedBytes: null,
      ) => number
    >('NtQuerySection', NTSTATUS, [HANDLE, 'int', out(sectionBasicInformation), SIZE_T, BUFFER]),
  };
}

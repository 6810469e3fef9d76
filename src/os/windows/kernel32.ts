/**
 * The Windows ABI: every native function, structure layout and numeric constant that this folder uses, each with the
 * SDK header it comes from. No other file here declares any.
 *
 * - Importing this file loads nothing; `loadKernel32` does, once.
 * - HANDLE and pointers are numbers: user addresses on 64-bit Windows stay below 2^47.
 * - `GetLastError` must be the next call after the one that failed. koffi keeps the value for each thread; in the
 *   callback of an `.async` call it is that call's own.
 * - Structures are anonymous koffi types, because koffi refuses to declare a name twice.
 */
import koffi, { type KoffiFunc, type LibraryHandle, type TypeObject } from 'koffi';

// winbase.h, fileapi.h
export const INVALID_HANDLE_VALUE = -1;
export const FILE_FLAG_OVERLAPPED = 0x40000000;
export const FILE_TYPE_DISK = 0x0001;
export const MOVEFILE_REPLACE_EXISTING = 0x1;
export const MOVEFILE_WRITE_THROUGH = 0x8;
export const INVALID_FILE_ATTRIBUTES = 0xffffffff;

// processthreadsapi.h: GetCurrentProcess returns this constant.
export const CURRENT_PROCESS = -1;

// winnt.h
export const FILE_ATTRIBUTE_DIRECTORY = 0x10;
export const FILE_ATTRIBUTE_SPARSE_FILE = 0x200;
export const FILE_ATTRIBUTE_COMPRESSED = 0x800;
export const SECTION_QUERY = 0x0001;
export const DUPLICATE_SAME_ACCESS = 0x2;
export const PAGE_NOACCESS = 0x01;
export const MEM_RESERVE = 0x2000;
export const MEM_RELEASE = 0x8000;
export const MEM_RESERVE_PLACEHOLDER = 0x40000;
export const MEM_REPLACE_PLACEHOLDER = 0x4000;
export const MEM_PRESERVE_PLACEHOLDER = 0x2;

// winioctl.h: CTL_CODE(FILE_DEVICE_FILE_SYSTEM, 51, METHOD_NEITHER, FILE_READ_DATA)
export const FSCTL_QUERY_ALLOCATED_RANGES = 0x000940cf;

// minwinbase.h: FILE_INFO_BY_HANDLE_CLASS
export const FileBasicInfo = 0;
export const FileStandardInfo = 1;
export const FileAllocationInfo = 5;
export const FileEndOfFileInfo = 6;
export const FileCompressionInfo = 8;

/** PSAPI_WORKING_SET_EX_INFORMATION (psapi.h) as 64-bit words: the address, then flags of which bit 0 is Valid. */
export const WORKING_SET_EX_WORDS = 2;
/** WIN32_MEMORY_RANGE_ENTRY (memoryapi.h) as 64-bit words: the address, then the length. */
export const MEMORY_RANGE_WORDS = 2;
/** FILE_ALLOCATED_RANGE_BUFFER (winioctl.h) as 64-bit words: the file offset, then the length. */
export const ALLOCATED_RANGE_WORDS = 2;

const BOOL = 'int32_t';
const BYTE = 'uint8_t';
const WORD = 'uint16_t';
const DWORD = 'uint32_t';
const LARGE_INTEGER = 'int64_t';
const SIZE_T = 'size_t';
const HANDLE = 'intptr_t';
const ADDRESS = 'uintptr_t';
const LPCWSTR = 'str16';
/** A typed array, whose memory the call reads or fills. */
const BUFFER = 'void *';

const out = (type: string | TypeObject) => koffi.out(koffi.pointer(type));

/** SYSTEM_INFO (sysinfoapi.h). */
export interface SystemInfoStruct {
  dwPageSize: number;
  dwAllocationGranularity: number;
}
/** FILE_BASIC_INFO (winbase.h). */
export interface FileBasicInfoStruct {
  FileAttributes: number;
}
/** FILE_STANDARD_INFO (winbase.h). */
export interface FileStandardInfoStruct {
  AllocationSize: number;
  EndOfFile: number;
  Directory: number;
}
/** FILE_COMPRESSION_INFO (winbase.h). */
export interface FileCompressionInfoStruct {
  CompressedFileSize: number;
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

type Types = Parameters<LibraryHandle['func']>[3];

/** Structures are filled into an object that the caller gives. */
type Fill<T> = Partial<T>;

/** Exported by kernelbase.dll only; undefined before Windows 10 1803. */
function loadPlaceholderCalls(): PlaceholderCalls | undefined {
  try {
    const kernelbase = koffi.load('kernelbase.dll');
    const func = (name: string, result: string, types: Types) =>
      kernelbase.func('__stdcall', name, result, types);
    return {
      VirtualAlloc2: func('VirtualAlloc2', ADDRESS, [HANDLE, ADDRESS, SIZE_T, DWORD, DWORD, BUFFER, DWORD]),
      MapViewOfFile3: func('MapViewOfFile3', ADDRESS, [
        HANDLE,
        HANDLE,
        ADDRESS,
        'uint64_t',
        SIZE_T,
        DWORD,
        DWORD,
        BUFFER,
        DWORD,
      ]),
      UnmapViewOfFile2: func('UnmapViewOfFile2', BOOL, [HANDLE, ADDRESS, DWORD]),
    } as unknown as PlaceholderCalls;
  } catch {
    return undefined;
  }
}

function load() {
  const systemInfo = koffi.struct({
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
  });
  const basicInfo = koffi.struct({
    CreationTime: LARGE_INTEGER,
    LastAccessTime: LARGE_INTEGER,
    LastWriteTime: LARGE_INTEGER,
    ChangeTime: LARGE_INTEGER,
    FileAttributes: DWORD,
  });
  const standardInfo = koffi.struct({
    AllocationSize: LARGE_INTEGER,
    EndOfFile: LARGE_INTEGER,
    NumberOfLinks: DWORD,
    DeletePending: BYTE,
    Directory: BYTE,
  });
  const compressionInfo = koffi.struct({
    CompressedFileSize: LARGE_INTEGER,
    CompressionFormat: WORD,
    CompressionUnitShift: BYTE,
    ChunkShift: BYTE,
    ClusterShift: BYTE,
    Reserved: koffi.array(BYTE, 3),
  });
  const sectionBasicInformation = koffi.struct({
    BaseAddress: ADDRESS,
    AllocationAttributes: DWORD,
    MaximumSize: LARGE_INTEGER,
  });
  const overlapped = koffi.struct({
    Internal: ADDRESS,
    InternalHigh: ADDRESS,
    Offset: DWORD,
    OffsetHigh: DWORD,
    hEvent: HANDLE,
  });

  const kernel32 = koffi.load('kernel32.dll');
  const ntdll = koffi.load('ntdll.dll');
  // biome-ignore lint/suspicious/noExplicitAny: the parameters of each function are named where it is declared
  const func = <F extends (...args: any[]) => unknown>(name: string, result: string, types: Types) =>
    kernel32.func('__stdcall', name, result, types) as unknown as KoffiFunc<F>;
  // One C function, declared once for each structure that its void pointer may stand for.
  const getInfo = <T>(type: TypeObject) =>
    func<(file: number, infoClass: number, info: Fill<T>, sizeBytes: number) => number>(
      'GetFileInformationByHandleEx',
      BOOL,
      [HANDLE, 'int', out(type), DWORD],
    );

  return {
    sizeof: {
      basicInfo: basicInfo.size,
      standardInfo: standardInfo.size,
      compressionInfo: compressionInfo.size,
      sectionBasicInformation: sectionBasicInformation.size,
    },

    // errhandlingapi.h, synchapi.h, sysinfoapi.h
    GetLastError: func<() => number>('GetLastError', DWORD, []),
    Sleep: func<(milliseconds: number) => void>('Sleep', 'void', [DWORD]),
    GetSystemInfo: func<(info: Fill<SystemInfoStruct>) => void>('GetSystemInfo', 'void', [out(systemInfo)]),

    // handleapi.h
    CloseHandle: func<(handle: number) => number>('CloseHandle', BOOL, [HANDLE]),
    DuplicateHandle: func<
      (
        sourceProcess: number,
        source: number,
        targetProcess: number,
        target: [number],
        access: number,
        inherit: number,
        options: number,
      ) => number
    >('DuplicateHandle', BOOL, [HANDLE, HANDLE, HANDLE, out(HANDLE), DWORD, BOOL, DWORD]),

    // fileapi.h, winbase.h
    GetFullPathNameW: func<(path: string, units: number, full: Uint16Array | null, filePart: null) => number>(
      'GetFullPathNameW',
      DWORD,
      [LPCWSTR, DWORD, BUFFER, BUFFER],
    ),
    GetFileAttributesW: func<(path: string) => number>('GetFileAttributesW', DWORD, [LPCWSTR]),
    CreateFileW: func<
      (
        path: string,
        access: number,
        share: number,
        security: null,
        disposition: number,
        flags: number,
        template: number,
      ) => number
    >('CreateFileW', HANDLE, [LPCWSTR, DWORD, DWORD, BUFFER, DWORD, DWORD, HANDLE]),
    GetFileType: func<(file: number) => number>('GetFileType', DWORD, [HANDLE]),
    GetFileSizeEx: func<(file: number, size: [number]) => number>('GetFileSizeEx', BOOL, [
      HANDLE,
      out(LARGE_INTEGER),
    ]),
    GetFileBasicInfo: getInfo<FileBasicInfoStruct>(basicInfo),
    GetFileStandardInfo: getInfo<FileStandardInfoStruct>(standardInfo),
    GetFileCompressionInfo: getInfo<FileCompressionInfoStruct>(compressionInfo),
    /** For FileAllocationInfo and FileEndOfFileInfo, which are one LARGE_INTEGER each. */
    SetFileInformationByHandle: func<
      (file: number, infoClass: number, size: BigInt64Array, sizeBytes: number) => number
    >('SetFileInformationByHandle', BOOL, [HANDLE, 'int', BUFFER, DWORD]),
    ReadFile: func<
      (file: number, buffer: Uint8Array, length: number, read: [number], at: OverlappedStruct) => number
    >('ReadFile', BOOL, [HANDLE, BUFFER, DWORD, out(DWORD), koffi.inout(koffi.pointer(overlapped))]),
    WriteFile: func<
      (file: number, buffer: Uint8Array, length: number, written: [number], at: OverlappedStruct) => number
    >('WriteFile', BOOL, [HANDLE, BUFFER, DWORD, out(DWORD), koffi.inout(koffi.pointer(overlapped))]),
    FlushFileBuffers: func<(file: number) => number>('FlushFileBuffers', BOOL, [HANDLE]),
    MoveFileExW: func<(from: string, to: string, flags: number) => number>('MoveFileExW', BOOL, [
      LPCWSTR,
      LPCWSTR,
      DWORD,
    ]),
    GetDiskFreeSpaceExW: func<(folder: string, available: [number], total: null, free: null) => number>(
      'GetDiskFreeSpaceExW',
      BOOL,
      [LPCWSTR, out('uint64_t'), BUFFER, BUFFER],
    ),
    // ioapiset.h
    DeviceIoControl: func<
      (
        file: number,
        code: number,
        input: BigInt64Array,
        inputBytes: number,
        output: BigInt64Array,
        outputBytes: number,
        returnedBytes: [number],
        overlapped: null,
      ) => number
    >('DeviceIoControl', BOOL, [HANDLE, DWORD, BUFFER, DWORD, BUFFER, DWORD, out(DWORD), BUFFER]),

    // memoryapi.h
    CreateFileMappingW: func<
      (
        file: number,
        security: null,
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
    RtlCompareMemory: ntdll.func('__stdcall', 'RtlCompareMemory', SIZE_T, [
      ADDRESS,
      ADDRESS,
      SIZE_T,
    ]) as unknown as (left: number, right: number, length: number) => number,
    RtlMoveMemory: ntdll.func('__stdcall', 'RtlMoveMemory', 'void', [
      ADDRESS,
      ADDRESS,
      SIZE_T,
    ]) as unknown as (to: number, from: number, length: number) => void,

    // ntdll: NTSTATUS NtQuerySection(HANDLE, SECTION_INFORMATION_CLASS, PVOID, SIZE_T, PSIZE_T), class 0 is basic
    NtQuerySection: ntdll.func('__stdcall', 'NtQuerySection', 'int32_t', [
      HANDLE,
      'int',
      out(sectionBasicInformation),
      SIZE_T,
      BUFFER,
    ]) as unknown as (
      section: number,
      infoClass: number,
      info: Fill<SectionBasicInformationStruct>,
      sizeBytes: number,
      returnedBytes: null,
    ) => number,
  };
}

/** OVERLAPPED (minwinbase.h): the position of a read or write. */
export interface OverlappedStruct {
  Internal: number;
  InternalHigh: number;
  Offset: number;
  OffsetHigh: number;
  hEvent: number;
}

/** SectionBasicInformation of SECTION_INFORMATION_CLASS. */
export const SectionBasicInformation = 0;

export type Kernel32 = ReturnType<typeof load>;

let loaded: Kernel32 | undefined;

/** Loads kernel32.dll, kernelbase.dll and ntdll.dll when first called. Only for Windows. */
export function loadKernel32(): Kernel32 {
  loaded ??= load();
  return loaded;
}

/** The high DWORD of a 64-bit size. */
export const highDword = (size: number): number => Math.floor(size / 0x1_0000_0000);
/** The low DWORD of a 64-bit size. */
export const lowDword = (size: number): number => size % 0x1_0000_0000;

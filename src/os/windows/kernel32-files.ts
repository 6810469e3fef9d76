/** The ABI of disk files (fileapi.h, ioapiset.h, winbase.h), and of handles in general. See kernel32.ts. */
import koffi, { type LibraryHandle, type TypeObject } from 'koffi';
import {
  BOOL,
  BUFFER,
  BYTE,
  DWORD,
  declare,
  type Fill,
  HANDLE,
  LARGE_INTEGER,
  LPCWSTR,
  out,
  WORD,
} from './abi-types.js';

// winbase.h, fileapi.h
export const FILE_FLAG_OVERLAPPED = 0x40000000;
export const FILE_TYPE_DISK = 0x0001;
export const MOVEFILE_REPLACE_EXISTING = 0x1;
export const MOVEFILE_WRITE_THROUGH = 0x8;
export const INVALID_FILE_ATTRIBUTES = 0xffffffff;

// winnt.h
export const FILE_ATTRIBUTE_DIRECTORY = 0x10;
export const FILE_ATTRIBUTE_SPARSE_FILE = 0x200;
export const FILE_ATTRIBUTE_COMPRESSED = 0x800;

// winioctl.h: CTL_CODE(FILE_DEVICE_FILE_SYSTEM, 51, METHOD_NEITHER, FILE_READ_DATA)
export const FSCTL_QUERY_ALLOCATED_RANGES = 0x000940cf;
/** FILE_ALLOCATED_RANGE_BUFFER (winioctl.h) as 64-bit words: the file offset, then the length. */
export const ALLOCATED_RANGE_WORDS = 2;

// minwinbase.h: FILE_INFO_BY_HANDLE_CLASS
export const FileBasicInfo = 0;
export const FileStandardInfo = 1;
export const FileAllocationInfo = 5;
export const FileEndOfFileInfo = 6;
export const FileCompressionInfo = 8;

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
/** OVERLAPPED (minwinbase.h): the position of a read or write. */
export interface OverlappedStruct {
  Internal: number;
  InternalHigh: number;
  Offset: number;
  OffsetHigh: number;
  hEvent: number;
}

function declareStructures() {
  return {
    basicInfo: koffi.struct({
      CreationTime: LARGE_INTEGER,
      LastAccessTime: LARGE_INTEGER,
      LastWriteTime: LARGE_INTEGER,
      ChangeTime: LARGE_INTEGER,
      FileAttributes: DWORD,
    }),
    standardInfo: koffi.struct({
      AllocationSize: LARGE_INTEGER,
      EndOfFile: LARGE_INTEGER,
      NumberOfLinks: DWORD,
      DeletePending: BYTE,
      Directory: BYTE,
    }),
    compressionInfo: koffi.struct({
      CompressedFileSize: LARGE_INTEGER,
      CompressionFormat: WORD,
      CompressionUnitShift: BYTE,
      ChunkShift: BYTE,
      ClusterShift: BYTE,
      Reserved: koffi.array(BYTE, 3),
    }),
    overlapped: koffi.struct({
      Internal: 'uintptr_t',
      InternalHigh: 'uintptr_t',
      Offset: DWORD,
      OffsetHigh: DWORD,
      hEvent: HANDLE,
    }),
  };
}

export function loadFileCalls(kernel32: LibraryHandle) {
  const func = declare(kernel32);
  const { basicInfo, standardInfo, compressionInfo, overlapped } = declareStructures();
  // One C function, declared once for each structure that its void pointer may stand for.
  const getInfo = <T>(type: TypeObject) =>
    func<(file: number, infoClass: number, info: Fill<T>, sizeBytes: number) => number>(
      'GetFileInformationByHandleEx',
      BOOL,
      [HANDLE, 'int', out(type), DWORD],
    );

  return {
    fileSizeof: {
      basicInfo: basicInfo.size,
      standardInfo: standardInfo.size,
      compressionInfo: compressionInfo.size,
    },

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
  };
}

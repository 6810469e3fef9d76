/** Disk files: CreateFile, sizes, FlushFileBuffers, MoveFileEx. */

import type { ByteCount } from '../arguments.js';
import { byteCount, dword, filePath, integerIn } from '../arguments.js';
import { checkFileWritable } from '../checks.js';
import {
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  GENERIC_WRITE,
  TRUNCATE_EXISTING,
} from '../constants.js';
import type { FileHandle } from '../os.js';
import {
  ERROR_ACCESS_DENIED,
  ERROR_ALREADY_EXISTS,
  ERROR_DIRECTORY,
  ERROR_INVALID_PARAMETER,
  ERROR_NOT_ENOUGH_MEMORY,
  win32Error,
} from '../win32-errors.js';
import { openFile, WindowsFile } from './handles.js';
import type { Kernel32 } from './kernel32.js';
import * as abi from './kernel32.js';
import { lastErrorOf } from './last-error.js';
import { widePath } from './path.js';

const ALL_SHARE_MODES = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

/** A directory is refused with 5 by CreateFileW itself; the number stays, the code says what it was. */
function isDirectory(kernel32: Kernel32, wide: string): boolean {
  const attributes = kernel32.GetFileAttributesW(wide);
  return attributes !== abi.INVALID_FILE_ATTRIBUTES && (attributes & abi.FILE_ATTRIBUTE_DIRECTORY) !== 0;
}

/** True for a regular file on a disk: no console, no pipe, and no directory opened by FILE_FLAG_BACKUP_SEMANTICS. */
function isRegularFile(kernel32: Kernel32, handle: number): boolean {
  if (kernel32.GetFileType(handle) !== abi.FILE_TYPE_DISK) return false;
  const info: Partial<abi.FileStandardInfoStruct> = {};
  const known = kernel32.GetFileStandardInfo(
    handle,
    abi.FileStandardInfo,
    info,
    kernel32.fileSizeof.standardInfo,
  );
  return known !== 0 && info.Directory === 0;
}

/** What kernel32 must not be asked. */
function refusal(access: number, disposition: number, attributes: number): string | undefined {
  // As documented. Wine does not look.
  if (disposition === TRUNCATE_EXISTING && (access & GENERIC_WRITE) === 0) {
    return 'TRUNCATE_EXISTING needs GENERIC_WRITE';
  }
  // The calls of this folder end with their operation; on such a handle it would go on in memory that was freed.
  if ((attributes & abi.FILE_FLAG_OVERLAPPED) !== 0) return 'FILE_FLAG_OVERLAPPED is not offered';
  return undefined;
}

export function createFile(
  kernel32: Kernel32,
  fileName: string,
  desiredAccess: number,
  shareMode: number,
  creationDisposition: number,
  flagsAndAttributes: number,
): WindowsFile {
  const path = filePath(fileName, 'fileName');
  const access = dword(desiredAccess, 'desiredAccess');
  const share = integerIn(shareMode, 0, ALL_SHARE_MODES, 'shareMode');
  const disposition = dword(creationDisposition, 'creationDisposition');
  const attributes = dword(flagsAndAttributes, 'flagsAndAttributes');
  const refused = refusal(access, disposition, attributes);
  if (refused !== undefined)
    throw win32Error(ERROR_INVALID_PARAMETER, 'CreateFile', { path, meaning: refused });
  const wide = widePath(kernel32, path, 'CreateFile');

  const handle = kernel32.CreateFileW(wide, access, share, null, disposition, attributes, 0);
  // ERROR_ALREADY_EXISTS beside a valid handle; 0 for the dispositions that do not report it.
  const lastError = kernel32.GetLastError();
  if (handle === abi.INVALID_HANDLE_VALUE) {
    const directory = lastError === ERROR_ACCESS_DENIED && isDirectory(kernel32, wide);
    throw win32Error(lastError, 'CreateFile', {
      path,
      ...(directory && {
        code: 'NOT_A_FILE',
        meaning: 'it is a directory',
        remedy: 'give the path of a file',
      }),
    });
  }
  if (!isRegularFile(kernel32, handle)) {
    kernel32.CloseHandle(handle);
    throw win32Error(ERROR_DIRECTORY, 'CreateFile', { path });
  }
  return new WindowsFile(kernel32, handle, path, wide, access, lastError === ERROR_ALREADY_EXISTS);
}

/** EndOfFile and AllocationSize of an open file. */
export function fileStandardInfo(kernel32: Kernel32, file: WindowsFile, syscall: string) {
  const info: Partial<abi.FileStandardInfoStruct> = {};
  if (
    !kernel32.GetFileStandardInfo(file.value, abi.FileStandardInfo, info, kernel32.fileSizeof.standardInfo)
  ) {
    throw win32Error(kernel32.GetLastError(), syscall, { path: file.path });
  }
  return { lengthBytes: Number(info.EndOfFile), allocatedBytes: Number(info.AllocationSize) };
}

/** FILE_ATTRIBUTE_* of an open file. */
export function fileAttributes(kernel32: Kernel32, file: WindowsFile, syscall: string): number {
  const info: Partial<abi.FileBasicInfoStruct> = {};
  if (!kernel32.GetFileBasicInfo(file.value, abi.FileBasicInfo, info, kernel32.fileSizeof.basicInfo)) {
    throw win32Error(kernel32.GetLastError(), syscall, { path: file.path });
  }
  return info.FileAttributes ?? 0;
}

export function getFileSizeEx(kernel32: Kernel32, handle: FileHandle): number {
  const file = openFile(handle, 'GetFileSizeEx');
  const size: [number] = [0];
  if (!kernel32.GetFileSizeEx(file.value, size)) {
    throw win32Error(kernel32.GetLastError(), 'GetFileSizeEx', { path: file.path });
  }
  return Number(size[0]);
}

/**
 * AllocationSize, or for a sparse or compressed file what GetCompressedFileSize reports: the AllocationSize of such a
 * file may count ranges that occupy nothing.
 */
export function getAllocatedSize(kernel32: Kernel32, handle: FileHandle): number {
  const syscall = 'GetFileInformationByHandleEx';
  const file = openFile(handle, syscall);
  const reduced = abi.FILE_ATTRIBUTE_SPARSE_FILE | abi.FILE_ATTRIBUTE_COMPRESSED;
  if ((fileAttributes(kernel32, file, syscall) & reduced) !== 0) {
    const info: Partial<abi.FileCompressionInfoStruct> = {};
    const bytes = kernel32.fileSizeof.compressionInfo;
    if (kernel32.GetFileCompressionInfo(file.value, abi.FileCompressionInfo, info, bytes)) {
      return Number(info.CompressedFileSize);
    }
  }
  return fileStandardInfo(kernel32, file, syscall).allocatedBytes;
}

/** FileEndOfFileInfo or FileAllocationInfo; returns the last error, 0 for success. */
export function setFileInfo(
  kernel32: Kernel32,
  file: WindowsFile,
  infoClass: number,
  sizeBytes: number,
): number {
  const size = BigInt64Array.of(BigInt(sizeBytes));
  return kernel32.SetFileInformationByHandle(file.value, infoClass, size, size.byteLength)
    ? 0
    : kernel32.GetLastError();
}

/** Wine reports 6 where Windows reports 5 for a file opened for reading, so the rule is checked here. */
export function checkWritable(file: WindowsFile, syscall: string): void {
  checkFileWritable(file.access, file.path, syscall);
}

/** The error of a refused size. Windows says 87 and Wine 8 where the file system has no such sizes. */
export function sizeError(lastError: number, syscall: string, file: WindowsFile, sizeBytes: number) {
  const tooLarge = lastError === ERROR_INVALID_PARAMETER || lastError === ERROR_NOT_ENOUGH_MEMORY;
  return win32Error(lastError, syscall, {
    path: file.path,
    ...(tooLarge && {
      code: 'TOO_LARGE',
      meaning: `the file system does not allow a file of ${sizeBytes} bytes`,
      remedy: 'ask for less',
    }),
  });
}

/** FileEndOfFileInfo does what SetFilePointerEx and SetEndOfFile do together, without moving the file pointer. */
export function setEndOfFile(kernel32: Kernel32, handle: FileHandle, size: ByteCount): void {
  const file = openFile(handle, 'SetEndOfFile');
  const sizeBytes = byteCount(size, 'sizeBytes');
  checkWritable(file, 'SetEndOfFile');
  const lastError = setFileInfo(kernel32, file, abi.FileEndOfFileInfo, sizeBytes);
  if (lastError !== 0) throw sizeError(lastError, 'SetEndOfFile', file, sizeBytes);
}

export function flushFileBuffers(kernel32: Kernel32, handle: FileHandle): void {
  const file = openFile(handle, 'FlushFileBuffers');
  if (!kernel32.FlushFileBuffers(file.value)) {
    throw win32Error(kernel32.GetLastError(), 'FlushFileBuffers', { path: file.path });
  }
}

/**
 * FlushFileBuffers in another thread. Windows runs the operations on one synchronous handle one after the other: a
 * synchronous call on the same file meanwhile, such as GetFileSizeEx, waits for it.
 */
export async function flushFileBuffersAsync(kernel32: Kernel32, handle: FileHandle): Promise<void> {
  const file = openFile(handle, 'FlushFileBuffers');
  const release = file.hold();
  try {
    const lastError = await lastErrorOf(kernel32, (done) =>
      kernel32.FlushFileBuffers.async(file.value, done),
    );
    if (lastError !== 0) throw win32Error(lastError, 'FlushFileBuffers', { path: file.path });
  } finally {
    release();
  }
}

export function replaceFile(kernel32: Kernel32, from: string, to: string): void {
  const source = widePath(kernel32, filePath(from, 'from'), 'MoveFileEx');
  const target = widePath(kernel32, filePath(to, 'to'), 'MoveFileEx');
  const how = abi.MOVEFILE_REPLACE_EXISTING | abi.MOVEFILE_WRITE_THROUGH;
  if (kernel32.MoveFileExW(source, target, how)) return;
  const lastError = kernel32.GetLastError();
  const directory = lastError === ERROR_ACCESS_DENIED && isDirectory(kernel32, target);
  throw win32Error(lastError, 'MoveFileEx', {
    path: to,
    ...(directory && { code: 'NOT_A_FILE', meaning: 'it is a directory', remedy: 'give the path of a file' }),
  });
}

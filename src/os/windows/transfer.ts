/** ReadFile and WriteFile at a position, on synchronous handles: they return when it is done. */
import { type ByteCount, byteCount } from '../arguments.js';
import { checkFileReadable, transferBuffer } from '../checks.js';
import type { FileHandle } from '../os.js';
import { ERROR_HANDLE_EOF, ERROR_IO_DEVICE, win32Error } from '../win32-errors.js';
import { checkWritable } from './file.js';
import { openFile, type WindowsFile } from './handles.js';
import type { Kernel32 } from './kernel32.js';
import * as abi from './kernel32.js';

/** One call moves at most this: its length is a DWORD. */
const MAX_TRANSFER_BYTES = 2 ** 30;

export function readFile(
  kernel32: Kernel32,
  handle: FileHandle,
  buffer: Uint8Array,
  offset: ByteCount,
): number {
  const file = openFile(handle, 'ReadFile');
  const at = byteCount(offset, 'offset');
  checkFileReadable(file.access, file.path, 'ReadFile');
  return moveAll(kernel32, file, 'ReadFile', transferBuffer(buffer), at);
}

export function writeFile(
  kernel32: Kernel32,
  handle: FileHandle,
  buffer: Uint8Array,
  offset: ByteCount,
): void {
  const file = openFile(handle, 'WriteFile');
  const at = byteCount(offset, 'offset');
  checkWritable(file, 'WriteFile');
  const { length } = transferBuffer(buffer);
  if (moveAll(kernel32, file, 'WriteFile', buffer, at) < length) {
    throw win32Error(ERROR_IO_DEVICE, 'WriteFile', {
      path: file.path,
      meaning: 'the system wrote nothing, without an error',
    });
  }
}

/** The bytes moved: fewer than the buffer holds where a call moved none. */
function moveAll(
  kernel32: Kernel32,
  file: WindowsFile,
  syscall: 'ReadFile' | 'WriteFile',
  buffer: Uint8Array,
  offset: number,
): number {
  let done = 0;
  while (done < buffer.length) {
    const part = buffer.subarray(done, done + MAX_TRANSFER_BYTES);
    const bytes: [number] = [0];
    const at = abi.overlappedAt(offset + done);
    if (!kernel32[syscall](file.value, part, part.length, bytes, at)) {
      const lastError = kernel32.GetLastError();
      if (syscall === 'ReadFile' && lastError === ERROR_HANDLE_EOF) break;
      throw win32Error(lastError, syscall, { path: file.path });
    }
    if (bytes[0] === 0) break;
    done += bytes[0];
  }
  return done;
}

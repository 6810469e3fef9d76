/**
 * An operating system with one file, which is for reading only and lies in a buffer: opening it costs a hundredth of what a real
 * one costs, and what is changed in the buffer shows at once. For files that are damaged in many thousands of ways.
 */
import { nativeOs } from '../../../src/os/native.js';
import type { FileHandle, FileMappingHandle, Os } from '../../../src/os/os.js';
import { osWith } from '../../support/failing-os.js';

/** Views of it are detached by nobody: do not read what is closed. */
export function osOfFile(path: string, bytes: Buffer<ArrayBuffer>): Os {
  const file = { path, closed: false } as unknown as FileHandle;
  const mapping = { path } as unknown as FileMappingHandle;
  return osWith({
    platform: nativeOs().platform,
    createFile: () => file,
    getFileSizeEx: () => bytes.length,
    readFile: (_file, into, offset) => bytes.copy(into, 0, Number(offset)),
    createFileMapping: () => mapping,
    mapViewOfFile: (_mapping, desiredAccess, offset, length) => {
      const [from, lengthBytes] = [Number(offset), Number(length)];
      const window = (start: number, size: number) => {
        if (bytes.byteOffset + from + start === 0 && size === bytes.buffer.byteLength) return bytes.buffer;
        throw new Error('the file has one window, which shows all of it');
      };
      return { offset: from, lengthBytes, desiredAccess, closed: false, window, release: () => {} } as never;
    },
    revertView: () => {},
    unmapViewOfFile: () => {},
    closeHandle: () => {},
  });
}

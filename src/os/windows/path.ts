/**
 * Paths as CreateFileW takes them beyond 260 characters: absolute, normalised, behind `\\?\`.
 *
 *   C:\data\a.bin        \\?\C:\data\a.bin
 *   \\server\share\a     \\?\UNC\server\share\a
 *   \\?\C:\data\a.bin    as it is
 *   \\.\pipe\a, NUL      refused: a device or a pipe
 *
 * The `\\?\` form switches off all interpretation (docs: "Naming Files, Paths, and Namespaces"): `NUL` would become a
 * file that Explorer cannot delete, and `..` or a trailing dot part of a name. So GetFullPathNameW interprets first.
 */
import { ERROR_DIRECTORY, win32Error } from '../win32-errors.js';
import type { Kernel32 } from './kernel32.js';

const VERBATIM = '\\\\?\\';
/** Verbatim paths to disks: a drive letter, a network share, or a volume by its GUID. */
const VERBATIM_DISK = /^\\\\\?\\(?:[a-z]:\\|UNC\\|Volume\{)/i;
/** On every server these two "shares" lead to named pipes and mailslots. */
const REMOTE_DEVICE = /^\\\\(?:\?\\UNC\\)?[^\\]+\\(?:pipe|mailslot)(?:\\|$)/i;

/** The verbatim form of an absolute, normalised path; undefined for one that names no disk. */
export function verbatimPath(fullPath: string): string | undefined {
  if (REMOTE_DEVICE.test(fullPath)) return undefined;
  if (fullPath.startsWith(VERBATIM)) return VERBATIM_DISK.test(fullPath) ? fullPath : undefined;
  if (fullPath.startsWith('\\\\.\\')) return undefined;
  if (fullPath.startsWith('\\\\')) return `${VERBATIM}UNC\\${fullPath.slice(2)}`;
  return `${VERBATIM}${fullPath}`;
}

/** GetFullPathNameW: absolute and normalised, with device names as `\\.\NUL`. */
function fullPath(kernel32: Kernel32, path: string, syscall: string): string {
  if (path.startsWith(VERBATIM)) return path;
  for (let units = 512; ; ) {
    const buffer = new Uint16Array(units);
    const needed = kernel32.GetFullPathNameW(path, units, buffer, null);
    if (needed === 0) throw win32Error(kernel32.GetLastError(), syscall, { path });
    // Too small a buffer: the size with the NUL. Large enough: the length without it.
    if (needed < units) return Buffer.from(buffer.buffer, 0, needed * 2).toString('utf16le');
    units = needed;
  }
}

/**
 * The path for CreateFileW and MoveFileExW.
 * @throws NOT_A_FILE where it names a pipe or a device
 */
export function widePath(kernel32: Kernel32, path: string, syscall: string): string {
  const verbatim = verbatimPath(fullPath(kernel32, path, syscall));
  if (verbatim !== undefined) return verbatim;
  throw win32Error(ERROR_DIRECTORY, syscall, {
    path,
    code: 'NOT_A_FILE',
    meaning: 'the path names a device or a pipe',
  });
}

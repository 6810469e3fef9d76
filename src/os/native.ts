/** Chooses the implementation of the contract for this platform, and loads it at the first call. */
import { PerdureError } from './errors.js';
import type { Os } from './os.js';
import { PosixOs } from './posix/posix-os.js';
import { createWindowsOs } from './windows/windows-os.js';

function loadOs(): Os {
  switch (process.platform) {
    case 'win32':
      return createWindowsOs();
    case 'linux':
      return new PosixOs('linux');
    case 'darwin':
      return new PosixOs('macos');
    default:
      throw new PerdureError(
        'UNSUPPORTED',
        `perdure runs on Windows, Linux and macOS, not on ${process.platform}`,
      );
  }
}

let loaded: Os | undefined;

/** The operating system layer of this platform. Loaded at the first call. @throws UNSUPPORTED elsewhere */
export function nativeOs(): Os {
  loaded ??= loadOs();
  return loaded;
}

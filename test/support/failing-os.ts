/** An Os whose calls fail, or wait, when a test says so; every other call is the real one. */
import { nativeOs } from '../../src/os/native.js';
import type { Os } from '../../src/os/os.js';
import { ERROR_IO_DEVICE, win32Error } from '../../src/os/win32-errors.js';

/**
 * nativeOs() with some calls replaced. A replacement may call the real one through nativeOs(). One that replaces
 * FlushViewOfFile is a system that needs it for a durable flush, also on Linux.
 */
export function osWith(given: Partial<Os>): Os {
  const real = nativeOs();
  const needsViewFlush = { ...real.getSystemInfo(), flushFileBuffersWritesViews: false };
  const replacesIt = 'flushViewOfFile' in given || 'flushViewOfFileAsync' in given;
  const replacements = replacesIt ? { getSystemInfo: () => needsViewFlush, ...given } : given;
  return new Proxy(real, {
    get: (target, name) => {
      const value = Reflect.get(replacements, name) ?? Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The error of a disk that fails. */
export function deviceError() {
  return win32Error(ERROR_IO_DEVICE, 'FlushFileBuffers');
}

/** FlushFileBuffers fails while `fails()` says so, at once and in another thread. */
export function osWithFailingFlush(fails: () => boolean): Os {
  return osWith({
    flushFileBuffers: (file) => {
      if (fails()) throw deviceError();
      nativeOs().flushFileBuffers(file);
    },
    flushFileBuffersAsync: async (file) => {
      if (fails()) throw deviceError();
      await nativeOs().flushFileBuffersAsync(file);
    },
  });
}

/** mmap and msync and nothing else (Linux): what a program without perdure would do. */
import koffi from 'koffi';
import { Unavailable } from '../contest.js';

/** From Linux' asm-generic/mman-common.h and mman.h, the same on x64 and arm64. */
const PROT_READ_WRITE = 1 | 2;
const MAP_SHARED = 1;
const MS_SYNC = 4;

export interface PosixMap {
  readonly bytes: Uint8Array;
  /** msync(MS_SYNC) of the whole mapping. */
  flush(): void;
}

/** @throws Unavailable on other systems than Linux */
export function mapShared(fd: number, lengthBytes: number): PosixMap {
  if (process.platform !== 'linux') throw new Unavailable('knows the constants of Linux only');
  const libc = koffi.load(null);
  const mmap = libc.func(
    'uintptr_t mmap(uintptr_t address, size_t length, int protection, int flags, int fd, int64_t offset)',
  );
  const msync = libc.func('int msync(uintptr_t address, size_t length, int flags)');
  const address = mmap(0, lengthBytes, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  if (typeof address !== 'number') throw new Error('mmap failed');
  return {
    bytes: new Uint8Array(koffi.view(address, lengthBytes)),
    flush: () => {
      if (msync(address, lengthBytes, MS_SYNC) !== 0) throw new Error('msync failed');
    },
  };
}

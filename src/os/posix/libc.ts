/**
 * The libc functions that Node.js does not offer, through koffi. Opening, closing, truncating, stat and fsync go
 * through node:fs, which is the same libc with the variadic and 64-bit variants already sorted out for every system.
 */
import koffi from 'koffi';
import { inAnotherThread } from '../native-calls.js';
import { SYS_CACHESTAT } from './abi.js';

/** An address or size as koffi returns it: a number where that is exact, else a bigint. */
type Word = number | bigint;

export interface Libc {
  mmap(address: number, length: number, prot: number, flags: number, fd: number, offset: number): Word;
  munmap(address: number, length: number): number;
  msync(address: number, length: number, flags: number): number;
  /** Resolves with the errno, 0 for success, as do the other asynchronous forms. */
  msyncAsync(address: number, length: number, flags: number): Promise<number>;
  madvise(address: number, length: number, advice: number): number;
  mincore(address: number, length: number, vector: Uint8Array): number;
  getpagesize(): number;
  /** fcntl with a pointer argument. Variadic: on arm64 macOS such arguments travel on the stack. */
  fcntlPointer(fd: number, command: number, argument: Uint8Array): number;
  /** Linux only. Unlike posix_fallocate it never falls back to writing into the file. */
  fallocate(fd: number, mode: number, offset: number, length: number): number;
  fallocateAsync(fd: number, mode: number, offset: number, length: number): Promise<number>;
  /** Linux only. */
  posixFadvise(fd: number, offset: number, length: number, advice: number): number;
  /** Linux only. */
  syncFileRange(fd: number, offset: number, length: number, flags: number): number;
  /** Linux only, kernel 6.5 or later: libc has no function for it. */
  cachestat(fd: number, range: BigUint64Array, result: BigUint64Array): number;
  syncFileRangeAsync(fd: number, offset: number, length: number, flags: number): Promise<number>;
  /** The errno of the last call on this thread. */
  errno(): number;
}

/** What mmap returns on failure: (void *)-1. */
export const MAP_FAILED = 0xffffffffffffffffn;

type Native = ((...args: unknown[]) => number) & { async(...args: unknown[]): void };

/** Loads libc from the symbols that the node executable itself is linked with: glibc, musl or libSystem. */
export function loadLibc(system: 'linux' | 'macos'): Libc {
  const lib = koffi.load(null);
  /** The asynchronous form of a call that returns 0, or -1 with errno set. */
  const promised =
    (fn: Native) =>
    (...args: unknown[]): Promise<number> =>
      inAnotherThread(
        (done) => fn.async(...args, done),
        (result) => (result === 0 ? 0 : koffi.errno()),
      );
  const bind = (prototype: string) => lib.func(prototype) as unknown as Native;
  const msync = bind('int msync(uintptr_t address, size_t length, int flags)');
  const fcntl = bind('int fcntl(int fd, int command, ...)');
  const linuxOnly = (prototype: string): Native => {
    if (system === 'linux') return bind(prototype);
    const missing = () => {
      throw new Error(`${prototype} is Linux only`);
    };
    return Object.assign(missing, { async: missing });
  };
  const fallocate = linuxOnly('int fallocate(int fd, int mode, int64_t offset, int64_t length)');
  const syncFileRange = linuxOnly('int sync_file_range(int fd, int64_t offset, int64_t length, uint flags)');
  const syscall = linuxOnly('long syscall(long number, ...)');
  return {
    mmap: bind(
      'uintptr_t mmap(uintptr_t address, size_t length, int prot, int flags, int fd, int64_t offset)',
    ) as Libc['mmap'],
    munmap: bind('int munmap(uintptr_t address, size_t length)'),
    msync,
    msyncAsync: promised(msync),
    madvise: bind('int madvise(uintptr_t address, size_t length, int advice)'),
    mincore: bind('int mincore(uintptr_t address, size_t length, _Out_ uint8_t *vector)'),
    getpagesize: bind('int getpagesize(void)'),
    fcntlPointer: (fd, command, argument) => fcntl(fd, command, 'void *', argument),
    fallocate,
    fallocateAsync: promised(fallocate),
    posixFadvise: linuxOnly('int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)'),
    syncFileRange,
    cachestat: (fd, range, result) =>
      syscall(SYS_CACHESTAT, 'int', fd, 'void *', range, 'void *', result, 'uint', 0),
    syncFileRangeAsync: promised(syncFileRange),
    errno: () => koffi.errno(),
  };
}

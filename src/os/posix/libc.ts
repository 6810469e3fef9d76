/**
 * The libc functions that Node.js does not offer, through koffi. Opening, closing, truncating, stat and fsync go
 * through node:fs, which is the same libc with the variadic and 64-bit variants already sorted out for every system.
 */
import koffi from 'koffi';
import { inAnotherThread } from '../native-calls.js';
import {
  CLOCK_MONOTONIC,
  F_SETFD,
  FD_CLOEXEC,
  FUTEX_WAKE,
  FUTEX_WAKE_OP,
  futexOpAdd,
  PTHREAD_MUTEX_BYTES,
  PTHREAD_MUTEX_ROBUST,
  PTHREAD_PROCESS_SHARED,
  SYS_CACHESTAT,
  SYS_FUTEX,
  SYS_FUTEX_WAITV,
} from './abi.js';

const EVERYBODY = 0x7fff_ffff;

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
  /** fcntl with an int argument. */
  fcntlInteger(fd: number, command: number, argument: number): number;
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
  /** What is to be had of descriptors, an array of struct pollfd. @returns how many have something, or -1 */
  poll(fds: Uint8Array, count: number, timeoutMs: number): number;
  /** Advisory lock of an opening. */
  flock(fd: number, operation: number): number;
  /** A pipe whose ends no other program inherits: what is read from, and what is written to. Undefined without one. */
  pipe(): [readEnd: number, writeEnd: number] | undefined;
  /** For descriptors that Node.js does not know of: it would warn, and closes those of a Worker with it. */
  close(fd: number): number;
  /** Linux only, undefined elsewhere: gives a file another name, or its first one. */
  linkat:
    | ((fromFolder: number, from: string, toFolder: number, to: string, flags: number) => number)
    | undefined;
  /** Linux only: an unnamed file in memory. */
  memfdCreate(name: string, flags: number): number;
  /** Linux only: adds -2048 to 2047 to the word and wakes everybody who waits on it, in one step. */
  futexAddAndWake(word: number, change: number): void;
  /** Linux only: wakes everybody who waits on the word. */
  futexWake(word: number): void;
  /**
   * Linux only: sleeps until one of the words was changed and woken, or the time has come.
   * @param waiters an array of struct futex_waitv @param until struct timespec of CLOCK_MONOTONIC
   * @returns the index of a word that was woken, or -1 with EAGAIN (changed before), ETIMEDOUT, EINTR, ENOSYS
   */
  futexWaitv(waiters: Uint8Array, count: number, until: BigInt64Array): number;
  /** Linux only: makes a robust mutex for several processes of zeroed memory. Like the next four it returns an errno. */
  robustMutexInit(mutex: number): number;
  pthreadMutexLock(mutex: number): number;
  pthreadMutexTrylock(mutex: number): number;
  pthreadMutexUnlock(mutex: number): number;
  pthreadMutexConsistent(mutex: number): number;
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
    fcntlInteger: (fd, command, argument) => fcntl(fd, command, 'int', argument),
    fallocate,
    fallocateAsync: promised(fallocate),
    posixFadvise: linuxOnly('int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)'),
    syncFileRange,
    cachestat: (fd, range, result) =>
      syscall(SYS_CACHESTAT, 'int', fd, 'void *', range, 'void *', result, 'uint', 0),
    syncFileRangeAsync: promised(syncFileRange),
    poll: bind('int poll(void *fds, ulong count, int timeoutMs)'),
    flock: bind('int flock(int fd, int operation)'),
    close: bind('int close(int fd)'),
    linkat:
      system === 'linux'
        ? (bind(
            'int linkat(int fromFolder, const char *from, int toFolder, const char *to, int flags)',
          ) as Libc['linkat'])
        : undefined,
    pipe: pipeOf(bind('int pipe(void *ends)'), fcntl),
    ...synchronization(bind, linuxOnly, syscall),
    errno: () => koffi.errno(),
  };
}

/** Futexes and robust mutexes, which Linux alone has. */
function synchronization(
  bind: (prototype: string) => Native,
  linuxOnly: (prototype: string) => Native,
  syscall: Native,
) {
  const futex = SYS_FUTEX[process.arch];
  const call = (word: number, operation: number, second: number, value3: number) =>
    syscall(
      ...[futex, 'uintptr_t', word, 'int', operation, 'int', EVERYBODY],
      ...['uintptr_t', 0, 'uintptr_t', second, 'int', value3],
    );
  const initAttributes = bind('int pthread_mutexattr_init(void *attributes)');
  const setShared = bind('int pthread_mutexattr_setpshared(void *attributes, int shared)');
  const setRobust = linuxOnly('int pthread_mutexattr_setrobust(void *attributes, int robust)');
  const init = bind('int pthread_mutex_init(uintptr_t mutex, void *attributes)');
  const attributes = new Uint8Array(PTHREAD_MUTEX_BYTES);
  let attributesMade = false;
  return {
    memfdCreate: linuxOnly('int memfd_create(const char *name, uint flags)') as Libc['memfdCreate'],
    futexWake: (word: number) => void call(word, FUTEX_WAKE, 0, 0),
    futexAddAndWake: (word: number, change: number) =>
      void call(word, FUTEX_WAKE_OP, word, futexOpAdd(change)),
    futexWaitv: (waiters: Uint8Array, count: number, until: BigInt64Array) =>
      syscall(
        ...[SYS_FUTEX_WAITV, 'void *', waiters, 'uint', count, 'uint', 0],
        ...['void *', until, 'int', CLOCK_MONOTONIC],
      ),
    robustMutexInit: (mutex: number) => {
      if (!attributesMade) {
        initAttributes(attributes);
        setShared(attributes, PTHREAD_PROCESS_SHARED);
        setRobust(attributes, PTHREAD_MUTEX_ROBUST);
        attributesMade = true;
      }
      return init(mutex, attributes);
    },
    pthreadMutexLock: bind('int pthread_mutex_lock(uintptr_t mutex)'),
    pthreadMutexTrylock: bind('int pthread_mutex_trylock(uintptr_t mutex)'),
    pthreadMutexUnlock: bind('int pthread_mutex_unlock(uintptr_t mutex)'),
    pthreadMutexConsistent: linuxOnly('int pthread_mutex_consistent(uintptr_t mutex)'),
  };
}

/** Not pipe2, which macOS does not have: between the calls a program that is just being started may inherit the ends. */
function pipeOf(pipe: Native, fcntl: Native): Libc['pipe'] {
  return () => {
    const ends = new Int32Array(2);
    if (pipe(ends) !== 0) return undefined;
    const [readEnd, writeEnd] = ends as unknown as [number, number];
    for (const end of [readEnd, writeEnd]) fcntl(end, F_SETFD, 'int', FD_CLOEXEC);
    return [readEnd, writeEnd];
  };
}

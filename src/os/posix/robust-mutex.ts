/**
 * A pthread mutex in shared memory whose owner may die: the kernel marks it when the owning thread ends however it ends,
 * and wakes one of those who sleep on its lock word ("robust futexes", Documentation/locking/robust-futex-ABI.rst).
 *
 * Its lock word is 0, or the owner's thread id; FUTEX_WAITERS asks the release to wake, FUTEX_OWNER_DIED is the mark.
 * Where in the pthread_mutex_t it stands is the C library's business (glibc: at 0, musl: at 4), and found by trying.
 */
import { FILE_MAP_ALL_ACCESS } from '../constants.js';
import { PerdureError } from '../errors.js';
import { MappedView } from '../memory.js';
import {
  FUTEX_OWNER_DIED,
  FUTEX_TID_MASK,
  MAP_ANONYMOUS,
  type PosixAbi,
  PTHREAD_MUTEX_BYTES,
} from './abi.js';
import { errnoError, errnoNumber } from './errno.js';
import { type Libc, MAP_FAILED } from './libc.js';

/** <errno.h>, Linux: the owner died; the mutex was acquired and must be made consistent. Node.js does not name it. */
const EOWNERDEAD = 130;

export type Acquisition = 'acquired' | 'abandoned' | 'taken';

/** Acquires if that needs no waiting. 'abandoned': acquired, from an owner that died with it. */
export function tryAcquire(libc: Libc, mutex: number): Acquisition {
  const errno = libc.pthreadMutexTrylock(mutex);
  if (errno === 0) return 'acquired';
  if (errno === errnoNumber('EBUSY')) return 'taken';
  return inherit(libc, mutex, errno);
}

/** Waits for a mutex that is only ever held for microseconds. */
export function acquire(libc: Libc, mutex: number): void {
  const errno = libc.pthreadMutexLock(mutex);
  if (errno !== 0) inherit(libc, mutex, errno);
}

function inherit(libc: Libc, mutex: number, errno: number): 'abandoned' {
  if (errno !== EOWNERDEAD) throw errnoError(errno, 'pthread_mutex_lock');
  libc.pthreadMutexConsistent(mutex);
  return 'abandoned';
}

export function releaseMutex(libc: Libc, mutex: number): void {
  const errno = libc.pthreadMutexUnlock(mutex);
  if (errno !== 0) throw errnoError(errno, 'pthread_mutex_unlock');
}

/** True where a thread that lives owns the mutex, by its lock word. */
export function isOwned(lockWord: number): boolean {
  return (lockWord & FUTEX_TID_MASK) !== 0 && (lockWord & FUTEX_OWNER_DIED) === 0;
}

let found: number | undefined;

/** The offset of the lock word in a pthread_mutex_t of this process's C library, in bytes; 0 where there is none. */
export function lockWordOffset(native: { libc: Libc; abi: PosixAbi; system: 'linux' | 'macos' }): number {
  if (native.system === 'macos') return 0;
  found ??= findLockWord(native.libc, native.abi);
  return found;
}

/** Locks a mutex of its own, and looks which word changed first. */
function findLockWord(libc: Libc, abi: PosixAbi): number {
  const bytes = 4096;
  const flags = abi.MAP_PRIVATE | MAP_ANONYMOUS.linux;
  const address = libc.mmap(0, bytes, abi.PROT_READ | abi.PROT_WRITE, flags, -1, 0);
  if (BigInt(address) === MAP_FAILED) throw errnoError(libc.errno(), 'mmap');
  const mutex = Number(address);
  const page = new MappedView(mutex, bytes, 0, FILE_MAP_ALL_ACCESS, () => libc.munmap(mutex, bytes));
  try {
    const words = new Int32Array(page.buffer, 0, PTHREAD_MUTEX_BYTES / 4);
    libc.robustMutexInit(mutex);
    const free = words.slice();
    tryAcquire(libc, mutex);
    const index = words.findIndex((word, at) => word !== free[at]);
    const taken = words[index] ?? 0;
    releaseMutex(libc, mutex);
    if (index >= 0 && free[index] === 0 && isOwned(taken)) return index * 4;
  } finally {
    page.close();
  }
  throw new PerdureError(
    'UNSUPPORTED',
    'this C library has no robust mutexes that perdure knows: events, mutexes and named mappings are not offered with it',
  );
}

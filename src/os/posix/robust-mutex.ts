/**
 * A pthread mutex in shared memory whose owner may die: the kernel marks it when the owning thread ends however it ends,
 * and wakes one of those who sleep on its lock word ("robust futexes", Documentation/locking/robust-futex-ABI.rst).
 *
 * Its lock word is 0, or the owner's thread id; FUTEX_WAITERS asks the release to wake, FUTEX_OWNER_DIED is the mark.
 * Where in the pthread_mutex_t it stands is the C library's business (glibc: at 0, musl: at 4), and found by trying.
 *
 * The kernel follows a thread's list of such mutexes for 2,048 of them (ROBUST_LIST_LIMIT), the newest first: what is
 * beyond would be held for ever by a thread that is killed. So a thread counts what it holds, and holds no more.
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

/** How many the kernel hands on when their thread ends. */
const ROBUST_LIST_LIMIT = 2048;
/** What is held for an instant: the guards of the 64 objects of a wait for all of them, and room to spare. */
const ROOM_FOR_GUARDS = 148;
/** With so many held, no more mutexes are acquired to stay: 1,900. */
export const MOST_MUTEXES = ROBUST_LIST_LIMIT - ROOM_FOR_GUARDS;
/** With so many held, no more waits get a place: the mutexes that they wait for need room, too. */
export const MOST_PLACES = 1400;

let held = 0;

/** How many robust mutexes this thread holds, besides guards. */
export function robustLocksHeld(): number {
  return held;
}

/** @throws TOO_MANY_OPEN where this thread cannot own so many mutexes more */
export function checkRobustRoom(count: number, syscall: string): void {
  if (held + count <= MOST_MUTEXES) return;
  throw new PerdureError(
    'TOO_MANY_OPEN',
    `${syscall}: this thread owns mutexes and waits for objects in ${held} places, and Linux hands on no more than ${MOST_MUTEXES} when a thread is killed; release some, or use several threads`,
    { syscall },
  );
}

/** Acquires if that needs no waiting. 'abandoned': acquired, from an owner that died with it. */
export function tryAcquire(libc: Libc, mutex: number): Acquisition {
  const errno = libc.pthreadMutexTrylock(mutex);
  if (errno === errnoNumber('EBUSY')) return 'taken';
  if (errno !== 0) inherit(libc, mutex, errno);
  held++;
  return errno === 0 ? 'acquired' : 'abandoned';
}

/** Waits for a mutex that is only ever held for microseconds, and is not counted. */
export function lockGuard(libc: Libc, guard: number): void {
  const errno = libc.pthreadMutexLock(guard);
  if (errno !== 0) inherit(libc, guard, errno);
}

export function unlockGuard(libc: Libc, guard: number): void {
  const errno = libc.pthreadMutexUnlock(guard);
  if (errno !== 0) throw errnoError(errno, 'pthread_mutex_unlock');
}

function inherit(libc: Libc, mutex: number, errno: number): void {
  if (errno !== EOWNERDEAD) throw errnoError(errno, 'pthread_mutex_lock');
  libc.pthreadMutexConsistent(mutex);
}

export function releaseMutex(libc: Libc, mutex: number): void {
  unlockGuard(libc, mutex);
  held--;
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

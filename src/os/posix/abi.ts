/**
 * The numeric constants and structure layouts of libc that file mapping needs, per system.
 *
 * Linux: <asm-generic/mman-common.h>, <asm-generic/mman.h>, <asm-generic/fcntl.h>, <linux/fadvise.h>, <linux/fs.h>;
 * x86-64 and arm64 both use the generic values, and glibc and musl share them. macOS: <sys/mman.h>, <sys/fcntl.h>;
 * x86-64 and arm64 share them. Neither macOS nor arm64 could be run where this was written.
 */
export interface PosixAbi {
  readonly PROT_READ: number;
  readonly PROT_WRITE: number;
  readonly MAP_SHARED: number;
  readonly MAP_PRIVATE: number;
  readonly MAP_FIXED: number;
  readonly MAP_NORESERVE: number;
  readonly MS_SYNC: number;
  readonly MADV_NORMAL: number;
  readonly MADV_RANDOM: number;
  readonly MADV_SEQUENTIAL: number;
  readonly MADV_WILLNEED: number;
  readonly MADV_DONTNEED: number;
  /** Open file description locks: owned by the opening, not by the process, and released when it is closed. */
  readonly F_OFD_SETLK: number;
  readonly F_OFD_GETLK: number;
  readonly F_RDLCK: number;
  readonly F_WRLCK: number;
  readonly F_UNLCK: number;
  /** struct flock: byte offsets of its members and its size. off_t is 8 bytes, short 2. */
  readonly flock: {
    readonly type: number;
    readonly start: number;
    readonly len: number;
    readonly size: number;
  };
}

const COMMON = {
  PROT_READ: 1,
  PROT_WRITE: 2,
  MAP_SHARED: 0x01,
  MAP_PRIVATE: 0x02,
  MAP_FIXED: 0x10,
  MADV_NORMAL: 0,
  MADV_RANDOM: 1,
  MADV_SEQUENTIAL: 2,
  MADV_WILLNEED: 3,
  MADV_DONTNEED: 4,
} as const;

export const LINUX_ABI: PosixAbi = {
  ...COMMON,
  MAP_NORESERVE: 0x4000,
  MS_SYNC: 4,
  F_OFD_SETLK: 37,
  F_OFD_GETLK: 36,
  F_RDLCK: 0,
  F_WRLCK: 1,
  F_UNLCK: 2,
  // short l_type; short l_whence; (4 bytes of padding) off_t l_start; off_t l_len; pid_t l_pid
  flock: { type: 0, start: 8, len: 16, size: 32 },
};

export const MACOS_ABI: PosixAbi = {
  ...COMMON,
  MAP_NORESERVE: 0x40,
  MS_SYNC: 0x10,
  F_OFD_SETLK: 90,
  F_OFD_GETLK: 92,
  F_RDLCK: 1,
  F_WRLCK: 3,
  F_UNLCK: 2,
  // off_t l_start; off_t l_len; pid_t l_pid; short l_type; short l_whence
  flock: { type: 20, start: 0, len: 8, size: 24 },
};

/** Linux only. <linux/fadvise.h> */
export const POSIX_FADV_RANDOM = 1;
export const POSIX_FADV_SEQUENTIAL = 2;
export const POSIX_FADV_DONTNEED = 4;

/**
 * Linux only, kernel 5.4 or later. <asm-generic/mman-common.h>. Drops clean pages and writes dirty ones out, where
 * MADV_DONTNEED would lose the private pages of a copy-on-write view.
 */
export const MADV_PAGEOUT = 21;

/** Linux only. <linux/falloc.h> */
export const FALLOC_FL_KEEP_SIZE = 1;

/** Linux only. <linux/fs.h> */
export const SYNC_FILE_RANGE_WRITE = 2;

/**
 * Linux only, kernel 6.5 or later, the same number on every architecture (<asm-generic/unistd.h>).
 * cachestat(fd, struct cachestat_range { u64 off, len }, struct cachestat { u64 nr_cache, nr_dirty, ... }, flags)
 */
export const SYS_CACHESTAT = 451;
export const CACHESTAT_DIRTY_INDEX = 1;
export const CACHESTAT_FIELDS = 5;

/** macOS only. <sys/fcntl.h>; struct fstore: u32 fst_flags, i32 fst_posmode, off_t fst_offset, fst_length, fst_bytesalloc */
export const F_PREALLOCATE = 42;
export const F_ALLOCATEALL = 4;
export const F_PEOFPOSMODE = 3;
export const FSTORE_SIZE = 32;

export const SEEK_SET = 0;

/** <sys/file.h>, the same on Linux and macOS. Owned by the opening, released when its last descriptor is closed. */
export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;

/** <sys/mman.h>: memory without a file, shared with nobody who does not have the address. */
export const MAP_ANONYMOUS: Readonly<Record<'linux' | 'macos', number>> = { linux: 0x20, macos: 0x1000 };

/** <fcntl.h>: fcntl F_SETFD FD_CLOEXEC, the same on Linux and macOS. */
export const F_SETFD = 2;
export const FD_CLOEXEC = 1;

/** <poll.h>: poll(2), the same on Linux and macOS. */
export const POLLERR = 0x8;
export const POLLHUP = 0x10;

/** Linux only. <asm-generic/fcntl.h> and <linux/fcntl.h>: the signal of a lease that somebody breaks, and the lease. */
export const F_SETSIG = 10;
export const F_SETLEASE = 1024;

/** Linux only. <fcntl.h>: linkat(2) of a file that has no name yet, by way of the link in /proc that stands for it. */
export const AT_FDCWD = -100;
export const AT_SYMLINK_FOLLOW = 0x400;
/** Linux only. <asm-generic/fcntl.h>: __O_TMPFILE, to be combined with O_DIRECTORY. A new file without a name. */
export const O_TMPFILE = 0o20_000_000;

/** Linux only. <linux/memfd.h> */
export const MFD_CLOEXEC = 1;

/**
 * Linux only. The number of futex(2) by process.arch: <asm/unistd_64.h> on x86-64, <asm-generic/unistd.h> elsewhere.
 * futex_waitv(2), kernel 5.16 or later, has one number on every architecture.
 */
export const SYS_FUTEX: Readonly<Record<string, number>> = { x64: 202, arm64: 98, riscv64: 98, loong64: 98 };
export const SYS_FUTEX_WAITV = 449;

/** Linux only. <linux/futex.h> */
export const FUTEX_WAKE = 1;
export const FUTEX_WAKE_OP = 5;
/** FUTEX_OP(FUTEX_OP_ADD, oparg, FUTEX_OP_CMP_EQ, 0): adds oparg (12 bits, signed) to the second word. */
export const futexOpAdd = (oparg: number): number => (1 << 28) | ((oparg & 0xfff) << 12);
/** struct futex_waitv { u64 val; u64 uaddr; u32 flags; u32 reserved }: words of 32 bits, shared between processes. */
export const FUTEX_WAITV_BYTES = 24;
export const FUTEX2_SIZE_U32 = 2;
export const FUTEX_WAITV_MAX = 128;
export const CLOCK_MONOTONIC = 1;
/** Bits of the lock word of a robust futex. */
export const FUTEX_WAITERS = 0x8000_0000 | 0;
export const FUTEX_OWNER_DIED = 0x4000_0000;
export const FUTEX_TID_MASK = 0x3fff_ffff;

/** Linux: <pthread.h> of glibc and musl. */
export const PTHREAD_PROCESS_SHARED = 1;
export const PTHREAD_MUTEX_ROBUST = 1;
/** Larger than any pthread_mutex_t and pthread_mutexattr_t of a 64-bit Linux (40 to 48 bytes). */
export const PTHREAD_MUTEX_BYTES = 56;

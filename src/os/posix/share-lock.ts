/**
 * CreateFile's share modes, and the refusal to shorten a mapped file, on POSIX: advisory locks between all openings
 * of a file made by this library, in any process and any thread.
 *
 * Open file description locks on bytes far beyond any file's end. A lock belongs to one opening, also within one
 * process, and the kernel drops it when its process dies. Each right has two bytes, one held (shared) by openings
 * that use it, one by openings that deny it to others. An opening first takes its own bytes, then looks whether
 * anybody else holds an opposite one. So of two conflicting openings at the same instant at least one backs off; both
 * may, which is why a conflict is looked at again a moment later before it is reported. Only read locks are ever
 * taken, so that a descriptor opened for reading will do.
 */
import { FILE_SHARE_READ, FILE_SHARE_WRITE, GENERIC_READ, GENERIC_WRITE } from '../constants.js';
import { ERROR_BUSY, ERROR_SHARING_VIOLATION, ERROR_USER_MAPPED_FILE, win32Error } from '../win32-errors.js';
import { type PosixAbi, SEEK_SET } from './abi.js';
import { errnoError, errnoNumber } from './errno.js';
import type { Libc } from './libc.js';

/** The first lock byte: 2^62. Files end at 2^63 - 1 at the latest, and in practice far below. */
const LOCK_BASE = 1n << 62n;

const READS = 0;
const WRITES = 1;
const DENIES_READ = 2;
const DENIES_WRITE = 3;
const MAPS = 4;
const SHORTENS = 5;
const SETS_LENGTH = 6;

/** Waits between the looks at a conflict that may be only another opening about to back off, in milliseconds. */
const SECOND_LOOKS_MS = [1, 3, 6];

export class ShareLock {
  readonly #libc: Libc;
  readonly #abi: PosixAbi;
  readonly #fd: number;
  readonly #path: string;
  readonly #flock: Uint8Array;
  readonly #fields: DataView;
  /** False where the file system has no such locks: then nothing is shared and nothing is refused. */
  #supported = true;

  constructor(libc: Libc, abi: PosixAbi, fd: number, path: string) {
    this.#libc = libc;
    this.#abi = abi;
    this.#fd = fd;
    this.#path = path;
    this.#flock = new Uint8Array(abi.flock.size);
    this.#fields = new DataView(this.#flock.buffer);
  }

  /**
   * Takes the access and denies what is not shared. An opening that neither reads nor writes takes no part, whatever
   * it shares. @throws SHARING_VIOLATION (32)
   */
  open(access: number, share: number): void {
    if ((access & (GENERIC_READ | GENERIC_WRITE)) === 0) return;
    const claims: [own: number, opposite: number][] = [];
    const claim = (uses: boolean, use: number, denies: boolean, deny: number) => {
      if (uses) claims.push([use, deny]);
      if (denies) claims.push([deny, use]);
    };
    claim((access & GENERIC_READ) !== 0, READS, (share & FILE_SHARE_READ) === 0, DENIES_READ);
    claim((access & GENERIC_WRITE) !== 0, WRITES, (share & FILE_SHARE_WRITE) === 0, DENIES_WRITE);
    this.#claim(
      claims.map(([own]) => own),
      claims.map(([, opposite]) => opposite),
      ERROR_SHARING_VIOLATION,
      'CreateFile',
    );
  }

  /** Gives back what open took, when the file's handle is closed although mappings still hold the descriptor. */
  release(): void {
    for (const byte of [READS, WRITES, DENIES_READ, DENIES_WRITE]) this.#set(byte, this.#abi.F_UNLCK);
  }

  /** Says that this opening has the file mapped: nobody may shorten it. @throws FILE_IN_USE while somebody does */
  mapped(): void {
    this.#claim([MAPS], [SHORTENS], ERROR_USER_MAPPED_FILE, 'CreateFileMapping');
  }

  unmapped(): void {
    this.#set(MAPS, this.#abi.F_UNLCK);
  }

  /** Runs `shorten` while no other opening has the file mapped. @throws FILE_IN_USE (1224) */
  whileUnmapped<T>(shorten: () => T): T {
    this.#claim([SHORTENS], [MAPS], ERROR_USER_MAPPED_FILE, 'SetEndOfFile');
    try {
      return shorten();
    } finally {
      this.#set(SHORTENS, this.#abi.F_UNLCK);
    }
  }

  /** Runs `change`, which looks at the file's length and sets it, while no other opening does. @throws ERROR_BUSY (170) */
  whileSettingLength<T>(change: () => T): T {
    this.#claim([SETS_LENGTH], [SETS_LENGTH], ERROR_BUSY, 'SetEndOfFile');
    try {
      return change();
    } finally {
      this.#set(SETS_LENGTH, this.#abi.F_UNLCK);
    }
  }

  #claim(own: readonly number[], opposite: readonly number[], win32: number, syscall: string): void {
    for (let look = 0; ; look++) {
      for (const byte of own) this.#set(byte, this.#abi.F_RDLCK);
      if (!opposite.some((byte) => this.#heldElsewhere(byte))) return;
      for (const byte of own) this.#set(byte, this.#abi.F_UNLCK);
      if (look === SECOND_LOOKS_MS.length) throw win32Error(win32, syscall, { path: this.#path });
      Atomics.wait(
        new Int32Array(new SharedArrayBuffer(4)),
        0,
        0,
        SECOND_LOOKS_MS[look]! * (1 + Math.random()),
      );
    }
  }

  #set(byte: number, type: number): void {
    if (!this.#supported || this.#fcntl(this.#abi.F_OFD_SETLK, byte, type) === 0) return;
    const errno = this.#libc.errno();
    const unsupported = ['EINVAL', 'ENOLCK', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'] as const;
    if (!unsupported.some((name) => errnoNumber(name) === errno)) {
      throw errnoError(errno, 'fcntl(F_OFD_SETLK)', { path: this.#path });
    }
    this.#supported = false;
  }

  #heldElsewhere(byte: number): boolean {
    if (!this.#supported || this.#fcntl(this.#abi.F_OFD_GETLK, byte, this.#abi.F_WRLCK) !== 0) return false;
    return this.#fields.getInt16(this.#abi.flock.type, true) !== this.#abi.F_UNLCK;
  }

  #fcntl(command: number, byte: number, type: number): number {
    const { flock } = this.#abi;
    this.#flock.fill(0);
    this.#fields.setInt16(flock.type, type, true);
    this.#fields.setInt16(flock.type + 2, SEEK_SET, true);
    this.#fields.setBigInt64(flock.start, LOCK_BASE + BigInt(byte), true);
    this.#fields.setBigInt64(flock.len, 1n, true);
    return this.#libc.fcntlPointer(this.#fd, command, this.#flock);
  }
}

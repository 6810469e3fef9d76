/** Sleeping on several words at once: futex_waitv(2), kernel 5.16 or later. */
import koffi from 'koffi';
import { PerdureError } from '../../errors.js';
import { FUTEX_WAITV_BYTES, FUTEX_WAITV_MAX, FUTEX2_SIZE_U32 } from '../abi.js';
import { errnoError, errnoNumber } from '../errno.js';
import type { Libc } from '../libc.js';
import type { Sleep } from './waitable.js';

const NANOSECONDS = 1_000_000_000n;

/** The words of one sleep. */
export class FutexWait {
  readonly #libc: Libc;
  readonly #waiters = Buffer.alloc(FUTEX_WAITV_BYTES * FUTEX_WAITV_MAX);
  readonly #until = new BigInt64Array(2);
  readonly #sleeps: Sleep[] = [];

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  clear(): void {
    this.#sleeps.length = 0;
  }

  /** One word more, of at most FUTEX_WAITV_MAX. */
  add(sleep: Sleep): void {
    const { word, expected } = sleep;
    const at = FUTEX_WAITV_BYTES * this.#sleeps.length;
    this.#sleeps.push(sleep);
    this.#waiters.writeBigUInt64LE(BigInt(expected >>> 0), at);
    this.#waiters.writeBigUInt64LE(BigInt(word), at + 8);
    this.#waiters.writeUInt32LE(FUTEX2_SIZE_U32, at + 16);
  }

  /**
   * Sleeps until one of the words was woken or has another value than expected, or so many milliseconds have passed.
   * It may also return for no reason.
   * Of those who sleep on a lock word the kernel wakes one when its owner dies: that one wakes the others.
   * @returns the index of a word that was woken, or -1 @throws UNSUPPORTED before kernel 5.16
   */
  sleep(milliseconds: number): number {
    const until = process.hrtime.bigint() + BigInt(Math.ceil(milliseconds * 1e6));
    this.#until[0] = until / NANOSECONDS;
    this.#until[1] = until % NANOSECONDS;
    const woken = this.#libc.futexWaitv(this.#waiters, this.#sleeps.length, this.#until);
    if (woken >= 0) {
      this.#passOn();
      return woken;
    }
    const errno = this.#libc.errno();
    if ((['EAGAIN', 'ETIMEDOUT', 'EINTR'] as const).some((name) => errnoNumber(name) === errno)) return -1;
    if (errno !== errnoNumber('ENOSYS') && errno !== errnoNumber('EPERM'))
      throw errnoError(errno, 'futex_waitv');
    throw new PerdureError(
      'UNSUPPORTED',
      'this Linux kernel has no futex_waitv: waiting for events and mutexes needs kernel 5.16 or later',
      { cause: errnoError(errno, 'futex_waitv') },
    );
  }

  /**
   * Several words may have been woken, of which the kernel names one. Whose value is another now was released or left by a
   * death: all look who saw what this sleep saw. What a newcomer has taken meanwhile counts, too.
   */
  #passOn(): void {
    for (const { word, expected, lock } of this.#sleeps) {
      if (lock && valueAt(word) !== expected) this.#libc.futexWake(word);
    }
  }
}

/** It is mapped: somebody waits for it. (An ArrayBuffer over it would cost ten times as much.) */
function valueAt(word: number): number {
  return koffi.decode(word, 'int32_t') as number;
}

/** The wait threads of this JavaScript thread: one, and another for every 127 words that it sleeps on at once. */
import { FILE_MAP_ALL_ACCESS } from '../../constants.js';
import { MappedView } from '../../memory.js';
import { type PendingWait, WaitThread } from '../../wait-thread/client.js';
import { safetyLookMs } from '../../wait-thread/safety-look.js';
import { FUTEX_WAITV_MAX, MAP_ANONYMOUS, type PosixAbi } from '../abi.js';
import { errnoError } from '../errno.js';
import { type Libc, MAP_FAILED } from '../libc.js';
import type { LookAgain, WaitThreadData } from '../wait-loop.js';
import type { Sleep } from './waitable.js';

/** Words that one thread sleeps on at once, besides its control word. */
export const MOST_WORDS = FUTEX_WAITV_MAX - 1;
const PAGE_BYTES = 4096;

interface Thread {
  readonly thread: WaitThread<readonly Sleep[], LookAgain>;
  words: number;
}

export class WaitThreads {
  readonly #libc: Libc;
  readonly #abi: PosixAbi;
  readonly #threads: Thread[] = [];

  constructor(libc: Libc, abi: PosixAbi) {
    this.#libc = libc;
    this.#abi = abi;
  }

  /** Sleeps on the words in another thread. */
  sleep(words: readonly Sleep[]): PendingWait<LookAgain> {
    let free = this.#threads.find((thread) => thread.words + words.length <= MOST_WORDS);
    if (free === undefined) {
      free = { thread: this.#start(), words: 0 };
      this.#threads.push(free);
    }
    const used = free;
    used.words += words.length;
    const pending = used.thread.wait(words);
    const reply = pending.reply.finally(() => {
      used.words -= words.length;
    });
    return { reply, cancel: pending.cancel };
  }

  #start(): WaitThread<readonly Sleep[], LookAgain> {
    const flags = this.#abi.MAP_SHARED | MAP_ANONYMOUS.linux;
    const { PROT_READ, PROT_WRITE } = this.#abi;
    const address = this.#libc.mmap(0, PAGE_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (BigInt(address) === MAP_FAILED) throw errnoError(this.#libc.errno(), 'mmap');
    const controlWord = Number(address);
    // Mapped for good: the thread may look at it until the process ends.
    const page = new MappedView(controlWord, PAGE_BYTES, 0, FILE_MAP_ALL_ACCESS, () => {});
    const control = new Int32Array(page.buffer);
    const data: WaitThreadData = { controlWord, lookAgainMs: safetyLookMs() };
    return new WaitThread(data, () => {
      Atomics.add(control, 0, 1);
      this.#libc.futexWake(controlWord);
    });
  }
}

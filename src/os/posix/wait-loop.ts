/**
 * What the wait thread does on Linux: sleeps on the words of all pending waits, and on a control word that is changed to
 * wake it. It acquires nothing: that is for the thread that asked.
 */
import { workerData } from 'node:worker_threads';
import { FILE_MAP_READ } from '../constants.js';
import { MappedView } from '../memory.js';
import { serve, type WaitLoop } from '../wait-thread/serve.js';
import { loadLibc } from './libc.js';
import { FutexWait } from './wait/futex-wait.js';
import type { Sleep } from './wait/waitable.js';

/** What the thread is started with. */
export interface WaitThreadData {
  /** Where its control word is. The word outlives the thread. */
  readonly controlWord: number;
  /** How long it sleeps at most before all of its waits look again. */
  readonly lookAgainMs: number;
}

/** The reply to a request, which is a list of words: look again, something happened or may have. */
export type LookAgain = 'look again';

const INT = 4;

export function serveWaits(): void {
  const { controlWord, lookAgainMs } = workerData as WaitThreadData;
  const control = new Int32Array(new MappedView(controlWord, INT, 0, FILE_MAP_READ, () => {}).buffer);
  serve(new FutexLoop(loadLibc('linux'), controlWord, control, lookAgainMs));
}

class FutexLoop implements WaitLoop<readonly Sleep[], LookAgain> {
  readonly #wait: FutexWait;
  /** The control word as it was before the messages were read: a message that came since has changed it. */
  #seen = 0;

  constructor(
    libc: ReturnType<typeof loadLibc>,
    readonly controlWord: number,
    readonly control: Int32Array,
    readonly lookAgainMs: number,
  ) {
    this.#wait = new FutexWait(libc);
  }

  /**
   * Where the kernel does not say which word it was, all of the waits look again: it costs each an attempt. It names one of
   * several that were woken together: the others have changed, so the next sleep ends at once, and does not say why.
   */
  sleep(pending: ReadonlyMap<number, readonly Sleep[]>): [number, LookAgain][] {
    this.#wait.clear();
    this.#wait.add({ word: this.controlWord, expected: this.#seen });
    const words = [...pending.values()].flat();
    for (const word of words) this.#wait.add(word);
    const woken = words[this.#wait.sleep(this.lookAgainMs) - 1]?.word;
    const before = this.#seen;
    this.#seen = Atomics.load(this.control, 0);
    if (woken === undefined && this.#seen !== before) return [];
    const ended = [...pending].filter(
      ([, on]) => woken === undefined || on.some(({ word }) => word === woken),
    );
    return ended.map(([id]) => [id, 'look again']);
  }
}

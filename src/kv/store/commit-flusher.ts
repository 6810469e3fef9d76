/**
 * Brings commits to the disk as their durability asks for it. Flushes in the background have nobody to tell that they
 * failed: the pager is poisoned then, and says so to every later call.
 */
import type { Pager } from '../pager.js';
import type { Durability } from './options.js';

export class CommitFlusher {
  readonly #pager: Pager;
  readonly #delayMs: number;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(pager: Pager, delayMs: number) {
    this.#pager = pager;
    this.#delayMs = delayMs;
  }

  /** A commit was made by a call that returns no promise. @throws POISONED */
  committed(durability: Durability): void {
    if (durability === 'sync') this.#pager.flushSync();
    else if (durability === 'group') this.#turn ??= setImmediate(() => this.#flush());
    else this.defer();
  }

  /** A commit was made that is to be on the disk some time later. Does not keep the process alive: its end loses no commit. */
  defer(): void {
    this.#timer ??= setTimeout(() => this.#flush(), this.#delayMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#timer = undefined;
    this.#turn = undefined;
  }

  #flush(): void {
    this.stop();
    this.#pager.flush().catch(() => {});
  }
}

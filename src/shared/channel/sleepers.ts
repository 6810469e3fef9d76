/**
 * Waking the peers that sleep, which announced it in the mapping.
 *
 * Invariant: waking never fails, since what it is done for has been done already: a message that was sent, room that was
 * made. Whom the system refuses to wake stands announced as before, and is woken when that is possible.
 */
import { PerdureError } from '../../os/errors.js';
import { numberOf, SLOTS, slotWord, WANT_WORDS } from './format.js';
import type { Presence } from './presence.js';

/** After what time a peer is woken again that the system refused to wake: for want of handles, as a rule. */
const WAKE_AGAIN_MS = 20;

export class Sleepers {
  readonly #words: Int32Array;
  readonly #presence: Presence;
  #again: NodeJS.Timeout | undefined;

  constructor(words: Int32Array, presence: Presence) {
    this.#words = words;
    this.#presence = presence;
  }

  /** Wakes one of the peers that sleep for a reason. */
  wakeOne(word: number): void {
    const words = this.#words;
    let deaf = 0;
    for (;;) {
      const asleep = Atomics.load(words, word) & ~deaf;
      if (asleep === 0) break;
      const bit = asleep & -asleep;
      if ((Atomics.and(words, word, ~bit) & bit) === 0) continue;
      const woken = this.#wake(31 - Math.clz32(bit));
      if (woken) break;
      if (woken === undefined) deaf |= bit;
    }
    if (deaf !== 0) this.#wakeLater(word, deaf);
  }

  /** Wakes all of them. */
  wakeAll(word: number): void {
    if (Atomics.load(this.#words, word) === 0) return;
    const asleep = Atomics.exchange(this.#words, word, 0);
    let deaf = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      const bit = 1 << slot;
      if ((asleep & bit) !== 0 && this.#wake(slot) === undefined) deaf |= bit;
    }
    if (deaf !== 0) this.#wakeLater(word, deaf);
  }

  /** @returns whether somebody stood in the slot, and was woken; undefined where the system refused */
  #wake(slot: number): boolean | undefined {
    const peer = Atomics.load(this.#words, slotWord(slot));
    if (peer === 0) return false;
    try {
      this.#presence.wake(numberOf(peer));
      return true;
    } catch (error) {
      if (error instanceof PerdureError) return undefined;
      throw error;
    }
  }

  /** Notes again that these peers sleep: whoever changes something next tries to wake them, or this peer before long. */
  #wakeLater(word: number, asleep: number): void {
    Atomics.or(this.#words, word, asleep);
    this.#again ??= setTimeout(() => {
      this.#again = undefined;
      this.wakeEverybody();
    }, WAKE_AGAIN_MS).unref();
  }

  wakeEverybody(): void {
    for (const word of WANT_WORDS) this.wakeAll(word);
  }

  /** Nobody is woken by this peer any more. Who could not be woken learns of its end, for which it waits as well. */
  close(): void {
    clearTimeout(this.#again);
  }
}

/**
 * Who takes part in a channel: its slots, the two locks by which peers of a side take turns, and what is done after a
 * peer that is gone.
 *
 * A lock is a word that holds its owner's peer word, taken by one compare-and-exchange and held only while a message
 * is copied, never across a turn of the event loop. Invariants:
 * - a peer that stands in a slot, or in a lock, has its objects (presence.ts); where these say that it is gone, anyone
 *   may free the locks it held: whatever it was doing, the ring is whole (ring-writer.ts, ring-reader.ts);
 * - `bury` does that, puts back what the peer had taken, notes how it ended and frees the slot, in this order and under the
 *   consumers' lock, so that one killed half-way is simply buried again;
 * - whoever joins or leaves then wakes everyone who sleeps, because they sleep on a list of peers.
 */
import { PerdureError } from '../../os/errors.js';
import type { Waitable } from '../../os/synchronization.js';
import {
  CONSUMERS_END_WORD,
  CONSUMERS_LOCK_WORD,
  EPOCH_WORD,
  LOST_WORD,
  NUMBER_SHIFT,
  numberOf,
  PRODUCERS_END_WORD,
  PRODUCERS_LOCK_WORD,
  SLOTS,
  slotWord,
  WANT_LOCK,
  WANT_WORDS,
} from './format.js';
import type { LostPeer } from './options.js';
import type { Presence } from './presence.js';
import type { RingMemory } from './ring-memory.js';
import { RingReader } from './ring-reader.js';
import { Sleepers } from './sleepers.js';

const CONSUMER_BIT = 1;
const CLOSING_BIT = 2;
export const MAX_NUMBER = 2 ** 29 - 1;

/** How often a lock that is taken is looked at before its owner is: some 20 µs, and a copy of 64 KiB takes less. */
const LOCK_LOOKS = 2000;

export type Role = LostPeer['role'];

const roleOf = (peer: number): Role => ((peer & CONSUMER_BIT) !== 0 ? 'consumer' : 'producer');

export class Membership {
  readonly #words: Int32Array;
  readonly sleepers: Sleepers;
  readonly #presence: Presence;
  readonly #reader: RingReader;
  readonly #self: number;
  readonly #channel: string;
  readonly #onLost: ((peer: LostPeer) => void) | undefined;
  /** The peers in the slots when they were last looked at, without the closing bit. */
  readonly #seen = new Int32Array(SLOTS);
  /** Peers that are gone, and could not be buried yet because the consumers' lock was taken. */
  readonly #postponed = new Set<number>();
  /** True during a burial: another one is not begun inside it, however many owners of a lock turn out to be gone. */
  #burying = false;
  #epoch = -1;
  producers = 0;
  consumers = 0;
  slot = -1;

  constructor(
    memory: RingMemory,
    presence: Presence,
    role: Role,
    channel: string,
    onLost: ((peer: LostPeer) => void) | undefined,
  ) {
    this.#words = memory.words;
    this.sleepers = new Sleepers(memory.words, presence);
    this.#presence = presence;
    this.#reader = new RingReader(memory);
    this.#self = (presence.number << NUMBER_SHIFT) | (role === 'consumer' ? CONSUMER_BIT : 0);
    this.#channel = channel;
    this.#onLost = onLost;
  }

  /** Takes a slot. @throws TOO_MANY_OPEN */
  join(): void {
    this.#buryTheGone();
    if (!this.#takeSlot()) {
      throw new PerdureError(
        'TOO_MANY_OPEN',
        `the channel '${this.#channel}' has ${SLOTS} peers already; close one first`,
      );
    }
    Atomics.add(this.#words, EPOCH_WORD, 1);
    this.sleepers.wakeEverybody();
    this.look();
  }

  /** Gives the slot back, and what this peer had taken. If the consumers' lock is taken, the others do it. */
  leave(): void {
    Atomics.or(this.#words, slotWord(this.slot), CLOSING_BIT);
    try {
      if (!this.#bury(this.#self)) this.sleepers.wakeEverybody();
    } catch (error) {
      // A damaged ring: the slot is free all the same, and closing never fails.
      if (!(error instanceof PerdureError)) throw error;
    } finally {
      this.sleepers.close();
    }
  }

  /** Takes a lock, if its owner is gone or gives it back within moments. */
  lock(word: number): boolean {
    const words = this.#words;
    if (Atomics.compareExchange(words, word, 0, this.#self) === 0) return true;
    for (let look = 0; look < LOCK_LOOKS; look++) {
      if (Atomics.load(words, word) === 0 && Atomics.compareExchange(words, word, 0, this.#self) === 0)
        return true;
    }
    const owner = Atomics.load(words, word);
    // A peer of this very thread cannot be at work while this one is: its number was written there by nobody's right.
    if (this.#presence.isHere(numberOf(owner)))
      return Atomics.compareExchange(words, word, owner, this.#self) === owner;
    if (owner !== 0) {
      if (!this.#presence.isGone(numberOf(owner))) return false;
      // First, and as it stands there: its burial needs a lock as well, and must not meet the same owner again.
      Atomics.compareExchange(words, word, owner, 0);
      if (this.#burying) this.#postpone(owner);
      else this.buryAcquired(owner);
    }
    return Atomics.compareExchange(words, word, 0, this.#self) === 0;
  }

  /** Gives a lock back, and wakes one of those who sleep until it is free. Never fails. */
  unlock(word: number): void {
    Atomics.compareExchange(this.#words, word, this.#self, 0);
    if (Atomics.load(this.#words, word + WANT_LOCK) !== 0) this.sleepers.wakeOne(word + WANT_LOCK);
  }

  /** Looks at who joined and left, where anyone did, and tells of those that were lost. */
  look(): void {
    const words = this.#words;
    const epoch = Atomics.load(words, EPOCH_WORD);
    if (epoch === this.#epoch) return;
    let producers = 0;
    let consumers = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      const at = slotWord(slot);
      const peer = Atomics.load(words, at) & ~CLOSING_BIT;
      const before = this.#seen[slot]!;
      if (peer !== 0) {
        if (roleOf(peer) === 'producer') producers++;
        else consumers++;
        if (peer !== before) this.#presence.meet(numberOf(peer));
      }
      this.#seen[slot] = peer;
      if (before !== 0 && before !== peer && Atomics.load(words, at + LOST_WORD) === before)
        this.#tellLost(before);
    }
    this.producers = producers;
    this.consumers = consumers;
    this.#epoch = epoch;
  }

  /** How many peers of a side there are that live. */
  count(role: Role): number {
    this.#buryTheGone();
    this.look();
    return role === 'producer' ? this.producers : this.consumers;
  }

  /** How the last peer of a side left: grows each time; odd: it was lost. 0: none ever left. */
  endOf(role: Role): number {
    return Atomics.load(this.#words, role === 'producer' ? PRODUCERS_END_WORD : CONSUMERS_END_WORD);
  }

  /** Notes that this peer is about to sleep. */
  announce(word: number): void {
    Atomics.or(this.#words, word, 1 << this.slot);
  }

  withdraw(word: number): void {
    Atomics.and(this.#words, word, ~(1 << this.slot));
  }

  /**
   * The other peers, with what a sleeper waits for to learn of their end. Those that are gone already are buried.
   * @returns undefined where that changed anything: look again instead of sleeping
   */
  watch(): { peers: number[]; mutexes: Waitable[] } | undefined {
    for (const peer of this.#postponed) if (this.buryIfGone(peer)) return undefined;
    const peers: number[] = [];
    const mutexes: Waitable[] = [];
    const numbers = new Set<number>();
    for (let slot = 0; slot < SLOTS; slot++) {
      const peer = Atomics.load(this.#words, slotWord(slot)) & ~CLOSING_BIT;
      const number = numberOf(peer);
      if (peer === 0) continue;
      numbers.add(number);
      if (this.#presence.isHere(number)) continue;
      const mutex = this.#presence.mutexOf(number);
      if (mutex === undefined && this.buryIfGone(peer)) return undefined;
      if (mutex === undefined || this.#postponed.has(peer)) continue;
      peers.push(peer);
      mutexes.push(mutex);
    }
    this.#presence.keepOnly(numbers);
    return { peers, mutexes };
  }

  /** True while somebody is still to be buried: who sleeps then has to be woken when the consumers' lock is free, too. */
  get burialPending(): boolean {
    return this.#postponed.size > 0;
  }

  /** Clears up after a peer, if it is gone. @returns false where it lives, or the consumers' lock is taken */
  buryIfGone(peer: number): boolean {
    const number = numberOf(peer);
    if (!this.#presence.isGone(number)) return false;
    return this.buryAcquired(peer);
  }

  /** The same for a peer whose mutex was acquired. @returns false where the consumers' lock is taken */
  buryAcquired(peer: number): boolean {
    let buried = true;
    this.#burying = true;
    try {
      buried = this.#bury(peer & ~CLOSING_BIT);
    } finally {
      this.#burying = false;
      if (buried) {
        this.#postponed.delete(peer & ~CLOSING_BIT);
        this.#presence.forget(numberOf(peer));
      } else this.#postpone(peer);
    }
    return buried;
  }

  /** To be tried again when this peer is about to sleep, unless another one does it before. */
  #postpone(peer: number): void {
    this.#postponed.add(peer & ~CLOSING_BIT);
    this.#presence.forget(numberOf(peer));
  }

  #bury(peer: number): boolean {
    const words = this.#words;
    Atomics.compareExchange(words, PRODUCERS_LOCK_WORD, peer, 0);
    Atomics.compareExchange(words, CONSUMERS_LOCK_WORD, peer, 0);
    const slot = this.#slotOf(peer);
    if (slot >= 0) {
      if (!this.lock(CONSUMERS_LOCK_WORD)) return false;
      try {
        if (this.#slotOf(peer) === slot) this.#clearSlot(slot, peer);
      } finally {
        this.unlock(CONSUMERS_LOCK_WORD);
      }
    }
    this.sleepers.wakeEverybody();
    return true;
  }

  #clearSlot(slot: number, peer: number): void {
    const words = this.#words;
    const at = slotWord(slot);
    try {
      this.#reader.reclaim(slot);
    } finally {
      const lost = (Atomics.load(words, at) & CLOSING_BIT) === 0;
      const end = roleOf(peer) === 'producer' ? PRODUCERS_END_WORD : CONSUMERS_END_WORD;
      Atomics.store(words, end, (((Atomics.load(words, end) >>> 1) + 1) << 1) | (lost ? 1 : 0));
      if (lost) Atomics.store(words, at + LOST_WORD, peer);
      for (const word of WANT_WORDS) Atomics.and(words, word, ~(1 << slot));
      Atomics.store(words, at, 0);
      Atomics.add(words, EPOCH_WORD, 1);
    }
  }

  #buryTheGone(): void {
    for (let slot = 0; slot < SLOTS; slot++) {
      const peer = Atomics.load(this.#words, slotWord(slot));
      if (peer !== 0) this.buryIfGone(peer);
    }
  }

  #takeSlot(): boolean {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (Atomics.compareExchange(this.#words, slotWord(slot), 0, this.#self) !== 0) continue;
      this.slot = slot;
      return true;
    }
    return false;
  }

  #slotOf(peer: number): number {
    for (let slot = 0; slot < SLOTS; slot++) {
      const found = Atomics.load(this.#words, slotWord(slot));
      if (found !== 0 && (found & ~CLOSING_BIT) === peer) return slot;
    }
    return -1;
  }

  #tellLost(peer: number): void {
    const lost = { role: roleOf(peer), number: numberOf(peer) };
    if (this.#onLost) queueMicrotask(() => this.#onLost?.(lost));
  }
}

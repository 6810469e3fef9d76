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
  PRODUCERS_END_WORD,
  PRODUCERS_LOCK_WORD,
  SLOT_WORDS,
  SLOTS,
  SLOTS_WORD,
  WANT_EMPTY_WORD,
  WANT_LOCK,
  WANT_MESSAGE_WORD,
  WANT_ROOM_WORD,
} from './format.js';
import type { LostPeer } from './options.js';
import type { Presence } from './presence.js';
import type { RingMemory } from './ring-memory.js';
import { RingReader } from './ring-reader.js';

const CONSUMER_BIT = 1;
const CLOSING_BIT = 2;
const NUMBER_SHIFT = 2;
export const MAX_NUMBER = 2 ** 29 - 1;

/** How often a lock that is taken is looked at before its owner is: some 20 µs, and a copy of 64 KiB takes less. */
const LOCK_LOOKS = 2000;

/** Every word in which peers note that they sleep. */
const WANT_WORDS = [
  WANT_MESSAGE_WORD,
  WANT_ROOM_WORD,
  WANT_EMPTY_WORD,
  PRODUCERS_LOCK_WORD + WANT_LOCK,
  CONSUMERS_LOCK_WORD + WANT_LOCK,
];

export type Role = LostPeer['role'];

const roleOf = (peer: number): Role => ((peer & CONSUMER_BIT) !== 0 ? 'consumer' : 'producer');
const numberOf = (peer: number): number => peer >>> NUMBER_SHIFT;

export class Membership {
  readonly #words: Int32Array;
  readonly #presence: Presence;
  readonly #reader: RingReader;
  readonly #self: number;
  readonly #channel: string;
  readonly #onLost: ((peer: LostPeer) => void) | undefined;
  /** The peers in the slots when they were last looked at, without the closing bit. */
  readonly #seen = new Int32Array(SLOTS);
  /** Peers that are gone, and could not be buried yet because the consumers' lock was taken. */
  readonly #postponed = new Set<number>();
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
        `the channel ${JSON.stringify(this.#channel)} has ${SLOTS} peers already; close one first`,
      );
    }
    Atomics.add(this.#words, EPOCH_WORD, 1);
    this.wakeEverybody();
    this.look();
  }

  /** Gives the slot back, and what this peer had taken. If the consumers' lock is taken, the others do it. */
  leave(): void {
    Atomics.or(this.#words, this.#slotWord(this.slot), CLOSING_BIT);
    try {
      if (!this.#bury(this.#self)) this.wakeEverybody();
    } catch (error) {
      // A damaged ring: the slot is free all the same, and closing never fails.
      if (!(error instanceof PerdureError)) throw error;
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
    if (this.#presence.isHere(owner >>> NUMBER_SHIFT))
      return Atomics.compareExchange(words, word, owner, this.#self) === owner;
    if (owner !== 0 && !this.buryIfGone(owner)) return false;
    Atomics.compareExchange(words, word, owner, 0);
    return Atomics.compareExchange(words, word, 0, this.#self) === 0;
  }

  /** Gives a lock back, and wakes one of those who sleep until it is free. */
  unlock(word: number): void {
    Atomics.compareExchange(this.#words, word, this.#self, 0);
    if (Atomics.load(this.#words, word + WANT_LOCK) !== 0) this.wakeOne(word + WANT_LOCK);
  }

  /** Looks at who joined and left, where anyone did, and tells of those that were lost. */
  look(): void {
    const words = this.#words;
    const epoch = Atomics.load(words, EPOCH_WORD);
    if (epoch === this.#epoch) return;
    let producers = 0;
    let consumers = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      const at = this.#slotWord(slot);
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

  /** Wakes one of the peers that sleep for a reason. */
  wakeOne(word: number): void {
    const words = this.#words;
    for (let asleep = Atomics.load(words, word); asleep !== 0; asleep = Atomics.load(words, word)) {
      const bit = asleep & -asleep;
      if ((Atomics.and(words, word, ~bit) & bit) === 0) continue;
      const peer = Atomics.load(words, this.#slotWord(31 - Math.clz32(bit)));
      if (peer === 0) continue;
      this.#presence.wake(numberOf(peer));
      return;
    }
  }

  /** Wakes all of them. */
  wakeAll(word: number): void {
    if (Atomics.load(this.#words, word) === 0) return;
    const asleep = Atomics.exchange(this.#words, word, 0);
    for (let slot = 0; slot < SLOTS; slot++) {
      const peer = (asleep & (1 << slot)) === 0 ? 0 : Atomics.load(this.#words, this.#slotWord(slot));
      if (peer !== 0) this.#presence.wake(numberOf(peer));
    }
  }

  wakeEverybody(): void {
    for (const word of WANT_WORDS) this.wakeAll(word);
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
      const peer = Atomics.load(this.#words, this.#slotWord(slot)) & ~CLOSING_BIT;
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
    try {
      buried = this.#bury(peer & ~CLOSING_BIT);
    } finally {
      if (buried) this.#postponed.delete(peer);
      else this.#postponed.add(peer);
      this.#presence.forget(numberOf(peer));
    }
    return buried;
  }

  #bury(peer: number): boolean {
    const words = this.#words;
    Atomics.compareExchange(words, PRODUCERS_LOCK_WORD, peer, 0);
    Atomics.compareExchange(words, CONSUMERS_LOCK_WORD, peer, 0);
    const slot = this.#slotOf(peer);
    if (slot >= 0) {
      if (!this.lock(CONSUMERS_LOCK_WORD)) return false;
      try {
        if ((Atomics.load(words, this.#slotWord(slot)) & ~CLOSING_BIT) === peer) this.#clearSlot(slot, peer);
      } finally {
        this.unlock(CONSUMERS_LOCK_WORD);
      }
    }
    this.wakeEverybody();
    return true;
  }

  #clearSlot(slot: number, peer: number): void {
    const words = this.#words;
    const at = this.#slotWord(slot);
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
      const peer = Atomics.load(this.#words, this.#slotWord(slot));
      if (peer !== 0) this.buryIfGone(peer);
    }
  }

  #takeSlot(): boolean {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (Atomics.compareExchange(this.#words, this.#slotWord(slot), 0, this.#self) !== 0) continue;
      this.slot = slot;
      return true;
    }
    return false;
  }

  #slotOf(peer: number): number {
    for (let slot = 0; slot < SLOTS; slot++) {
      if ((Atomics.load(this.#words, this.#slotWord(slot)) & ~CLOSING_BIT) === peer) return slot;
    }
    return -1;
  }

  #slotWord(slot: number): number {
    return SLOTS_WORD + slot * SLOT_WORDS;
  }

  #tellLost(peer: number): void {
    const lost = { role: roleOf(peer), number: numberOf(peer) };
    if (this.#onLost) queueMicrotask(() => this.#onLost?.(lost));
  }
}

/**
 * The producers' side of the ring. To be used under the producers' lock only.
 *
 * Invariant: a message is in the ring from the one store of tail on, wholly and with its sequence number; before it,
 * nothing that the consumers look at has changed. A producer that is killed leaves nothing to mend.
 *
 * Head changes in another processor's cache, so it is looked at only when the room known of is used up. What was known is
 * still true if no other producer wrote in between, which the sequence number at tail tells.
 */
import {
  HEAD_WORD,
  HIGH_MASK,
  LENGTH,
  PRODUCER,
  recordUnits,
  SEQUENCE_HIGH,
  SEQUENCE_LOW,
  TAIL_WORD,
} from './format.js';
import type { RingMemory } from './ring-memory.js';

export class RingWriter {
  readonly #memory: RingMemory;
  readonly #producer: number;
  #nextSequenceLow = 0;
  #room = 0;

  /** @param producer the number that its messages carry */
  constructor(memory: RingMemory, producer: number) {
    this.#memory = memory;
    this.#producer = producer;
  }

  /** Appends a message. @returns false where there is no room for it now */
  push(message: Uint8Array): boolean {
    const memory = this.#memory;
    const { words } = memory;
    const tail = memory.position(TAIL_WORD);
    const header = memory.wordAt(tail);
    const low = words[header + SEQUENCE_LOW]!;
    const needed = recordUnits(message.length);
    if (low !== this.#nextSequenceLow || this.#room < needed) {
      this.#room = memory.units - 1 - memory.used(memory.position(HEAD_WORD), tail);
      this.#nextSequenceLow = low;
      if (this.#room < needed) return false;
    }
    words[header + LENGTH] = message.length;
    words[header + PRODUCER] = this.#producer;
    this.#copyIn(message, memory.bytesAt(tail));
    const next = memory.advance(tail, needed);
    const nextHeader = memory.wordAt(next);
    const nextLow = (low + 1) | 0;
    words[nextHeader + SEQUENCE_LOW] = nextLow;
    const high = words[header + SEQUENCE_HIGH]! & HIGH_MASK;
    words[nextHeader + SEQUENCE_HIGH] = nextLow === 0 ? (high + 1) & HIGH_MASK : high;
    Atomics.store(words, TAIL_WORD, next);
    this.#nextSequenceLow = nextLow;
    this.#room -= needed;
    return true;
  }

  /** True where there is room for a message of so many bytes. A look that needs no lock: it may be outdated at once. */
  hasRoom(lengthBytes: number): boolean {
    const memory = this.#memory;
    const head = memory.position(HEAD_WORD);
    const used = memory.distance(head, memory.position(TAIL_WORD));
    return memory.units - 1 - used >= recordUnits(lengthBytes);
  }

  /** True where every message was removed. Needs no lock. */
  isEmpty(): boolean {
    const memory = this.#memory;
    return memory.position(TAIL_WORD) === memory.position(HEAD_WORD);
  }

  /** Head as it is: when it changes, there may be room. */
  get head(): number {
    return Atomics.load(this.#memory.words, HEAD_WORD);
  }

  #copyIn(message: Uint8Array, at: number): void {
    const { bytes, end } = this.#memory;
    const first = end - at;
    if (message.length <= first) bytes.set(message, at);
    else {
      bytes.set(message.subarray(0, first), at);
      bytes.set(message.subarray(first), this.#memory.bytesAt(this.#memory.units - 1));
    }
  }
}

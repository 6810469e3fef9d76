/**
 * The ring as both sides see it: positions, and the way from a position to a place in memory. See format.ts.
 *
 * Invariant: nothing that was read from the mapping is used as a position before `checkPosition`, or as a length
 * before it was compared with the distance to tail; everything else follows from these.
 */
import { corrupt, HEADER_BYTES, UNIT_BYTES } from './format.js';

export class RingMemory {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  /** Length of the ring in units. */
  readonly units: number;
  readonly #channel: string;

  /** @param units as `initialise` found it */
  constructor(buffer: ArrayBuffer, units: number, channel: string) {
    this.words = new Int32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
    this.bytes = new Uint8Array(buffer);
    this.units = units;
    this.#channel = channel;
  }

  /** The position in a word of the header. @throws CORRUPT */
  position(word: number): number {
    const position = Atomics.load(this.words, word);
    if (position < 0 || position >= 2 * this.units) {
      throw corrupt(this.#channel, `position ${position} is outside its ring of ${this.units} units`);
    }
    return position;
  }

  /** Units from one position forward to another. */
  distance(from: number, to: number): number {
    const units = to - from;
    return units < 0 ? units + 2 * this.units : units;
  }

  /** The position so many units further on. */
  advance(position: number, units: number): number {
    const next = position + units;
    return next >= 2 * this.units ? next - 2 * this.units : next;
  }

  /** Units of messages between head and tail. @throws CORRUPT */
  used(head: number, tail: number): number {
    const units = this.distance(head, tail);
    if (units >= this.units) {
      throw corrupt(this.#channel, `head ${head} and tail ${tail} are further apart than its ring is long`);
    }
    return units;
  }

  /** Index of the first word at a position. */
  wordAt(position: number): number {
    const unit = position >= this.units ? position - this.units : position;
    return (HEADER_BYTES + unit * UNIT_BYTES) / 4;
  }

  /** Offset of the bytes of the record at a position: behind its header, which may be the ring's last unit. */
  bytesAt(position: number): number {
    const unit = position >= this.units ? position - this.units : position;
    return unit + 1 === this.units ? HEADER_BYTES : HEADER_BYTES + (unit + 1) * UNIT_BYTES;
  }

  /** Offset of the end of the ring. */
  get end(): number {
    return HEADER_BYTES + this.units * UNIT_BYTES;
  }

  damaged(what: string): Error {
    return corrupt(this.#channel, what);
  }
}

/**
 * Who counts what: parts of a text, claimed by the calling thread from the front and by helper threads from the back, until they meet.
 * In memory that they share.
 *
 * Invariant: no part is claimed twice: each side moves its own end before it looks at the other's. Two that claim the last one at the same moment may both let it go: then it is nobody's, and is
 * counted by whoever puts the counts together.
 */
import { BLOCK_BYTES } from '../line-index.js';

/** 8 MiB: little enough that nobody waits long for the others' last parts. */
const PART_BLOCKS = 512;

const GIVEN_UP = 0;
const LOW = 1;
const HIGH = 2;
const STARTED = 3;
const WORDS = 4;

export class Parts {
  /** Blocks [first, end) of the file. */
  readonly first: number;
  readonly end: number;
  readonly #words: Int32Array;
  /** For each part 1 where a helper has counted it. */
  readonly #done: Int32Array;
  /** Line ends in each block. */
  readonly #counts: Uint16Array;

  /** @param memory of others who share the parts, or new */
  constructor(first: number, end: number, memory?: SharedArrayBuffer) {
    const parts = Math.ceil((end - first) / PART_BLOCKS);
    const doneAt = 4 * WORDS;
    const countsAt = doneAt + 4 * parts;
    this.first = first;
    this.end = end;
    this.memory = memory ?? new SharedArrayBuffer(countsAt + 2 * (end - first));
    this.#words = new Int32Array(this.memory, 0, WORDS);
    this.#done = new Int32Array(this.memory, doneAt, parts);
    this.#counts = new Uint16Array(this.memory, countsAt, end - first);
    if (memory === undefined) this.#words[HIGH] = parts;
  }

  readonly memory: SharedArrayBuffer;

  get length(): number {
    return this.#done.length;
  }

  /** Tells the helpers to stop. */
  giveUp(): void {
    Atomics.store(this.#words, GIVEN_UP, 1);
  }

  get isGivenUp(): boolean {
    return Atomics.load(this.#words, GIVEN_UP) !== 0;
  }

  /** A helper has begun. */
  start(): void {
    Atomics.add(this.#words, STARTED, 1);
  }

  /** How many helpers have begun. */
  get started(): number {
    return Atomics.load(this.#words, STARTED);
  }

  /** The next part from the front, or -1. */
  claimFirst(): number {
    const part = Atomics.add(this.#words, LOW, 1);
    return part < Atomics.load(this.#words, HIGH) ? part : -1;
  }

  /** The next part from the back, or -1. */
  claimLast(): number {
    const part = Atomics.sub(this.#words, HIGH, 1) - 1;
    return part >= Atomics.load(this.#words, LOW) ? part : -1;
  }

  /** The blocks [from, to) of a part. */
  blocksOf(part: number): { from: number; to: number } {
    const from = this.first + part * PART_BLOCKS;
    return { from, to: Math.min(from + PART_BLOCKS, this.end) };
  }

  /** The counts of a part: a helper writes them, and then says that it is done. */
  countsOf(part: number): Uint16Array {
    const { from, to } = this.blocksOf(part);
    return this.#counts.subarray(from - this.first, to - this.first);
  }

  finish(part: number): void {
    Atomics.store(this.#done, part, 1);
  }

  isDone(part: number): boolean {
    return Atomics.load(this.#done, part) === 1;
  }

  /** Bytes from a block on that helpers have counted. */
  doneBytesFrom(block: number): number {
    let blocks = 0;
    for (let part = 0; part < this.length; part++) {
      const { from, to } = this.blocksOf(part);
      if (from >= block && this.isDone(part)) blocks += to - from;
    }
    return blocks * BLOCK_BYTES;
  }
}

/**
 * The records of neighbouring leaves, wherever each lives, as one sequence. Made once and used for one run after the other.
 */
import { type Cell, countOf, slotsOf } from './cell.js';
import { HEAP_AT } from './format.js';
import type { PageMemory } from './page-memory.js';

const FIRST_RECORDS = 1024;

/** A leaf of a run. */
export interface RunLeaf {
  readonly memory: PageMemory;
  readonly at: number;
  /** The place of its first record in the run. */
  readonly start: number;
  readonly count: number;
  /**
   * True where its entries lie one behind the other in the order of keys, as ascending keys leave them: they are copied in one
   * piece, which halves the time of a commit of such keys.
   */
  readonly isOrdered: boolean;
}

export class LeafRun {
  readonly #list: RunLeaf[] = [];
  /** For each record its leaf. */
  #leaves = new Uint32Array(FIRST_RECORDS);
  length = 0;

  clear(): void {
    this.#list.length = 0;
    this.length = 0;
  }

  add(memory: PageMemory, at: number, isHeap: boolean): void {
    const count = countOf(memory, at);
    const start = this.length;
    this.length += count;
    while (this.length > this.#leaves.length) this.#grow();
    this.#leaves.fill(this.#list.length, start, this.length);
    this.#list.push({ memory, at, start, count, isOrdered: isHeap && isOrdered(memory, at, count) });
  }

  leafOf(record: number): RunLeaf {
    return this.#list[this.#leaves[record]];
  }

  read(record: number, cell: Cell): void {
    const leaf = this.leafOf(record);
    cell.read(leaf.memory, leaf.at, record - leaf.start);
  }

  #grow(): void {
    const leaves = new Uint32Array(2 * this.#leaves.length);
    leaves.set(this.#leaves);
    this.#leaves = leaves;
  }
}

/** Entries are made from the end of a node towards its beginning, without gaps: those that are in order lie in one piece. */
function isOrdered(memory: PageMemory, at: number, count: number): boolean {
  const { u16 } = memory;
  if (memory.u32[(at + HEAP_AT.garbage) >> 2] !== 0) return false;
  const slots = slotsOf(memory, at) >> 1;
  for (let index = 1; index < count; index++) if (u16[slots + index] >= u16[slots + index - 1]) return false;
  return true;
}

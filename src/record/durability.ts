/**
 * When records are on the disk: the order of flushes, and what may happen while one is on its way.
 *
 * A flush makes the records durable, then, if the count changed, writes the older header slot, then makes that durable.
 * Invariants:
 * - asynchronous flushes run one after the other; a synchronous one may cut in at any time, makes everything durable
 *   itself, and so leaves nothing to do for one that was under way;
 * - a flush writes the count that was there when it began, or what a truncation lowered it to meanwhile: the records
 *   below it are on the disk, those appended meanwhile may not be.
 */
import type { MappedFile, Range } from '../mapping/index.js';
import { isPerdureError } from '../os/errors.js';
import type { HeaderSlots } from './header.js';
import type { RecordArea } from './record-area.js';
import type { Table } from './table.js';

export class Durability {
  readonly #file: MappedFile;
  readonly #slots: HeaderSlots;
  readonly #area: RecordArea;
  readonly #table: Table;
  #queue: Promise<unknown> = Promise.resolve();
  /** How many synchronous flushes there were. */
  #cuts = 0;
  #cutFailure: unknown;
  /** What the flush under way is writing: a synchronous one that cuts in cannot know that it is on the disk. */
  #writing: Range | undefined;
  /** The count that the flush under way will write. */
  #target = 0;
  /** True once arrays over the mapping were handed out, whose stores nobody notes: flushes cover the whole file. */
  #untracked = false;

  constructor(file: MappedFile, slots: HeaderSlots, area: RecordArea, table: Table) {
    this.#file = file;
    this.#slots = slots;
    this.#area = area;
    this.#table = table;
  }

  /** The records below this index may not be written over by an append; see HeaderSlots. */
  get covered(): number {
    return this.#slots.covered;
  }

  untracked(): void {
    this.#untracked = true;
  }

  /** Records from `count` on are gone: the flush under way must not bring them back. */
  truncated(count: number): void {
    this.#target = Math.min(this.#target, count);
  }

  flush(): Promise<void> {
    const cuts = this.#cuts;
    const job = this.#queue.then(async () => {
      if (this.#wasCut(cuts)) return;
      try {
        await this.#flush(cuts);
      } catch (error) {
        // Closed under way, after a synchronous flush of everything: there is nothing left to fail.
        if (!isPerdureError(error, 'CLOSED') || !this.#wasCut(cuts)) throw error;
      }
    });
    this.#queue = job.catch(() => undefined);
    return job;
  }

  flushSync(): void {
    this.#cuts++;
    try {
      this.#slots.establish();
      const { sequence } = this.#slots.header;
      this.#file.flushSync(this.#takeRange());
      this.#slots.settled(sequence);
      if (this.#table.count === this.#slots.count) return;
      this.#slots.store(this.#table.count);
      this.#file.flushSync(this.#slots.range);
      this.#slots.settled(this.#slots.header.sequence);
    } catch (error) {
      this.#cutFailure = error;
      throw error;
    }
  }

  async #flush(cuts: number): Promise<void> {
    this.#slots.establish();
    this.#target = this.#table.count;
    const before = this.#slots.header.sequence;
    this.#writing = this.#takeRange();
    try {
      await this.#file.flush(this.#writing);
    } finally {
      this.#writing = undefined;
    }
    if (this.#wasCut(cuts)) return;
    this.#slots.settled(before);
    if (this.#target === this.#slots.count) return;
    this.#slots.store(this.#target);
    const { sequence } = this.#slots.header;
    await this.#file.flush(this.#slots.range);
    if (!this.#wasCut(cuts)) this.#slots.settled(sequence);
  }

  #wasCut(cuts: number): boolean {
    if (cuts === this.#cuts) return false;
    if (this.#cutFailure !== undefined) throw this.#cutFailure;
    return true;
  }

  /** What has to be written: what was stored into since the last time, and the header where it is not on the disk. */
  #takeRange(): Range {
    const whole = { offset: 0, length: this.#file.size };
    const dirty = this.#area.takeDirty();
    if (this.#untracked) return whole;
    const parts = [dirty, this.#writing, this.#slots.durable ? undefined : this.#slots.range];
    return span(parts.filter((part) => part !== undefined)) ?? this.#slots.range;
  }
}

/** The smallest range that covers all of them; undefined for none. */
function span(ranges: readonly Range[]): Range | undefined {
  if (ranges.length === 0) return undefined;
  const offset = Math.min(...ranges.map((range) => Number(range.offset)));
  const end = Math.max(...ranges.map((range) => Number(range.offset) + Number(range.length)));
  return { offset, length: end - offset };
}

/**
 * A cursor: one accessor that walks over the records.
 *
 * `next` is two loads, an addition and a comparison for almost every record; whatever else has to be looked at (the end,
 * the next window, a file that was closed) is looked at once a block, in `#step`.
 *
 * A step also reads one byte a page ahead of the block. A loop over records waits for memory, not for the processor, and
 * each record depends on the one before it through the accessor's place, so that the processor by itself sees less far
 * ahead than in a loop over bare typed arrays; hardware prefetching stops at the end of a page. (5 M records of 32
 * bytes, three fields: 8.8 ns a record became 5.5 on Node 20 and 11 became 7 on Node 24; the loop over typed arrays took
 * 4.1 and 5.8. Reading more lines ahead, or larger blocks, was slower.)
 */
import { type Accessor, AT, attach, PARKED, type RecordAccessor, WINDOW } from './accessor.js';
import type { Table } from './table.js';

const BLOCK_BYTES = 4096;
/** Below every offset that `next` can compute: it always steps. */
const STEP = 2 * PARKED;

export interface CursorRange {
  /** Index of the first record; 0 unless given. */
  from?: number;
  /** Index behind the last record; unless given, as many as there are, those appended meanwhile included. */
  to?: number;
}

// biome-ignore lint/suspicious/noExplicitAny: any record type; the default for signatures that do not care
export class Cursor<R = any> {
  /** The record that the cursor stands on: the same object throughout. Reads and writes go straight to the mapping. */
  readonly record: Accessor<R>;
  readonly #accessor: RecordAccessor;
  readonly #table: Table;
  readonly #size: number;
  readonly #to: number;
  /** Byte of the window up to which `next` needs no second look. */
  #blockEnd = STEP;
  /** Where to go on while the accessor is parked. */
  #resume: number;

  /** @internal Cursors are made by RecordFile.cursor. */
  constructor(table: Table, range: CursorRange) {
    table.checkOpen();
    this.#table = table;
    this.#size = table.schema.recordSize;
    this.#resume = table.checkBound(range.from, 0, 'from');
    this.#to = table.checkBound(range.to, Number.POSITIVE_INFINITY, 'to');
    const first = Math.min(this.#resume, this.#to);
    const window = first < table.count ? table.area.window(first) : table.area.empty;
    this.#accessor = new table.access.Accessor(table.area, window);
    this.record = this.#accessor as unknown as Accessor<R>;
    table.register(this);
  }

  /** The index of the record it stands on; -1 before the first `next()` and after the last. */
  get index(): number {
    const at = this.#accessor[AT];
    return at < 0 ? -1 : this.#accessor[WINDOW].first + at / this.#size;
  }

  /** Goes on to the next record; false when there is none (more may come: call it again after an append). @throws CLOSED */
  next(): boolean {
    const accessor = this.#accessor;
    const offset = accessor[AT] + this.#size;
    if (offset < this.#blockEnd) {
      accessor[AT] = offset;
      return true;
    }
    return this.#step();
  }

  /** Goes to the record at `index`, whatever the cursor's range. @throws OUT_OF_BOUNDS, INVALID_ARGUMENT, CLOSED */
  moveTo(index: number): Accessor<R> {
    this.#table.checkIndex(index);
    this.#place(index);
    this.#blockEnd = STEP;
    return this.record;
  }

  /** @internal The count fell or the file was closed: look again before the next step. */
  reconsider(): void {
    const { index } = this;
    this.#blockEnd = STEP;
    if (this.#table.closed || index < this.#table.count) return;
    this.#accessor[AT] = PARKED;
    this.#resume = index;
  }

  #place(index: number): void {
    const accessor = this.#accessor;
    let window = accessor[WINDOW];
    if (index < window.first || index >= window.first + window.count) {
      window = this.#table.area.window(index);
      attach(accessor, window);
    }
    accessor[AT] = (index - window.first) * this.#size;
  }

  #step(): boolean {
    const table = this.#table;
    table.checkOpen();
    const { index } = this;
    const next = index < 0 ? this.#resume : index + 1;
    const end = Math.min(this.#to, table.count);
    if (next >= end) {
      this.#accessor[AT] = PARKED;
      this.#blockEnd = STEP;
      this.#resume = next;
      return false;
    }
    this.#place(next);
    const window = this.#accessor[WINDOW];
    const at = this.#accessor[AT];
    const last = Math.min(window.count, end - window.first) * this.#size;
    const blockEnd = Math.min(at + BLOCK_BYTES, last);
    this.#blockEnd = blockEnd;
    // Kept, so that the load is not dropped as useless.
    if (blockEnd + BLOCK_BYTES < last) table.touched = window.u8[blockEnd + BLOCK_BYTES]!;
    return true;
  }
}

/**
 * Appending: checks, then stores behind the last record, then counts.
 *
 * Invariants: a record is counted when all of its bytes are stored, padding included (as zeros: what a truncation or a
 * power cut left behind the last record never shows); `appendMany` counts all of its records or none.
 */
import type { MappedFile } from '../mapping/index.js';
import { integerIn } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import { type Accessor, AT, PARKED, type RecordAccessor, WINDOW } from './accessor.js';
import type { Durability } from './durability.js';
import { grow } from './growth.js';
import type { Table } from './table.js';
import { PAGE_SHIFT, type Window } from './window.js';

/** Records are zeroed this many bytes at a time before they are filled: they are in the processor's cache then. */
const FILL_BYTES = 16384;

/** Stores the fields of the new record number `index` (from 0); fields that it leaves alone are zero. */
export type Fill<R> = (record: Accessor<R>, index: number) => void;

export class Appender {
  readonly #file: MappedFile;
  readonly #table: Table;
  readonly #durability: Durability;
  readonly #dataOffset: number;
  #accessor: RecordAccessor | undefined;
  #busy = false;

  constructor(file: MappedFile, table: Table, durability: Durability, dataOffset: number) {
    this.#file = file;
    this.#table = table;
    this.#durability = durability;
    this.#dataOffset = dataOffset;
  }

  /** @throws INVALID_ARGUMENT while `appendMany` is under way */
  checkIdle(what: string): void {
    this.#table.checkOpen();
    if (!this.#busy) return;
    throw new PerdureError(
      'INVALID_ARGUMENT',
      `${what}() cannot be called from within appendMany() on the same file; wait until it has returned`,
    );
  }

  append(record: unknown): number {
    this.checkIdle('append');
    const index = this.#table.count;
    this.#put(index, record);
    this.#table.count = index + 1;
    return index;
  }

  appendAll(records: Iterable<unknown>): number {
    return this.#whole((first) => {
      let index = first;
      for (const record of records) {
        this.#table.checkOpen();
        this.#put(index++, record);
      }
      return index - first;
    });
  }

  appendFilled(count: number, fill: Fill<unknown>): number {
    integerIn(count, 0, Number.MAX_SAFE_INTEGER, 'count');
    return this.#whole((first) => {
      this.ensure(first + count);
      for (let done = 0; done < count; ) {
        const window = this.#table.area.window(first + done);
        const from = first + done - window.first;
        done += this.#fillBlock(window, from, Math.min(window.count - from, count - done), done, fill);
      }
      return count;
    });
  }

  /** Makes room for `count` records in total, and sees to it that those from the present count on may be written over. */
  ensure(count: number): void {
    const { mode, path, area } = this.#table;
    if (mode === 'readonly') {
      throw new PerdureError(
        'READ_ONLY',
        `'${path}' was opened with mode 'readonly'; nothing can be appended`,
        { path },
      );
    }
    if (count > area.capacity) {
      if (mode === 'copy-on-write') {
        throw new PerdureError(
          'READ_ONLY',
          `'${path}' has room for ${area.capacity} records, and a copy-on-write opening cannot make the file longer; ` +
            `open it with mode 'readwrite' and reserve(${count}) first`,
          { path },
        );
      }
      grow(this.#file, this.#bytesFor(count));
    }
    // A truncation that is not on the disk yet: a power cut would bring back records that are about to be written over.
    if (mode === 'readwrite' && this.#table.count < this.#durability.covered) this.#durability.flushSync();
  }

  #bytesFor(count: number): number {
    const bytes = this.#dataOffset + count * this.#table.schema.recordSize;
    if (Number.isSafeInteger(bytes)) return bytes;
    throw new PerdureError(
      'TOO_LARGE',
      `${count} records of ${this.#table.schema.recordSize} bytes are no file size`,
    );
  }

  #whole(run: (first: number) => number): number {
    this.checkIdle('appendMany');
    this.ensure(this.#table.count);
    this.#busy = true;
    try {
      const first = this.#table.count;
      const added = run(first);
      this.#table.checkOpen();
      this.#table.count = first + added;
      return added;
    } finally {
      this.#busy = false;
    }
  }

  #put(index: number, record: unknown): void {
    const { area, access, schema } = this.#table;
    if (!access.codec.fits(record)) {
      if (this.#table.mode === 'readonly') this.ensure(index + 1);
      throw access.codec.refusal(record, '');
    }
    if (index >= area.capacity || this.#table.count < this.#durability.covered) this.ensure(index + 1);
    const window = area.window(index);
    const at = (index - window.first) * schema.recordSize;
    if (window.guard[at >> PAGE_SHIFT] !== 1) area.admit(window, at);
    if (schema.padded) window.u8.fill(0, at, at + schema.recordSize);
    access.codec.store(window, at, record);
  }

  /** Fills records of one window, from its record `from` on; at most FILL_BYTES of them. Returns how many. */
  #fillBlock(window: Window, from: number, wanted: number, index: number, fill: Fill<unknown>): number {
    const size = this.#table.schema.recordSize;
    const count = Math.max(1, Math.min(wanted, Math.floor(FILL_BYTES / size)));
    const start = from * size;
    const end = start + count * size;
    this.#table.area.admitRange(window, start, end);
    window.u8.fill(0, start, end);
    const accessor = this.#accessorIn(window);
    try {
      fillEach(accessor, start, size, count, index, fill);
    } finally {
      accessor[AT] = PARKED;
    }
    this.#table.checkOpen();
    return count;
  }

  /** A new one for another window: see `attach` for why it is not moved. */
  #accessorIn(window: Window): RecordAccessor {
    if (this.#accessor?.[WINDOW] !== window) {
      this.#accessor = new this.#table.access.Accessor(this.#table.area, window);
    }
    return this.#accessor!;
  }
}

function fillEach(
  accessor: RecordAccessor,
  start: number,
  size: number,
  count: number,
  index: number,
  fill: Fill<unknown>,
): void {
  for (let done = 0, at = start; done < count; done++, at += size) {
    accessor[AT] = at;
    fill(accessor, index + done);
  }
}

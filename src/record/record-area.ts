/**
 * The records' part of a mapped file, or of a view: windows over it, and which of its pages were stored into.
 *
 * Invariants:
 * - a window holds whole records, so that none straddles two; all but the last are of one size, at most 1 GiB;
 * - a window is taken when it is first needed (each costs a major collection); when the file has grown beyond the last
 *   one, a longer one takes its place, and the old one stays valid until the file is closed: accessors may stand in it;
 * - a store through the library is noted before it happens, so that the next flush covers it;
 * - what is stored into occupies blocks: the first store of an opening sees to it for the whole area (see blocks.ts);
 * - once it is closed no guard is 1, so that every store is refused, also while the last flush is under way.
 */
import type { Range } from '../mapping/index.js';
import { PerdureError } from '../os/errors.js';
import type { Access } from './accessor.js';
import type { Ground, Stretch } from './ground.js';
import { PAGE_SHIFT, Window } from './window.js';

/** The longest window: offsets in it stay small integers, which V8 computes with fastest. */
export const MAX_WINDOW_BYTES = 2 ** 30;

const PAGE_BYTES = 1 << PAGE_SHIFT;

interface Taken {
  readonly window: Window;
  readonly stretch: Stretch;
  /** Pages whose guard is 1. */
  pages: number[];
}

export class RecordArea implements Access {
  readonly #ground: Ground;
  readonly #dataOffset: number;
  readonly #recordSize: number;
  /** Records in every window but the last. */
  readonly #windowRecords: number;
  readonly #windows: Taken[] = [];
  readonly #all = new Map<Window, Taken>();
  readonly #empty: Window;
  #dirtyFrom = Number.POSITIVE_INFINITY;
  #dirtyTo = 0;
  #closed = false;
  #allocated = false;

  constructor(ground: Ground, dataOffset: number, recordSize: number, maxWindowBytes = MAX_WINDOW_BYTES) {
    this.#ground = ground;
    this.#dataOffset = dataOffset;
    this.#recordSize = recordSize;
    // A multiple of 8 records, so that every window begins at a multiple of 8 bytes.
    this.#windowRecords = Math.max(8, Math.floor(maxWindowBytes / recordSize / 8) * 8);
    this.#empty = new Window(Buffer.from(new ArrayBuffer(0)), ground.path, 0, 0);
  }

  /** True once nothing may be read or stored any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** How many records there is room for. */
  get capacity(): number {
    return Math.max(0, Math.floor((this.#ground.size - this.#dataOffset) / this.#recordSize));
  }

  /** A window without records, for accessors that stand nowhere yet. */
  get empty(): Window {
    return this.#empty;
  }

  /** The window that holds the record, which must be within the capacity. */
  window(index: number): Window {
    const at = index < this.#windowRecords ? 0 : Math.floor(index / this.#windowRecords);
    const taken = this.#windows[at];
    if (taken !== undefined && index - taken.window.first < taken.window.count) return taken.window;
    return this.#take(at);
  }

  /** See Access. */
  admit(window: Window, offset: number): void {
    if (this.#closed || offset < 0) this.refuse(offset);
    if (this.#ground.mode === 'readonly') {
      throw new PerdureError(
        'READ_ONLY',
        `'${this.#ground.path}' was opened with mode 'readonly'; open it with 'readwrite' or 'copy-on-write' to change records`,
        { path: this.#ground.path },
      );
    }
    const taken = this.#all.get(window);
    if (taken === undefined) this.refuse(-1);
    this.allocate();
    this.#note(taken, offset >>> PAGE_SHIFT);
  }

  /** See Access. */
  refuse(offset: number): never {
    const { path } = this.#ground;
    if (this.#closed) throw new PerdureError('CLOSED', `'${path}' was closed; open it again`, { path });
    throw new PerdureError(
      'OUT_OF_BOUNDS',
      offset < 0
        ? `the accessor stands on no record of '${path}'; call next() or moveTo(index) first`
        : `the record is not in the mapped part of '${path}'`,
      { path },
    );
  }

  /** Makes every page of [from, to) of a window writable, for writers that fill it. */
  admitRange(window: Window, from: number, to: number): void {
    for (let page = from >>> PAGE_SHIFT; page << PAGE_SHIFT < to; page++) {
      if (window.guard[page] !== 1) this.admit(window, Math.max(from, page << PAGE_SHIFT));
    }
  }

  /**
   * The part of the file that was stored into since the last call, or undefined. From now on stores are noted anew:
   * what is stored during the flush belongs to the next one.
   */
  takeDirty(): Range | undefined {
    this.#guardAll();
    const from = this.#dirtyFrom;
    const to = this.#dirtyTo;
    this.#dirtyFrom = Number.POSITIVE_INFINITY;
    this.#dirtyTo = 0;
    return from < to ? { offset: from, length: to - from } : undefined;
  }

  /** From now on nothing may be stored. What was is still the next `takeDirty`'s. */
  close(): void {
    this.#closed = true;
    this.#guardAll();
  }

  /** Sees to it that no store of this opening meets a hole. Looks once. @throws DISK_FULL */
  allocate(): void {
    if (this.#allocated) return;
    const length = this.#ground.size - this.#dataOffset;
    if (length > 0) this.#ground.fillHoles({ offset: this.#dataOffset, length });
    this.#allocated = true;
  }

  /** The next store into any page is noted, or refused. */
  #guardAll(): void {
    for (const taken of this.#all.values()) {
      const { guard } = taken.window;
      for (const page of taken.pages) guard[page] = 0;
      taken.pages = [];
    }
  }

  #note(taken: Taken, page: number): void {
    const { window, stretch } = taken;
    // The guard byte of a page stands for the records that begin in it: their bytes, which may reach into the next one.
    const size = this.#recordSize;
    const start = page * PAGE_BYTES;
    const from = Math.ceil(start / size) * size;
    const to = Math.min(Math.ceil((start + PAGE_BYTES) / size) * size, window.count * size);
    stretch.markWritten(from, to - from);
    this.#dirtyFrom = Math.min(this.#dirtyFrom, stretch.offset + from);
    this.#dirtyTo = Math.max(this.#dirtyTo, stretch.offset + to);
    window.guard[page] = 1;
    taken.pages.push(page);
  }

  #take(at: number): Window {
    const first = at * this.#windowRecords;
    const count = Math.min(this.#windowRecords, this.capacity - first);
    const size = this.#recordSize;
    const stretch = this.#ground.stretch(this.#dataOffset + first * size, count * size);
    const window = new Window(stretch.bytes, this.#ground.path, first, count);
    const taken = { window, stretch, pages: [] };
    this.#windows[at] = taken;
    this.#all.set(window, taken);
    return window;
  }
}

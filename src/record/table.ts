/**
 * What cursors, columns and the record file share: the records that are there, and how they are laid out.
 *
 * `count` is the only truth about which records exist. Cursors go by a copy of it for a stretch of records, so whatever
 * lowers it must say so (`shortened`).
 */
import type { OpenMode } from '../mapping/index.js';
import { WeakList } from '../mapping/weak-list.js';
import { show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import type { Cursor } from './cursor.js';
import type { RecordAccess } from './record-access.js';
import type { RecordArea } from './record-area.js';
import type { Schema } from './schema.js';

export class Table {
  count = 0;
  /** Nothing but a place for what cursors read ahead. */
  touched = 0;
  readonly #cursors = new WeakList<Cursor>();

  constructor(
    readonly path: string,
    readonly mode: OpenMode,
    readonly schema: Schema,
    readonly access: RecordAccess,
    readonly area: RecordArea,
  ) {}

  get closed(): boolean {
    return this.area.closed;
  }

  /** @throws CLOSED */
  checkOpen(): void {
    if (this.closed) {
      throw new PerdureError('CLOSED', `'${this.path}' was closed; open it again`, { path: this.path });
    }
  }

  /** An index of a record that is there. @throws CLOSED, OUT_OF_BOUNDS, INVALID_ARGUMENT */
  checkIndex(index: number): number {
    this.checkOpen();
    if (typeof index === 'number' && index >= 0 && index < this.count && Number.isInteger(index))
      return index;
    if (!Number.isSafeInteger(index)) {
      throw new PerdureError('INVALID_ARGUMENT', `a record's index is a whole number, not ${show(index)}`);
    }
    throw new PerdureError(
      'OUT_OF_BOUNDS',
      `'${this.path}' holds ${this.count} records; there is none at index ${index}`,
      { path: this.path },
    );
  }

  /** A bound of a range of records: a whole number, cut to what is there by whoever uses it. */
  checkBound(value: number | undefined, fallback: number, name: string): number {
    if (value === undefined) return fallback;
    if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= 0)) return value;
    throw new PerdureError('INVALID_ARGUMENT', `${name} must be a whole number from 0, not ${show(value)}`);
  }

  register(cursor: Cursor): void {
    this.#cursors.add(cursor);
  }

  /** Tells the cursors that records went, or that the file was closed. */
  shortened(): void {
    for (const cursor of this.#cursors) cursor.reconsider();
  }
}

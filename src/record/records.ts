/** What is done with records wherever they stand, in a file or in a view: reading, changing, walking over them. */
import type { Accessor } from './accessor.js';
import { setFields } from './changes.js';
import { Column } from './column.js';
import { Cursor, type CursorRange } from './cursor.js';
import type { FieldPath, RecordInput, ValueAt } from './field-types.js';
import type { Schema } from './schema.js';
import type { Table } from './table.js';

export abstract class Records<R> implements Iterable<R> {
  readonly schema: Schema<R>;
  readonly #table: Table;

  protected constructor(table: Table) {
    this.schema = table.schema as Schema<R>;
    this.#table = table;
  }

  /** How many records there are. */
  get count(): number {
    return this.#table.count;
  }

  /** True once the file, or the view that the records stand in, was closed. */
  get closed(): boolean {
    return this.#table.closed;
  }

  /** The record at `index` as a plain object of its own. @throws OUT_OF_BOUNDS, INVALID_ARGUMENT, CLOSED, CORRUPT */
  get(index: number): R {
    const table = this.#table;
    const window = table.area.window(table.checkIndex(index));
    return table.access.codec.read(window, (index - window.first) * this.schema.recordSize) as R;
  }

  /**
   * Changes the given fields of a record in place, all or none of them. A nested record or an array is given whole; one
   * part of it can be set through a cursor.
   * @throws INVALID_VALUE (nothing is changed), OUT_OF_BOUNDS, READ_ONLY, CLOSED
   */
  set(index: number, fields: Partial<RecordInput<R>>): void {
    setFields(this.#table, index, fields);
  }

  /**
   * A cursor over the records: one accessor that is moved, so that nothing is allocated per record.
   *
   * ```ts
   * const cursor = file.cursor();
   * const { record } = cursor;
   * while (cursor.next()) total += record.population;
   * ```
   * @throws INVALID_ARGUMENT, CLOSED
   */
  cursor(range: CursorRange = {}): Cursor<R> {
    return new Cursor<R>(this.#table, range);
  }

  /** The records one by one, through one accessor: every round yields the same object. See `cursor`. */
  *records(range: CursorRange = {}): Generator<Accessor<R>, void, undefined> {
    const cursor = this.cursor(range);
    while (cursor.next()) yield cursor.record;
  }

  /** The records as plain objects, each its own. */
  *[Symbol.iterator](): Iterator<R> {
    for (let index = 0; index < this.#table.count; index++) yield this.get(index);
  }

  /** One field of all records, by its path: `'id'`, `'position.lat'`, `'tags.2'`. @throws INVALID_ARGUMENT, CLOSED */
  column<const P extends FieldPath<R>>(path: P): Column<ValueAt<R, P>> {
    this.#table.checkOpen();
    return new Column(this.#table, path, () => this.handedOut());
  }

  /** Arrays over the mapping are about to be handed out, whose stores nobody will note. */
  protected abstract handedOut(): void;
}

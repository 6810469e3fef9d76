/**
 * A file of records: fixed-size records of one schema, mapped into memory.
 *
 * Invariants:
 * - the count on the disk never covers a record that was not on the disk before it (see durability.ts);
 * - a record that the count on the disk covers is never written over by an append, so that after a power cut in the
 *   middle of a truncation the old records or the fewer ones are there, and nothing else;
 * - in the modes 'readonly' and 'copy-on-write' nothing reaches the file.
 *
 * What a power cut between two flushes may lose: the records appended since the last flush, as a whole. What `set` and
 * the setters of accessors changed in place since then may be on the disk, or not, or in part. After a flush that failed this
 * stays so: the next opening may read a change in place that is in the page cache only, where the system takes it for written,
 * until it is made again.
 *
 * One writer at a time, which is what the default sharing enforces.
 */
import { MappedFile, type OpenMode } from '../mapping/index.js';
import { integerIn } from '../os/arguments.js';
import { Appender, type Fill } from './appender.js';
import { shorten } from './changes.js';
import { Durability } from './durability.js';
import type { RecordInput } from './field-types.js';
import { dataOffset, type Header, slotSizeFor } from './format.js';
import { FileGround } from './ground.js';
import { type Found, HeaderSlots, readHeader } from './header.js';
import { checkedCount, checkSchema, fileSchema } from './opening.js';
import { recordAccess } from './record-access.js';
import { RecordArea } from './record-area.js';
import {
  checkIterable,
  createArguments,
  openArguments,
  type RecordCreateOptions,
  type RecordFileInternals,
  type RecordOpenOptions,
  readOnly,
} from './record-options.js';
import { Records } from './records.js';
import type { Schema, UntypedRecord } from './schema.js';
import { Table } from './table.js';

// biome-ignore lint/suspicious/noExplicitAny: any record type; the default for signatures that do not care
export class RecordFile<R = any> extends Records<R> implements Disposable, AsyncDisposable {
  readonly path: string;
  readonly mode: OpenMode;
  readonly #file: MappedFile;
  readonly #slots: HeaderSlots;
  readonly #area: RecordArea;
  readonly #table: Table;
  readonly #durability: Durability;
  readonly #appender: Appender;
  #closing: Promise<void> | undefined;
  /** Copy-on-write: the count was changed here, and is no longer the file's. */
  #diverged = false;

  /** @param schema the one that it was opened with, else the file's own */
  private constructor(
    file: MappedFile,
    slots: HeaderSlots,
    schema: Schema<R>,
    { maxWindowBytes }: RecordFileInternals,
  ) {
    const first = dataOffset(slots.header.slotSize);
    const area = new RecordArea(new FileGround(file), first, schema.recordSize, maxWindowBytes);
    const table = new Table(file.path, file.mode, schema, recordAccess(schema), area);
    super(table);
    this.path = file.path;
    this.mode = file.mode;
    this.#file = file;
    this.#slots = slots;
    this.#area = area;
    this.#table = table;
    this.#durability = new Durability(file, slots, area, table);
    this.#appender = new Appender(file, table, this.#durability, first);
    table.count = this.#checkCount(slots.header);
  }

  /**
   * Creates a file for records of a schema, empty and writable. It is on the disk after the first flush.
   * @throws ALREADY_EXISTS, INVALID_ARGUMENT, DISK_FULL, and as MappedFile.open
   */
  static create<R>(
    path: string,
    schema: Schema<R>,
    options: RecordCreateOptions = {},
    internals: RecordFileInternals = {},
  ): RecordFile<R> {
    checkSchema(schema);
    const text = schema.toString();
    const slotSize = slotSizeFor(Buffer.byteLength(text));
    const first = dataOffset(slotSize);
    const file = MappedFile.open(path, createArguments(options, first, schema.recordSize), {
      os: internals.os,
    });
    return closingOnError(file, () => {
      const slots = HeaderSlots.create(file, slotSize, schema.recordSize, text);
      return new RecordFile(file, slots, schema, internals);
    });
  }

  /**
   * Opens a file, in the same time whatever its size. Without a schema its own is used, and records are untyped.
   * @throws SCHEMA_MISMATCH (with the field that differs), NOT_A_RECORD_FILE, VERSION_UNSUPPORTED, CORRUPT, and as
   *   MappedFile.open
   */
  static open(path: string, options?: RecordOpenOptions): RecordFile<UntypedRecord>;
  static open<R>(
    path: string,
    schema: Schema<R> | undefined,
    options?: RecordOpenOptions,
    internals?: RecordFileInternals,
  ): RecordFile<R>;
  static open<R>(
    path: string,
    schemaOrOptions?: Schema<R> | RecordOpenOptions,
    given?: RecordOpenOptions,
    internals: RecordFileInternals = {},
  ): RecordFile<R> {
    const { schema, options } = openArguments<R>(schemaOrOptions, given);
    const file = MappedFile.open(path, options, { os: internals.os });
    return closingOnError(file, () => {
      const slots = HeaderSlots.open(file);
      return new RecordFile(file, slots, fileSchema(slots.header, path, schema), internals);
    });
  }

  /** How many records the file has room for before it grows. */
  get capacity(): number {
    this.#table.checkOpen();
    return this.#area.capacity;
  }

  /** Offset of the first record in the file, in bytes; the others follow every `schema.recordSize` bytes. */
  get dataOffset(): number {
    return dataOffset(this.#slots.header.slotSize);
  }

  /**
   * Adds a record and returns its index. It is there for this process at once, on the disk after the next flush.
   * @throws INVALID_VALUE (with the field; nothing is added), READ_ONLY, DISK_FULL, CLOSED
   */
  append(record: RecordInput<R>): number {
    const index = this.#appender.append(record);
    this.#diverged = true;
    return index;
  }

  /**
   * Adds records, all or none, and returns how many. Given a number, it calls `fill` that many times with an accessor
   * that stands on the new record, which is by far the fastest way: fields that it leaves alone are zero.
   * @throws as append; what the iterable or `fill` throws (nothing is added)
   */
  appendMany(records: Iterable<RecordInput<R>>): number;
  appendMany(count: number, fill: Fill<R>): number;
  appendMany(records: Iterable<RecordInput<R>> | number, fill?: Fill<R>): number {
    const added =
      typeof records === 'number' && typeof fill === 'function'
        ? this.#appender.appendFilled(records, fill as Fill<unknown>)
        : this.#appender.appendAll(checkIterable(records));
    if (added > 0) this.#diverged = true;
    return added;
  }

  /**
   * Drops the records from `count` on. They are gone for this process at once, for good when it is resolved. The file keeps
   * its length: their room is capacity. (An append in between waits for the disk itself.)
   * @throws OUT_OF_BOUNDS where there are fewer, INVALID_ARGUMENT, READ_ONLY, POISONED, CLOSED
   */
  async truncate(count: number): Promise<void> {
    this.#shorten(count);
    if (this.mode === 'readwrite') await this.#durability.flush();
  }

  /** The same, blocking until the disk answers. */
  truncateSync(count: number): void {
    this.#shorten(count);
    if (this.mode === 'readwrite') this.#durability.flushSync();
  }

  /**
   * Makes room for `count` records in all, so that appending up to there neither grows the file nor meets a full disk.
   * Blocks while the system allocates. @throws DISK_FULL, READ_ONLY, INVALID_ARGUMENT, CLOSED
   */
  reserve(count: number): void {
    this.#appender.checkIdle('reserve');
    this.#appender.ensure(integerIn(count, 0, Number.MAX_SAFE_INTEGER, 'count'));
  }

  /**
   * Puts everything that was appended and changed on the disk: resolved means that it is there.
   * @throws READ_ONLY (not opened with mode 'readwrite'), IO_ERROR, DISK_FULL, POISONED after a failed flush, CLOSED
   */
  async flush(): Promise<void> {
    this.#checkFlush();
    await this.#durability.flush();
  }

  /** The same, blocking until the disk answers. */
  flushSync(): void {
    this.#checkFlush();
    this.#durability.flushSync();
  }

  /**
   * Takes over what another process appended, and returns the count. A writer's own count stands, and so does that of a
   * copy-on-write opening that appended or truncated (`discard` gives it up). Where it throws, everything is as before.
   * @throws FILE_CHANGED (copy-on-write: the file has grown beyond what was mapped), CORRUPT, CLOSED
   */
  refresh(): number {
    this.#appender.checkIdle('refresh');
    if (this.mode === 'readwrite' || this.#diverged) return this.count;
    this.#adopt(this.#reread());
    return this.count;
  }

  /**
   * Copy-on-write only: drops every change made here; the file's present records show.
   * @throws FILE_CHANGED (the file has grown beyond what was mapped; nothing is dropped), READ_ONLY, CLOSED
   */
  discard(): void {
    this.#appender.checkIdle('discard');
    if (this.mode === 'copy-on-write') this.#reread();
    this.#file.discard();
    this.#diverged = false;
    // Again: where pages are larger than the header, a private page may have hidden the file's present one.
    this.#adopt(this.#reread());
  }

  /**
   * Flushes if it is writable, and closes: every view of the file is gone, and use is an error (CLOSED). It is closed also
   * where the flush fails. Harmless when repeated. @throws IO_ERROR, DISK_FULL, POISONED
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * The same, blocking until the disk answers, also where `close` was called before and is under way. On Windows the system keeps the file open until an asynchronous flush that
   * was under way is done.
   */
  closeSync(): void {
    // Not by #closing: an asynchronous close that is under way has promised nothing yet, and is cut into.
    if (this.#file.closed) return;
    this.#closing ??= Promise.resolve();
    this.#stop();
    try {
      if (this.mode === 'readwrite') this.#durability.flushSync();
    } finally {
      this.#file.close();
    }
  }

  [Symbol.dispose](): void {
    this.closeSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected override handedOut(): void {
    if (this.mode !== 'readwrite') return;
    this.#area.allocate();
    this.#durability.untracked();
  }

  async #close(): Promise<void> {
    this.#stop();
    try {
      if (this.mode === 'readwrite') await this.#durability.flush();
    } finally {
      this.#file.close();
    }
  }

  #stop(): void {
    this.#area.close();
    this.#table.shortened();
  }

  #shorten(count: number): void {
    this.#appender.checkIdle('truncate');
    shorten(this.#table, count);
    this.#diverged = true;
    this.#durability.truncated(count);
  }

  /** What the file says now, checked and not yet believed. */
  #reread(): Found {
    this.#file.refresh();
    const found = readHeader(this.#file);
    fileSchema(found.header, this.path, this.schema);
    this.#checkCount(found.header);
    return found;
  }

  #adopt(found: Found): void {
    this.#slots.adopt(found);
    this.#table.count = found.header.count;
    this.#table.shortened();
  }

  #checkCount(header: Header): number {
    // A writer makes the file longer before it writes the count: a length from after the count was read covers it.
    this.#file.refresh();
    return checkedCount(header, this.#file, this.#area.capacity);
  }

  #checkFlush(): void {
    this.#table.checkOpen();
    if (this.mode === 'readwrite') return;
    throw readOnly(
      this.path,
      `flush() needs mode 'readwrite', and nothing done in mode '${this.mode}' reaches the file`,
    );
  }
}

function closingOnError<T>(file: MappedFile, make: () => T): T {
  try {
    return make();
  } catch (error) {
    file.close();
    throw error;
  }
}

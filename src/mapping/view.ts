/**
 * A part of a mapped file, or of shared memory: bounds-checked typed reads and writes at any alignment, and the bytes themselves.
 *
 * Invariants:
 * - an open view never moves, whatever happens to the file's size;
 * - once closed, every method throws CLOSED and every typed array taken from it has length 0;
 * - a view of a file that was opened for reading refuses every write (READ_ONLY); a stray store through `bytes` lands
 *   in a private page of this process and never in the file.
 */
import { type ByteCount, byteCount, rangeWithin, show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import { invalidValue, Scalars } from './scalars.js';
import { copyIn, copyOut, indexOf, lastIndexOf, moveWithin } from './search.js';
import { WeakList } from './weak-list.js';
import type { Windows } from './windows.js';

/** What a view needs of the file, or of the shared memory, that it belongs to. */
export interface ViewOwner {
  /** The file's path, or the memory's name. */
  readonly path: string;
  readonly writable: boolean;
  /** Notes that [offset, offset + length) of the file was stored into. */
  written(offset: number, length: number): void;
  /** The view is closed: its place in the mapping is free. */
  released(view: View): void;
}

/** What was made of a view's bytes. */
export interface ViewDependent {
  /** The bytes are about to be detached. */
  viewClosing(): void;
}

export class View extends Scalars implements Disposable {
  /** Where in the file the view begins, in bytes. */
  readonly offset: number;
  /** The view's length in bytes. */
  readonly length: number;
  /** False for a file opened for reading: every write throws READ_ONLY. */
  readonly writable: boolean;
  /** The file's path, or the name of the shared memory. */
  readonly path: string;
  readonly #owner: ViewOwner;
  readonly #dependents = new WeakList<ViewDependent>();
  #windows: Windows | undefined;

  /** @internal Views are made by MappedFile.view and SharedMemory.view. */
  constructor(owner: ViewOwner, offset: number, windows: Windows) {
    super();
    this.#owner = owner;
    this.path = owner.path;
    this.offset = offset;
    this.length = windows.length;
    this.writable = owner.writable;
    this.#windows = windows;
  }

  /** True once the view, or its file, was closed. */
  get closed(): boolean {
    return this.#windows === undefined;
  }

  /**
   * The view as a Buffer over the mapping itself: nothing is copied. It may be given to everything in Node.js that
   * takes bytes, but not to work that goes on in another thread after the view is closed (asynchronous zlib).
   * Say `markWritten` after storing through it.
   * @throws TOO_LARGE where Node.js cannot hold the view in one ArrayBuffer, CLOSED
   */
  get bytes(): Buffer {
    const windows = this.windows();
    if (!windows.whole) {
      throw new PerdureError(
        'TOO_LARGE',
        `a view of ${this.length} bytes does not fit one Buffer of this Node.js (${windows.partBytes} bytes at a time); take smaller views`,
      );
    }
    return windows.part(0);
  }

  /** Notes bytes that were stored through `bytes`, so that the next flush knows what it is about to write. */
  markWritten(offset: ByteCount = 0, length?: ByteCount): void {
    const range = this.#rangeToEnd(offset, length);
    this.writableWindows();
    if (range.length > 0) this.#owner.written(this.offset + range.offset, range.length);
  }

  /** A copy of [offset, offset + length) on the heap. @throws OUT_OF_BOUNDS, CLOSED */
  read(offset: ByteCount, length: ByteCount): Buffer {
    const range = this.range(offset, length);
    return copyOut(this.windows(), range.offset, range.offset + range.length);
  }

  /** Stores all of `source` at `offset`. @throws OUT_OF_BOUNDS, READ_ONLY, CLOSED */
  write(offset: ByteCount, source: Uint8Array): void {
    if (!(source instanceof Uint8Array)) {
      throw new PerdureError('INVALID_ARGUMENT', `write takes a Uint8Array or Buffer, not ${show(source)}`);
    }
    const range = this.range(offset, source.length);
    copyIn(this.writableWindows(), range.offset, source);
    this.written(range.offset, source.length);
  }

  /** The bytes of [offset, offset + length) as text. */
  getString(offset: ByteCount, length: ByteCount, encoding: BufferEncoding = 'utf8'): string {
    const bytes = this.read(offset, length);
    try {
      return bytes.toString(checkEncoding(encoding));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ERR_STRING_TOO_LONG') throw cause;
      throw new PerdureError(
        'TOO_LARGE',
        `${bytes.length} bytes make no single string; read fewer at a time`,
        { cause },
      );
    }
  }

  /** Stores `text` at `offset`, without a terminator. Returns how many bytes it took. @throws OUT_OF_BOUNDS */
  setString(offset: ByteCount, text: string, encoding: BufferEncoding = 'utf8'): number {
    if (typeof text !== 'string') {
      throw new PerdureError('INVALID_ARGUMENT', `setString takes a string, not ${show(text)}`);
    }
    const bytes = Buffer.from(text, checkEncoding(encoding));
    this.write(offset, bytes);
    return bytes.length;
  }

  /** Sets [offset, offset + length), to the end unless given, to one byte value, 0 to 255. */
  fill(value: number, offset: ByteCount = 0, length?: ByteCount): void {
    if (!isByte(value)) throw invalidValue('fill', '0 to 255', value);
    const range = this.#rangeToEnd(offset, length);
    const windows = this.writableWindows();
    for (let at = range.offset; at < range.offset + range.length; ) {
      const piece = windows.piece(at, range.offset + range.length - at);
      piece.fill(value);
      at += piece.length;
    }
    this.written(range.offset, range.length);
  }

  /** Copies `length` bytes from `source` to `target` within the view; the two may overlap (memmove). */
  copyWithin(target: ByteCount, source: ByteCount, length: ByteCount): void {
    const from = this.range(source, length);
    const to = this.range(target, length);
    moveWithin(this.writableWindows(), to.offset, from.offset, from.length);
    this.written(to.offset, to.length);
  }

  /** The first position >= `from` at which `needle` (bytes, a text in UTF-8, or one byte value) begins, or -1. */
  indexOf(needle: Uint8Array | string | number, from: ByteCount = 0): number {
    const at = this.range(from, 0).offset;
    return indexOf(this.windows(), needleBytes(needle), at);
  }

  /** The last position <= `from` at which `needle` begins, or -1. */
  lastIndexOf(needle: Uint8Array | string | number, from: ByteCount = this.length): number {
    const at = this.range(from, 0).offset;
    return lastIndexOf(this.windows(), needleBytes(needle), at);
  }

  /** @internal Has `dependent` told when the view is closed, as long as anybody has it. @throws CLOSED */
  addDependent(dependent: ViewDependent): void {
    this.checkOpen();
    this.#dependents.add(dependent);
  }

  /** @throws CLOSED */
  checkOpen(): void {
    this.windows();
  }

  /** Detaches everything taken from the view and gives up its place in the mapping. Harmless when repeated. */
  close(): void {
    const windows = this.#windows;
    if (windows === undefined) return;
    this.#windows = undefined;
    for (const dependent of this.#dependents) dependent.viewClosing();
    this.closeScalars();
    windows.close();
    this.#owner.released(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  protected override windows(): Windows {
    if (this.#windows === undefined) {
      throw new PerdureError('CLOSED', `the view of '${this.#owner.path}' was closed; take a new one`);
    }
    return this.#windows;
  }

  protected override writableWindows(): Windows {
    const windows = this.windows();
    if (!this.writable) {
      throw new PerdureError(
        'READ_ONLY',
        `'${this.#owner.path}' was opened for reading; open it with mode 'readwrite' or 'copy-on-write' to write`,
      );
    }
    return windows;
  }

  protected override range(offset: ByteCount, length: ByteCount): { offset: number; length: number } {
    const range = { offset: byteCount(offset, 'offset'), length: byteCount(length, 'length') };
    rangeWithin(range.offset, range.length, this.length, `view of '${this.#owner.path}'`);
    return range;
  }

  #rangeToEnd(offset: ByteCount, length: ByteCount | undefined): { offset: number; length: number } {
    const from = byteCount(offset, 'offset');
    return this.range(from, length ?? Math.max(this.length - from, 0));
  }

  protected override written(offset: number, length: number): void {
    if (length > 0) this.#owner.written(this.offset + offset, length);
  }
}

function checkEncoding(encoding: BufferEncoding): BufferEncoding {
  if (Buffer.isEncoding(encoding)) return encoding;
  throw new PerdureError(
    'INVALID_ARGUMENT',
    `encoding must be one that Buffer knows, such as 'utf8' or 'latin1', not ${show(encoding)}`,
  );
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && (value & 0xff) === value;
}

function needleBytes(needle: Uint8Array | string | number): Uint8Array {
  if (typeof needle === 'string') return Buffer.from(needle);
  if (needle instanceof Uint8Array) return needle;
  if (isByte(needle)) return Uint8Array.of(needle);
  throw new PerdureError(
    'INVALID_ARGUMENT',
    `a needle is bytes, a text or a byte value, not ${show(needle)}`,
  );
}

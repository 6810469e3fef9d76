/**
 * The bytes of a view as ArrayBuffers: one where Node.js can hold it, else parts of equal size, each taken when it is
 * first needed. (Node 20 holds 4 GiB in one; later versions anything.)
 *
 * Invariant: the parts are disjoint and together cover the view; only the last may be shorter.
 */
import { MAX_WINDOW_BYTES, type MappedView } from '../os/memory.js';

/** Parts of a view that does not fit one ArrayBuffer. A creation costs a major collection: few and large. */
const PART_BYTES = 2 ** 30;

export class Windows {
  readonly partBytes: number;
  readonly #mapped: MappedView;
  readonly #base: number;
  readonly #parts: (Buffer | undefined)[] = [];

  /**
   * @param base where in `mapped` the view begins
   * @param limit the longest ArrayBuffer to take; smaller only in tests
   */
  constructor(
    mapped: MappedView,
    base: number,
    readonly length: number,
    limit = MAX_WINDOW_BYTES,
  ) {
    this.#mapped = mapped;
    this.#base = base;
    this.partBytes = length <= limit ? Math.max(length, 1) : Math.min(PART_BYTES, limit);
  }

  /** True where one ArrayBuffer covers the view. */
  get whole(): boolean {
    return this.length <= this.partBytes;
  }

  /** The part with this index, as a Buffer that covers exactly the part. */
  part(index: number): Buffer {
    this.#parts[index] ??= this.#take(index);
    return this.#parts[index];
  }

  /** The contiguous bytes from `offset` on: at most `length`, at least 1, fewer only where a part ends. */
  piece(offset: number, length: number): Buffer {
    const index = Math.floor(offset / this.partBytes);
    const start = offset - index * this.partBytes;
    return this.part(index).subarray(start, Math.min(start + length, this.partBytes));
  }

  /** Detaches every part: what was taken from them has length 0 from now on. */
  close(): void {
    for (const part of this.#parts) if (part) this.#mapped.release(part.buffer as ArrayBuffer);
    this.#parts.length = 0;
  }

  #take(index: number): Buffer {
    const start = index * this.partBytes;
    const length = Math.min(this.partBytes, this.length - start);
    return Buffer.from(this.#mapped.window(this.#base + start, length));
  }
}

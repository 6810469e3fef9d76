/**
 * A large value while it is being written: a run of pages that was handed out for it, filled from the beginning to the end, in as
 * many pieces as it comes in. Its checksum is computed on the way.
 */
import { crc32 } from 'node:zlib';
import { PerdureError } from '../os/errors.js';
import { LARGE_VALUE } from './format.js';
import type { WritableStore } from './page-store.js';
import type { Reference } from './reference.js';

export class LargeValue {
  readonly #store: WritableStore;
  readonly firstPage: number;
  readonly #lengthBytes: number;
  #written = 0;
  #sum = 0;

  constructor(store: WritableStore, firstPage: number, lengthBytes: number) {
    this.#store = store;
    this.firstPage = firstPage;
    this.#lengthBytes = lengthBytes;
  }

  /** Bytes that are still to come. */
  get remainingBytes(): number {
    return this.#lengthBytes - this.#written;
  }

  /** @throws INVALID_VALUE for more bytes than the value has, IO_ERROR */
  append(piece: Uint8Array): void {
    if (piece.length > this.remainingBytes) {
      throw new PerdureError(
        'INVALID_VALUE',
        `the value was said to have ${this.#lengthBytes} bytes, and its pieces have more`,
      );
    }
    this.#store.writeRun(this.firstPage, this.#written, piece);
    this.#written += piece.length;
    this.#sum = crc32(piece, this.#sum);
  }

  /** What stands for the value in a leaf, once all of it is there. @throws INVALID_VALUE where bytes are missing, IO_ERROR */
  reference(): Reference {
    if (this.remainingBytes !== 0) {
      throw new PerdureError(
        'INVALID_VALUE',
        `the value was said to have ${this.#lengthBytes} bytes, and its pieces have ${this.#written}`,
      );
    }
    const { pageBytes } = this.#store;
    const behind = Math.ceil(this.#lengthBytes / pageBytes) * pageBytes - this.#lengthBytes;
    if (behind > 0) this.#store.writeRun(this.firstPage, this.#lengthBytes, new Uint8Array(behind));
    return {
      kind: LARGE_VALUE,
      commit: this.#store.sequence,
      firstPage: this.firstPage,
      sum: this.#sum || 1,
      length: this.#lengthBytes,
    };
  }
}

/**
 * A value as a stream of bytes, in pieces that are copied out of the file one by one: they may be used long after the
 * stream has ended.
 */
import { Readable } from 'node:stream';
import { integerIn, knownOptions } from '../../os/arguments.js';
import { forgetAbandoned, releaseAbandoned } from './abandoned.js';
import type { TreeLease, TreeSource } from './tree-source.js';

export interface ValueStreamOptions {
  /** The first byte; 0 unless given. */
  start?: number;
  /** The byte behind the last; the value's end unless given. */
  end?: number;
  /** Bytes of a piece: 64 KiB unless given. */
  highWaterMark?: number;
}

const PIECE_BYTES = 65536;

export class ValueStream extends Readable {
  /** Bytes of the whole value. */
  readonly valueBytes: number;
  readonly #lease: TreeLease;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  /** @internal */
  constructor(source: TreeSource, bytes: Uint8Array, options: ValueStreamOptions = {}) {
    const { start, end, highWaterMark } = checkOptions(options, bytes.length);
    super({ highWaterMark });
    this.valueBytes = bytes.length;
    this.#lease = source.lease();
    const { held } = this.#lease;
    if (held !== undefined) releaseAbandoned(this, held);
    // What is not pinned is read at once.
    this.#bytes = held === undefined ? bytes.slice() : bytes;
    this.#at = start;
    this.#end = end;
  }

  override _read(size: number): void {
    try {
      if (this.#lease.held !== undefined) this.#lease.check();
    } catch (error) {
      this.destroy(error as Error);
      return;
    }
    if (this.#at >= this.#end) {
      this.push(null);
      return;
    }
    const from = this.#at;
    this.#at = Math.min(from + size, this.#end);
    this.push(this.#bytes.slice(from, this.#at));
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const { held } = this.#lease;
    if (held !== undefined && forgetAbandoned(this)) held.release();
    callback(error);
  }
}

function checkOptions(options: ValueStreamOptions, length: number): Required<ValueStreamOptions> {
  knownOptions(options, ['start', 'end', 'highWaterMark'], 'the options of a stream');
  const { start = 0, end = length, highWaterMark = PIECE_BYTES } = options;
  integerIn(end, 0, length, 'end');
  return {
    start: integerIn(start, 0, end, 'start'),
    end,
    highWaterMark: integerIn(highWaterMark, 1, 2 ** 30, 'highWaterMark'),
  };
}

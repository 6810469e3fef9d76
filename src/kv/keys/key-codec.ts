/**
 * A key codec turns keys into bytes whose order is the order of the keys, and back. A store names its codec by `id`, so that
 * a file is never read with another one.
 */
import { PerdureError } from '../../os/errors.js';
import type { KeyBuffer } from '../key-buffer.js';
import type { PageMemory } from '../page-memory.js';

export interface KeyCodec<K> {
  readonly id: number;
  readonly name: string;

  /** @throws INVALID_ARGUMENT for what cannot be a key */
  encode(key: K, into: KeyBuffer): void;

  /**
   * Writes the bytes that all keys begin with which begin with `prefix`: texts with a text, bytes with bytes, arrays with these
   * elements. @throws INVALID_ARGUMENT for what nothing begins with: a number
   */
  encodePrefix(prefix: unknown, into: KeyBuffer): void;

  /** Reads the key of `length` bytes at the beginning of the memory. */
  decode(memory: PageMemory, length: number): K;
}

export function badKey(problem: string): PerdureError {
  return new PerdureError('INVALID_ARGUMENT', `this cannot be a key: ${problem}`);
}

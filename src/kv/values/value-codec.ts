/**
 * A value codec turns values into bytes and back. Like that of the keys it is named in the file by its `id`.
 */
import { PerdureError } from '../../os/errors.js';
import type { PageMemory } from '../page-memory.js';

export interface ValueCodec<V> {
  readonly id: number;
  readonly name: string;

  /** @throws INVALID_VALUE for what the codec cannot keep */
  encode(value: V): Uint8Array;

  /** Reads a value from where it lies. What it returns does not depend on that memory any more. */
  decode(memory: PageMemory, at: number, length: number): V;
}

export const bytesValue: ValueCodec<Uint8Array> = {
  id: 1,
  name: 'bytes',
  encode(value) {
    if (!(value instanceof Uint8Array)) throw badValue(`the store's values are bytes, not ${typeof value}`);
    return value;
  },
  decode(memory, at, length) {
    return memory.u8.slice(at, at + length);
  },
};

/** Half a surrogate pair becomes U+FFFD, as in every UTF-8 encoder of the platform. */
export const stringValue: ValueCodec<string> = {
  id: 2,
  name: 'string',
  encode(value) {
    if (typeof value !== 'string') throw badValue(`the store's values are texts, not ${typeof value}`);
    return Buffer.from(value);
  },
  decode(memory, at, length) {
    return memory.text.toString('utf8', at, at + length);
  },
};

/** What JSON keeps, and nothing else: a value that JSON has no text for is refused. */
export const jsonValue: ValueCodec<unknown> = {
  id: 3,
  name: 'json',
  encode(value) {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) throw badValue(`JSON has no text for ${typeof value}`);
    return Buffer.from(text);
  },
  decode(memory, at, length) {
    return JSON.parse(memory.text.toString('utf8', at, at + length));
  },
};

function badValue(problem: string): PerdureError {
  return new PerdureError('INVALID_VALUE', problem);
}

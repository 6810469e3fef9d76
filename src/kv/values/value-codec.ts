/**
 * A value codec turns values into bytes and back. Like that of the keys it is named in the file by its `id`. Whoever
 * has a type that knows how to be stored need not import this: an object of this shape is a codec (the records' is such
 * a one).
 */
import { PerdureError } from '../../os/errors.js';

/** Memory that holds a value's bytes, as two kinds of view on the same. */
export interface ValueMemory {
  readonly u8: Uint8Array;
  readonly text: Buffer;
}

export interface ValueCodec<V> {
  readonly id: number;
  readonly name: string;
  /** What the file keeps of the codec beside its `id`: values of another text cannot be read with it. */
  readonly schemaText?: string;

  /**
   * The bytes of a value, which may be overwritten by the next call.
   * @throws INVALID_VALUE for what the codec cannot keep
   */
  encode(value: V): Uint8Array;

  /** Reads a value from where it lies. What it returns does not depend on that memory any more. @throws CORRUPT */
  decode(memory: ValueMemory, at: number, length: number): V;
}

export function badValue(problem: string): PerdureError {
  return new PerdureError('INVALID_VALUE', problem);
}

/** The error of bytes that are not what the codec has written. */
export function damagedValue(codec: string, cause: unknown): PerdureError {
  return new PerdureError('CORRUPT', `a value of the store is no ${codec}`, { cause });
}

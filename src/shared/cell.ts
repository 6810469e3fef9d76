/**
 * One number in a view that is changed by single atomic instructions: what counters and flags are made of.
 *
 * Such a change never waits and is never seen half done, so that it needs no mutex. Several of them together do.
 */
import { View } from '../mapping/view.js';
import { type ByteCount, byteCount, rangeWithin, show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import type { ObjectAccess } from './access.js';
import { SharedMemory } from './shared-memory.js';

export interface NamedCellOptions {
  /** Who may open it: 'owner' unless given. */
  access?: ObjectAccess;
}

interface AtomicArray<A> {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A;
  readonly BYTES_PER_ELEMENT: number;
}

/** An element of a typed array over a view. */
export class Cell<A extends Int32Array | BigInt64Array> {
  readonly #view: View;
  readonly #offset: number;
  readonly #sizeBytes: number;
  readonly #array: A;

  /** @throws INVALID_ARGUMENT where the address is not a multiple of the element's size, OUT_OF_BOUNDS, CLOSED, TOO_LARGE */
  constructor(ArrayType: AtomicArray<A>, view: View, offset: ByteCount) {
    if (!(view instanceof View)) {
      throw new PerdureError('INVALID_ARGUMENT', `an atomic number stands in a View, not in ${show(view)}`);
    }
    const size = ArrayType.BYTES_PER_ELEMENT;
    const at = byteCount(offset, 'offset');
    rangeWithin(at, size, view.length, `view of '${view.path}'`);
    if (at % size !== 0 || view.offset % size !== 0) {
      throw new PerdureError(
        'INVALID_ARGUMENT',
        `an atomic number of ${size} bytes stands at a multiple of ${size}, in the view and in what it is part of; this is offset ${at} of a view that begins at ${view.offset}`,
      );
    }
    const { buffer, byteOffset } = view.bytes;
    this.#view = view;
    this.#offset = at;
    this.#sizeBytes = size;
    this.#array = new ArrayType(buffer, byteOffset + at, 1);
  }

  /** The array to load the element from. @throws CLOSED */
  get readable(): A {
    this.#view.checkOpen();
    return this.#array;
  }

  /** The array to change the element in. @throws CLOSED, READ_ONLY */
  get writable(): A {
    this.#view.markWritten(this.#offset, this.#sizeBytes);
    return this.#array;
  }
}

/** Opens or creates memory that is one element long. */
export function memoryFor(
  how: 'create' | 'open' | 'openOrCreate',
  name: string,
  sizeBytes: number,
  options: NamedCellOptions = {},
): SharedMemory {
  if (how === 'open') return SharedMemory.open(name);
  return SharedMemory[how](name, { ...options, size: sizeBytes });
}

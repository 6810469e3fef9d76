/** Texts, bytes and enumerations. */
import { PerdureError } from '../os/errors.js';
import { type Codec, invalidValue } from './codec.js';
import type { EnumerationType } from './types.js';

// NUL would end the text when it is read, and a lone surrogate has no UTF-8.
const NOT_STORABLE = /[\0\p{Cs}]/u;

/** UTF-8 in `size` bytes, padded with NUL. What is not UTF-8 in a file reads as U+FFFD. */
export function utf8Codec(size: number): Codec {
  return {
    fits: (value) =>
      typeof value === 'string' &&
      // A UTF-16 unit takes 1 to 3 bytes: most texts need no closer look at their length.
      value.length <= size &&
      (value.length * 3 <= size || Buffer.byteLength(value) <= size) &&
      !NOT_STORABLE.test(value),
    refusal: (value, path) => {
      if (typeof value === 'string' && Buffer.byteLength(value) > size) {
        const length = Buffer.byteLength(value);
        return invalidValue(path, `a text of at most ${size} bytes in UTF-8 (this one has ${length})`, value);
      }
      return invalidValue(
        path,
        `a text of at most ${size} bytes without NUL characters and lone surrogates`,
        value,
      );
    },
    store: (window, offset, value) => {
      const written = window.buffer.write(value as string, offset, size, 'utf8');
      if (written < size) window.u8.fill(0, offset + written, offset + size);
    },
    read: (window, offset) => {
      const { u8 } = window;
      let end = offset;
      while (end < offset + size && u8[end] !== 0) end++;
      return window.buffer.toString('utf8', offset, end);
    },
  };
}

export function bytesCodec(size: number): Codec {
  return {
    fits: (value) => value instanceof Uint8Array && value.length === size,
    refusal: (value, path) => {
      const length = value instanceof Uint8Array ? ` (this one has ${value.length})` : '';
      return invalidValue(path, `a Uint8Array of exactly ${size} bytes${length}`, value);
    },
    store: (window, offset, value) => window.u8.set((value as Uint8Array).subarray(0, size), offset),
    read: (window, offset) => window.u8.slice(offset, offset + size),
  };
}

/** The position of a name among the names. A position that has no name in a file is CORRUPT. */
export function enumerationCodec(type: EnumerationType, path: string): Codec {
  const { names } = type;
  const positions = new Map<unknown, number>(names.map((name, index) => [name, index]));
  const wide = type.size === 2;
  const listed = `${names.slice(0, 8).join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}`;
  return {
    fits: (value) => positions.has(value),
    refusal: (value, where) => invalidValue(where, `one of ${listed}`, value),
    store: (window, offset, value) => {
      const position = positions.get(value)!;
      if (wide) window.u16[offset >> 1] = position;
      else window.u8[offset] = position;
    },
    read: (window, offset) => {
      const position = (wide ? window.u16[offset >> 1] : window.u8[offset])!;
      const name = names[position];
      if (name !== undefined) return name;
      throw new PerdureError(
        'CORRUPT',
        `'${window.path}' holds ${position} in the field '${path}', an enumeration of ${names.length} names; set it to one of them`,
        { path: window.path },
      );
    },
  };
}

/** Arrays of a fixed length, read as plain arrays. */
import { type Codec, invalidValue } from './codec.js';
import type { ArrayType } from './types.js';

export function arrayCodec(element: Codec, type: ArrayType): Codec {
  const { length } = type;
  const { size } = type.element;
  const isList = (value: unknown): value is ArrayLike<unknown> =>
    (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) &&
    (value as ArrayLike<unknown> & object).length === length;
  return {
    fits: (value) => {
      if (!isList(value)) return false;
      for (let index = 0; index < length; index++) if (!element.fits(value[index])) return false;
      return true;
    },
    refusal: (value, path) => {
      if (isList(value)) {
        for (let index = 0; index < length; index++) {
          if (!element.fits(value[index])) return element.refusal(value[index], `${path}.${index}`);
        }
      }
      return invalidValue(path, `an array of exactly ${length} values`, value);
    },
    store: (window, offset, value) => {
      const values = value as ArrayLike<unknown>;
      for (let index = 0; index < length; index++)
        element.store(window, offset + index * size, values[index]);
    },
    read: (window, offset) => {
      const values = new Array<unknown>(length);
      for (let index = 0; index < length; index++)
        values[index] = element.read(window, offset + index * size);
      return values;
    },
  };
}

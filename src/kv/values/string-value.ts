/** Values that are texts, as UTF-8. Half a surrogate pair becomes U+FFFD, as in every UTF-8 encoder of the platform. */
import { badValue, type ValueCodec } from './value-codec.js';

/** Texts of up to this many UTF-16 units are written into memory that is used again and again. */
const SHORT_UNITS = 4096;
const MAX_BYTES_A_UNIT = 3;
const scratch = Buffer.alloc(SHORT_UNITS * MAX_BYTES_A_UNIT);

/** The UTF-8 of a text, which the next call may overwrite. */
export function utf8(text: string): Uint8Array {
  if (text.length > SHORT_UNITS) return Buffer.from(text);
  return scratch.subarray(0, scratch.write(text, 0));
}

export const stringValue: ValueCodec<string> = {
  id: 2,
  name: 'string',
  encode(value) {
    if (typeof value !== 'string') throw badValue(`the store's values are texts, not ${typeof value}`);
    return utf8(value);
  },
  decode(memory, at, length) {
    return memory.text.toString('utf8', at, at + length);
  },
};

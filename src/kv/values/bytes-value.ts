/** Values that are bytes, as they are. */
import { badValue, type ValueCodec } from './value-codec.js';

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

/** Keys that are bytes, as they are. */
import type { KeyCodec } from './key-codec.js';
import { badKey } from './key-codec.js';

export const bytesKey: KeyCodec<Uint8Array> = {
  id: 1,
  name: 'bytes',
  encode(key, into) {
    if (!(key instanceof Uint8Array)) throw badKey(`the store's keys are bytes, not ${typeof key}`);
    if (key.length > into.limitBytes) throw badKey(`it has ${key.length} bytes`);
    into.set(key);
  },
  encodePrefix(prefix, into) {
    this.encode(prefix as Uint8Array, into);
  },
  decode(memory, length) {
    return memory.u8.slice(0, length);
  },
};

/** Keys that are texts, as their UTF-8 and nothing else. Their order is that of their code points. */
import type { KeyCodec } from './key-codec.js';
import { badKey } from './key-codec.js';
import { readText, writeText } from './utf8.js';

export const stringKey: KeyCodec<string> = {
  id: 2,
  name: 'string',
  encode(key, into) {
    if (typeof key !== 'string') throw badKey(`the store's keys are texts, not ${typeof key}`);
    into.end(writeText(key, into, 0));
  },
  encodePrefix(prefix, into) {
    this.encode(prefix as string, into);
  },
  decode(memory, length) {
    return readText(memory, 0, length);
  },
};

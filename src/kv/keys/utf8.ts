/**
 * Text as UTF-8, whose order of bytes is the order of code points. Nearly all keys are short and plain ASCII, which a loop
 * writes and reads without a call.
 */
import type { KeyBuffer } from '../key-buffer.js';
import type { PageMemory } from '../page-memory.js';
import { badKey } from './key-codec.js';

/** Longer texts go through the runtime's own encoder. */
const SHORT_CHARACTERS = 48;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Writes text at an offset of a key and returns the offset behind it. */
export function writeText(text: string, into: KeyBuffer, at: number): number {
  const { bytes } = into;
  const { length } = text;
  if (length <= SHORT_CHARACTERS && at + length <= into.limitBytes) {
    let index = 0;
    for (; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) break;
      bytes[at + index] = unit;
    }
    if (index === length) return at + length;
  }
  // Two halves that do not make a character have no UTF-8: two different keys would become one.
  if (LONE_SURROGATE.test(text)) throw badKey('the text has half a surrogate pair');
  // At most 3 bytes a unit: most texts need not be measured.
  const room = into.limitBytes - at;
  if (length * 3 > room && Buffer.byteLength(text) > room)
    throw badKey(`it has more than ${into.limitBytes} bytes`);
  return at + into.memory.text.write(text, at);
}

export function readText(memory: PageMemory, start: number, end: number): string {
  return memory.text.toString('utf8', start, end);
}

/** What separates two keys: no more bytes than it takes. */
import type { KeyBuffer } from './key-buffer.js';

/** How many leading bytes two keys share. */
export function commonLength(a: Uint8Array, aLength: number, b: Uint8Array, bLength: number): number {
  const end = Math.min(aLength, bLength);
  let length = 0;
  while (length < end && a[length] === b[length]) length++;
  return length;
}

/** The shortest key that is greater than `left` and not greater than `right`: the beginning of `right`. */
export function separator(left: KeyBuffer, right: KeyBuffer, into: KeyBuffer): void {
  const length = commonLength(left.bytes, left.length, right.bytes, right.length) + 1;
  for (let index = 0; index < length; index++) into.bytes[index] = right.bytes[index];
  into.end(length);
}

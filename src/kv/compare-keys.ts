/** The order of keys is that of their bytes. */
import type { KeyBuffer } from './key-buffer.js';

/** Less than 0, 0, or more. */
export function compareKeys(a: KeyBuffer, b: KeyBuffer): number {
  return Buffer.compare(a.bytes.subarray(0, a.length), b.bytes.subarray(0, b.length));
}

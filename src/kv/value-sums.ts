/**
 * Which large values were verified: for each first page the checksum that its value was found to have. Apart from what is
 * noted of nodes, so that a page that was verified as a value's is never believed to be a node.
 */
import { crc32 } from 'node:zlib';
import { corruptPage } from './admission.js';
import { LARGE_VALUE, MAX_VALUE_BYTES } from './format.js';
import type { PageStore } from './page-store.js';
import type { Reference } from './reference.js';

/** The checksum of a large value as its reference has it: never 0, which stands for a value that nobody has looked at. */
export function valueSum(bytes: Uint8Array): number {
  return crc32(bytes) || 1;
}

/** Where a large value lies, not verified. @throws CORRUPT where the reference cannot be one */
export function largeRun(store: PageStore, { kind, firstPage, length, sum }: Reference): Uint8Array {
  if (kind !== LARGE_VALUE) throw corruptPage(firstPage, `a reference to it is of unknown kind ${kind}`);
  if (length > MAX_VALUE_BYTES) throw corruptPage(firstPage, `its value is said to have ${length} bytes`);
  if (sum === 0) throw corruptPage(firstPage, 'its value has no checksum');
  return store.run(firstPage, length);
}

/** @throws CORRUPT */
export function verifyValue(value: Uint8Array, { firstPage, sum }: Reference): void {
  if (valueSum(value) !== sum) throw corruptPage(firstPage, 'the checksum of its value is wrong');
}

export class ValueSums {
  #sums = new Uint32Array(0);

  /** The value, which is verified the first time. @throws CORRUPT */
  read(store: PageStore, reference: Reference): Uint8Array {
    const value = largeRun(store, reference);
    const { firstPage, sum } = reference;
    if (this.#sums[firstPage] === sum) return value;
    verifyValue(value, reference);
    if (firstPage >= this.#sums.length) {
      const longer = new Uint32Array(Math.max(2 * this.#sums.length, firstPage + 1));
      longer.set(this.#sums);
      this.#sums = longer;
    }
    this.#sums[firstPage] = sum;
    return value;
  }

  /** Pages are handed out for something else. */
  forget(firstPage: number, pages: number): void {
    this.#sums.fill(0, firstPage, firstPage + pages);
  }
}

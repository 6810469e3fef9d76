/**
 * A range of keys as two keys of the tree: all records from `low` on, up to but not including `high`. What is greater
 * than a key begins with the next one that there could be: the same and a 0 behind it.
 */
import { compareKeys } from '../compare-keys.js';
import type { KeyBuffer } from '../key-buffer.js';
import type { RangeOptions } from './options.js';

/** Where the records of a key lie in a tree. Not all trees have one record a key. */
export interface KeyPlaces {
  /** Writes a key that is not greater than that of any record of `key`, and greater than those before. @throws INVALID_ARGUMENT */
  writeBelow(key: unknown, into: KeyBuffer): void;
  /** The same for the first record behind those of `key`. */
  writeAbove(key: unknown, into: KeyBuffer): void;
  /** What the keys of all records begin with whose own keys begin with `prefix`. */
  writePrefix(prefix: unknown, into: KeyBuffer): void;
}

export class Bounds {
  readonly #low: KeyBuffer;
  readonly #high: KeyBuffer;
  readonly #next: KeyBuffer;
  low: KeyBuffer | undefined;
  high: KeyBuffer | undefined;

  constructor(low: KeyBuffer, high: KeyBuffer, next: KeyBuffer) {
    this.#low = low;
    this.#high = high;
    this.#next = next;
  }

  clear(): void {
    this.low = undefined;
    this.high = undefined;
  }

  /** Narrows the bounds to a range. @throws INVALID_ARGUMENT for what cannot be a key */
  narrow<K>(range: RangeOptions<K>, places: KeyPlaces): void {
    const next = this.#next;
    const { gt, gte, lt, lte, prefix } = range;
    if (prefix !== undefined) {
      places.writePrefix(prefix, next);
      this.raise();
      if (increment(next)) this.lower();
    }
    if (gte !== undefined) {
      places.writeBelow(gte, next);
      this.raise();
    }
    if (gt !== undefined) {
      places.writeAbove(gt, next);
      this.raise();
    }
    if (lt !== undefined) {
      places.writeBelow(lt, next);
      this.lower();
    }
    if (lte !== undefined) {
      places.writeAbove(lte, next);
      this.lower();
    }
  }

  /** Nothing is less than what was written into the scratch key. */
  raise(): void {
    if (this.low !== undefined && compareKeys(this.low, this.#next) >= 0) return;
    this.low = copyKey(this.#next, this.#low);
  }

  /** Everything is less than what was written into the scratch key. */
  lower(): void {
    if (this.high !== undefined && compareKeys(this.high, this.#next) <= 0) return;
    this.high = copyKey(this.#next, this.#high);
  }
}

/** Adds the 0 that makes a key the next one. */
export function appendZero(key: KeyBuffer): void {
  key.end(key.length + 1);
}

/** Makes a prefix the first key that is greater than all that begin with it; false where there is none. */
export function increment(prefix: KeyBuffer): boolean {
  let { length } = prefix;
  while (length > 0 && prefix.bytes[length - 1] === 0xff) length--;
  if (length === 0) return false;
  prefix.bytes[length - 1]++;
  prefix.end(length);
  return true;
}

function copyKey(from: KeyBuffer, to: KeyBuffer): KeyBuffer {
  to.bytes.set(from.bytes.subarray(0, from.length));
  to.end(from.length);
  return to;
}

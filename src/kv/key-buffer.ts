/**
 * A key as bytes, in memory that is used again and again. At least 4 zero bytes follow it, as the search wants it.
 */
import { MAX_PAGE_BYTES, maxKeyBytes } from './format.js';
import { PageMemory } from './page-memory.js';

/** Room for the longest key of any page size, for what an encoder writes before it finds that a key is too long, and zeros. */
const KEY_BUFFER_BYTES = maxKeyBytes(MAX_PAGE_BYTES) + 64;

export class KeyBuffer {
  readonly memory = new PageMemory(new ArrayBuffer(KEY_BUFFER_BYTES));
  readonly bytes: Uint8Array = this.memory.u8;
  length = 0;

  /** `limitBytes` is the longest key that may be written. A little more may be written before that is found out. */
  constructor(readonly limitBytes = maxKeyBytes(MAX_PAGE_BYTES)) {}

  /** Says that the first `length` bytes are the key. */
  end(length: number): void {
    this.length = length;
    this.memory.data.setUint32(length, 0);
  }

  set(key: Uint8Array): this {
    this.bytes.set(key);
    this.end(key.length);
    return this;
  }

  toBytes(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

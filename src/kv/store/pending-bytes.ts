/**
 * Keys and values of writes that wait for their transaction. Many share a chunk of memory: memory of its own for each would cost more
 * than the write.
 */
const CHUNK_BYTES = 2 ** 18;

export class PendingBytes {
  #chunk = new Uint8Array(0);
  #used = 0;

  /** A copy of both, one behind the other. */
  copy(key: Uint8Array, value: Uint8Array): Uint8Array {
    const length = key.length + value.length;
    if (length > this.#chunk.length - this.#used) {
      // A long one gets memory of its own, and the rest of the chunk is still used.
      if (length > CHUNK_BYTES / 8) return joined(key, value, new Uint8Array(length));
      this.#chunk = new Uint8Array(CHUNK_BYTES);
      this.#used = 0;
    }
    const place = this.#chunk.subarray(this.#used, this.#used + length);
    this.#used += length;
    return joined(key, value, place);
  }
}

function joined(key: Uint8Array, value: Uint8Array, into: Uint8Array): Uint8Array {
  into.set(key);
  into.set(value, key.length);
  return into;
}

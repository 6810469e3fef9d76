/** Which blocks of a file are on the disk, holes not counted. Copies share one set until either changes. */

export const BLOCK_BYTES = 4096;

export class Blocks {
  #set: Set<number>;
  #shared = false;

  constructor(set: Set<number> = new Set()) {
    this.#set = set;
  }

  get sizeBytes(): number {
    return this.#set.size * BLOCK_BYTES;
  }

  /** Takes as little time as it can: an image of a disk is a copy. */
  copy(): Blocks {
    const copy = new Blocks(this.#set);
    this.#shared = copy.#shared = true;
    return copy;
  }

  /** True where all of [offset, offset + length) has blocks. */
  hold(offset: number, length: number): boolean {
    const end = Math.ceil((offset + length) / BLOCK_BYTES);
    for (let block = Math.floor(offset / BLOCK_BYTES); block < end; block++) {
      if (!this.#set.has(block)) return false;
    }
    return true;
  }

  add(offset: number, length: number): void {
    if (length === 0 || this.hold(offset, length)) return;
    const set = this.#own();
    const end = Math.ceil((offset + length) / BLOCK_BYTES);
    for (let block = Math.floor(offset / BLOCK_BYTES); block < end; block++) set.add(block);
  }

  /** Gives back what lies wholly beyond `sizeBytes`. */
  shorten(sizeBytes: number): void {
    const set = this.#own();
    for (const block of set) if (block * BLOCK_BYTES >= sizeBytes) set.delete(block);
  }

  #own(): Set<number> {
    if (this.#shared) this.#set = new Set(this.#set);
    this.#shared = false;
    return this.#set;
  }
}

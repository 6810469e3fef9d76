/**
 * Keeps a flush from writing far more than was stored.
 *
 * Linux may hold a file in its page cache in large folios (after large writes or sequential reading), and then one
 * byte stored through a mapping makes the whole folio dirty: a flush writes up to 2 MiB for it. Folios that are faulted
 * in again one by one are small. So each region counts what was stored into it; when a flush is due and the system
 * says that it will write far more than that (cachestat), the region's clean pages are dropped right after the flush
 * and are small from then on. Regions that this opening allocated itself start small. A region known to be small is
 * looked at again only after some flushes: asking costs some microseconds.
 */

/** The largest folio of the page cache, 2 MiB. */
export const REGION_BYTES = 2 ** 21;

/** A flush that writes this many times what was stored is worth a few reads to make smaller. */
const AMPLIFICATION = 16;

/** Flushes of a region before it is looked at again. */
const PATIENCE = 100;

export class WrittenRegions {
  /** Bytes stored into each region since its last flush. Grows with the file; wraps harmlessly (it is a heuristic). */
  #stored = new Uint32Array(0);
  /** Flushes of each region that may pass before it is looked at. */
  #patience = new Uint8Array(0);
  #first = Number.POSITIVE_INFINITY;
  #last = -1;

  /** Notes a store of `length` bytes at `offset` of the file. */
  mark(offset: number, length: number): void {
    const region = Math.floor(offset / REGION_BYTES);
    const stored = this.#stored[region];
    // The common case, a small store into a region that was stored into before, costs one addition.
    if (stored === undefined || stored === 0 || offset + length > (region + 1) * REGION_BYTES) {
      this.#markRange(region, Math.floor((offset + length - 1) / REGION_BYTES), length);
    } else this.#stored[region] = stored + length;
  }

  /** Says that the file's bytes from `offset` on were allocated just now, so that their folios are small. */
  allocated(offset: number, end: number): void {
    const first = Math.ceil(offset / REGION_BYTES);
    const last = Math.ceil(end / REGION_BYTES);
    if (last > this.#stored.length) this.#grow(last);
    this.#patience.fill(PATIENCE, first, last);
  }

  /**
   * Takes the regions within [offset, end) that were written since the last call and would be written out
   * disproportionately, by what `dirtyBytes` says of a region. They count as small from now on.
   */
  takeOversized(offset: number, end: number, dirtyBytes: (offset: number) => number | undefined): number[] {
    const oversized: number[] = [];
    const from = Math.max(this.#first, Math.floor(offset / REGION_BYTES));
    const to = Math.min(this.#last, Math.ceil(end / REGION_BYTES) - 1);
    for (let region = from; region <= to; region++) {
      const stored = this.#stored[region]!;
      this.#stored[region] = 0;
      if (stored === 0) continue;
      if (this.#patience[region]! > 0) {
        this.#patience[region]!--;
        continue;
      }
      this.#patience[region] = PATIENCE;
      const dirty = dirtyBytes(region * REGION_BYTES);
      if (dirty === undefined || dirty < AMPLIFICATION * Math.max(stored, 4096)) continue;
      oversized.push(region * REGION_BYTES);
    }
    if (from <= this.#first && to >= this.#last) {
      this.#first = Number.POSITIVE_INFINITY;
      this.#last = -1;
    }
    return oversized;
  }

  #markRange(first: number, last: number, length: number): void {
    if (last >= this.#stored.length) this.#grow(last + 1);
    for (let region = first; region <= last; region++) this.#stored[region]! += length;
    if (first < this.#first) this.#first = first;
    if (last > this.#last) this.#last = last;
  }

  #grow(regions: number): void {
    const capacity = Math.max(regions, this.#stored.length * 2, 64);
    const stored = new Uint32Array(capacity);
    stored.set(this.#stored);
    this.#stored = stored;
    const patience = new Uint8Array(capacity);
    patience.set(this.#patience);
    this.#patience = patience;
  }
}

/**
 * Durable flushes of one open file, and what a failed one means.
 *
 * Invariants:
 * - asynchronous flushes run one after the other, so that each is told of its own failure; a blocking one may run at
 *   any time;
 * - after a failed flush none succeeds any more: the page cache may call pages clean that never reached the disk;
 * - regions that the system is about to write out disproportionately are noted before the flush and made small after it
 *   (written-regions.ts).
 */
import { PerdureError } from '../os/errors.js';
import type { FileHandle, Os } from '../os/os.js';
import type { CheckedRange } from './range.js';
import type { Segments } from './segments.js';
import { REGION_BYTES, type WrittenRegions } from './written-regions.js';

export class Flusher {
  readonly #os: Os;
  readonly #file: FileHandle;
  readonly #segments: Segments;
  readonly #regions: WrittenRegions;
  #failure: unknown;
  /** Settles when the asynchronous flushes so far are done. */
  #last: Promise<void> = Promise.resolve();

  constructor(os: Os, file: FileHandle, segments: Segments, regions: WrittenRegions) {
    this.#os = os;
    this.#file = file;
    this.#segments = segments;
    this.#regions = regions;
  }

  /** @throws POISONED after a failed flush */
  checkSound(): void {
    if (this.#failure === undefined) return;
    const { path } = this.#file;
    throw new PerdureError(
      'POISONED',
      `an earlier flush of '${path}' failed, and what is on the disk is not known; close it, open it again and check`,
      { path, cause: this.#failure },
    );
  }

  /** Flushes a range when the flushes before it are done. @param range what to flush, checked at that moment */
  async flush(range: () => CheckedRange): Promise<void> {
    const before = this.#last;
    let done = () => {};
    this.#last = new Promise((resolve) => {
      done = resolve;
    });
    try {
      await before;
      await this.#flush(range());
    } finally {
      done();
    }
  }

  flushSync(range: CheckedRange): void {
    const oversized = this.#takeOversized(range);
    try {
      for (const part of this.#toFlush(range)) {
        this.#os.flushViewOfFile(part.segment.mapped, part.offset, part.length);
      }
      this.#os.flushFileBuffers(this.#file);
    } catch (error) {
      this.#poison(error);
    }
    this.#settle(oversized);
  }

  async #flush(range: CheckedRange): Promise<void> {
    const oversized = this.#takeOversized(range);
    try {
      for (const part of this.#toFlush(range)) {
        await this.#os.flushViewOfFileAsync(part.segment.mapped, part.offset, part.length);
      }
      await this.#os.flushFileBuffersAsync(this.#file);
    } catch (error) {
      this.#poison(error);
    }
    // A blocking flush may have been told of a failure meanwhile, and this one not.
    this.checkSound();
    this.#settle(oversized);
  }

  #poison(error: unknown): never {
    this.#failure = error;
    throw error;
  }

  /** The parts of the mapping to hand to FlushViewOfFile before FlushFileBuffers. */
  #toFlush({ offset, length }: CheckedRange) {
    if (this.#os.getSystemInfo().flushFileBuffersWritesViews) return [];
    return [...this.#segments.within(offset, offset + length)];
  }

  #takeOversized({ offset, length }: CheckedRange): number[] {
    return this.#regions.takeOversized(offset, offset + length, (region) => {
      for (const part of this.#segments.within(region, region + REGION_BYTES)) {
        return this.#os.queryDirtyBytes(part.segment.mapped, part.offset, part.length);
      }
      return undefined;
    });
  }

  /** Drops the clean pages of regions that were written out disproportionately; they come back one by one. */
  #settle(regions: readonly number[]): void {
    for (const region of regions) {
      for (const part of this.#segments.within(region, region + REGION_BYTES)) {
        this.#os.adviseView(part.segment.mapped, part.offset, part.length, 'dontneed');
      }
    }
  }
}

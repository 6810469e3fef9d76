/**
 * One file of a simulated disk: what its processes see, what is certainly on the disk, and what may be.
 *
 * Rules, those of real disks and systems at their worst:
 * - the system writes any sector at any time, in any order, with any contents that it had since the last flush;
 * - the same holds for the file's length, independently of its contents; what was never written is zeros;
 * - a flush makes certain what was there when it began. Where the system needs FlushViewOfFile before, stores through views count
 *   for a flush only once such a call has handed them over;
 * - after a flush that failed, the system takes what it should have written for written: no later flush makes that certain. Only
 *   other bytes are seen to be written again through a view: the same ones are not, as they are by a real system.
 */
import { Blocks } from './blocks.js';
import { type PageCache, SECTOR_BYTES, ZEROS } from './page-cache.js';
import { Versions } from './versions.js';

/** The contents that a sector has had since it was last certain. */
export class SectorVersions extends Versions<Buffer> {
  /** The newest that was handed to the system, not only stored through a view. */
  handed = 0;
}

/** What a flush that has begun will make certain. */
export interface FlushMark {
  readonly sectors: readonly (readonly [sector: number, versions: SectorVersions, mark: number])[];
  readonly length: number;
}

export class StoredFile {
  readonly cache: PageCache;
  readonly lengths = new Versions(0);
  blocks = new Blocks();
  durableBlocks = new Blocks();
  /** Openings, with their access and share modes. */
  readonly openings = new Set<{ readonly access: number; readonly share: number }>();
  /** Open mappings and views: while there is one, nobody shortens the file. */
  mappings = 0;
  readonly #viewsAreWritten: boolean;
  readonly #uncertain = new Map<number, SectorVersions>();
  /** Sectors that became certain, for whoever makes images of the file. */
  readonly #settled = new Set<number>();
  /** Sectors that changed, for whoever made this file as an image. */
  readonly #changed = new Set<number>();

  /** @param viewsAreWritten a flush also writes what was stored through views */
  constructor(cache: PageCache, viewsAreWritten: boolean) {
    this.cache = cache;
    this.#viewsAreWritten = viewsAreWritten;
  }

  get length(): number {
    return this.lengths.newest;
  }

  /** Sectors that may hold something else than what is certain. */
  get uncertain(): ReadonlyMap<number, SectorVersions> {
    return this.#uncertain;
  }

  /** The blocks that it may occupy. */
  get blockVersions(): readonly Blocks[] {
    const { blocks, durableBlocks } = this;
    return blocks.sizeBytes === durableBlocks.sizeBytes ? [blocks] : [durableBlocks, blocks];
  }

  /** What a sector certainly holds on the disk. */
  durableSector(sector: number): Buffer {
    return this.#uncertain.get(sector)?.durable ?? this.cache.sector(sector);
  }

  /** Finds what was stored through views. */
  observe(): void {
    this.cache.observe((sector, before, after) => this.#change(sector, before, after));
  }

  /** Stores bytes by position, as one write that may be torn between sectors. */
  write(offset: number, bytes: Uint8Array): void {
    this.observe();
    const first = Math.floor(offset / SECTOR_BYTES);
    const last = Math.floor((offset + bytes.length - 1) / SECTOR_BYTES);
    for (let sector = first; sector <= last; sector++) {
      const from = Math.max(sector * SECTOR_BYTES, offset);
      const to = Math.min((sector + 1) * SECTOR_BYTES, offset + bytes.length);
      const before = this.cache.sector(sector);
      const after = Buffer.from(before);
      after.set(bytes.subarray(from - offset, to - offset), from - sector * SECTOR_BYTES);
      const versions = this.#change(sector, before, after);
      versions.handed = versions.mark;
      this.cache.store(sector * SECTOR_BYTES, after);
    }
    if (offset + bytes.length > this.length) this.lengths.push(offset + bytes.length);
  }

  setLength(sizeBytes: number): void {
    this.observe();
    if (sizeBytes === this.length) return;
    if (sizeBytes < this.length) this.#zeroFrom(sizeBytes);
    this.lengths.push(sizeBytes);
  }

  /** FlushViewOfFile of a range begins. Hand the result to `handOver` when it ends. */
  beginHandOver(offset: number, length: number): FlushMark['sectors'] {
    this.observe();
    const within = [...this.#uncertain].filter(
      ([sector]) => sector * SECTOR_BYTES < offset + length && (sector + 1) * SECTOR_BYTES > offset,
    );
    return within.map(([sector, versions]) => [sector, versions, versions.mark] as const);
  }

  handOver(sectors: FlushMark['sectors']): void {
    for (const [, versions, mark] of sectors) versions.handed = Math.max(versions.handed, mark);
  }

  /** FlushFileBuffers begins. Hand the result to `settle` when it ends. */
  beginFlush(): FlushMark {
    this.observe();
    const sectors = [...this.#uncertain].map(([sector, versions]) => {
      return [sector, versions, this.#viewsAreWritten ? versions.mark : versions.handed] as const;
    });
    return { sectors, length: this.lengths.mark };
  }

  settle({ sectors, length }: FlushMark): void {
    for (const [sector, versions, mark] of sectors) {
      if (versions.settle(mark)) this.#settled.add(sector);
      if (versions.count === 1 && this.#uncertain.get(sector) === versions) this.#uncertain.delete(sector);
    }
    this.lengths.settle(length);
    this.durableBlocks = this.blocks.copy();
  }

  /** A flush failed: the system takes the contents for written. (Lengths are in the journal, which is not given up so.) */
  lose(): void {
    for (const versions of this.#uncertain.values()) versions.lose();
  }

  /** Image only: puts a sector there as if it had always been there. */
  restore(sector: number, bytes: Buffer): void {
    this.cache.store(sector * SECTOR_BYTES, bytes);
    this.#settled.add(sector);
  }

  /** Image only: everything that is there is certain, and the file has this length. */
  restoreLength(length: number, blocks: Blocks): void {
    this.#uncertain.clear();
    this.lengths.push(length);
    this.lengths.settle(this.lengths.mark);
    this.blocks = blocks;
    this.durableBlocks = blocks.copy();
  }

  /** The sectors that became certain since the last call. */
  takeSettled(): Set<number> {
    return take(this.#settled);
  }

  /** The sectors that changed since the last call. */
  takeChanged(): Set<number> {
    return take(this.#changed);
  }

  #change(sector: number, before: Buffer, after: Buffer): SectorVersions {
    let versions = this.#uncertain.get(sector);
    if (versions === undefined) {
      versions = new SectorVersions(Buffer.from(before));
      this.#uncertain.set(sector, versions);
    }
    versions.push(Buffer.from(after));
    this.#changed.add(sector);
    this.blocks.add(sector * SECTOR_BYTES, SECTOR_BYTES);
    return versions;
  }

  /** What a shorter file loses reads as zeros when it grows again. */
  #zeroFrom(sizeBytes: number): void {
    for (const sector of this.cache.sectors()) {
      const keep = Math.max(0, sizeBytes - sector * SECTOR_BYTES);
      if (keep >= SECTOR_BYTES) continue;
      const before = this.cache.sector(sector);
      if (before.compare(ZEROS, keep, SECTOR_BYTES, keep) === 0) continue;
      const after = Buffer.from(before);
      after.fill(0, keep);
      const versions = this.#change(sector, before, after);
      versions.handed = versions.mark;
      this.cache.store(sector * SECTOR_BYTES, after);
    }
    this.blocks.shorten(sizeBytes);
  }
}

function take(set: Set<number>): Set<number> {
  const taken = new Set(set);
  set.clear();
  return taken;
}

/**
 * A store's file: what openStore stands on. Where to read on:
 *
 * - opening.ts, slots.ts, recovery.ts: how the newest commit is found
 * - store-mapping.ts, file-page-store.ts, page-output.ts: how pages are read and written, and how the file grows
 * - durability.ts: root slots and flushes
 * - free-pages.ts, free-tree.ts: which pages can be used again
 */
import { PerdureError } from '../../os/errors.js';
import { nativeOs } from '../../os/native.js';
import type { FileHandle, Os } from '../../os/os.js';
import type { Directory } from '../directory.js';
import type { WritableStore } from '../page-store.js';
import type { Commit, Pager, PinnedCommit } from '../pager.js';
import { type RootSlot, withRecent } from '../root-slot.js';
import { checkFreePages } from './accounting.js';
import { Durability } from './durability.js';
import type { FilePageStore } from './file-page-store.js';
import { FreePages } from './free-pages.js';
import { type OpenedStore, openStoreFile } from './opening.js';
import { checkOptions, type FilePagerInternals, type FilePagerOptions } from './options.js';
import { Pins } from './pins.js';
import { slotFileOf } from './slot-file.js';
import type { StoreMapping } from './store-mapping.js';

/** 1 MiB of pages of 4 KiB. */
const SETTLE_PAGES = 256;
/**
 * What a commit frees is used again when it is on the disk: commits that are never flushed would let the file grow without end.
 * 16 MiB of pages of 4 KiB, or this part of the store, may wait.
 */
const UNFLUSHED_PAGES = 4096;
const UNFLUSHED_PART = 1 / 4;
/** Pages that are written again are read in pieces of this size. */
const REWRITE_BYTES = 2 ** 20;

class Pin implements PinnedCommit {
  #release: (() => void) | undefined;

  constructor(
    readonly sequence: number,
    readonly tables: Directory,
    release: () => void,
  ) {
    this.#release = release;
  }

  release(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }
}

export class FilePager implements Pager {
  readonly path: string;
  readonly isWritable: boolean;
  /** Pages that were verified at opening. */
  readonly verifiedAtOpening: number;
  readonly #os: Os;
  readonly #file: FileHandle;
  readonly #mapping: StoreMapping;
  readonly #pages: FilePageStore;
  readonly #free: FreePages | undefined;
  readonly #durability: Durability;
  readonly #pins = new Pins();
  /** The readers of today, the oldest first; see StoreMapping. */
  readonly #readers = new Set<number>();
  readonly #opened: OpenedStore;
  readonly #settlePages: number;
  readonly #unflushedPages: number;
  /** Commits that are not known to be on the disk, and how many pages each wrote. */
  readonly #unflushed: { sequence: number; pages: number }[] = [];
  #unflushedNow = 0;
  /** Pages that commits wrote since the store was settled. */
  #unsettled = 0;
  #newest: Commit;
  #inTransaction = false;
  #isEstablished = false;
  #closed = false;

  private constructor(
    os: Os,
    opened: OpenedStore,
    options: Required<FilePagerOptions>,
    internals: FilePagerInternals,
  ) {
    const { file, mapping, pages, found, recovery } = opened;
    const { slot } = found;
    this.#os = os;
    this.#file = file;
    this.path = file.path;
    this.#mapping = mapping;
    this.#pages = pages;
    this.#opened = opened;
    this.#settlePages = internals.settlePages ?? SETTLE_PAGES;
    this.#unflushedPages = internals.unflushedPages ?? UNFLUSHED_PAGES;
    this.isWritable = !options.readonly;
    this.verifiedAtOpening = recovery.visited;
    this.#unsettled = recovery.recentRuns.reduce((sum, run) => sum + run.pages, 0);
    this.#newest = { sequence: slot.sequence, tables: slot.tables };
    this.#durability = new Durability(
      slotFileOf(os, file, mapping, pages, options.writeMap),
      slot,
      found.index,
      options.strict,
      () => {
        const { durable } = this.#durability;
        pages.durable = durable;
        while (this.#unflushed.length > 0 && this.#unflushed[0].sequence <= durable)
          this.#unflushedNow -= this.#unflushed.shift()!.pages;
      },
    );
    if (this.isWritable) {
      const { freePages: root, freeRuns: runs, reserve, pageCount } = slot;
      const disk = {
        grow: (wanted: number) => mapping.grow(wanted),
        flush: () => {
          if (this.#durability.isDurable) return false;
          this.#durability.flushSync();
          return true;
        },
      };
      const state = { root, runs, reserve, pageCount };
      this.#free = new FreePages(pages, state, this.#pins, disk, internals.listedRuns);
      pages.freePages = this.#free;
    }
  }

  /**
   * Opens a store's file, or creates it. Costs the same whatever the file holds, but for what the last commits wrote.
   * @throws NOT_FOUND, ALREADY_EXISTS, ACCESS_DENIED, NOT_A_FILE, SHARING_VIOLATION where another process has it open, CORRUPT,
   *   VERSION_UNSUPPORTED, READ_ONLY, DISK_FULL, INVALID_ARGUMENT
   */
  static open(path: string, options: FilePagerOptions = {}, internals: FilePagerInternals = {}): FilePager {
    const checked = checkOptions(options);
    const os = internals.os ?? nativeOs();
    return new FilePager(os, openStoreFile(os, path, checked, internals), checked, internals);
  }

  get pages(): WritableStore {
    return this.#pages;
  }

  get newest(): Commit {
    return this.#newest;
  }

  /** The newest commit that is known to be on the disk. */
  get durable(): number {
    return this.#durability.durable;
  }

  /** What the newest commit says of free pages. */
  get slot(): RootSlot {
    return this.#durability.newest;
  }

  /** The file's length in bytes. */
  get fileBytes(): number {
    return this.#mapping.fileBytes;
  }

  get isFarBehind(): boolean {
    return this.#unflushedNow > this.#unflushedLimit;
  }

  checkPages(used: Iterable<number>): void {
    this.#checkOpen();
    checkFreePages(this.#pages, this.slot, used);
  }

  pin(): PinnedCommit {
    this.#checkOpen();
    const { sequence, tables } = this.#newest;
    const reader = this.#mapping.addReader();
    this.#readers.add(reader);
    this.#pins.add(sequence);
    return new Pin(sequence, tables, () => {
      this.#readers.delete(reader);
      if (this.#pins.remove(sequence)) this.#free?.unpinned(sequence);
      if (!this.#inTransaction && !this.#closed) this.#unmapRetired();
    });
  }

  begin(): void {
    this.#checkOpen();
    if (!this.isWritable)
      throw new PerdureError('READ_ONLY', `'${this.path}' was opened for reading`, { path: this.path });
    if (this.#inTransaction) {
      throw new PerdureError('ACCESS_DENIED', `'${this.path}' has a write transaction already`, {
        path: this.path,
      });
    }
    this.#durability.checkSound();
    this.#establish();
    // A flush that is under way will make up for some of it.
    const limit = this.#durability.isFlushing ? 2 * this.#unflushedLimit : this.#unflushedLimit;
    if (this.#unflushedNow > limit) this.#durability.flushSync();
    this.#unmapRetired();
    this.#pages.begin(this.#newest.sequence + 1);
    this.#free!.begin();
    this.#inTransaction = true;
  }

  abort(): void {
    this.#checkTransaction();
    this.#pages.abort();
    this.#free!.abort();
    this.#durability.putBack();
    this.#inTransaction = false;
  }

  commit(tables: Directory): Commit {
    this.#checkTransaction();
    this.#durability.checkSound();
    const free = this.#free!;
    const pages = this.#pages;
    const state = free.write();
    const built = pages.writeAll();
    const slot = {
      ...this.slot,
      sequence: pages.sequence,
      pageCount: state.pageCount,
      tables: { listed: tables.listed, tree: { ...tables.tree, isRecent: true } },
      freePages: { ...state.root, isRecent: true },
      freeRuns: state.runs,
      reserve: state.reserve,
    };
    this.#durability.commit(withRecent(slot, (page) => pages.isRecent(page)));
    free.accept(state);
    this.#mapping.changed();
    this.#unsettled += built;
    this.#unflushed.push({ sequence: pages.sequence, pages: built });
    this.#unflushedNow += built;
    this.#inTransaction = false;
    this.#newest = { sequence: pages.sequence, tables };
    return this.#newest;
  }

  flushSync(): void {
    this.#checkOpen();
    if (!this.isWritable) return;
    this.#durability.checkSound();
    this.#establish();
    this.#durability.flushSync();
    this.#settleIfLarge();
  }

  async flush(): Promise<void> {
    this.#checkOpen();
    if (!this.isWritable) return;
    this.#durability.checkSound();
    this.#establish();
    await this.#durability.flush();
    if (!this.#closed) this.#settleIfLarge();
  }

  close(): void {
    if (this.#closed) return;
    if (this.#inTransaction) this.abort();
    try {
      if (this.isWritable && this.#isEstablished && this.#durability.isSound) {
        this.#durability.flushSync();
        this.#settle();
      }
    } finally {
      this.#closed = true;
      this.#mapping.close();
      this.#trim();
      this.#os.closeHandle(this.#file);
    }
  }

  /**
   * Before the first commit or flush: what was found may be in the page cache only, and a flush that failed before may have left it
   * there for clean. Written again and flushed, it is on the disk. The other slots must not be touched before that.
   */
  #establish(): void {
    if (this.#isEstablished) return;
    const { recentRuns } = this.#opened.recovery;
    for (const { first, pages } of recentRuns) this.#rewrite(first, pages);
    this.#durability.establish(this.#opened.passedOver);
    recentRuns.length = 0;
    this.#isEstablished = true;
  }

  /** Writes pages again as they are in the file: somebody may have stored into the memory that shows them. */
  #rewrite(firstPage: number, pages: number): void {
    const { pageBytes } = this.#pages;
    const end = (firstPage + pages) * pageBytes;
    const buffer = new Uint8Array(Math.min(pages * pageBytes, REWRITE_BYTES));
    for (let at = firstPage * pageBytes; at < end; at += buffer.length) {
      const part = buffer.subarray(0, end - at);
      this.#os.readFile(this.#file, part, at);
      this.#os.writeFile(this.#file, part, at);
    }
  }

  get #unflushedLimit(): number {
    return Math.max(this.#unflushedPages, this.slot.pageCount * UNFLUSHED_PART);
  }

  #settleIfLarge(): void {
    if (this.#unsettled >= this.#settlePages && !this.#inTransaction) this.#settle();
  }

  #settle(): void {
    try {
      this.#durability.settle();
    } catch {
      // What it would have saved is some work at the next opening.
      return;
    }
    this.#unsettled = 0;
    const { sequence, tables } = this.slot;
    if (sequence !== this.#newest.sequence) this.#newest = { sequence, tables };
  }

  #unmapRetired(): void {
    const [oldest] = this.#readers;
    this.#mapping.unmapRetired(oldest);
  }

  /** Gives back what the file has more than the store needs. Not worth an error: the next opening has the room. */
  #trim(): void {
    if (!this.isWritable || !this.#isEstablished || !this.#durability.isSound) return;
    try {
      this.#mapping.trim(this.slot.pageCount);
    } catch {}
  }

  #checkOpen(): void {
    if (this.#closed) throw new PerdureError('CLOSED', `'${this.path}' was closed; open it again`);
  }

  #checkTransaction(): void {
    this.#checkOpen();
    if (!this.#inTransaction)
      throw new PerdureError('ACCESS_DENIED', `'${this.path}' has no write transaction`, { path: this.path });
  }
}

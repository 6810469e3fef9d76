/**
 * How commits reach the disk: root slots, flushes, and which commit is known to be durable.
 *
 * A commit takes one flush: its pages and its slot are written together. (`strict`: pages, flush, slot, flush.)
 *
 * Invariants:
 * - the slot of the newest commit that is known to be on the disk is never written to: it is what a crash falls back to;
 * - nor is the slot of a commit whose flush is under way: once that has ended, the commit was promised. A commit made meanwhile keeps
 *   its slot in memory until then;
 * - after a failed flush nothing is written any more. What the page cache calls clean then may never have reached the disk.
 */
import { PerdureError } from '../../os/errors.js';
import { encodeRootSlot, hasRecent, type RootSlot, SLOT_HEAD_BYTES, settled } from '../root-slot.js';

/** What the file offers. */
export interface SlotFile {
  readonly path: string;
  /** Writes bytes to the beginning of a page. */
  writeSlot(index: 0 | 1, bytes: Uint8Array): void;
  /** Returns when everything that was written is on the disk. */
  flushSync(): void;
  flush(): Promise<void>;
}

/** What is written to the place of a slot that must not count. */
const NO_SLOT: Uint8Array = new Uint8Array(SLOT_HEAD_BYTES);

export class Durability {
  /** The newest commit that is known to be on the disk. */
  durable: number;
  readonly #file: SlotFile;
  readonly #isStrict: boolean;
  readonly #onDurable: () => void;
  /** What the newest commit says. Its `durable` is filled in when it is written. */
  #newest: RootSlot;
  /** The commits in the slots; 0 where nothing counts. */
  readonly #slots: [number, number] = [0, 0];
  /** The slot that a crash falls back to. */
  #fallback: 0 | 1;
  /** What the other slot held before, to be put back where writing it failed. */
  #replaced: Uint8Array;
  /** True where writing the other slot failed, and putting it back failed too. */
  #isDamaged = false;
  /** The commit that is being flushed, 0 for none. */
  #inFlight = 0;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #failure: unknown;

  /**
   * @param index the slot that the newest commit was found in
   * @param onDurable called when `durable` has grown
   */
  constructor(file: SlotFile, newest: RootSlot, index: 0 | 1, isStrict: boolean, onDurable: () => void) {
    this.#file = file;
    this.#newest = newest;
    this.#fallback = index;
    this.#slots[index] = newest.sequence;
    this.#isStrict = isStrict;
    this.#onDurable = onDurable;
    this.durable = newest.durable;
    this.#replaced = NO_SLOT;
  }

  get newest(): RootSlot {
    return this.#newest;
  }

  get isDurable(): boolean {
    return this.durable === this.#newest.sequence;
  }

  /** True while an asynchronous flush is under way. */
  get isFlushing(): boolean {
    return this.#running !== undefined;
  }

  /** False after a failed flush. */
  get isSound(): boolean {
    return this.#failure === undefined;
  }

  /** @throws POISONED after a failed flush */
  checkSound(): void {
    if (this.#failure === undefined) return;
    const { path } = this.#file;
    throw new PerdureError(
      'POISONED',
      `an earlier flush of '${path}' failed, and what is on the disk is not known; close it and open it again`,
      { path, cause: this.#failure },
    );
  }

  /**
   * Makes durable what was found in the file: it may be in the page cache only. The slot itself is written again for that.
   * @param isFallback the other slot is of a newer commit that was passed over. It is wiped before any page is written: what it
   *   misses could be written again, to the byte, by the next commit, and a second crash would bring it back.
   * @throws IO_ERROR, DISK_FULL, which is final
   */
  establish(isFallback: boolean): void {
    if (isFallback) {
      this.#orPoison(() => this.#file.writeSlot(this.#other, NO_SLOT));
    }
    this.#orPoison(() => this.#file.writeSlot(this.#fallback, encodeRootSlot(this.#newest)));
    this.#flushFile();
    this.#becameDurable(this.#newest.sequence);
  }

  /**
   * Takes a commit whose pages were written.
   * @param areDurable true where they are known to be on the disk
   * @throws IO_ERROR, DISK_FULL; then it was not made
   */
  commit(slot: RootSlot, areDurable = false): void {
    this.checkSound();
    const before = this.#newest;
    this.#newest = slot;
    if ((this.#isStrict && !areDurable) || !this.#mayWriteSlot) return;
    try {
      this.#writeSlot(slot);
    } catch (error) {
      this.#newest = before;
      this.#isDamaged = true;
      this.putBack();
      throw error;
    }
  }

  /** A slot that was not written whole must not come back as a commit that nobody made. False where that is still to be done. */
  putBack(): boolean {
    if (!this.#isDamaged) return true;
    try {
      this.#file.writeSlot(this.#other, this.#replaced);
      this.#isDamaged = false;
    } catch {}
    return !this.#isDamaged;
  }

  /** Blocks until the newest commit is on the disk. @throws IO_ERROR, DISK_FULL, POISONED */
  flushSync(): void {
    this.checkSound();
    while (!this.isDurable) {
      if (this.#isStrict) this.#flushFile();
      const written = this.#writeWaiting(this.#newest);
      this.#flushFile();
      this.#becameDurable(written);
    }
  }

  /** The same, leaving the event loop free. Calls that come during a flush share the next one. */
  flush(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    this.#running = this.#flush().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #flush(): Promise<void> {
    this.checkSound();
    const goal = this.#newest;
    if (this.#isStrict && this.durable < goal.sequence) await this.#flushFileAsync();
    while (this.durable < goal.sequence) {
      // In strict mode no newer one: its pages may have been written after that flush began.
      const written = this.#writeWaiting(this.#isStrict ? goal : this.#newest);
      this.#inFlight = written;
      await this.#flushFileAsync();
      this.#becameDurable(written);
    }
  }

  /**
   * Says of a store that is durable that nothing in it is recent, so that opening it verifies nothing, however much the last commit
   * wrote. Not flushed: where it is lost, that is verified.
   */
  settle(): void {
    if (this.isDurable && hasRecent(this.#newest)) this.commit(settled(this.#newest), true);
  }

  /** Writes a commit's slot where that is still to be done. Returns the commit that the next flush makes durable. */
  #writeWaiting(slot: RootSlot): number {
    if (this.#mayWriteSlot && this.#slots[this.#other] !== slot.sequence)
      this.#orPoison(() => this.#writeSlot(slot));
    return this.#slots[this.#other];
  }

  /** False while the other slot is of a commit that is being flushed. */
  get #mayWriteSlot(): boolean {
    return this.#inFlight <= this.durable;
  }

  get #other(): 0 | 1 {
    return this.#fallback === 0 ? 1 : 0;
  }

  #writeSlot(slot: RootSlot): void {
    const bytes = encodeRootSlot({ ...slot, durable: this.durable });
    this.#file.writeSlot(this.#other, bytes);
    this.#replaced = bytes;
    this.#isDamaged = false;
    this.#slots[this.#other] = slot.sequence;
  }

  #becameDurable(sequence: number): void {
    if (sequence <= this.durable) return;
    this.durable = sequence;
    if (this.#slots[this.#other] === sequence) this.#fallback = this.#other;
    this.#replaced = NO_SLOT;
    this.#onDurable();
    // A commit was made meanwhile: now there is a slot for it.
    if (!this.#isStrict && !this.isDurable) this.#orPoison(() => this.#writeSlot(this.#newest));
  }

  #flushFile(): void {
    this.#orPoison(() => {
      this.#checkSlot();
      this.#file.flushSync();
    });
    this.checkSound();
  }

  async #flushFileAsync(): Promise<void> {
    try {
      this.#checkSlot();
      await this.#file.flush();
    } catch (error) {
      this.#failure ??= error;
      throw error;
    }
    // A blocking flush may have been told of a failure meanwhile, and this one not.
    this.checkSound();
  }

  #checkSlot(): void {
    if (this.putBack()) return;
    const { path } = this.#file;
    throw new PerdureError('IO_ERROR', `a root slot of '${path}' cannot be written`, { path });
  }

  #orPoison(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#failure ??= error;
      throw error;
    }
  }
}

/**
 * How commits reach the disk: root slots, flushes, and which commit is known to be durable.
 *
 * A commit takes one flush: its pages and its slot are written together. (`strict`: pages, flush, slot, flush.)
 *
 * Invariants:
 * - the slot of the newest commit that is known to be on the disk is never written to: it is what a crash falls back to;
 * - nor is the slot of a commit whose flush is under way: once that has ended, the commit was promised. The third slot takes
 *   the commits that are made meanwhile: the end of the process loses none;
 * - after a failed flush nothing is written any more. What the page cache calls clean then may never have reached the disk.
 */
import { PerdureError } from '../../os/errors.js';
import { FIRST_NODE_PAGE } from '../format.js';
import { encodeRootSlot, hasRecent, type RootSlot, SLOT_HEAD_BYTES, settled } from '../root-slot.js';

/** What the file offers. */
export interface SlotFile {
  readonly path: string;
  /** Writes bytes to the beginning of a page. */
  writeSlot(index: number, bytes: Uint8Array): void;
  /** Returns when everything that was written is on the disk. */
  flushSync(): void;
  flush(): Promise<void>;
}

const SLOTS = FIRST_NODE_PAGE;
/** What is written to the place of a slot that must not count. */
const NO_SLOT: Uint8Array = new Uint8Array(SLOT_HEAD_BYTES);

interface SlotState {
  /** The commit in the slot; 0 where nothing counts. */
  sequence: number;
  /** What is in it, to be put back where writing it fails. What was there before the store was opened is not. */
  bytes: Uint8Array;
}

export class Durability {
  /** The newest commit that is known to be on the disk. */
  durable: number;
  readonly #file: SlotFile;
  readonly #isStrict: boolean;
  readonly #onDurable: () => void;
  /** What the newest commit says. Its `durable` is filled in when it is written. */
  #newest: RootSlot;
  readonly #slots: readonly SlotState[] = Array.from({ length: SLOTS }, () => ({
    sequence: 0,
    bytes: NO_SLOT,
  }));
  /** The slot that a crash falls back to. */
  #fallback: SlotState;
  /** The slot that was not written whole, and could not be put back either. */
  #damaged: SlotState | undefined;
  /** The commit that is being flushed, 0 for none. */
  #inFlight = 0;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #failure: unknown;

  /**
   * @param index the slot that the newest commit was found in
   * @param onDurable called when `durable` has grown
   */
  constructor(file: SlotFile, newest: RootSlot, index: number, isStrict: boolean, onDurable: () => void) {
    this.#file = file;
    this.#newest = newest;
    this.#fallback = this.#slots[index];
    this.#fallback.sequence = newest.sequence;
    this.#isStrict = isStrict;
    this.#onDurable = onDurable;
    this.durable = newest.durable;
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
   * @param passedOver slots of newer commits of which something is missing. They are wiped before any page is written: what they
   *   miss could be written again, to the byte, by the next commit, and a second crash would bring them back.
   * @throws IO_ERROR, DISK_FULL, which is final
   */
  establish(passedOver: readonly number[]): void {
    for (const index of passedOver) this.#orPoison(() => this.#file.writeSlot(index, NO_SLOT));
    this.#fallback.bytes = encodeRootSlot(this.#newest);
    this.#orPoison(() => this.#file.writeSlot(this.#indexOf(this.#fallback), this.#fallback.bytes));
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
    if (this.#isStrict && !areDurable) return;
    const target = this.#free();
    try {
      this.#write(target, slot);
    } catch (error) {
      this.#newest = before;
      this.#damaged = target;
      this.putBack();
      throw error;
    }
  }

  /** A slot that was not written whole must not come back as a commit that nobody made. False where that is still to be done. */
  putBack(): boolean {
    const damaged = this.#damaged;
    if (damaged === undefined) return true;
    try {
      this.#file.writeSlot(this.#indexOf(damaged), damaged.bytes);
      this.#damaged = undefined;
    } catch {}
    return this.#damaged === undefined;
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
    // One at a time: of two the first one's slot would not be kept.
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#start();
    this.#next = this.#running.then(
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
    if (!this.#slots.some(({ sequence }) => sequence === slot.sequence))
      this.#orPoison(() => this.#write(this.#free(), slot));
    return slot.sequence;
  }

  /** The slot that can be written to: that of the oldest commit which nobody needs. */
  #free(): SlotState {
    if (this.#damaged !== undefined) return this.#damaged;
    const inFlight = this.#inFlight > this.durable ? this.#inFlight : 0;
    const free = this.#slots.filter(
      (slot) => slot !== this.#fallback && (slot.sequence === 0 || slot.sequence !== inFlight),
    );
    return free.reduce((oldest, slot) => (slot.sequence < oldest.sequence ? slot : oldest));
  }

  #indexOf(slot: SlotState): number {
    return this.#slots.indexOf(slot);
  }

  #write(target: SlotState, slot: RootSlot): void {
    const bytes = encodeRootSlot({ ...slot, durable: this.durable });
    this.#file.writeSlot(this.#indexOf(target), bytes);
    target.bytes = bytes;
    target.sequence = slot.sequence;
    this.#damaged = undefined;
  }

  #becameDurable(sequence: number): void {
    const slot = this.#slots.find((each) => each.sequence === sequence);
    if (sequence <= this.durable || slot === undefined) return;
    this.durable = sequence;
    this.#fallback = slot;
    this.#onDurable();
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

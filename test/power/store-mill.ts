/**
 * Stores through the mill: a random program runs on a simulated disk; the power is cut at every flush and after every step;
 * each disk that may be found is opened with the real code and compared with the model, and every page is accounted for.
 */
import { FilePager } from '../../src/kv/file/file-pager.js';
import type { FilePagerOptions } from '../../src/kv/file/options.js';
import { isPerdureError, type Os } from '../../src/os/index.js';
import { type FaultKind, SimulatedDisk } from '../../src/os/simulated/index.js';
import { random } from '../support/seed.js';
import { Cutter } from './cutter.js';
import { grind, isFault } from './grind.js';
import { heapFor, PowerStore, readState, type State, TABLES } from './power-store.js';
import { StoreImages } from './store-images.js';
import { isSame, StoreModel } from './store-model.js';

export interface StoreMillOptions {
  /** Changes the operating system under the program: a mutant, which the mill must find. */
  tamper?: (os: Os) => Os;
  /** How long the program is; 12 unless given. */
  steps?: number;
  /** See Cutter. */
  few?: number;
  /**
   * What goes wrong; on some disks one of three faults unless given. Where flushes are lost, what was promised may be gone, but
   * nothing wrong may be found.
   */
  fault?: FaultKind;
  /** How the store is opened; as the seed says where nothing is given. */
  pager?: FilePagerOptions;
}

export class StoreMill {
  readonly #seed: number;
  readonly #next: (limit: number) => number;
  readonly #options: StoreMillOptions;
  readonly #images: StoreImages;
  readonly #cutter: Cutter;
  readonly #disk: SimulatedDisk;
  readonly #os: Os;
  readonly #path: string;
  readonly #pagerOptions: FilePagerOptions;
  readonly #model: StoreModel;
  readonly #pins: { release: () => void; check: () => void }[] = [];
  #store!: PowerStore;
  #pending: Promise<void>[] = [];
  #values = 0;

  constructor(seed: number, options: StoreMillOptions = {}) {
    this.#seed = seed;
    this.#next = random(seed);
    this.#options = options;
    this.#model = new StoreModel(options.fault !== 'lost flush');
    const next = this.#next;
    this.#pagerOptions = {
      pageBytes: [4096, 4096, 4096, 8192][next(4)]!,
      writeMap: next(3) === 0,
      strict: next(4) === 0,
      ...options.pager,
    };
    this.#disk = new SimulatedDisk({ flushFileBuffersWritesViews: next(2) === 0 });
    this.#os = options.tamper?.(this.#disk.os) ?? this.#disk.os;
    this.#path = this.#disk.path('store');
    const isLiedTo = () => options.fault === 'lost flush' && this.#disk.faults.struck > 0;
    this.#images = new StoreImages(this.#path, this.#model, next, this.#pagerOptions, isLiedTo);
    this.#cutter = new Cutter(this.#disk, seed, next, options.few, (image, where) => {
      this.#images.look(this.#cutter, image, where);
    });
  }

  /** Returns how many images were looked at. @throws where one holds what it must not; the message tells the seed */
  run(): Promise<number> {
    return grind(this.#disk, this.#cutter, this.#seed, () => {
      this.#planFault();
      return this.#program();
    });
  }

  #planFault(): void {
    const next = this.#next;
    const kinds = ['failing flush', 'full disk', 'failing write', undefined, undefined, undefined] as const;
    const kind = this.#options.fault ?? kinds[next(kinds.length)];
    if (kind === undefined) return;
    this.#disk.faults.plan({ kind, after: next(12), lasting: next(2) === 0, written: next(3) / 2 });
  }

  async #program(): Promise<void> {
    this.#open();
    this.#model.promise(this.#store.pager.newest.sequence);
    try {
      this.#cutter.cut();
      for (let step = 0; step < (this.#options.steps ?? 12); step++) {
        await this.#step().catch((error: unknown) => this.#afterFault(error));
        this.#cutter.cut();
      }
      await this.#reopen();
      this.#images.check(this.#store.pager, 'at the end');
      this.#close();
    } catch (error) {
      await Promise.allSettled(this.#pending);
      if (isPerdureError(error)) this.#cutter.cut();
      this.#disk.os.closeAll();
      throw error;
    }
  }

  /**
   * A flush has failed, which is final until the store is opened again: so it is. Not with `writeMap`: it then stores the same
   * bytes again through a view, which a system sees and a simulated disk does not.
   */
  async #afterFault(error: unknown): Promise<void> {
    if (!isFault(this.#disk, error) || this.#pagerOptions.writeMap) throw error;
    await Promise.allSettled(this.#pending.splice(0));
    this.#pins.splice(0);
    this.#cutter.cut();
    this.#store.pager.close();
    this.#open();
    this.#adopt();
  }

  #open(): void {
    const os = this.#os;
    const listedRuns = [1, 4, 96, 96][this.#next(4)];
    const internals = { os, settlePages: 1 + this.#next(40), listedRuns };
    const pager = FilePager.open(this.#path, this.#pagerOptions, internals);
    this.#store = new PowerStore(pager, heapFor(pager, 'program'));
    this.#store.isBulky = this.#next(4) === 0;
  }

  async #step(): Promise<void> {
    const next = this.#next;
    switch (next(12)) {
      case 0:
        return this.#reopen();
      case 1:
        return this.#pin();
      case 2:
        return this.#settle();
      case 3:
        return this.#abort();
      default:
        return this.#transaction();
    }
  }

  async #transaction(): Promise<void> {
    const { pager } = this.#store;
    if (!this.#tryTransaction()) return;
    const { sequence } = pager.newest;
    switch (this.#next(4)) {
      case 0:
        pager.flushSync();
        this.#model.promise(sequence);
        return;
      case 1:
        this.#pending.push(pager.flush().then(() => this.#model.promise(sequence)));
        return;
      case 2:
        this.#pending.push(pager.flush().then(() => this.#model.promise(sequence)));
        return this.#settle();
      default:
        return;
    }
  }

  /** False where the disk was full, or failed: then nothing has changed. */
  #tryTransaction(): boolean {
    const store = this.#store;
    store.begin();
    try {
      const state = this.#change();
      this.#model.begin(store.pager.pages.sequence, state);
      if (store.commit()) this.#model.accept();
      return true;
    } catch (error) {
      store.abort();
      if (!isFault(this.#disk, error)) throw error;
      return false;
    }
  }

  /** Changes records, and returns what the store holds then. */
  #change(): State {
    const next = this.#next;
    const state = new Map(this.#model.now);
    const many = next(6) === 0 ? 60 : 4;
    for (let change = 1 + next(many); change > 0; change--) {
      const table = TABLES[next(TABLES.length)]!;
      const key = `key ${next(150)}`;
      if (next(3) === 0) {
        this.#store.delete(table, key);
        state.delete(`${table}/${key}`);
      } else {
        const value = this.#value();
        this.#store.put(table, key, value);
        state.set(`${table}/${key}`, value);
      }
    }
    return state;
  }

  #value(): Buffer {
    const next = this.#next;
    const length = next(20) === 0 ? next(20_000) : next(3) === 0 ? next(700) : next(40);
    return Buffer.alloc(length, `value ${this.#values++}, `);
  }

  #abort(): void {
    this.#store.begin();
    this.#change();
    this.#store.abort();
  }

  /** Begins to read a snapshot, or ends reading one, which must be as it was. */
  #pin(): void {
    const { pager } = this.#store;
    if (this.#pins.length < 3 && this.#next(2) === 0) {
      const pinned = pager.pin();
      const { now } = this.#model;
      const check = () => {
        if (!isSame(readState(pager, pinned.tables), now)) {
          throw new Error(`seed ${this.#seed}: the snapshot of commit ${pinned.sequence} changed`);
        }
      };
      this.#pins.push({ release: () => pinned.release(), check });
    } else if (this.#pins.length > 0) {
      const [pin] = this.#pins.splice(this.#next(this.#pins.length), 1);
      pin!.check();
      pin!.release();
    }
  }

  /** Closes and opens the file, or ends the process and opens it again. */
  async #reopen(): Promise<void> {
    await this.#settle();
    for (const { check } of this.#pins.splice(0)) check();
    const killed = this.#next(2) === 0;
    if (killed) this.#disk.os.closeAll();
    else this.#close();
    this.#open();
    const { now } = this.#model;
    this.#adopt();
    // In strict mode a flush writes the slot: a process that ends before takes its commits with it.
    if (!isSame(this.#model.now, now) && !(killed && this.#pagerOptions.strict))
      throw new Error(`seed ${this.#seed}: opened again, the store is another`);
  }

  #adopt(): void {
    const { pager } = this.#store;
    const { sequence, tables } = pager.newest;
    const refusal = this.#model.adopt(sequence, readState(pager, tables));
    if (refusal !== undefined) throw new Error(`seed ${this.#seed}: opened again, ${refusal}`);
  }

  #close(): void {
    const { pager } = this.#store;
    pager.close();
    this.#model.promise(pager.durable);
  }

  async #settle(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    const [failed] = (await Promise.allSettled(pending)).filter(({ status }) => status === 'rejected');
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  }
}

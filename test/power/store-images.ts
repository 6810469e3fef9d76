/** Looks at the disks that a power cut may leave of a store: opens it with the real code, compares, and sometimes goes on. */
import { checkStore } from '../../src/kv/file/accounting.js';
import { FilePager } from '../../src/kv/file/file-pager.js';
import type { FilePagerOptions } from '../../src/kv/file/options.js';
import { isPerdureError } from '../../src/os/index.js';
import type { SimulatedDisk } from '../../src/os/simulated/index.js';
import type { Cutter } from './cutter.js';
import { heapFor, PowerStore, readState, type State } from './power-store.js';
import { isSame, type StoreModel } from './store-model.js';

export class StoreImages {
  readonly #path: string;
  readonly #model: StoreModel;
  readonly #next: (limit: number) => number;
  readonly #options: FilePagerOptions;
  readonly #isLiedTo: () => boolean;

  /**
   * @param options how the program opened the store
   * @param isLiedTo true where the disk has lost a flush: it may hold anything then, so long as it is right or an error
   */
  constructor(
    path: string,
    model: StoreModel,
    next: (limit: number) => number,
    options: FilePagerOptions,
    isLiedTo: () => boolean,
  ) {
    this.#path = path;
    this.#model = model;
    this.#next = next;
    this.#options = options;
    this.#isLiedTo = isLiedTo;
  }

  look(cutter: Cutter, image: SimulatedDisk, where: string): void {
    const goesOn = this.#next(8) === 0;
    const pager = this.#open(image, goesOn);
    if ('problem' in pager) {
      if (this.#model.promised > 0 && !this.#isLiedTo()) throw new Error(`${where}: ${pager.problem}`);
      return;
    }
    try {
      this.check(pager, where);
      if (goesOn) this.#goOn(cutter, image, pager);
      pager.close();
    } catch (error) {
      if (!isPerdureError(error)) throw error;
      if (!this.#isLiedTo() || error.code !== 'CORRUPT')
        throw new Error(`${where}: ${error.message}`, { cause: error });
      image.os.closeAll();
    } finally {
      image.onMoment = () => {};
    }
  }

  /** @throws where the store is none that the model allows, or a page is not accounted for; CORRUPT where the disk lied */
  check(pager: FilePager, where: string): void {
    const { sequence, tables } = pager.newest;
    const refusal = this.#model.refusal(sequence, readState(pager, tables));
    if (refusal !== undefined) throw new Error(`${where}: ${refusal}`);
    checkStore(pager.pages, pager.slot);
  }

  /** The store on a disk, or the coded error of opening it. Any other error is thrown. */
  #open(disk: SimulatedDisk, writes: boolean): FilePager | { problem: string } {
    const { writeMap, strict } = this.#options;
    const options: FilePagerOptions = writes ? { create: 'never', writeMap, strict } : { readonly: true };
    try {
      return FilePager.open(this.#path, options, disk);
    } catch (error) {
      if (!isPerdureError(error)) throw error;
      return { problem: String(error) };
    }
  }

  /** Goes on with a store after a power cut, and cuts the power again. */
  #goOn(cutter: Cutter, disk: SimulatedDisk, pager: FilePager): void {
    const before = readState(pager, pager.newest.tables);
    const value = Buffer.alloc(this.#next(9000), 'after');
    const after = new Map(before).set('first/after', value);
    const cut = (...possible: State[]) => {
      cutter.look(disk.crashes.draw(this.#next), (image, where) => {
        const again = this.#open(image, false);
        if ('problem' in again) throw new Error(`${where}, cut again: ${again.problem}`);
        const found = readState(again, again.newest.tables);
        if (!possible.some((state) => isSame(state, found)))
          throw new Error(`${where}, cut again: ${found.size} records of commit ${again.newest.sequence}`);
        checkStore(again.pages, again.slot);
        again.close();
      });
    };
    disk.onMoment = () => cut(before, after);
    const store = new PowerStore(pager, heapFor(pager, 'image'));
    store.begin();
    store.put('first', 'after', value);
    store.commit();
    cut(before, after);
    pager.flushSync();
    disk.onMoment = () => {};
    cut(after);
  }
}

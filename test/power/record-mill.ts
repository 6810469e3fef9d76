/**
 * Record files through the mill: a random program runs on a simulated disk; the power is cut at every flush and after every
 * step; each disk that may be found is opened with the real code and compared with the model.
 */
import { isPerdureError, type Os } from '../../src/os/index.js';
import { type FaultKind, SimulatedDisk } from '../../src/os/simulated/index.js';
import { migrate, RecordFile } from '../../src/record/index.js';
import { random } from '../support/seed.js';
import { Cutter } from './cutter.js';
import { grind, isFault } from './grind.js';
import { Entry, type EntryRecord, entry, LongEntry, longEntry, moreOf, RecordModel } from './record-model.js';

type Entries = RecordFile<EntryRecord>;

export interface MillOptions {
  /** Changes the operating system under the program: a mutant, which the mill must find. */
  tamper?: (os: Os) => Os;
  /** How long the program is; 10 unless given. */
  steps?: number;
  /** See Cutter. */
  few?: number;
  /** What goes wrong, once; on half of the disks one of two faults unless given. */
  fault?: FaultKind;
}

export class RecordMill {
  readonly #seed: number;
  readonly #next: (limit: number) => number;
  readonly #disk: SimulatedDisk;
  readonly #os: Os;
  readonly #path: string;
  readonly #steps: number;
  readonly #fault: FaultKind | undefined;
  readonly #cutter: Cutter;
  readonly #model = new RecordModel();
  #key = 0;
  #long = false;
  #migrating = false;
  #isClosing = false;
  #file!: Entries;
  #pending: Promise<void>[] = [];

  constructor(seed: number, { tamper = (os) => os, steps = 10, few, fault }: MillOptions = {}) {
    this.#seed = seed;
    this.#next = random(seed);
    this.#steps = steps;
    this.#fault = fault;
    this.#disk = new SimulatedDisk({ flushFileBuffersWritesViews: this.#next(2) === 0 });
    this.#os = tamper(this.#disk.os);
    this.#path = this.#disk.path('records');
    this.#cutter = new Cutter(this.#disk, seed, this.#next, few, (image, where) => this.#look(image, where));
  }

  /** Returns how many images were looked at. @throws where one holds what it must not; the message tells the seed */
  run(): Promise<number> {
    return grind(this.#disk, this.#cutter, this.#seed, () => {
      this.#planFault();
      return this.#program();
    });
  }

  #planFault(): void {
    const kind =
      this.#fault ?? (['failing flush', 'full disk', undefined, undefined] as const)[this.#next(4)];
    if (kind === undefined) return;
    const lasting = this.#fault === undefined && this.#next(2) === 0;
    this.#disk.faults.plan({ kind, after: this.#next(7), lasting });
  }

  /**
   * A flush has failed, which is final until the file is opened again: so it is. What the flush should have written is in the page
   * cache, for clean, and not on the disk.
   */
  async #afterFault(error: unknown): Promise<void> {
    if (!isFault(this.#disk, error) || this.#migrating || this.#next(4) === 0) throw error;
    await Promise.allSettled(this.#pending.splice(0));
    this.#cutter.cut();
    await this.#closeAnyway();
    this.#open();
    const refusal = this.#model.adopt([...this.#file]);
    if (refusal !== undefined) throw new Error(`seed ${this.#seed}: opened again, ${refusal}`);
  }

  async #program(): Promise<void> {
    const capacity = this.#next(60);
    this.#file = RecordFile.create(this.#path, Entry, { capacity }, { os: this.#os }) as Entries;
    try {
      this.#cutter.cut();
      for (let step = 0; step < this.#steps; step++) {
        await this.#step().catch((error: unknown) => this.#afterFault(error));
        this.#cutter.cut();
      }
      await this.#settle();
      await this.#close();
    } catch (error) {
      await Promise.allSettled(this.#pending);
      if (isPerdureError(error)) this.#cutter.cut();
      await this.#closeAnyway();
      throw error;
    }
  }

  /** After a failed flush closing fails as well, and closes. (Where that has failed already, closing again says nothing.) */
  async #closeAnyway(): Promise<void> {
    if (this.#isClosing) return;
    const flight = this.#model.begin();
    await this.#file.close().then(
      () => this.#model.end(flight),
      () => {},
    );
  }

  async #step(): Promise<void> {
    const next = this.#next;
    const count = this.#model.now.length;
    switch (next(10)) {
      case 0:
      case 1:
      case 2:
        return this.#append(1 + next(next(4) === 0 ? 90 : 8));
      case 3:
      case 4:
        return count > 0 ? this.#set(next(count)) : this.#append(3);
      case 5:
        return this.#truncate(next(count + 1));
      case 6:
        return this.#flush('blocking');
      case 7:
        return this.#flush(next(2) === 0 ? 'awaited' : 'under way');
      case 8:
        return next(12) === 0 ? this.#migrate() : this.#reopen();
      default:
        if (next(6) === 0) this.#file.reserve(this.#file.capacity + 1);
        return this.#settle();
    }
  }

  #append(size: number): void {
    const keys = Array.from({ length: size }, () => ++this.#key * 0x01010101);
    const records = keys.map((key) => this.#entry(key >>> 0));
    try {
      this.#file.appendMany(records);
    } catch (error) {
      if (!isPerdureError(error, 'DISK_FULL')) throw error;
      return;
    }
    this.#model.append(keys.map((key) => key >>> 0));
  }

  #set(index: number): void {
    const key = (++this.#key * 0x01010101) >>> 0;
    this.#model.set(index, key);
    this.#file.set(index, this.#entry(key));
  }

  async #truncate(count: number): Promise<void> {
    this.#model.truncate(count);
    const flight = this.#model.begin();
    if (this.#next(2) === 0) {
      this.#file.truncateSync(count);
      this.#model.end(flight);
    } else {
      this.#pending.push(this.#file.truncate(count).then(() => this.#model.end(flight)));
      if (this.#next(2) === 0) await this.#settle();
    }
  }

  async #flush(how: 'blocking' | 'awaited' | 'under way'): Promise<void> {
    const flight = this.#model.begin();
    if (how === 'blocking') {
      this.#file.flushSync();
      return this.#model.end(flight);
    }
    this.#pending.push(this.#file.flush().then(() => this.#model.end(flight)));
    if (how === 'awaited') await this.#settle();
  }

  async #reopen(): Promise<void> {
    await this.#settle();
    await this.#close();
    this.#open();
  }

  async #migrate(): Promise<void> {
    await this.#settle();
    await this.#close();
    this.#migrating = true;
    const defaults = ({ key }: { key?: unknown }) => ({ more: moreOf(Number(key)) });
    await migrate(this.#path, LongEntry, { defaults }, { os: this.#os });
    this.#migrating = false;
    this.#long = true;
    this.#open();
  }

  #open(): void {
    this.#isClosing = false;
    const schema = this.#long ? LongEntry : Entry;
    this.#file = RecordFile.open(this.#path, schema, { mode: 'readwrite' }, { os: this.#os }) as Entries;
  }

  async #close(): Promise<void> {
    const flight = this.#model.begin();
    this.#isClosing = true;
    if (this.#next(2) === 0) this.#file.closeSync();
    else await this.#file.close();
    this.#model.end(flight);
  }

  async #settle(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    const [failed] = (await Promise.allSettled(pending)).filter(({ status }) => status === 'rejected');
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  }

  #entry(key: number): EntryRecord {
    return this.#long ? longEntry(key) : entry(key);
  }

  #look(disk: SimulatedDisk, where: string): void {
    const writes = this.#next(4) === 0;
    const file = openRecords(disk, this.#path, writes);
    if ('problem' in file) {
      // Only a file whose creation was never flushed may be missing or unreadable.
      if (this.#model.acknowledged) throw new Error(`${where}: ${file.problem}`);
    } else {
      const records = [...file];
      const long = isLong(file);
      if (long !== this.#long && !this.#migrating) throw new Error(`${where}: migrated ${long}`);
      const refusal = this.#model.refusal(records);
      if (refusal !== undefined) throw new Error(`${where}: ${refusal}`);
      if (writes && this.#next(2) === 0) this.#goOn(disk, file, records);
      file.closeSync();
    }
  }

  /** Goes on with a file after a power cut, and cuts the power again. */
  #goOn(disk: SimulatedDisk, file: Entries, records: readonly EntryRecord[]): void {
    const added = [7, 8].map((key) => (isLong(file) ? longEntry(key) : entry(key)));
    const more = [...records, ...added];
    const cut = (...possible: (readonly EntryRecord[])[]) => {
      this.#cutter.look(disk.crashes.draw(this.#next), (image, where) => {
        const again = openRecords(image, this.#path, false);
        if ('problem' in again) throw new Error(`${where}, cut again: ${again.problem}`);
        const found = JSON.stringify([...again]);
        again.closeSync();
        if (!possible.some((wanted) => JSON.stringify(wanted) === found))
          throw new Error(`${where}, cut again: ${found}`);
      });
    };
    disk.onMoment = () => cut(records, more);
    file.appendMany(added);
    cut(records);
    file.flushSync();
    disk.onMoment = () => {};
    cut(more);
  }
}

function isLong(file: Entries): boolean {
  return file.schema.recordSize === LongEntry.recordSize;
}

/** A disk's record file, or the coded error of opening it. Any other error is thrown. */
function openRecords(disk: SimulatedDisk, path: string, writes: boolean): Entries | { problem: string } {
  try {
    return RecordFile.open(path, undefined, { mode: writes ? 'readwrite' : 'readonly' }, disk) as Entries;
  } catch (error) {
    if (!isPerdureError(error)) throw error;
    return { problem: String(error) };
  }
}

/**
 * Faults of the disk from a store's creation to its end, at every call that can meet one, once and lasting: whoever calls is told, what
 * was there stays readable, and what was promised is there when the store is opened again. (faults.test.ts looks more closely at
 * single transactions.)
 *
 * Method: one program creates a store, fills it, makes it grow, changes large values and closes it, with the fault at its first call,
 * then at its second, until it is no longer met.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { FilePager } from '../../src/kv/file/file-pager.js';
import type { FilePagerOptions } from '../../src/kv/file/options.js';
import { Store } from '../../src/kv/store/store.js';
import { wantedTable } from '../../src/kv/store/table-format.js';
import { isPerdureError } from '../../src/os/index.js';
import { type FaultKind, SimulatedDisk } from '../../src/os/simulated/index.js';

const TRANSACTIONS = 8;
const FORMAT = wantedTable({ keys: 'string', values: 'string' });
const WAYS: [name: string, options: FilePagerOptions][] = [
  ['pages written by position', {}],
  ['pages built in the mapping', { writeMap: true }],
  ['strict', { strict: true }],
];
const FAULTS: [kind: FaultKind, lasting: boolean][] = [
  ['full disk', false],
  ['full disk', true],
  ['failing write', false],
  ['failing write', true],
  ['failing flush', false],
  ['failing flush', true],
];
const disks: SimulatedDisk[] = [];

afterEach(() => {
  for (const disk of disks.splice(0)) disk.close();
});

type State = ReadonlyMap<string, string>;

/** A program on a store, which meets one fault. */
class Program {
  readonly disk = new SimulatedDisk();
  readonly #options: FilePagerOptions;
  readonly #kind: FaultKind;
  readonly #lasting: boolean;
  #store!: Store<string, string>;
  #state: State = new Map();

  constructor(options: FilePagerOptions, kind: FaultKind, lasting: boolean, after: number) {
    disks.push(this.disk);
    this.#options = options;
    this.#kind = kind;
    this.#lasting = lasting;
    this.disk.faults.plan({ kind, after, lasting, written: (after % 3) / 2 });
  }

  run(): void {
    if (!this.#met(() => this.#open())) {
      this.disk.faults.clear();
      this.#open();
    }
    for (let number = 0; number < TRANSACTIONS; number++) this.#transaction(number);
    this.#met(() => this.#store.close());
    this.disk.faults.clear();
    this.#open();
    this.#check(this.#state);
    this.#store.close();
  }

  #open(): void {
    const pager = FilePager.open(this.disk.path('store'), this.#options, {
      os: this.disk.os,
      settlePages: 10,
    });
    this.#store = new Store(pager, 'store', FORMAT, 'sync', 1);
  }

  #transaction(number: number): void {
    const before = this.#state;
    const after = new Map(before);
    const attempt = () => this.#store.transaction(() => this.#change(number, after));
    const succeeds = this.#met(attempt);
    this.#state = after;
    if (succeeds) return this.#check(after);
    if (this.#kind === 'full disk') {
      // Nothing has happened, and it goes on as soon as there is room.
      this.#check(before);
      if (this.#lasting) expect(this.#met(attempt)).toBe(false);
      this.#check(before);
      this.disk.faults.clear();
      attempt();
    } else this.#goOn(number, before, after);
    this.#check(after);
  }

  /** After an error of the device: the store goes on, or says that it must be opened again. Then it holds all of it or nothing. */
  #goOn(number: number, before: State, after: Map<string, string>): void {
    const possible = [text(before), text(after)];
    expect(possible).toContain(this.#contents());
    const set = () => this.#store.set('again', 'value');
    if (this.#lasting) expect(this.#met(set)).toBe(false);
    this.disk.faults.clear();
    const goesOn = this.#met(set);
    // A failed flush is final, whatever the disk does since.
    if (this.#kind === 'failing flush') expect(goesOn).toBe(false);
    if (!goesOn) {
      this.#met(() => this.#store.close());
      this.#open();
    }
    this.#store.delete('again');
    expect(possible).toContain(this.#contents());
    this.#store.transaction(() => this.#change(number, after));
  }

  /** Stores and removes records, and notes it. */
  #change(number: number, state: Map<string, string>): void {
    const set = (key: string, value: string) => {
      this.#store.set(key, value);
      state.set(key, value);
    };
    for (let key = 0; key < 30; key++)
      set(`key ${(number * 11 + key * 7) % 90}`, `${number} `.repeat(100 + number));
    if (number % 3 === 0) set('large', `${number}`.repeat(30_000 + number * 20_000));
    if (number % 4 !== 3) return;
    this.#store.delete('large');
    state.delete('large');
  }

  /** True where a call succeeds; false where it meets the fault, and says so. Any other error is thrown. */
  #met(call: () => void): boolean {
    try {
      call();
      return true;
    } catch (error) {
      const codes = this.#kind === 'full disk' ? ['DISK_FULL'] : ['IO_ERROR', 'POISONED'];
      if (!isPerdureError(error) || !codes.includes(error.code) || this.disk.faults.struck === 0) throw error;
      return false;
    }
  }

  #contents(): string {
    return text(new Map(this.#store.entries()));
  }

  #check(state: State): void {
    expect(this.#contents() === text(state)).toBe(true);
    this.#store.check();
  }
}

function text(state: State): string {
  return JSON.stringify([...state].sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe.each(WAYS)('%s', (_name, options) => {
  it.each(FAULTS)('%s, lasting: %s', (kind, lasting) => {
    let met = 0;
    for (let after = 0; ; after++) {
      const program = new Program(options, kind, lasting, after);
      try {
        program.run();
      } catch (error) {
        throw new Error(`after ${after} calls: ${error}`, { cause: error });
      }
      program.disk.close();
      if (program.disk.faults.struck === 0) break;
      met++;
    }
    expect(met).toBeGreaterThan(kind === 'full disk' ? 2 : 3);
  });
});

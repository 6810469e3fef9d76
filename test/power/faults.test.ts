/**
 * Faults of the disk at every call that can meet one, once and lasting: what fails says so, what was there stays readable, and
 * what comes after works as soon as it can.
 *
 * Method: one program of transactions runs with the fault at its first call, then at its second, until it is no longer met.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { checkStore } from '../../src/kv/file/accounting.js';
import { FilePager } from '../../src/kv/file/file-pager.js';
import type { FilePagerOptions } from '../../src/kv/file/options.js';
import { type FaultKind, SimulatedDisk } from '../../src/os/simulated/index.js';
import { failure } from '../support/failure.js';
import { heapFor, PowerStore, readState, type State } from './power-store.js';
import { isSame } from './store-model.js';

const TRANSACTIONS = 20;
const OPENINGS: [name: string, options: FilePagerOptions][] = [
  ['pages written by position', {}],
  ['pages built in the mapping', { writeMap: true }],
  ['strict', { strict: true }],
];
const disks: SimulatedDisk[] = [];

afterEach(() => {
  for (const disk of disks.splice(0)) disk.close();
});

/** A disk with an empty store. Its first transaction is over: what that writes is part of opening, and failing there is final. */
function newStore(options: FilePagerOptions) {
  const disk = new SimulatedDisk();
  disks.push(disk);
  const pager = FilePager.open(disk.path('store'), options, { os: disk.os, settlePages: 20 });
  const store = new PowerStore(pager, heapFor(pager, 'program'));
  store.begin();
  store.abort();
  return { disk, store };
}

/** Transaction `number` on a store in this state. Returns the state after it. */
function change(store: PowerStore, before: State, number: number): State {
  const state = new Map(before);
  const put = (key: string, value: Buffer) => {
    store.put('first', key, value);
    state.set(`first/${key}`, value);
  };
  for (let key = 0; key < 12; key++)
    put(`key ${(number * 7 + key * 5) % 40}`, Buffer.alloc(150 + number, key));
  if (number % 3 === 0) put('large', Buffer.alloc(20_000 + number * 5000, number));
  if (number % 4 === 3) {
    store.delete('first', 'large');
    state.delete('first/large');
  }
  return state;
}

function expectState({ pager }: PowerStore, state: State): void {
  expect(isSame(readState(pager, pager.newest.tables), state)).toBe(true);
  checkStore(pager.pages, pager.slot);
}

/** Runs the program; `attempt` runs each transaction, and may run it several times. */
function runProgram(store: PowerStore, attempt: (transaction: () => State, before: State) => State): State {
  let state: State = new Map();
  for (let number = 0; number < TRANSACTIONS; number++) {
    const before = state;
    state = attempt(() => {
      store.begin();
      const after = change(store, before, number);
      store.commit();
      return after;
    }, before);
    store.pager.flushSync();
  }
  return state;
}

describe.each(OPENINGS)('%s', (_name, options) => {
  const faults: [FaultKind, 'DISK_FULL' | 'IO_ERROR'][] = [
    ['full disk', 'DISK_FULL'],
    // With `writeMap` nothing is written by position. A strict store writes its slot in a flush, whose failure is final.
    ...(options.writeMap || options.strict ? [] : [['failing write', 'IO_ERROR'] as [FaultKind, 'IO_ERROR']]),
  ];
  describe.each(faults)('%s', (kind, code) => {
    it.each([
      ['once', false],
      ['lasting', true],
    ])('%s: the transaction fails, and the next attempt succeeds when it can', (_when, lasting) => {
      let met = 0;
      for (let after = 0; ; after++) {
        const { disk, store } = newStore(options);
        disk.faults.plan({ kind, after, lasting, written: (after % 3) / 2 });
        const failing = (transaction: () => State, before: State) => {
          failure(transaction, code);
          store.abort();
          expectState(store, before);
        };
        const state = runProgram(store, (transaction, before) => {
          const struck = disk.faults.struck;
          try {
            return transaction();
          } catch {
            expect(disk.faults.struck).toBeGreaterThan(struck);
            store.abort();
            expectState(store, before);
          }
          if (lasting) failing(transaction, before);
          disk.faults.clear();
          return transaction();
        });
        expectState(store, state);
        store.pager.close();
        if (disk.faults.struck === 0) break;
        met++;
      }
      expect(met).toBeGreaterThan(1);
    });
  });

  it.each([
    ['once', false],
    ['lasting', true],
  ])('failing flush, %s: an error, then poison, and what was promised is there', (_when, lasting) => {
    let met = 0;
    for (let after = 0; ; after++) {
      const { disk, store } = newStore(options);
      disk.faults.plan({ kind: 'failing flush', after, lasting });
      let promised: State = new Map();
      let state: State = promised;
      const attempt = () => {
        for (let number = 0; number < TRANSACTIONS; number++) {
          store.begin();
          state = change(store, promised, number);
          store.commit();
          store.pager.flushSync();
          promised = state;
        }
      };
      try {
        attempt();
      } catch {
        expect(disk.faults.struck).toBe(1);
        failure(() => store.pager.begin(), 'POISONED');
        failure(() => store.pager.flushSync(), 'POISONED');
        expectState(store, state);
      }
      for (const image of disk.crashes.all()) {
        const pager = FilePager.open(disk.path('store'), { readonly: true }, image);
        const found = readState(pager, pager.newest.tables);
        expect(isSame(found, promised) || isSame(found, state)).toBe(true);
        pager.close();
        if (++met > 300) break;
      }
      if (disk.faults.struck === 0) break;
      met++;
    }
    expect(met).toBeGreaterThan(TRANSACTIONS);
  });
});

/**
 * What the promises of a store are worth after a power cut: `set` and `transaction` that returned, `write` and `flush` that
 * resolved. A random program of them, with all durabilities, runs on a simulated disk whose power is cut all along; each disk
 * that may be found holds a state that the program went through, and none older than the last one that was promised.
 */
import { describe, expect, it } from 'vitest';
import { FilePager } from '../../src/kv/file/file-pager.js';
import type { FilePagerOptions } from '../../src/kv/file/options.js';
import { Store } from '../../src/kv/store/store.js';
import { wantedTable } from '../../src/kv/store/table-format.js';
import type { Os } from '../../src/os/index.js';
import { SimulatedDisk } from '../../src/os/simulated/index.js';
import { random, runs, SEED } from '../support/seed.js';
import { Cutter, checkNothingOpen } from './cutter.js';
import { tampered } from './tampered.js';

const IMAGES = runs(2000).numRuns;
/** Of a slow and busy machine. */
const MILLISECONDS_AN_IMAGE = 30;
const STEPS = 25;
const FORMAT = wantedTable({ keys: 'string', values: 'string' });

function openStore(os: Os, path: string, options: FilePagerOptions): Store<string, string> {
  return new Store(FilePager.open(path, options, { os, settlePages: 20 }), path, FORMAT, 'sync', 1);
}

type State = ReadonlyMap<string, string>;

/** Changes some records, and returns what the store holds then. */
function changeRecords(
  store: Store<string, string>,
  before: State,
  next: (limit: number) => number,
  number: number,
): State {
  const state = new Map(before);
  for (let record = 1 + next(5); record > 0; record--) {
    const key = `key ${next(60)}`;
    if (next(4) === 0) {
      store.delete(key);
      state.delete(key);
    } else {
      const value = `${number} ${'.'.repeat(next(300))}`;
      store.set(key, value);
      state.set(key, value);
    }
  }
  return state;
}

function isSame(a: State, b: State): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

/** One program from its seed. Returns how many images were looked at. */
async function runProgram(seed: number, tamper: (os: Os) => Os = (os) => os): Promise<number> {
  const next = random(seed);
  using disk = new SimulatedDisk({ flushFileBuffersWritesViews: next(2) === 0 });
  const path = disk.path('store');
  /** What the store held after each change, oldest first. */
  const states: State[] = [new Map()];
  let promised = 0;
  const promise = (state: number) => {
    promised = Math.max(promised, state);
  };
  const cutter = new Cutter(disk, seed, next, undefined, (image, where) => {
    using found = openStore(image.os, path, { readonly: true });
    const entries = JSON.stringify([...found.entries()]);
    const possible = states.slice(promised).map((state) => JSON.stringify([...state].sort()));
    if (!possible.includes(entries))
      throw new Error(`${where}: ${entries.length} bytes of records, promised ${promised}`);
    found.check();
  });
  const store = openStore(tamper(disk.os), path, { writeMap: next(3) === 0, strict: next(4) === 0 });
  disk.onMoment = () => cutter.cut();
  const change = (fails: boolean) => {
    const before = states.at(-1)!;
    const state = changeRecords(store, before, next, states.length);
    if (fails) throw new Error('given up');
    states.push(state);
    // What changes nothing is no commit, and promises nothing of those before.
    return isSame(before, state) ? 0 : states.length - 1;
  };
  const pending: Promise<void>[] = [];
  /** Where the program ends early, nobody waits for it. */
  const wait = (settled: Promise<void>) => {
    settled.catch(() => {});
    pending.push(settled);
  };
  for (let step = 0; step < STEPS; step++) {
    const durability = (['sync', 'group', 'deferred'] as const)[next(3)]!;
    const fails = next(8) === 0;
    const kind = next(8);
    if (kind === 0) {
      const state = states.length - 1;
      wait(store.flush().then(() => promise(state)));
    } else if (kind < 3) {
      try {
        const state = store.transaction(() => change(fails), { durability });
        if (durability === 'sync') promise(state);
      } catch (error) {
        if (!fails) throw error;
      }
    } else {
      const written = store.write(() => change(fails), { durability });
      const settled = written.then(
        (state) => (durability === 'deferred' ? undefined : promise(state)),
        (error: unknown) => {
          if (!fails) throw error;
        },
      );
      wait(settled);
      if (next(3) === 0) await settled;
    }
    cutter.cut();
  }
  await Promise.all(pending);
  store.close();
  promise(states.length - 1);
  cutter.cut();
  cutter.throwFailure();
  checkNothingOpen(disk, `seed ${seed}`);
  return cutter.images;
}

describe('what a store has promised', () => {
  it(
    'is there after a power cut at any point, and nothing that never was',
    async () => {
      let images = 0;
      for (let seed = SEED; images < IMAGES; seed++) images += await runProgram(seed);
      expect(images).toBeGreaterThanOrEqual(IMAGES);
    },
    IMAGES * MILLISECONDS_AN_IMAGE,
  );

  it('is missed where asynchronous flushes are over before they have begun', async () => {
    const run = async () => {
      for (let seed = SEED; seed < SEED + 20; seed++) {
        await runProgram(seed, (os) => tampered(os, { flushFileBuffersAsync: async () => {} }));
      }
    };
    await expect(run()).rejects.toThrow(/^seed \d+, image \d+/);
  });
});

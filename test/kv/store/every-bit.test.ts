/**
 * Every bit of a small store turned over, one at a time: what is read is what was there, or an error with a code that names the page
 * or the file. By default a part of them, evenly spread; all of them from PERDURE_RUNS=60 on.
 *
 * The store has all kinds of pages: both root slots, a tree of two levels, a large value, tables of other kinds, the tree of free
 * pages and pages that are free.
 */

import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FilePager } from '../../../src/kv/file/file-pager.js';
import { openStore } from '../../../src/kv/store/index.js';
import { Store } from '../../../src/kv/store/store.js';
import { wantedTable } from '../../../src/kv/store/table-format.js';
import { isPerdureError } from '../../../src/os/errors.js';
import { runs, SEED } from '../../support/seed.js';
import { tempFiles } from '../../support/temp-folder.js';
import { osOfFile } from './file-in-memory.js';

const path = tempFiles();
const FORMAT = wantedTable({ keys: 'string', values: 'string' });
const KEYS = ['key 0', 'key 20', 'key 39', 'large', 'none'];
const TRIALS = runs(10_000).numRuns;
/** Of a slow and busy machine. */
const MILLISECONDS_A_TRIAL = 4;
/** A walk holds what it looks at weakly, and so until the event loop's turn ends. */
const TRIALS_A_TURN = 200;

function tablesOf(store: Store<string, string>) {
  return {
    versions: store.table('versions', { keys: 'string', values: 'json', versions: true }),
    pairs: store.multiTable('pairs', { keys: 'string', values: 'any' }),
  };
}

/** The bytes of a store's file, in a buffer of their own. */
function smallStore(): Buffer<ArrayBuffer> {
  const file = path('small');
  const store = openStore(file, { keys: 'string', values: 'string' });
  const { versions, pairs } = tablesOf(store);
  for (let round = 0; round < 3; round++) {
    store.transaction(() => {
      for (let index = 0; index < 40; index++)
        store.set(`key ${index}`, `${index} ${round} ${'x'.repeat(100)}`);
      store.set('large', 'large '.repeat(700 + round));
      versions.set('v', { round });
      for (let index = 0; index < 5; index++) pairs.add('p', index);
    });
  }
  store.close();
  const found = fs.readFileSync(file);
  const bytes = Buffer.from(new ArrayBuffer(found.length));
  found.copy(bytes);
  return bytes;
}

/** Everything that can be read. */
function readAll(store: Store<string, string>): string {
  const { versions, pairs } = tablesOf(store);
  const found: unknown[] = KEYS.map((key) => store.get(key) ?? null);
  found.push(store.count({ prefix: 'key' }), [...store.keys({ reverse: true })]);
  found.push([...store.entries()], [...versions.entries()], [...pairs.entries()]);
  store.check();
  return JSON.stringify(found);
}

describe('a small store of which one bit is turned over', () => {
  const bytes = smallStore();
  const os = osOfFile('small', bytes);

  function attempt(): { found?: string; problem?: string } {
    let store: Store<string, string> | undefined;
    try {
      store = new Store(FilePager.open('small', { readonly: true }, { os }), 'small', FORMAT, 'sync', 1);
      return { found: readAll(store) };
    } catch (error) {
      if (!isPerdureError(error) || error.code !== 'CORRUPT') throw error;
      return { problem: error.message };
    } finally {
      store?.close();
    }
  }

  const bits = 8 * bytes.length;
  const trials = Math.min(TRIALS, bits);

  it(
    'is read as it was, or says that it is damaged',
    async () => {
      const { found: expected } = attempt();
      expect(expected!.length).toBeGreaterThan(5000);
      let damaged = 0;
      const first = SEED % bits;
      for (let trial = 0; trial < trials; trial++) {
        const bit = (first + Math.floor((trial * bits) / trials)) % bits;
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        const { found, problem } = attempt();
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        if (problem === undefined) {
          if (found !== expected) expect.fail(`bit ${bit}: other records`);
        } else {
          damaged++;
          if (!/page \d+ of the store|'small' cannot be opened/.test(problem))
            expect.fail(`bit ${bit}: ${problem}`);
        }
        if (trial % TRIALS_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(damaged).toBeGreaterThan(trials / 4);
    },
    trials * MILLISECONDS_A_TRIAL,
  );
});

/**
 * Hostile files: what was there, or an error with a code that names the file or the page; never another error, a crash or an endless
 * walk. Method: bytes changed, pages crossed and files cut, with all checksums made right again. (Damage that the checksums
 * tell: every-bit.test.ts.)
 */
import { describe, expect, it } from 'vitest';
import { MAX_VALUE_BYTES, REFERENCE } from '../../../src/kv/format.js';
import { openStore } from '../../../src/kv/store/index.js';
import type { Store } from '../../../src/kv/store/store.js';
import { isPerdureError } from '../../../src/os/errors.js';
import { failure } from '../../support/failure.js';
import { random, runs, SEED } from '../../support/seed.js';
import { tempFiles } from '../../support/temp-folder.js';
import { contents, createSmallStore, HostileFile, KEYS, PAGE_BYTES, tablesOf } from './hostile-file.js';

const path = tempFiles();
const MUTATIONS = runs(200).numRuns;
/** Of a slow and busy machine. */
const MILLISECONDS_A_FILE = 60;
/** What a file may be refused with. */
const CODES = [
  'CORRUPT',
  'VERSION_UNSUPPORTED',
  'SCHEMA_MISMATCH',
  'READ_ONLY',
  'INVALID_VALUE',
  'TOO_LARGE',
];

function smallStore(name: string): HostileFile {
  const file = path(name);
  createSmallStore(file);
  return new HostileFile(file);
}

function open(file: HostileFile, readonly: boolean): Store<string, unknown> {
  const options = readonly ? ({ readonly } as const) : ({ create: 'never', durability: 'deferred' } as const);
  return openStore(file.path, { ...options, keys: 'string' }) as Store<string, unknown>;
}

/** Everything that can be read. */
function readAll(store: Store<string, unknown>): string[] {
  for (const key of KEYS) if (store.has(key)) store.get(key);
  store.count({ prefix: 'key' });
  for (const _ of store.keys({ reverse: true, limit: 500 }));
  store.stats();
  const found = contents(store);
  store.check();
  return found;
}

function change(store: Store<string, unknown>): void {
  for (const key of KEYS.slice(0, 30)) store.delete(key);
  store.set('large', 'l'.repeat(20_000));
  tablesOf(store).pairs.clear();
  store.transaction(() => {
    for (const key of KEYS) store.set(`${key} more`, 'y'.repeat(100));
  });
  store.flushSync();
}

/** Runs `use` on the store; undefined, and what was thrown where that has a code. Any other error is thrown. */
function attempt<T>(file: HostileFile, readonly: boolean, use: (store: Store<string, unknown>) => T) {
  let store: Store<string, unknown> | undefined;
  try {
    store = open(file, readonly);
    return { found: use(store) };
  } catch (error) {
    if (!isPerdureError(error) || !CODES.includes(error.code)) throw error;
    return { problem: error.message };
  } finally {
    store?.close();
  }
}

describe('a file whose checksums are right', () => {
  /** Changes bytes of a page, or puts another one in its place. */
  function mutate(file: HostileFile, other: Buffer, next: (limit: number) => number): Buffer {
    const bytes = Buffer.from(file.honest);
    const pages = [file.slot, ...file.pages];
    const page = pages[next(pages.length)]!;
    const at = page * PAGE_BYTES;
    const size = page === file.slot ? 508 : PAGE_BYTES;
    if (page !== file.slot && next(5) === 0) {
      const from = next(2) === 0 ? other : file.honest;
      const source = pages[next(pages.length)]! * PAGE_BYTES;
      from.copy(bytes, at, source, source + PAGE_BYTES);
    } else {
      for (let changes = 1 + next(3); changes > 0; changes--) {
        const where = at + (next(2) === 0 ? next(Math.min(size, 160)) : next(size));
        if (next(3) === 0) bytes.writeUInt32LE([0, 1, 2, 0xffffffff, 0x7fffffff][next(5)]!, where & ~3);
        else bytes[where] = next(3) === 0 ? 0xff : next(256);
      }
    }
    file.repair(bytes, page);
    return bytes.subarray(0, next(6) === 0 ? 1 + next(bytes.length) : bytes.length);
  }

  it(
    'is never followed anywhere else, whatever it says',
    () => {
      const file = smallStore('mutated');
      const other = smallStore('other').honest;
      const next = random(SEED);
      let refused = 0;
      for (let trial = 0; trial < MUTATIONS; trial++) {
        try {
          const bytes = mutate(file, other, next);
          file.write(bytes);
          const { problem } = attempt(file, true, readAll);
          if (problem !== undefined) refused++;
          attempt(file, false, change);
          attempt(file, true, readAll);
        } catch (error) {
          throw new Error(`seed ${SEED}, mutation ${trial}: ${error}`, { cause: error });
        }
      }
      expect(refused).toBeGreaterThan(MUTATIONS / 3);
    },
    MUTATIONS * 3 * MILLISECONDS_A_FILE,
  );

  it.each([
    ['longer than a value can be', MAX_VALUE_BYTES + 1],
    ['longer than the store', 2 ** 30],
    ['longer than any store', 2 ** 48 - 1],
  ])('has no value that is %s', (_, length) => {
    const file = smallStore('long');
    const bytes = Buffer.from(file.honest);
    const [, link] = [...file.links].find(([, { lengthBytes }]) => lengthBytes !== PAGE_BYTES)!;
    bytes.writeUIntLE(length, link.at - REFERENCE.sum + REFERENCE.length, 6);
    file.repair(bytes, link.holder);
    file.write(bytes);
    for (const readonly of [true, false]) {
      const store = open(file, readonly);
      failure(() => store.get('large'), 'CORRUPT');
      failure(() => store.check(), 'CORRUPT');
      if (!readonly) {
        // Its pages would be given back, and handed out: more than there are, or those of others.
        failure(() => store.set('large', 'another'), 'CORRUPT');
        failure(() => store.delete('large'), 'CORRUPT');
        failure(() => store.clear(), 'CORRUPT');
        store.set('another', 'value');
      }
      store.close();
    }
  });

  it('has every page in use, or free: the full check names one that is neither', () => {
    const file = smallStore('lost');
    // One more page than there is anything for.
    const pages = file.honest.length / PAGE_BYTES;
    const bytes = Buffer.concat([file.honest, Buffer.alloc(PAGE_BYTES)]);
    bytes.writeBigUInt64LE(BigInt(pages + 1), file.slot * PAGE_BYTES + 40);
    file.repair(bytes, file.slot);
    file.write(bytes);
    const store = open(file, true);
    expect(contents(store).length).toBeGreaterThan(140);
    expect(failure(() => store.check(), 'CORRUPT').message).toContain(`page ${pages} of the store`);
    store.close();
  });
});

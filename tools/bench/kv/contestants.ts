/** Who takes part, and the stores that the reading contests share. */
import { constants, cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Contestant, type Place, type Prepare, takesPart, Unavailable } from '../contest.js';
import { cityKeys } from './city-keys.js';
import { makeKeys, makeValues, recordCount, textsOf } from './data.js';
import type { KvStore, OpenKvStore, Value } from './kv-store.js';
import { openLevel } from './level-store.js';
import { openLmdb } from './lmdb-store.js';
import { mapStore } from './map-store.js';
import { openPerdure } from './perdure-store.js';
import { openBetterSqlite, openNodeSqlite } from './sqlite-store.js';

/** Those with a file. */
export const STORES: Readonly<Record<string, OpenKvStore>> = {
  perdure: openPerdure,
  lmdb: openLmdb,
  'classic-level': openLevel,
  'better-sqlite3': openBetterSqlite,
  'node:sqlite': openNodeSqlite,
};

/** They read a tenth of what the others do. */
const SLOW = ['classic-level', 'better-sqlite3', 'node:sqlite'];

/** What a store is filled with, by name. */
export const FILLINGS: Readonly<Record<string, (place: Place) => Filling | Promise<Filling>>> = {
  bytes: (place) => ({ keys: makeKeys(recordCount(place)), values: makeValues() }),
  texts: (place) => ({ keys: makeKeys(recordCount(place)), values: textsOf(makeValues()) }),
  cities: async () => ({ keys: await cityKeys(), values: makeValues() }),
};

export interface Filling {
  readonly keys: readonly string[];
  readonly values: readonly Value[];
}

/** Makes the store of everybody who has a file, unless an earlier contest did. */
export async function makeStores(place: Place, filling: keyof typeof FILLINGS): Promise<void> {
  let filled: Filling | undefined;
  for (const [contestant, open] of Object.entries(STORES)) {
    if (!takesPart(place, contestant)) continue;
    const folder = madeFolder(place, filling, contestant);
    if (existsSync(folder)) continue;
    try {
      const store = await openIn(open, folder, filling);
      filled ??= await FILLINGS[filling]!(place);
      await store.load(filled.keys, filled.values);
      await store.close();
    } catch (error) {
      // Its process will say so.
      if (!(error instanceof Unavailable)) throw error;
    }
  }
}

/** Opens the store that `makeStores` made. */
export function openMade(open: OpenKvStore, place: Place, filling: string): Promise<KvStore> {
  return openIn(open, madeFolder(place, filling, nameOf(open)), filling);
}

/** Copies the store that `makeStores` made to a folder of the contestant's own. Throws Unavailable */
export async function copyMade(
  open: OpenKvStore,
  place: Place,
  filling: string,
  folder: string,
): Promise<void> {
  // It may not be there at all.
  await (await openMade(open, place, filling)).close();
  const mode = constants.COPYFILE_FICLONE;
  cpSync(madeFolder(place, filling, nameOf(open)), folder, { recursive: true, mode });
}

function nameOf(open: OpenKvStore): string {
  return Object.entries(STORES).find(([, each]) => each === open)![0];
}

const madeFolder = (place: Place, filling: string, contestant: string) =>
  join(place.shared, `${filling}-${contestant.replaceAll(/\W/g, '_')}`);

async function openIn(open: OpenKvStore, folder: string, filling: string): Promise<KvStore> {
  mkdirSync(folder, { recursive: true });
  return open(folder, { text: filling === 'texts' });
}

/** A contestant for everybody who has a file, over the store that was made, and for the Map, which is filled anew. */
export function overStores(
  filling: keyof typeof FILLINGS,
  contestant: (store: KvStore, place: Place, isSlow: boolean) => Contestant | Promise<Contestant>,
  withMap = true,
): Record<string, Prepare> {
  const everybody: Record<string, Prepare> = {};
  for (const [name, open] of Object.entries(STORES)) {
    everybody[name] = async (place) =>
      contestant(await openMade(open, place, filling), place, SLOW.includes(name));
  }
  if (withMap) {
    everybody.Map = async (place) => {
      if (place.large) throw new Unavailable('too many records for the heap of JavaScript');
      const store = mapStore();
      const { keys, values } = await FILLINGS[filling]!(place);
      store.load(keys, values);
      return contestant(store, place, false);
    };
  }
  return everybody;
}

/** The same over stores of the contestant's own. `prepare` gets a way to open them in folders below one another. */
export function withOwnStores(
  prepare: (open: OpenKvStore, place: Place) => Contestant | Promise<Contestant>,
): Record<string, Prepare> {
  return Object.fromEntries(
    Object.entries(STORES).map(([name, open]) => [name, (place: Place) => prepare(open, place)]),
  );
}

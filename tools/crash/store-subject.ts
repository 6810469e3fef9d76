/** A store: every acknowledged commit is there, the one in flight whole or not at all, in order, and every page once. */
import { isPerdureError, openStore, type Store, type StoreOptions } from '../../src/index.js';
import { bytesOf, type Contents, copyOf, emptyContents, NUMBER_KEY, replay } from './commits.js';
import { History } from './history.js';
import type { Ending, Finding, Said, Subject, Task } from './subject.js';

type FileOptions = Pick<StoreOptions, 'pageBytes' | 'writeMap' | 'strict'>;

export interface StoreTask extends Task {
  readonly options: FileOptions;
}

export function openSubject(path: string, options: StoreOptions): Store<string, Uint8Array> {
  return openStore(path, { ...options, keys: 'string', values: 'bytes' });
}

export function openPairs(store: Store<string, Uint8Array>) {
  return store.multiTable('pairs', { keys: 'string', values: 'any' });
}

export class StoreSubject implements Subject {
  readonly writer = 'store-writer';
  readonly #seed: number;
  readonly #options: FileOptions;
  readonly #history = new History();
  /** After the commit that is on the disk for good. */
  #contents: Contents = emptyContents();
  /** It was found, though perhaps in the page cache only. */
  #exists = false;
  /** It is on the disk: a process that created it said so, or it was there after a power cut. */
  #isCreated = false;

  constructor(
    readonly path: string,
    seed: number,
    options: FileOptions,
  ) {
    this.#seed = seed;
    this.#options = options;
  }

  get description(): string {
    return `the store with ${JSON.stringify(this.#options)}`;
  }

  begin(round: number): StoreTask {
    const first = this.#history.begin(round);
    return { path: this.path, seed: this.#seed, round, first, options: this.#options };
  }

  check(said: Said, ending: Ending): Finding {
    const history = this.#history;
    this.#isCreated ||= said.kept > 0 || (said.isOpen && !this.#exists);
    const made = Math.max(history.found, said.made);
    const kept = Math.max(history.durable, said.kept);
    const store = this.#open();
    this.#exists = store !== undefined;
    if (store === undefined) {
      history.settle(0, 0);
      return { lost: 0, exists: false };
    }
    try {
      const found = Number(Buffer.from(store.get(NUMBER_KEY) ?? '0').toString());
      const required = ending === 'cut' ? kept : this.#inFile(made, kept);
      if (!(found >= required))
        throw new Error(`commit ${found} is the newest, and ${required} must be there`);
      const contents = copyOf(this.#contents);
      replay(contents, this.#seed, history, history.durable + 1, found);
      compare(store, contents, `commit ${found}`);
      store.check();
      this.#settle(found, ending === 'cut' ? found : kept);
      this.#isCreated ||= ending === 'cut';
      return { lost: Math.max(0, made - found), exists: true };
    } finally {
      store.close();
    }
  }

  /** Undefined where there is none and none was acknowledged. */
  #open(): Store<string, Uint8Array> | undefined {
    try {
      return openSubject(this.path, { readonly: true });
    } catch (error) {
      if (this.#isCreated || !isPerdureError(error)) throw error;
      return undefined;
    }
  }

  /** The newest commit that the system has, and no kill can lose. In a strict store that takes a flush. */
  #inFile(made: number, kept: number): number {
    return Math.max(this.#options.strict ? this.#history.found : made, kept);
  }

  #settle(found: number, durable: number): void {
    replay(this.#contents, this.#seed, this.#history, this.#history.durable + 1, durable);
    this.#history.settle(found, durable);
  }
}

function compare(store: Store<string, Uint8Array>, { records, pairs }: Contents, where: string): void {
  let count = 0;
  for (const [key, found] of store.entries()) {
    const value = records.get(key);
    if (value === undefined) throw new Error(`${where}: there is a record '${key}' that should not be`);
    if (!bytesOf(value).equals(found)) throw new Error(`${where}: '${key}' has the value of another commit`);
    count++;
  }
  if (count !== records.size) throw new Error(`${where}: ${count} records, not ${records.size}`);
  const found = new Map<string, Set<number>>();
  for (const [key, pair] of openPairs(store).entries())
    found.set(key, (found.get(key) ?? new Set()).add(pair as number));
  const text = (each: Map<string, Set<number>>) =>
    JSON.stringify(
      [...each]
        .filter(([, set]) => set.size > 0)
        .map(([key, set]) => [key, [...set].sort()])
        .sort(),
    );
  if (text(found) !== text(pairs)) throw new Error(`${where}: its pairs are others`);
}

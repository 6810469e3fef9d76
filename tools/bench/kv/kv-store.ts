/** A key-value store as the contests see it: one implementation for each contestant. */

export type Value = Buffer | string;

export interface OpenOptions {
  /** Its values are strings; else they are bytes. */
  readonly text?: boolean;
  /** Each commit is on the disk when it returns; else it survives the end of the process, and no more. */
  readonly durable?: boolean;
}

export interface KvStore {
  /** Of a store of bytes: where they lie, if it can do that; they need not hold beyond the next call. */
  getBytes(key: string): Uint8Array | undefined;
  /** Of a store of strings. */
  getText(key: string): string | undefined;
  /** Goes through all records of a store of bytes, in the order of the keys, and adds up a note of each. */
  scan(): number | Promise<number>;
  /** Stores records in one transaction. The value of `keys[i]` is at i, modulo how many values there are. */
  load(keys: readonly string[], values: readonly Value[]): void | Promise<void>;
  /** Stores a record in a commit of its own. */
  put(key: string, value: Value): void | Promise<void>;
  /** Stores records by as many asynchronous calls, all started at once; resolves when all are on the disk. */
  putLater?(keys: readonly string[], values: readonly Value[]): Promise<unknown>;
  close(): void | Promise<void>;
}

/** How a contestant opens its store in a folder of its own, or creates it. Throws Unavailable. */
export type OpenKvStore = (folder: string, options: OpenOptions) => Promise<KvStore>;

/** What a scan notes of a record. */
export function noteOfRecord(key: string, value: Uint8Array): number {
  return key.charCodeAt(key.length - 1) + value[0]! + value[value.length - 1]!;
}

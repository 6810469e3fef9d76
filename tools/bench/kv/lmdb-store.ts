/**
 * lmdb-js, as a contestant. With `overlappingSync`, its default on Linux, a commit returns before it is on the disk: it is
 * switched off.
 */
import { join } from 'node:path';
import { loadPeer } from '../peers.js';
import { noteOfRecord, type OpenKvStore, type Value } from './kv-store.js';

interface Lmdb {
  open(options: {
    path: string;
    encoding: 'binary' | 'string';
    overlappingSync: boolean;
    noSync: boolean;
  }): Database;
}

interface Database {
  get(key: string): string | undefined;
  getBinaryFast(key: string): Buffer | undefined;
  getRange(options: object): Iterable<{ key: string; value: Buffer }>;
  put(key: string, value: Value): Promise<boolean>;
  putSync(key: string, value: Value): boolean;
  transactionSync(action: () => void): void;
  close(): Promise<void>;
}

export const openLmdb: OpenKvStore = async (folder, { text = false, durable = true }) => {
  const { open } = await loadPeer<Lmdb>('lmdb');
  const database = open({
    path: join(folder, 'records.mdb'),
    encoding: text ? 'string' : 'binary',
    overlappingSync: false,
    noSync: !durable,
  });
  return {
    getBytes: (key) => database.getBinaryFast(key),
    getText: (key) => database.get(key),
    scan: () => {
      let sum = 0;
      for (const { key, value } of database.getRange({})) sum += noteOfRecord(key, value);
      return sum;
    },
    load: (keys, values) =>
      database.transactionSync(() => {
        for (let i = 0; i < keys.length; i++) database.putSync(keys[i]!, values[i % values.length]!);
      }),
    put: (key, value) => {
      database.putSync(key, value);
    },
    putLater: (keys, values) =>
      Promise.all(keys.map((key, i) => database.put(key, values[i % values.length]!))),
    close: () => database.close(),
  };
};

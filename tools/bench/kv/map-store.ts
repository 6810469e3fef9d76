/** A JavaScript Map, as a contestant where nothing has to be on a disk: what a store in a file is up against. */
import { type KvStore, noteOfRecord, type Value } from './kv-store.js';

export function mapStore(): KvStore {
  const map = new Map<string, Value>();
  // A copy of its own, as others have to make one.
  const put = (key: string, value: Value) => {
    map.set(key, typeof value === 'string' ? value : Buffer.from(value));
  };
  return {
    getBytes: (key) => map.get(key) as Buffer | undefined,
    getText: (key) => map.get(key) as string | undefined,
    scan: () => {
      let sum = 0;
      const sorted = [...map.keys()].sort();
      for (const key of sorted) sum += noteOfRecord(key, map.get(key) as Buffer);
      return sum;
    },
    load: (keys, values) => {
      for (let i = 0; i < keys.length; i++) put(keys[i]!, values[i % values.length]!);
    },
    put,
    close: () => map.clear(),
  };
}

/** classic-level (LevelDB), as a contestant. */
import { loadPeer } from '../peers.js';
import { noteOfRecord, type OpenKvStore, type Value } from './kv-store.js';

interface Module {
  ClassicLevel: new (folder: string, options: { valueEncoding: string }) => Level;
}

interface Operation {
  readonly type: 'put';
  readonly key: string;
  readonly value: Value;
}

interface Level {
  open(): Promise<void>;
  getSync(key: string): Value | undefined;
  put(key: string, value: Value, options: { sync: boolean }): Promise<void>;
  batch(operations: readonly Operation[], options: { sync: boolean }): Promise<void>;
  iterator(): { nextv(size: number): Promise<[string, Buffer][]>; close(): Promise<void> };
  close(): Promise<void>;
}

const SCANNED_AT_ONCE = 1000;

export const openLevel: OpenKvStore = async (folder, { text = false, durable = true }) => {
  const { ClassicLevel } = await loadPeer<Module>('classic-level');
  const level = new ClassicLevel(folder, { valueEncoding: text ? 'utf8' : 'buffer' });
  await level.open();
  const options = { sync: durable };
  return {
    getBytes: (key) => level.getSync(key) as Buffer | undefined,
    getText: (key) => level.getSync(key) as string | undefined,
    scan: async () => {
      const iterator = level.iterator();
      let sum = 0;
      for (;;) {
        const records = await iterator.nextv(SCANNED_AT_ONCE);
        if (records.length === 0) break;
        for (const [key, value] of records) sum += noteOfRecord(key, value);
      }
      await iterator.close();
      return sum;
    },
    load: (keys, values) =>
      level.batch(
        keys.map((key, i) => ({ type: 'put', key, value: values[i % values.length]! })),
        options,
      ),
    put: (key, value) => level.put(key, value, options),
    putLater: (keys, values) =>
      Promise.all(keys.map((key, i) => level.put(key, values[i % values.length]!, options))),
    close: () => level.close(),
  };
};

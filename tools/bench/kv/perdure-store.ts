/** perdure, as a contestant. */
import { join } from 'node:path';
import { noteOfRecord, type OpenKvStore } from './kv-store.js';

export const openPerdure: OpenKvStore = async (folder, { text = false, durable = true }) => {
  // Loaded when it is opened, as the peers are: what a module takes is part of what is measured.
  const { openStore } = await import('../../../src/index.js');
  const path = join(folder, 'records.store');
  const durability = durable ? 'sync' : 'deferred';
  // The types of both kinds of store at once: a contest uses one.
  const texts = text ? openStore(path, { keys: 'string', values: 'string', durability }) : undefined!;
  const bytes = text ? undefined! : openStore(path, { keys: 'string', values: 'bytes', durability });
  const store = (texts ?? bytes) as { set(key: string, value: Buffer | string): boolean };
  return {
    getBytes: (key) => bytes.getBytes(key),
    getText: (key) => texts.get(key),
    scan: () => {
      let sum = 0;
      for (const record of bytes.range().records()) sum += noteOfRecord(record.key, record.bytes);
      return sum;
    },
    load: (keys, values) =>
      (texts ?? bytes).transaction(() => {
        for (let i = 0; i < keys.length; i++) store.set(keys[i]!, values[i % values.length]!);
      }),
    put: (key, value) => {
      store.set(key, value);
    },
    putLater: (keys, values) =>
      Promise.all(keys.map((key, i) => bytes.setAsync(key, values[i % values.length] as Buffer))),
    close: () => (texts ?? bytes).close(),
  };
};

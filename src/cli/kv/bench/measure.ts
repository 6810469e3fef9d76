/** What `kv bench` measures: of any table how fast it is read, and of a scratch store how fast it is filled and changed. */
import type { Store, Table } from '../../../kv/store/index.js';
import { PerdureError } from '../../../os/index.js';
import { type Course, type Timed, timed } from './course.js';
import { Latencies } from './latencies.js';
import { KEY_BYTES, keyOf, randomNumbers } from './records.js';

export interface Measurement extends Timed {
  readonly name: 'load' | 'get' | 'scan' | 'sync' | 'group' | 'deferred';
  /** Of each commit, where they were taken one by one. */
  readonly latencies?: Latencies;
}

export interface Amount {
  readonly entries: number;
  readonly valueBytes: number;
}

/** Pages that a transaction changes are on the heap until it is committed. */
const TRANSACTION_BYTES = 2 ** 23;
/** Calls of a slice: a few milliseconds. */
const GETS = 10_000;
const SCANNED = 10_000;
const COMMITS = 20;
/** Asynchronous writes that are under way together. */
const AT_ONCE = 1000;
/** Keys of a store that exists, among which is read at random. */
const MAX_SAMPLE = 100_000;

/** Fills a store in transactions of some megabytes; at the end all is on the disk. */
export async function load(
  course: Course,
  store: Store<string, Uint8Array>,
  { entries, valueBytes }: Amount,
): Promise<Measurement> {
  const most = Math.max(1, Math.floor(TRANSACTION_BYTES / (KEY_BYTES + valueBytes)));
  const value = someValue(valueBytes);
  const loaded = await course.complete('loading', entries, (from) => {
    const count = Math.min(most, entries - from);
    const keys = Array.from({ length: count }, (_, at) => keyOf(from + at));
    return timed(count, () =>
      store.transaction(
        () => {
          for (const key of keys) store.set(key, value);
        },
        { durability: 'deferred' },
      ),
    );
  });
  return { name: 'load', ...(await flushed(store, loaded)) };
}

/** Reads records at random, and both ends of each value. */
export async function getAtRandom<K>(
  course: Course,
  table: Table<K, unknown>,
  pick: () => K,
): Promise<Measurement> {
  const read = await course.repeat('reading at random', () => {
    const keys = Array.from({ length: GETS }, pick);
    return timed(GETS, () => {
      for (const key of keys) look(table.getBytes(key));
    });
  });
  return { name: 'get', ...read };
}

/** Goes through all records in the order of their keys, and looks at both ends of each value; again and again. */
export async function scan<K>(
  course: Course,
  store: Store<unknown, unknown> | Store<string, Uint8Array>,
  table: Table<K, unknown>,
): Promise<Measurement> {
  using snapshot = (store as Store<unknown, unknown>).snapshot();
  const reader = snapshot.table(table);
  let records = reader.range().records();
  const read = await course.repeat('reading in order', () => {
    let count = 0;
    const { seconds } = timed(0, () => {
      while (count < SCANNED) {
        const { done, value: record } = records.next();
        if (done) {
          records = reader.range().records();
          break;
        }
        look(record.bytes);
        count += 1;
      }
    });
    return { count, seconds };
  });
  return { name: 'scan', ...read };
}

/** Replaces records, each in a commit of its own. */
export async function commit(
  course: Course,
  store: Store<string, Uint8Array>,
  durability: 'sync' | 'deferred',
  { entries, valueBytes }: Amount,
): Promise<Measurement> {
  const random = randomNumbers();
  const value = someValue(valueBytes);
  const latencies = new Latencies();
  const label = durability === 'sync' ? 'committing' : 'committing, without waiting for the disk';
  const committed = await course.repeat(label, () => {
    const keys = Array.from({ length: COMMITS }, () => keyOf(random(entries)));
    return timed(COMMITS, () => {
      for (const key of keys) {
        const start = performance.now();
        store.transaction(() => store.set(key, value), { durability });
        latencies.add(performance.now() - start);
      }
    });
  });
  return { name: durability, ...(await flushed(store, committed)), latencies };
}

/** Replaces records by asynchronous calls, many of which are under way together and share flushes. */
export async function commitTogether(
  course: Course,
  store: Store<string, Uint8Array>,
  { entries, valueBytes }: Amount,
): Promise<Measurement> {
  const random = randomNumbers();
  const value = someValue(valueBytes);
  const latencies = new Latencies();
  const written = await course.repeat('writing asynchronously', async () => {
    const keys = Array.from({ length: AT_ONCE }, () => keyOf(random(entries)));
    const begin = performance.now();
    const write = async (key: string) => {
      const start = performance.now();
      await store.setAsync(key, value, undefined, { durability: 'group' });
      latencies.add(performance.now() - start);
    };
    await Promise.all(keys.map(write));
    return { count: AT_ONCE, seconds: (performance.now() - begin) / 1000 };
  });
  return { name: 'group', ...written, latencies };
}

/** Some keys of a table, each with the same chance (Vitter 1985, algorithm R); all of a small one. */
export async function sampleKeys<K>(course: Course, table: Table<K, unknown>): Promise<readonly K[]> {
  const random = randomNumbers();
  const sample: K[] = [];
  let seen = 0;
  for (const key of table.keys()) {
    seen += 1;
    const at = seen <= MAX_SAMPLE ? seen - 1 : random(seen);
    if (at < MAX_SAMPLE) sample[at] = key;
    if (seen % SCANNED === 0) await course.pause();
  }
  return sample;
}

/** What is not on the disk yet is part of the work. */
async function flushed(store: Store<string, Uint8Array>, { count, seconds }: Timed): Promise<Timed> {
  const start = performance.now();
  await store.flush();
  return { count, seconds: seconds + (performance.now() - start) / 1000 };
}

function someValue(bytes: number): Buffer {
  return Buffer.alloc(bytes, 'perdure ');
}

/** Takes part of a sum that nothing reads, so that no reading can be left out. */
let looked = 0;

function look(bytes: Uint8Array | undefined): void {
  if (bytes === undefined) throw new PerdureError('CORRUPT', 'a record that was stored is not found');
  if (bytes.length > 0) looked = (looked + bytes[0]! + bytes[bytes.length - 1]!) | 0;
}

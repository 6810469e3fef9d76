/** SQLite by better-sqlite3 and by Node.js' own module, as contestants: one table, its key the primary key. */
import { join } from 'node:path';
import { Unavailable } from '../contest.js';
import { loadPeer } from '../peers.js';
import { type KvStore, noteOfRecord, type OpenKvStore, type OpenOptions } from './kv-store.js';

interface Statement {
  get(key: string): { value: unknown } | undefined;
  run(...values: unknown[]): unknown;
  iterate(): Iterable<unknown>;
}

/** What both modules have. */
interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): unknown;
}

type DatabaseClass = new (path: string) => Database;

export const openBetterSqlite: OpenKvStore = async (folder, options) => {
  const Database = await loadPeer<DatabaseClass>('better-sqlite3');
  return openSqlite(() => new Database(join(folder, 'records.db')), options);
};

export const openNodeSqlite: OpenKvStore = async (folder, options) => {
  let module: { DatabaseSync: DatabaseClass };
  try {
    // Its name as a variable: the types of the oldest Node.js do not know it.
    const name = 'node:sqlite';
    module = await import(name);
  } catch {
    throw new Unavailable(`Node.js ${process.versions.node} has no node:sqlite`);
  }
  return openSqlite(() => new module.DatabaseSync(join(folder, 'records.db')), options);
};

function openSqlite(open: () => Database, { text = false, durable = true }: OpenOptions): KvStore {
  let database: Database;
  try {
    database = open();
  } catch (error) {
    throw new Unavailable(`SQLite does not open (${(error as Error).message.split('\n')[0]})`);
  }
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durable ? 'FULL' : 'OFF'}`);
  database.exec('PRAGMA mmap_size = 34359738368; PRAGMA cache_size = -65536');
  const type = text ? 'TEXT' : 'BLOB';
  database.exec(
    `CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value ${type} NOT NULL) WITHOUT ROWID`,
  );
  const get = database.prepare('SELECT value FROM records WHERE key = ?');
  const put = database.prepare(
    'INSERT INTO records VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const all = database.prepare('SELECT key, value FROM records ORDER BY key');
  return {
    getBytes: (key) => get.get(key)?.value as Uint8Array | undefined,
    getText: (key) => get.get(key)?.value as string | undefined,
    scan: () => {
      let sum = 0;
      for (const { key, value } of all.iterate() as Iterable<{ key: string; value: Uint8Array }>)
        sum += noteOfRecord(key, value);
      return sum;
    },
    load: (keys, values) => {
      database.exec('BEGIN');
      for (let i = 0; i < keys.length; i++) put.run(keys[i], values[i % values.length]);
      database.exec('COMMIT');
    },
    put: (key, value) => {
      put.run(key, value);
    },
    close: () => {
      database.close();
    },
  };
}

/** Opening a store by the path of its file. */
import { filePath, integerIn, knownOptions } from '../../os/arguments.js';
import { FilePager } from '../file/file-pager.js';
import type { FilePagerOptions } from '../file/options.js';
import type { KeyChoice, KeyTypeOf } from '../keys/index.js';
import type { ValueChoice, ValueTypeOf } from '../values/index.js';
import { checkDurability, type Durability, type TableOptions } from './options.js';
import { Store } from './store.js';
import { wantedTable } from './table-format.js';

export interface StoreOptions<KC extends KeyChoice = KeyChoice, VC extends ValueChoice = ValueChoice>
  extends TableOptions<KC, VC>,
    FilePagerOptions {
  /** When commits are on the disk: 'sync' unless given. */
  durability?: Durability;
  /** How long a commit of `deferred` durability waits at most until a flush begins, in milliseconds; 1,000 unless given. */
  flushDelayMs?: number;
}

const TABLE_NAMES = ['keys', 'values', 'versions'] as const;
const FILE_NAMES = ['create', 'readonly', 'pageBytes', 'writeMap', 'strict'] as const;
const DEFAULT_FLUSH_DELAY_MS = 1000;
/** The longest time that a timer can wait. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Opens a store, or creates one: a sorted map in a file, with transactions. Opening costs the same whatever it holds.
 *
 * ```ts
 * using cities = openStore('cities.store', { keys: 'string', values: jsonOf<City>() });
 * cities.set('Zürich', { country: 'CH', population: 341_730 }); // on the disk when it returns
 * for (const [name, city] of cities.range({ prefix: 'Z' })) console.log(name, city.population);
 * ```
 * @throws NOT_FOUND, ALREADY_EXISTS, ACCESS_DENIED, SHARING_VIOLATION where another process has it open, CORRUPT,
 * VERSION_UNSUPPORTED,
 *   SCHEMA_MISMATCH where it has other codecs, DISK_FULL, INVALID_ARGUMENT
 */
export function openStore<const KC extends KeyChoice = 'any', VC extends ValueChoice = 'messagepack'>(
  path: string,
  options: StoreOptions<KC, VC> = {},
): Store<KeyTypeOf<KC>, ValueTypeOf<VC>> {
  filePath(path);
  knownOptions(
    options,
    [...TABLE_NAMES, ...FILE_NAMES, 'durability', 'flushDelayMs'],
    'the options of openStore',
  );
  const {
    keys,
    values,
    versions,
    durability = 'sync',
    flushDelayMs = DEFAULT_FLUSH_DELAY_MS,
    ...file
  } = options;
  const wanted = wantedTable({ keys, values, versions });
  checkDurability(durability);
  integerIn(flushDelayMs, 0, MAX_DELAY_MS, 'flushDelayMs');
  const pager = FilePager.open(path, file);
  try {
    return new Store(pager, path, wanted, durability, flushDelayMs);
  } catch (error) {
    pager.close();
    throw error;
  }
}

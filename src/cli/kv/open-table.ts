/**
 * Opening a table of a store for a command: what the file says its codecs are is not asked of the command line, and
 * decides how keys and values are written.
 */

import { listTables } from '../../kv/directory.js';
import { FilePager } from '../../kv/file/file-pager.js';
import { keyCodecById } from '../../kv/keys/choice.js';
import type { KeyChoice, KeyCodec } from '../../kv/keys/index.js';
import { type MultiTable, Store, type Table } from '../../kv/store/index.js';
import { wantedTable } from '../../kv/store/table-format.js';
import type { TableRecord } from '../../kv/table-record.js';
import { valueCodecById } from '../../kv/values/choice.js';
import { bytesValue, type ValueChoice, type ValueCodec } from '../../kv/values/index.js';
import { isPerdureError, PerdureError } from '../../os/index.js';
import { type AnyType, parseSchema, recordValue, type Schema } from '../../record/index.js';
import { printable } from '../errors.js';
import { type KeyNotation, keyNotation, type Notation, valueNotation } from './notation.js';

export interface TableWish {
  /** '' for the store's own. */
  readonly table: string;
  readonly keyCodec: string | undefined;
  readonly valueCodec: string | undefined;
}

export interface OpeningWish extends TableWish {
  /** 'read': of a store that is there; 'change': that too; 'create': made where it is missing, store and table. */
  readonly purpose: 'read' | 'change' | 'create';
  /** The codecs of a table that is new, unless the command line names others: 'string' unless given. */
  readonly newKeys?: KeyChoice;
  readonly newValues?: ValueChoice;
}

/** A table of a store, one value a key or many. */
export interface OpenTable extends Disposable {
  readonly store: Store<unknown, unknown>;
  readonly table: Table<unknown, unknown> | MultiTable<unknown, unknown>;
  readonly keys: KeyNotation;
  readonly values: Notation;
}

const RECORD_CODEC = 5;

/** For what an import commits: it is flushed at the end at the latest. */
const FLUSH_DELAY_MS = 1000;

type Wish = Omit<OpeningWish, 'purpose'>;

interface Codecs {
  readonly isMulti: boolean;
  readonly keys: KeyChoice;
  /** Of a table with many values a key they are a key's. */
  readonly values: ValueChoice | KeyChoice;
  /** Of the values, where they are records. */
  readonly type: AnyType | undefined;
}

/** @throws NOT_FOUND, CORRUPT, VERSION_UNSUPPORTED, SCHEMA_MISMATCH, SHARING_VIOLATION and what else openStore throws */
export function openTable(path: string, wish: OpeningWish): OpenTable {
  const { store, tables } = openFile(path, wish.purpose, wish);
  try {
    const record = tables.get(wish.table);
    if (record === undefined && wish.table !== '' && wish.purpose !== 'create')
      throw noTable(path, wish.table, tables);
    const codecs = codecsOf(record, wish);
    const table = tableOf(store, wish.table, codecs);
    return {
      store,
      table,
      keys: keyNotation(nameOf(codecs.keys)),
      values: valueNotation(nameOf(codecs.values), codecs.type),
      [Symbol.dispose]: () => store.close(),
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** Opens a store to look at all of it. */
export function openWhole(path: string): {
  store: Store<unknown, unknown>;
  tables: ReadonlyMap<string, TableRecord>;
} {
  return openFile(path, 'read', { table: '', keyCodec: undefined, valueCodec: undefined });
}

function openFile(path: string, purpose: OpeningWish['purpose'], wish: Wish) {
  const pager = openPager(path, purpose);
  try {
    const tables = listTables(pager.pages, pager.newest.tables);
    const own = tables.get('');
    // A table that is not in the file yet has the codecs of whoever asks first: only who asks for it names any.
    const codecs =
      own !== undefined || wish.table === '' ? codecsOf(own, wish.table === '' ? wish : {}) : undefined;
    const wanted = wantedTable(
      codecs === undefined ? {} : { keys: codecs.keys, values: codecs.values as ValueChoice },
    );
    return { store: new Store<unknown, unknown>(pager, path, wanted, 'sync', FLUSH_DELAY_MS), tables };
  } catch (error) {
    pager.close();
    throw error;
  }
}

function openPager(path: string, purpose: OpeningWish['purpose']): FilePager {
  try {
    const create = purpose === 'create' ? 'missing' : 'never';
    return FilePager.open(path, { readonly: purpose === 'read', create });
  } catch (error) {
    const said = PROBLEMS.find(({ code }) => isPerdureError(error, code));
    if (said === undefined) throw error;
    throw new PerdureError(said.code, said.message(printable(path)), { path, cause: error });
  }
}

/** What the library says of options, said of commands. */
const PROBLEMS = [
  {
    code: 'NOT_FOUND',
    message: (path: string) => `there is no store '${path}'; 'kv set' and 'kv import' make one`,
  },
  {
    code: 'SHARING_VIOLATION',
    message: (path: string) => `the store '${path}' is in use: one process at a time; close it there`,
  },
] as const;

function tableOf(
  store: Store<unknown, unknown>,
  name: string,
  { isMulti, keys, values }: Codecs,
): OpenTable['table'] {
  if (name === '') return store;
  if (isMulti)
    return store.multiTable(name, { keys, values: values as KeyChoice }) as MultiTable<unknown, unknown>;
  return store.table(name, { keys, values: values as ValueChoice }) as Table<unknown, unknown>;
}

/** What the command line says, else what the file says, else texts. */
function codecsOf(record: TableRecord | undefined, wish: Partial<Wish>): Codecs {
  const { keyCodec, valueCodec, newKeys = 'string', newValues = 'string' } = wish;
  const isMulti = record?.kind === 'multi';
  const stored = record && storedCodecs(record);
  return {
    isMulti,
    keys: (keyCodec as KeyChoice | undefined) ?? stored?.keys ?? newKeys,
    values: (valueCodec as ValueChoice | undefined) ?? stored?.values ?? newValues,
    type: valueCodec === undefined ? stored?.type : undefined,
  };
}

function storedCodecs({ kind, keyCodec, valueCodec, schemaText }: TableRecord) {
  const keys = knownKeyCodec(keyCodec);
  if (kind === 'multi') return { keys, values: knownKeyCodec(valueCodec), type: undefined };
  const known = valueCodecById(valueCodec);
  if (known !== undefined) return { keys, values: known, type: undefined };
  if (valueCodec === RECORD_CODEC) {
    const schema: Schema = parseSchema(schemaText);
    return { keys, values: recordValue(schema) as ValueCodec<unknown>, type: schema.root as AnyType };
  }
  const foreign: ValueCodec<unknown> = {
    ...(bytesValue as ValueCodec<unknown>),
    id: valueCodec,
    name: foreignName(valueCodec),
    schemaText,
  };
  return { keys, values: foreign, type: undefined };
}

function knownKeyCodec(id: number): KeyCodec<unknown> {
  const codec = keyCodecById(id);
  if (codec !== undefined) return codec;
  const message = `the table has keys of the codec number ${id}, which this release does not know`;
  throw new PerdureError('VERSION_UNSUPPORTED', message);
}

/** How a codec is called that only a program knows. */
function foreignName(id: number): string {
  return `number ${id}`;
}

/** The names of a table's codecs, as `--key-codec` and `--value-codec` take them where they can be given. */
export function codecNames({ kind, keyCodec, valueCodec }: TableRecord): { keys: string; values: string } {
  const known = kind === 'multi' ? keyCodecById(valueCodec) : valueCodecById(valueCodec);
  return {
    keys: keyCodecById(keyCodec)?.name ?? foreignName(keyCodec),
    values:
      valueCodec === RECORD_CODEC && kind !== 'multi' ? 'record' : (known?.name ?? foreignName(valueCodec)),
  };
}

function nameOf(codec: KeyChoice | ValueChoice): string {
  return typeof codec === 'string' ? codec : codec.name;
}

function noTable(path: string, name: string, tables: ReadonlyMap<string, unknown>): PerdureError {
  const names = [...tables.keys()].filter((each) => each !== '').map((each) => `'${each}'`);
  const there = names.length === 0 ? 'it has none but its own' : `it has ${names.slice(0, 10).join(', ')}`;
  return new PerdureError('NOT_FOUND', printable(`'${path}' has no table '${name}'; ${there}`), { path });
}

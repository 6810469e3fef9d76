/**
 * What a table is: its kind and its codecs. The file's word stands; what the caller gives must agree with it, and
 * decides for a new table.
 */
import { knownOptions } from '../../os/arguments.js';
import { PerdureError } from '../../os/errors.js';
import { chosenKeyCodec, keyCodecById } from '../keys/choice.js';
import type { KeyCodec } from '../keys/index.js';
import type { TableKind, TableRecord } from '../table-record.js';
import { chosenValueCodec, valueCodecById } from '../values/choice.js';
import type { ValueCodec } from '../values/index.js';
import type { MultiTableOptions, TableOptions } from './options.js';

export interface TableFormat {
  readonly kind: TableKind;
  readonly keys: KeyCodec<unknown>;
  /** Of a table with many values a key it is a key codec. */
  readonly values: ValueCodec<unknown> | KeyCodec<unknown>;
  readonly schemaText: string;
}

/** What a caller wants of a table; undefined: whatever it is. */
export interface WantedFormat {
  readonly isMulti: boolean;
  readonly versions: boolean | undefined;
  readonly keys: KeyCodec<unknown> | undefined;
  readonly values: ValueCodec<unknown> | KeyCodec<unknown> | undefined;
}

/** @throws INVALID_ARGUMENT */
export function wantedTable({ keys, values, versions }: TableOptions): WantedFormat {
  if (versions !== undefined && typeof versions !== 'boolean')
    throw new PerdureError('INVALID_ARGUMENT', `versions must be true or false, not ${String(versions)}`);
  return {
    isMulti: false,
    versions,
    keys: keys === undefined ? undefined : chosenKeyCodec(keys, 'keys'),
    values: values === undefined ? undefined : chosenValueCodec(values, 'values'),
  };
}

/** @throws INVALID_ARGUMENT */
export function wantedMultiTable(options: MultiTableOptions): WantedFormat {
  knownOptions(options, ['keys', 'values'], 'the options of a multi table');
  const { keys, values } = options;
  return {
    isMulti: true,
    versions: undefined,
    keys: keys === undefined ? undefined : chosenKeyCodec(keys, 'keys'),
    values: values === undefined ? undefined : chosenKeyCodec(values, 'values'),
  };
}

/** The format of a table that is not in the file yet. */
export function newFormat({ isMulti, versions, keys, values }: WantedFormat): TableFormat {
  const codec =
    values ?? (isMulti ? chosenKeyCodec('any', 'values') : chosenValueCodec('messagepack', 'values'));
  return {
    kind: isMulti ? 'multi' : versions ? 'versioned' : 'plain',
    keys: keys ?? chosenKeyCodec('any', 'keys'),
    values: codec,
    schemaText: schemaTextOf(codec),
  };
}

/** The format of a table in the file, as the caller wants it. @throws SCHEMA_MISMATCH */
export function formatOf(name: string, record: TableRecord, wanted: WantedFormat): TableFormat {
  checkKind(name, record.kind, wanted);
  const keys = keyCodecById(record.keyCodec);
  if (keys === undefined) throw unknownCodec(name, 'keys', record.keyCodec);
  const known = wanted.isMulti ? keyCodecById(record.valueCodec) : valueCodecById(record.valueCodec);
  const values = wanted.values?.id === record.valueCodec ? wanted.values : known;
  if (values === undefined) {
    if (wanted.values === undefined) throw unknownCodec(name, 'values', record.valueCodec);
    throw otherValues(name, `number ${record.valueCodec}`, wanted.values.name);
  }
  const stored = { kind: record.kind, keys, values, schemaText: record.schemaText };
  checkFormat(name, stored, wanted);
  return stored;
}

/** @throws SCHEMA_MISMATCH, naming what differs */
export function checkFormat(name: string, stored: TableFormat, wanted: WantedFormat): void {
  checkKind(name, stored.kind, wanted);
  if (wanted.keys !== undefined && wanted.keys.id !== stored.keys.id)
    throw mismatch(name, `has keys of the codec '${stored.keys.name}', not '${wanted.keys.name}'`);
  if (wanted.values === undefined) return;
  if (wanted.values.id !== stored.values.id) throw otherValues(name, stored.values.name, wanted.values.name);
  if (schemaTextOf(wanted.values) !== stored.schemaText)
    throw mismatch(
      name,
      `has values of the schema ${cut(stored.schemaText)}, not ${cut(schemaTextOf(wanted.values))}`,
    );
}

function checkKind(name: string, kind: TableKind, wanted: WantedFormat): void {
  const isMulti = kind === 'multi';
  if (isMulti !== wanted.isMulti)
    throw mismatch(name, `holds ${isMulti ? 'many values' : 'one value'} a key`);
  const isVersioned = kind === 'versioned';
  if (wanted.versions !== undefined && wanted.versions !== isVersioned)
    throw mismatch(name, `was made ${isVersioned ? 'with' : 'without'} versions`);
}

export function describeTable(name: string): string {
  return name === '' ? 'the store' : `the table '${name}'`;
}

function schemaTextOf(codec: object): string {
  return (codec as ValueCodec<unknown>).schemaText ?? '';
}

function mismatch(name: string, what: string): PerdureError {
  return new PerdureError('SCHEMA_MISMATCH', `${describeTable(name)} ${what}`);
}

/** Schemas may be long. */
function cut(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function otherValues(name: string, stored: string, wanted: string): PerdureError {
  return mismatch(name, `has values of the codec '${stored}', not '${wanted}'`);
}

function unknownCodec(name: string, what: string, id: number): PerdureError {
  const message = `${describeTable(name)} has ${what} of the codec number ${id}: give it in the options, as \`${what}\``;
  return new PerdureError('SCHEMA_MISMATCH', message);
}

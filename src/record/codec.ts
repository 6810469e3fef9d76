/**
 * How values of each type are checked, stored and read, at a byte of a window.
 *
 * A value is checked whole (`fits`) before any of it is stored, so that a refused record leaves the file as it was.
 * `read` trusts the bytes of no file.
 */
import { show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import { arrayCodec } from './codec-array.js';
import { recordCodec } from './codec-record.js';
import { scalarCodec } from './codec-scalar.js';
import { bytesCodec, enumerationCodec, utf8Codec } from './codec-text.js';
import type { AnyType } from './types.js';
import type { Window } from './window.js';

export interface Codec {
  /** True where `value` can be stored as it is. */
  fits(value: unknown): boolean;
  /** The INVALID_VALUE error of a value that does not fit, which names the field at fault. */
  refusal(value: unknown, path: string): PerdureError;
  /** Stores a value that fits at byte `offset`: every byte of it but padding. */
  store(window: Window, offset: number, value: unknown): void;
  /** The value at byte `offset`, as something of its own: a copy. @throws CORRUPT */
  read(window: Window, offset: number): unknown;
}

/** The codec of a type. @param path what the field is called in messages; '' for a whole record */
export function codecOf(type: AnyType, path: string): Codec {
  switch (type.kind) {
    case 'utf8':
      return utf8Codec(type.size);
    case 'bytes':
      return bytesCodec(type.size);
    case 'enumeration':
      return enumerationCodec(type, path);
    case 'array':
      return arrayCodec(codecOf(type.element, `${path}.*`), type);
    case 'record':
      return recordCodec(type, path);
    default:
      return scalarCodec(type.kind);
  }
}

/** The error of a value that does not fit its field; `path` is '' for a whole record. */
export function invalidValue(path: string, wanted: string, value: unknown): PerdureError {
  const given = value === undefined ? 'nothing' : show(value);
  const what = path === '' ? 'a record is' : `the field '${path}' takes`;
  return new PerdureError('INVALID_VALUE', `${what} ${wanted}, not ${given}`);
}

/** The error of a property that no field of the record has. */
export function unknownField(path: string, names: Iterable<string>): PerdureError {
  const known = [...names];
  const listed = `${known.slice(0, 12).join(', ')}${known.length > 12 ? ', …' : ''}`;
  return new PerdureError('INVALID_VALUE', `there is no field '${path}'; there are ${listed}`);
}

/** The path of a field of the record at `path`. */
export function joinPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

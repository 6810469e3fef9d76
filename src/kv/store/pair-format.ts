/**
 * How the records of a table with many values a key lie in its tree: one record for each pair of a key and a value,
 * both in the record's key, whose value is empty. So they are sorted by key, then by value, and a key that many pairs
 * have is stored once a page, as the prefix that they share.
 *
 *   k    the key as its codec writes it, each 00 as 00 ff
 *   2    00 00: less than anything that a longer key goes on with
 *   v    the value as its codec writes it
 */
import { PerdureError } from '../../os/errors.js';
import type { Cell } from '../cell.js';
import type { KeyBuffer } from '../key-buffer.js';
import type { KeyCodec } from '../keys/index.js';
import type { Tree } from '../tree.js';
import { appendZero, type KeyPlaces } from './bounds.js';
import type { RecordReader } from './record-format.js';
import type { TableFormat } from './table-format.js';

const ESCAPE = 0xff;
const END_BYTES = 2;

export class PairFormat<K, V> implements RecordReader<K, V> {
  readonly keys: KeyCodec<K>;
  readonly values: KeyCodec<V>;

  constructor(format: TableFormat) {
    this.keys = format.keys as KeyCodec<unknown> as KeyCodec<K>;
    this.values = format.values as KeyCodec<unknown> as KeyCodec<V>;
  }

  /** @throws INVALID_ARGUMENT for what cannot be a key or a value, or is too long together */
  writePair(key: K, value: V, into: KeyBuffer, scratch: KeyBuffer): void {
    this.values.encode(value, scratch);
    this.writeBelow(key, into);
    const { length } = into;
    if (length + scratch.length > into.limitBytes) throw tooLong(into);
    into.bytes.set(scratch.bytes.subarray(0, scratch.length), length);
    into.end(length + scratch.length);
  }

  key(cell: Cell, scratch: KeyBuffer): K {
    const length = cell.copyKey(scratch.memory);
    const end = endOfKey(scratch.bytes, length);
    let to = 0;
    for (let from = 0; from < end; from++) {
      const byte = scratch.bytes[from];
      scratch.bytes[to++] = byte;
      if (byte === 0) from++;
    }
    return this.keys.decode(scratch.memory, to);
  }

  value(_: Tree, cell: Cell, scratch: KeyBuffer): V {
    const length = cell.copyKey(scratch.memory);
    const start = endOfKey(scratch.bytes, length) + END_BYTES;
    scratch.bytes.copyWithin(0, start, length);
    return this.values.decode(scratch.memory, length - start);
  }

  bytes(_: Tree, cell: Cell, scratch: KeyBuffer): Uint8Array {
    const length = cell.copyKey(scratch.memory);
    return scratch.bytes.slice(endOfKey(scratch.bytes, length) + END_BYTES, length);
  }

  writeBelow(key: unknown, into: KeyBuffer): void {
    this.keys.encode(key as K, into);
    escapeZeros(into);
    into.end(into.length + END_BYTES);
  }

  writeAbove(key: unknown, into: KeyBuffer): void {
    this.writeBelow(key, into);
    into.bytes[into.length - 1] = 1;
  }

  writePrefix(prefix: unknown, into: KeyBuffer): void {
    this.keys.encodePrefix(prefix, into);
    escapeZeros(into);
  }

  /** The places of values among those of one key, whose record keys begin with `start`. */
  valuePlaces(start: Uint8Array): KeyPlaces {
    const write = (encode: () => void, into: KeyBuffer) => {
      encode();
      if (start.length + into.length > into.limitBytes) throw tooLong(into);
      into.bytes.copyWithin(start.length, 0, into.length);
      into.bytes.set(start);
      into.end(start.length + into.length);
    };
    return {
      writeBelow: (value, into) => write(() => this.values.encode(value as V, into), into),
      writeAbove: (value, into) => {
        write(() => this.values.encode(value as V, into), into);
        appendZero(into);
      },
      writePrefix: (prefix, into) => write(() => this.values.encodePrefix(prefix, into), into),
    };
  }
}

/** Writes each 00 of a key as 00 ff. */
function escapeZeros(key: KeyBuffer): void {
  const { bytes, length } = key;
  let zeros = 0;
  for (let index = 0; index < length; index++) if (bytes[index] === 0) zeros++;
  if (length + zeros + END_BYTES > key.limitBytes) throw tooLong(key);
  let to = length + zeros;
  for (let from = length - 1; from >= 0 && to > from; from--) {
    if (bytes[from] === 0) bytes[--to] = ESCAPE;
    bytes[--to] = bytes[from];
  }
  key.end(length + zeros);
}

/** Where the key of a pair ends. */
function endOfKey(bytes: Uint8Array, length: number): number {
  for (let index = 0; index + 1 < length; index++) {
    if (bytes[index] !== 0) continue;
    if (bytes[index + 1] !== ESCAPE) return index;
    index++;
  }
  throw new PerdureError('CORRUPT', 'a record of a multi table is no pair of a key and a value');
}

function tooLong(into: KeyBuffer): PerdureError {
  const message = `a key and a value have at most ${into.limitBytes} bytes together in a table with many values a key`;
  return new PerdureError('INVALID_ARGUMENT', message);
}

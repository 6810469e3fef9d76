/**
 * How the records of a table with one value a key lie in its tree: the key as its codec writes it, the value as its
 * codec does, with 8 bytes before it where the table has versions: the version, u48, and two of zero.
 */
import type { Cell } from '../cell.js';
import type { KeyBuffer } from '../key-buffer.js';
import type { KeyCodec } from '../keys/index.js';
import { bytesOf } from '../page-memory.js';
import type { Tree } from '../tree.js';
import type { ValueCodec, ValueMemory } from '../values/index.js';
import { appendZero, type KeyPlaces } from './bounds.js';
import type { TableFormat } from './table-format.js';

export const VERSION_BYTES = 8;

/** What iterations need to know of a table's records. */
export interface RecordReader<K, V> extends KeyPlaces {
  /** Reads the key of a record. `scratch` is for its bytes. */
  key(cell: Cell, scratch: KeyBuffer): K;
  value(tree: Tree, cell: Cell, scratch: KeyBuffer): V;
  /** The bytes of the value, where they lie. */
  bytes(tree: Tree, cell: Cell, scratch: KeyBuffer): Uint8Array;
}

export class RecordFormat<K, V> implements RecordReader<K, V> {
  readonly keys: KeyCodec<K>;
  readonly values: ValueCodec<V>;
  /** Bytes before each value. */
  readonly skip: number;

  constructor(format: TableFormat) {
    this.keys = format.keys as KeyCodec<unknown> as KeyCodec<K>;
    this.values = format.values as ValueCodec<unknown> as ValueCodec<V>;
    this.skip = format.kind === 'versioned' ? VERSION_BYTES : 0;
  }

  key(cell: Cell, scratch: KeyBuffer): K {
    return this.keys.decode(scratch.memory, cell.copyKey(scratch.memory));
  }

  value(tree: Tree, cell: Cell): V {
    const { skip } = this;
    if (!cell.isReference) return this.values.decode(cell.memory, cell.value + skip, cell.valueLength - skip);
    const large = tree.largeValue(cell);
    return this.values.decode(memoryOf(large), skip, large.length - skip);
  }

  bytes(tree: Tree, cell: Cell): Uint8Array {
    if (cell.isReference) return tree.largeValue(cell).subarray(this.skip);
    return bytesOf(cell.memory, cell.value + this.skip, cell.end);
  }

  /** The version of a record in a table that has them. */
  version(tree: Tree, cell: Cell): number {
    const bytes = cell.isReference ? tree.largeValue(cell) : cell.memory.u8.subarray(cell.value, cell.end);
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return data.getUint32(0, true) + data.getUint16(4, true) * 2 ** 32;
  }

  writeBelow(key: unknown, into: KeyBuffer): void {
    this.keys.encode(key as K, into);
  }

  writeAbove(key: unknown, into: KeyBuffer): void {
    this.keys.encode(key as K, into);
    appendZero(into);
  }

  writePrefix(prefix: unknown, into: KeyBuffer): void {
    this.keys.encodePrefix(prefix, into);
  }
}

/** Bytes as value codecs read them. */
export function memoryOf(bytes: Uint8Array): ValueMemory {
  return { u8: bytes, text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) };
}

/** Writes a version before a value. */
export function writeVersion(version: number, into: Uint8Array): void {
  const data = new DataView(into.buffer, into.byteOffset, VERSION_BYTES);
  data.setUint32(0, version, true);
  data.setUint32(4, Math.floor(version / 2 ** 32), true);
}

/**
 * One field of all records.
 *
 * The values of a numeric field are every `stride`-th element of a typed array over the mapping: nothing is copied and
 * nothing is allocated per record. Other fields are read one by one.
 */
import { PerdureError } from '../os/errors.js';
import { type Codec, codecOf } from './codec.js';
import { type FieldPlace, fieldAt } from './field-path.js';
import { type Reductions, reductions } from './reduction.js';
import { SHIFTS } from './source.js';
import type { Table } from './table.js';
import type { NumericKind } from './types.js';
import type { Window } from './window.js';

export type NumericArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;

/** The values of a stretch of records: `array[offset + k * stride]` for k from 0 to count - 1. */
export interface ColumnChunk {
  /** Over the mapping itself: live, and of length 0 once the file is closed. */
  readonly array: NumericArray;
  /** Element of the first value. */
  readonly offset: number;
  /** Elements from one value to the next. */
  readonly stride: number;
  /** How many values. */
  readonly count: number;
  /** Index of the first record. */
  readonly first: number;
}

/** What a sum of values of type T is. */
export type SumOf<T> = T extends bigint ? bigint : T extends number | boolean ? number : never;

/** Values that one call of a reduction takes. */
const BLOCK = 4096;

const ARRAY_TYPES = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
  u64: BigUint64Array,
  i64: BigInt64Array,
} as const;

export class Column<T = unknown> implements Iterable<T> {
  /** The field's path. */
  readonly path: string;
  readonly #table: Table;
  readonly #place: FieldPlace;
  readonly #codec: Codec;
  /** The type of the elements that hold the field: its own, or that of its code. */
  readonly #kind: NumericKind | undefined;
  readonly #handedOut: () => void;

  /** @internal Columns are made by RecordFile.column. */
  constructor(table: Table, path: string, handedOut: () => void) {
    this.#table = table;
    this.path = path;
    this.#place = fieldAt(table.schema, path);
    this.#codec = codecOf(this.#place.type, path);
    this.#kind = elementKind(this.#place);
    this.#handedOut = handedOut;
  }

  /** How many values there are: as many as records. */
  get length(): number {
    return this.#table.count;
  }

  /** The value of record `index`. @throws OUT_OF_BOUNDS, INVALID_ARGUMENT, CLOSED, CORRUPT */
  at(index: number): T {
    const window = this.#table.area.window(this.#table.checkIndex(index));
    return this.#codec.read(window, this.#byteOf(window, index)) as T;
  }

  /**
   * The field's elements in the mapping, a window at a time (at most 1 GiB of records). A bool gives its byte, an
   * enumeration the position of its name, a date its milliseconds. What is stored through the arrays is on the
   * disk after the next flush, as with `set`, but is not checked. In mode 'readonly' it reaches no file.
   * @throws INVALID_ARGUMENT for texts, bytes, arrays and records, CLOSED, DISK_FULL where a writable file has holes
   */
  *chunks(): Generator<ColumnChunk, void, undefined> {
    this.#handedOut();
    yield* this.#chunks();
  }

  /** The sum: a number for numbers, added as doubles, a bigint for bigints. @throws INVALID_ARGUMENT, CLOSED */
  sum(): SumOf<T> {
    const kind = this.#numeric('sum');
    let sum: number | bigint = kind === 'u64' || kind === 'i64' ? 0n : 0;
    const { sum: add } = reductions(kind);
    for (const { array, offset, stride, count } of this.#blocks()) {
      sum = (sum as number) + (add(array, offset, stride, count) as number);
    }
    return sum as SumOf<T>;
  }

  /** The smallest value, NaN if one is; undefined where there are no records. @throws INVALID_ARGUMENT, CLOSED */
  min(): T | undefined {
    return this.#best('min');
  }

  /** The largest value, NaN if one is; undefined where there are no records. @throws INVALID_ARGUMENT, CLOSED */
  max(): T | undefined {
    return this.#best('max');
  }

  /** A copy of the elements (see `chunks`), one after the other. @throws INVALID_ARGUMENT, TOO_LARGE, CLOSED */
  toTypedArray(): NumericArray {
    const kind = this.#elements();
    const copy = this.#allocate(kind);
    for (const { array, offset, stride, count, first } of this.#chunks()) {
      for (let k = 0, at = offset; k < count; k++, at += stride) copy[first + k] = array[at]!;
    }
    return copy;
  }

  /** The values, one by one. */
  *[Symbol.iterator](): Iterator<T> {
    for (let index = 0; index < this.#table.count; index++) yield this.at(index);
  }

  *#chunks(): Generator<ColumnChunk, void, undefined> {
    const kind = this.#elements();
    const { schema, area } = this.#table;
    const shift = SHIFTS[kind];
    const stride = schema.recordSize >> shift;
    for (let first = 0; first < this.#table.count; ) {
      this.#table.checkOpen();
      const window = area.window(first);
      const count = Math.min(window.first + window.count, this.#table.count) - first;
      yield { array: window[kind], offset: this.#byteOf(window, first) / 2 ** shift, stride, count, first };
      first += count;
    }
  }

  /**
   * The chunks in smaller parts. V8 compiles a function that is called often better than a long loop that it enters in
   * the middle: a sum over 5 M records took 2.9 instead of 6.5 ns a record on Node 24.
   */
  *#blocks(): Generator<ColumnChunk, void, undefined> {
    for (const { array, offset, stride, count, first } of this.#chunks()) {
      for (let done = 0; done < count; done += BLOCK) {
        const part = Math.min(BLOCK, count - done);
        yield { array, offset: offset + done * stride, stride, count: part, first: first + done };
      }
    }
  }

  #best(which: 'min' | 'max'): T | undefined {
    const kind = this.#numeric(which);
    const best: Reductions['min'] = reductions(kind)[which];
    const found: (number | bigint)[] = [];
    for (const { array, offset, stride, count } of this.#blocks())
      found.push(best(array, offset, stride, count));
    if (found.length === 0) return undefined;
    return best(found, 0, 1, found.length) as T;
  }

  #byteOf(window: Window, index: number): number {
    return (index - window.first) * this.#table.schema.recordSize + this.#place.offset;
  }

  #elements(): NumericKind {
    this.#table.checkOpen();
    if (this.#kind !== undefined) return this.#kind;
    throw new PerdureError(
      'INVALID_ARGUMENT',
      `the field '${this.path}' is ${this.#place.type.kind}, which is no element of a typed array; use at(index) or iterate`,
    );
  }

  #numeric(what: string): NumericKind {
    const kind = this.#elements();
    if (kind === this.#place.type.kind) return kind;
    throw new PerdureError(
      'INVALID_ARGUMENT',
      `${what}() needs numbers; the field '${this.path}' is ${this.#place.type.kind}`,
    );
  }

  #allocate(kind: NumericKind): NumericArray {
    try {
      return new ARRAY_TYPES[kind](this.#table.count);
    } catch (cause) {
      throw new PerdureError(
        'TOO_LARGE',
        `${this.#table.count} values do not fit one typed array; use chunks()`,
        {
          cause,
        },
      );
    }
  }
}

function elementKind({ type }: FieldPlace): NumericKind | undefined {
  if (type.kind in SHIFTS) return type.kind as NumericKind;
  switch (type.kind) {
    case 'bool':
      return 'u8';
    case 'date':
      return 'i64';
    case 'enumeration':
      return type.size === 2 ? 'u16' : 'u8';
    default:
      return undefined;
  }
}

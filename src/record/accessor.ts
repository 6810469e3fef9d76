/**
 * The accessor of a schema: an object whose properties are the fields of whichever record it stands on.
 *
 * One accessor is moved over many records, so that reading costs what a typed array costs and allocates nothing.
 * - A getter reads one element; undefined, which a typed array yields once it is detached or where the accessor stands on
 *   no record, becomes an error.
 * - A setter checks the value, then looks at the guard byte of the page (see window.ts), then stores.
 * - Nested records are accessors of their own, made once; texts, bytes, arrays and dates are copies.
 *
 * State is kept under symbols, since every string may be the name of a field.
 */
import type { Codec } from './codec.js';
import { MAX_RECORD_BYTES } from './limits.js';
import type { Schema } from './schema.js';
import { PAGE_SHIFT, type Window } from './window.js';

/** What accessors need of the file that they belong to. */
export interface Access {
  /** Makes a record's page writable: notes it for the next flush. @throws READ_ONLY, CLOSED, OUT_OF_BOUNDS, DISK_FULL */
  admit(window: Window, offset: number): void;
  /** Says why nothing can be read: the file was closed, or the accessor stands on no record. */
  refuse(offset: number): never;
}

/** Byte of the window at which the record begins; negative where the accessor stands on no record. */
export const AT = Symbol('at');
/** Where an accessor stands on no record: so far below 0 that no field of any record reaches an element. */
export const PARKED = -MAX_RECORD_BYTES;
export const WINDOW = Symbol('window');
export const GUARD = Symbol('guard');
export const ACCESS = Symbol('access');
/** The window's typed arrays, by type: one load less than through the window. */
export const ARRAYS = {
  u8: Symbol('u8'),
  i8: Symbol('i8'),
  u16: Symbol('u16'),
  i16: Symbol('i16'),
  u32: Symbol('u32'),
  i32: Symbol('i32'),
  f32: Symbol('f32'),
  f64: Symbol('f64'),
  u64: Symbol('u64'),
  i64: Symbol('i64'),
} as const;

export abstract class RecordAccessor {
  [AT] = PARKED;
  readonly [ACCESS]: Access;
  declare [WINDOW]: Window;
  declare [GUARD]: Uint8Array;

  constructor(access: Access, window: Window) {
    this[ACCESS] = access;
    attach(this, window);
  }
}

/**
 * Makes an accessor stand in another window. Where in it is for the caller to say.
 *
 * Only where it cannot be avoided: V8 takes a property that was never assigned again for constant, in all accessors of
 * the class, and need not load it again after a call. (Measured in the processor's cache, Node 20: 4.1 instead of 4.3
 * to 5.9 ns a record of three fields.)
 */
export function attach(accessor: RecordAccessor, window: Window): void {
  accessor[WINDOW] = window;
  accessor[GUARD] = window.guard;
  const state = accessor as unknown as Record<symbol, unknown>;
  state[ARRAYS.u8] = window.u8;
  state[ARRAYS.i8] = window.i8;
  state[ARRAYS.u16] = window.u16;
  state[ARRAYS.i16] = window.i16;
  state[ARRAYS.u32] = window.u32;
  state[ARRAYS.i32] = window.i32;
  state[ARRAYS.f32] = window.f32;
  state[ARRAYS.f64] = window.f64;
  state[ARRAYS.u64] = window.u64;
  state[ARRAYS.i64] = window.i64;
}

/** The window to read the accessor's record from. @throws CLOSED, OUT_OF_BOUNDS */
export function readable(accessor: RecordAccessor): Window {
  if (accessor[AT] < 0 || accessor[WINDOW].u8.length === 0) accessor[ACCESS].refuse(accessor[AT]);
  return accessor[WINDOW];
}

/** The window to store the accessor's record into. @throws CLOSED, OUT_OF_BOUNDS, READ_ONLY */
export function writable(accessor: RecordAccessor): Window {
  const at = accessor[AT];
  if (accessor[GUARD][at >> PAGE_SHIFT] !== 1) accessor[ACCESS].admit(accessor[WINDOW], at);
  return accessor[WINDOW];
}

export type AccessorClass = new (access: Access, window: Window) => RecordAccessor;

/** Adds what every accessor has beside its fields, unless a field has the name: how it is shown and made JSON. */
export function finish(accessor: AccessorClass, schema: Schema, codec: Codec): AccessorClass {
  const plain = {
    value(this: RecordAccessor): unknown {
      return codec.read(readable(this), this[AT]);
    },
  };
  const shown = {
    value(this: RecordAccessor): unknown {
      const on = this[AT] >= 0 && this[WINDOW].u8.length > 0;
      return on ? codec.read(this[WINDOW], this[AT]) : '[a record accessor that stands on no record]';
    },
  };
  if (!schema.fields.some((field) => field.name === 'toJSON')) {
    Object.defineProperty(accessor.prototype, 'toJSON', plain);
  }
  Object.defineProperty(accessor.prototype, Symbol.for('nodejs.util.inspect.custom'), shown);
  return accessor;
}

/** A record of type `R` in place: nested records are accessors too; the rest are values, which can be assigned. */
export type Accessor<R> = { -readonly [K in keyof R]: R[K] };

/** Numbers, booleans and dates: checks of range, and one typed-array access each. */
import { type Codec, invalidValue } from './codec.js';
import type { ScalarKind } from './types.js';

/** The largest finite number that a float of 32 bits holds. */
export const MAX_F32 = 3.4028234663852886e38;

/** What each scalar takes, in words. */
export const SCALAR_WANTED: Readonly<Record<ScalarKind, string>> = {
  u8: 'a whole number from 0 to 255',
  i8: 'a whole number from -128 to 127',
  u16: 'a whole number from 0 to 65535',
  i16: 'a whole number from -32768 to 32767',
  u32: 'a whole number from 0 to 4294967295',
  i32: 'a whole number from -2147483648 to 2147483647',
  u64: 'a bigint from 0 to 2^64 - 1',
  i64: 'a bigint from -2^63 to 2^63 - 1',
  f32: 'a number within the range of a 32-bit float',
  f64: 'a number',
  bool: 'true or false',
  date: 'a Date',
};

const FITS: Readonly<Record<ScalarKind, (value: unknown) => boolean>> = {
  u8: (value) => typeof value === 'number' && (value & 0xff) === value,
  i8: (value) => typeof value === 'number' && (value << 24) >> 24 === value,
  u16: (value) => typeof value === 'number' && (value & 0xffff) === value,
  i16: (value) => typeof value === 'number' && (value << 16) >> 16 === value,
  u32: (value) => typeof value === 'number' && value >>> 0 === value,
  i32: (value) => typeof value === 'number' && (value | 0) === value,
  u64: (value) => typeof value === 'bigint' && BigInt.asUintN(64, value) === value,
  i64: (value) => typeof value === 'bigint' && BigInt.asIntN(64, value) === value,
  f32: (value) =>
    typeof value === 'number' && (!Number.isFinite(value) || Number.isFinite(Math.fround(value))),
  f64: (value) => typeof value === 'number',
  bool: (value) => typeof value === 'boolean',
  date: (value) => value instanceof Date,
};

type Access = Pick<Codec, 'store' | 'read'>;

const ACCESS: Readonly<Record<ScalarKind, Access>> = {
  u8: {
    store: (w, o, v) => {
      w.u8[o] = v as number;
    },
    read: (w, o) => w.u8[o],
  },
  i8: {
    store: (w, o, v) => {
      w.i8[o] = v as number;
    },
    read: (w, o) => w.i8[o],
  },
  u16: {
    store: (w, o, v) => {
      w.u16[o >> 1] = v as number;
    },
    read: (w, o) => w.u16[o >> 1],
  },
  i16: {
    store: (w, o, v) => {
      w.i16[o >> 1] = v as number;
    },
    read: (w, o) => w.i16[o >> 1],
  },
  u32: {
    store: (w, o, v) => {
      w.u32[o >> 2] = v as number;
    },
    read: (w, o) => w.u32[o >> 2],
  },
  i32: {
    store: (w, o, v) => {
      w.i32[o >> 2] = v as number;
    },
    read: (w, o) => w.i32[o >> 2],
  },
  f32: {
    store: (w, o, v) => {
      w.f32[o >> 2] = v as number;
    },
    read: (w, o) => w.f32[o >> 2],
  },
  f64: {
    store: (w, o, v) => {
      w.f64[o >> 3] = v as number;
    },
    read: (w, o) => w.f64[o >> 3],
  },
  u64: {
    store: (w, o, v) => {
      w.u64[o >> 3] = v as bigint;
    },
    read: (w, o) => w.u64[o >> 3],
  },
  i64: {
    store: (w, o, v) => {
      w.i64[o >> 3] = v as bigint;
    },
    read: (w, o) => w.i64[o >> 3],
  },
  bool: {
    store: (w, o, v) => {
      w.u8[o] = v ? 1 : 0;
    },
    read: (w, o) => w.u8[o] !== 0,
  },
  date: {
    store: (window, offset, value) => {
      const time = (value as Date).getTime();
      // NaT, -2^63, for an invalid Date. Others are far within the 2^53 that the two halves hold exactly.
      const high = Number.isNaN(time) ? -0x80000000 : Math.floor(time / 0x100000000);
      window.i32[(offset >> 2) + 1] = high;
      window.u32[offset >> 2] = Number.isNaN(time) ? 0 : time - high * 0x100000000;
    },
    // What is beyond the range of Date (±8.64e15 ms), NaT included, is an invalid Date.
    read: (window, offset) =>
      new Date(window.i32[(offset >> 2) + 1]! * 0x100000000 + window.u32[offset >> 2]!),
  },
};

export function scalarCodec(kind: ScalarKind): Codec {
  return {
    fits: FITS[kind],
    refusal: (value, path) => invalidValue(path, SCALAR_WANTED[kind], value),
    ...ACCESS[kind],
  };
}

/** JavaScript source for reaching scalar fields: the same accesses as in codec-scalar.ts, with the offsets folded in. */
import { MAX_F32 } from './codec-scalar.js';
import { type AnyType, NUMERIC_KINDS, type NumericKind } from './types.js';

/** log2 of the size of each numeric type. */
export const SHIFTS: Readonly<Record<NumericKind, number>> = {
  u8: 0,
  i8: 0,
  u16: 1,
  i16: 1,
  u32: 2,
  i32: 2,
  f32: 2,
  f64: 3,
  u64: 3,
  i64: 3,
};

/** The kind of a type that one element of a typed array holds, else undefined. */
export function numericKind(type: AnyType): NumericKind | undefined {
  return NUMERIC_KINDS.find((kind) => kind === type.kind);
}

/** The index of the element at `fieldOffset` bytes behind byte `base`, both multiples of the element's size. */
export function elementIndex(base: string, fieldOffset: number, kind: NumericKind): string {
  const shift = SHIFTS[kind];
  const start = shift === 0 ? base : `(${base} >> ${shift})`;
  return fieldOffset === 0 ? start : `${start} + ${fieldOffset >> shift}`;
}

/** An expression that is true where `value` cannot be stored in the type. */
export function misfit(kind: NumericKind | 'bool', value: string): string {
  switch (kind) {
    case 'u8':
      return `typeof ${value} !== 'number' || (${value} & 255) !== ${value}`;
    case 'i8':
      return `typeof ${value} !== 'number' || ${value} << 24 >> 24 !== ${value}`;
    case 'u16':
      return `typeof ${value} !== 'number' || (${value} & 65535) !== ${value}`;
    case 'i16':
      return `typeof ${value} !== 'number' || ${value} << 16 >> 16 !== ${value}`;
    case 'u32':
      return `typeof ${value} !== 'number' || ${value} >>> 0 !== ${value}`;
    case 'i32':
      return `typeof ${value} !== 'number' || (${value} | 0) !== ${value}`;
    case 'u64':
      return `typeof ${value} !== 'bigint' || BigInt.asUintN(64, ${value}) !== ${value}`;
    case 'i64':
      return `typeof ${value} !== 'bigint' || BigInt.asIntN(64, ${value}) !== ${value}`;
    case 'f32':
      // NaN and the infinities are kept; a finite number that rounds to an infinity is refused.
      return `typeof ${value} !== 'number' || (Math.abs(${value}) > ${MAX_F32} && ${value} - ${value} === 0 && Math.fround(${value}) - Math.fround(${value}) !== 0)`;
    case 'f64':
      return `typeof ${value} !== 'number'`;
    case 'bool':
      return `typeof ${value} !== 'boolean'`;
  }
}

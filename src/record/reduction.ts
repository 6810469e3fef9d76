/**
 * Sums, minima and maxima over every `stride`-th element of a typed array.
 *
 * Compiled once per type of array: one loop shared by all of them would be megamorphic (see compile.ts). Sums keep four
 * partial sums, since one addition has to wait for the one before it.
 */
import { compile } from './compile.js';
import type { NumericKind } from './types.js';

type Num = number | bigint;
type Elements = ArrayLike<Num>;

export interface Reductions {
  /** The sum of `count` elements from `start` on. Numbers are added as doubles. */
  sum(array: Elements, start: number, stride: number, count: number): Num;
  /** The smallest; NaN if there is one. `count` is at least 1. */
  min(array: Elements, start: number, stride: number, count: number): Num;
  /** The largest; NaN if there is one. `count` is at least 1. */
  max(array: Elements, start: number, stride: number, count: number): Num;
}

const made = new Map<NumericKind, Reductions>();

export function reductions(kind: NumericKind): Reductions {
  let found = made.get(kind);
  if (found === undefined) {
    found = compile<Reductions>({}, source(kind)) ?? plain(kind === 'u64' || kind === 'i64' ? 0n : 0);
    made.set(kind, found);
  }
  return found;
}

function source(kind: NumericKind): string {
  const zero = kind === 'u64' || kind === 'i64' ? '0n' : '0';
  // x !== x holds for NaN alone, and stays: nothing compares as smaller or larger than it.
  const best = (sign: string) => `(array, start, stride, count) => {
    let best = array[start];
    for (let k = 1, at = start + stride; k < count; k++, at += stride) {
      const x = array[at];
      if (x ${sign} best || x !== x) best = x;
    }
    return best;
  }`;
  return `/* ${kind} */ {
    sum: (array, start, stride, count) => {
      let a = ${zero}, b = ${zero}, c = ${zero}, d = ${zero}, at = start, k = 0;
      for (; k + 4 <= count; k += 4) {
        a += array[at]; at += stride;
        b += array[at]; at += stride;
        c += array[at]; at += stride;
        d += array[at]; at += stride;
      }
      for (; k < count; k++, at += stride) a += array[at];
      return a + b + (c + d);
    },
    min: ${best('<')},
    max: ${best('>')},
  }`;
}

function plain(zero: Num): Reductions {
  const best = (better: (x: Num, best: Num) => boolean): Reductions['min'] => {
    return (array, start, stride, count) => {
      let found = array[start]!;
      for (let k = 1; k < count; k++) {
        const x = array[start + k * stride]!;
        if (better(x, found) || Number.isNaN(x)) found = x;
      }
      return found;
    };
  };
  return {
    sum: (array, start, stride, count) => {
      let sum = zero as number;
      for (let k = 0; k < count; k++) sum += array[start + k * stride]! as number;
      return sum;
    },
    min: best((x, found) => x < found),
    max: best((x, found) => x > found),
  };
}

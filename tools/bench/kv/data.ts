/**
 * The records that the suite works on. Every key and value is a function of the record's number, so that any process can make
 * them, and what is read can be checked.
 *
 * Values are views of one text of ASCII letters: as bytes and as strings they tell the same.
 */
import type { Place } from '../contest.js';
import { randomIndexes } from '../random.js';

export const VALUE_BYTES = 100;
/** So many values are different. */
const DIFFERENT_VALUES = 4096;

export function recordCount({ quick, large }: Place): number {
  if (large) return 10_000_000;
  return quick ? 100_000 : 1_000_000;
}

/** The key of a record: 16 hexadecimal digits, so that their order is random. Never the same for two records. */
export function keyOf(number: number): string {
  return mixed(number) + mixed(number + 0x9e3779b9);
}

/** The same in one piece: what is put together of two strings is a tree of them, until somebody reads it. */
export function flatKeyOf(number: number): string {
  return Buffer.from(keyOf(number), 'latin1').toString('latin1');
}

export function makeKeys(count: number): string[] {
  return Array.from({ length: count }, (_, number) => flatKeyOf(number));
}

/** A permutation of the 32-bit numbers (the finaliser of MurmurHash3), in 8 digits. */
function mixed(number: number): string {
  let h = number | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0).toString(16).padStart(8, '0');
}

/** The values: that of a record is at its number, modulo how many there are. */
export function makeValues(bytes = VALUE_BYTES): Buffer[] {
  const letters = randomIndexes(bytes + DIFFERENT_VALUES, 26);
  const text = Buffer.from(Uint8Array.from(letters, (letter) => 97 + letter));
  return Array.from({ length: DIFFERENT_VALUES }, (_, at) => text.subarray(at, at + bytes));
}

export const textsOf = (values: readonly Buffer[]): string[] =>
  values.map((value) => value.toString('latin1'));

/** What a reader notes of a value: it has to look at both ends of it. */
export function noteOfBytes(value: Uint8Array): number {
  const { length } = value;
  return length + value[0]! + value[length - 1]!;
}

export function noteOfText(value: string): number {
  const { length } = value;
  return length + value.charCodeAt(0) + value.charCodeAt(length - 1);
}

/**
 * `count` numbers below `limit`, some much more often than others: the n-th most frequent in proportion to 1/n^0.99
 * (Gray et al., Quickly Generating Billion-Record Synthetic Databases, 1994; the constants of YCSB). Keys being random, the
 * frequent ones are anywhere.
 */
export function skewedIndexes(count: number, limit: number): Uint32Array {
  const theta = 0.99;
  let zeta = 0;
  for (let n = 1; n <= limit; n++) zeta += n ** -theta;
  const alpha = 1 / (1 - theta);
  const eta = (1 - (2 / limit) ** (1 - theta)) / (1 - (1 + 2 ** -theta) / zeta);
  const uniform = randomIndexes(count, 2 ** 32, 5);
  return uniform.map((random) => {
    const u = random / 2 ** 32;
    if (u * zeta < 1) return 0;
    if (u * zeta < 1 + 2 ** -theta) return 1;
    return Math.min(limit - 1, Math.floor(limit * (eta * u - eta + 1) ** alpha));
  });
}

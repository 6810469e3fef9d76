/** Checks of caller-given numbers, shared by every layer: sizes and offsets are safe integers from here on. */
import { PerdureError } from './errors.js';

/** A size or offset in bytes, as callers may give it. Internally always a safe integer. */
export type ByteCount = number | bigint;

/** A text in double quotes, on one line whatever it holds. */
export function quote(text: string): string {
  const escaped = (control: string) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(/[\p{Cc}\u2028\u2029]/gu, escaped);
}

/** Shows a value in an error message without ever throwing or flooding it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quote(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol') return value.toString();
  if (typeof value === 'function') return 'a function';
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return objectName(value);
  return String(value);
}

/** A noun with its article: 'an event', 'a mutex'. */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

function objectName(value: object): string {
  try {
    return `an object (${String(value.constructor?.name ?? 'null prototype')})`;
  } catch {
    return 'an object';
  }
}

/** A whole number of bytes, from `min` to 2^53 - 1. @throws INVALID_ARGUMENT */
export function byteCount(value: ByteCount, name: string, min: 0 | 1 = 0): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
  if (typeof value === 'bigint' && value >= min && value <= BigInt(Number.MAX_SAFE_INTEGER))
    return Number(value);
  throw new PerdureError(
    'INVALID_ARGUMENT',
    `${name} must be a whole number of bytes from ${min} to 2^53 - 1 (number or bigint), not ${show(value)}`,
  );
}

/** A whole number within [min, max]. @throws INVALID_ARGUMENT */
export function integerIn(value: number, min: number, max: number, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new PerdureError(
    'INVALID_ARGUMENT',
    `${name} must be a whole number from ${min} to ${max}, not ${show(value)}`,
  );
}

/** A DWORD of flags, which JavaScript's `|` may have made negative: GENERIC_READ | GENERIC_WRITE. @throws INVALID_ARGUMENT */
export function dword(value: number, name: string): number {
  return integerIn(value, -0x8000_0000, 0xffff_ffff, name) >>> 0;
}

/** Checks that [offset, offset + length) lies within [0, limit). @throws OUT_OF_BOUNDS */
export function rangeWithin(offset: number, length: number, limit: number, what: string): void {
  if (offset > limit || length > limit - offset) {
    throw new PerdureError(
      'OUT_OF_BOUNDS',
      `${what}: offset ${offset} and length ${length} reach beyond its ${limit} bytes`,
    );
  }
}

/** An object of options that has none but these keys. @throws INVALID_ARGUMENT */
export function knownOptions(options: object, names: readonly string[], what: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new PerdureError('INVALID_ARGUMENT', `${what} must be an object, not ${show(options)}`);
  }
  const unknown = Object.keys(options).find((key) => !names.includes(key));
  if (unknown === undefined) return;
  throw new PerdureError(
    'INVALID_ARGUMENT',
    `there is no '${unknown}' in ${what}; there is ${names.map((name) => `'${name}'`).join(', ')}`,
  );
}

/** A path: a non-empty string without NUL characters. @throws INVALID_ARGUMENT */
export function filePath(value: string, name = 'path'): string {
  if (typeof value !== 'string' || value.length === 0 || value.includes('\0')) {
    throw new PerdureError(
      'INVALID_ARGUMENT',
      `${name} must be a non-empty string without NUL characters, not ${show(value)}`,
    );
  }
  return value;
}

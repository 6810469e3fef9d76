/**
 * What JSON has no form for, as JSON: an object of one key that begins with a dollar sign.
 *
 *   {"$bigint": "12"}   {"$date": "2024-05-31T12:30:00.000Z"}   {"$bytes": "ff00"}   {"$number": "NaN"}
 *   {"$map": [[key, value], ...]}   {"$set": [element, ...]}
 *
 * An object that would look like one of these is written with one more dollar sign, so that what is read is what was written.
 */
import { PerdureError } from '../../os/index.js';
import { printable } from '../errors.js';
import { compactJson } from '../values/exact-json.js';

const SPECIAL_NUMBERS: Record<string, number> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
};

/** A value as JSON.stringify keeps it. */
export function toTypedJson(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      if (Object.is(value, -0)) return { $number: '-0' };
      return Number.isFinite(value) ? value : { $number: String(value) };
    case 'bigint':
      return { $bigint: String(value) };
    case 'object':
      return value === null ? null : objectToJson(value);
    default:
      return value;
  }
}

function objectToJson(value: object): unknown {
  if (Array.isArray(value)) return value.map(toTypedJson);
  if (value instanceof Uint8Array) return { $bytes: hexOf(value) };
  if (value instanceof Date) return { $date: Number.isNaN(value.getTime()) ? null : value.toISOString() };
  if (value instanceof Map) {
    return { $map: [...value].map(([key, each]) => [toTypedJson(key), toTypedJson(each)]) };
  }
  if (value instanceof Set) return { $set: [...value].map(toTypedJson) };
  const entries = Object.entries(value).map(([key, each]) => [key, toTypedJson(each)] as const);
  const isLookalike = entries.length === 1 && entries[0]![0].startsWith('$');
  return Object.fromEntries(isLookalike ? [[`$${entries[0]![0]}`, entries[0]![1]]] : entries);
}

/** The value that such JSON stands for. @throws INVALID_VALUE */
export function fromTypedJson(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(fromTypedJson);
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json);
  if (entries.length !== 1 || !entries[0]![0].startsWith('$')) {
    return Object.fromEntries(entries.map(([key, value]) => [key, fromTypedJson(value)]));
  }
  const [name, content] = entries[0]!;
  if (name.startsWith('$$')) return Object.fromEntries([[name.slice(1), fromTypedJson(content)]]);
  const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  if (read === undefined) return Object.fromEntries([[name, fromTypedJson(content)]]);
  const value = read(content);
  if (value !== undefined) return value;
  throw new PerdureError('INVALID_VALUE', `${shortened(compactJson(json))} is no ${name.slice(1)}`);
}

/** From what stands behind the name; undefined where it makes no sense. */
const READERS: Record<string, (content: unknown) => unknown> = {
  $bigint: (text) => (typeof text === 'string' && /^-?\d+$/.test(text) ? BigInt(text) : undefined),
  $bytes: (text) => (typeof text === 'string' ? bytesOf(text) : undefined),
  $date: (text) => {
    if (text === null) return new Date(Number.NaN);
    const date = new Date(typeof text === 'string' ? text : Number.NaN);
    return Number.isNaN(date.getTime()) ? undefined : date;
  },
  $number: (text) =>
    typeof text === 'string' && Object.hasOwn(SPECIAL_NUMBERS, text) ? SPECIAL_NUMBERS[text] : undefined,
  $map: (pairs) => {
    const isMap = Array.isArray(pairs) && pairs.every((pair) => Array.isArray(pair) && pair.length === 2);
    if (!isMap) return undefined;
    return new Map(
      (pairs as [unknown, unknown][]).map(([key, value]) => [fromTypedJson(key), fromTypedJson(value)]),
    );
  },
  $set: (elements) => (Array.isArray(elements) ? new Set(elements.map(fromTypedJson)) : undefined),
};

const LONG_NUMBER = /\d{16}/;
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/**
 * JSON.stringify, but for whole numbers beyond 2^53, which get an exponent: the digits alone are read as a text, since nobody
 * can tell whether a number holds them exactly (see exact-json.ts).
 */
export function exactJsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent);
  if (!LONG_NUMBER.test(text)) return text;
  return text.replace(STRING_OR_NUMBER, (token) =>
    /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? Number(token).toExponential() : token,
  );
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** Bytes from hexadecimal digits, or from base64 after 'base64:'; undefined where they are neither. */
export function bytesOf(text: string): Uint8Array | undefined {
  if (/^base64:[A-Za-z0-9+/_-]*={0,2}$/.test(text))
    return new Uint8Array(Buffer.from(text.slice(7), 'base64'));
  const digits = text.replace(/^0x/i, '');
  return /^([0-9a-f]{2})*$/i.test(digits) ? new Uint8Array(Buffer.from(digits, 'hex')) : undefined;
}

/** Something quoted in a message. */
export function shortened(text: string): string {
  return printable(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

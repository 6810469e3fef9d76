/**
 * From what stands in a cell, a JSON document or an argument to the value of a field.
 *
 * Nothing is guessed or rounded: a text that is not exactly what the type holds is an error. Ranges and lengths are
 * checked by the record file itself. What is missing (an empty cell, null, no such key) is '' in a text, NaN in a
 * floating-point field and NaT, the invalid date, in a date; the other types have no such value.
 */
import { PerdureError } from '../../os/index.js';
import type { AnyType } from '../../record/types.js';
import { compactJson, parseJson } from './exact-json.js';

export interface ParseOptions {
  /** Take zero, false or an enumeration's first name for what is missing. */
  zeroMissing?: boolean;
}

const SHORT_DIGITS = /^-?\d{1,15}$/;

/** @throws INVALID_VALUE */
export function parseValue(type: AnyType, raw: unknown, options: ParseOptions = {}): unknown {
  if (raw === undefined || raw === null || raw === '') return missingValue(type, options);
  switch (type.kind) {
    case 'utf8':
      return typeof raw === 'string' ? raw : compactJson(raw);
    case 'f32':
    case 'f64':
      return parseFloatingPoint(raw);
    case 'u64':
    case 'i64':
      return parseInteger(raw);
    case 'bool':
      return parseBool(raw);
    case 'date':
      return parseDate(raw);
    case 'bytes':
      return parseBytes(raw);
    case 'enumeration':
      if (typeof raw === 'string') return raw;
      throw invalid(raw, `one of ${type.names.slice(0, 10).join(', ')}`);
    case 'array':
      return parseList(raw).map((element) => parseValue(type.element, element, options));
    case 'record': {
      const object = parseObject(raw);
      return Object.fromEntries(
        type.fields.map(({ name, type: field }) => [name, parseNamed(name, field, object, options)]),
      );
    }
    default:
      // The usual case, without the detour by way of a bigint.
      return typeof raw === 'string' && SHORT_DIGITS.test(raw) ? Number(raw) : Number(parseInteger(raw));
  }
}

/** The value of one key of an object; errors name it. */
function parseNamed(
  name: string,
  type: AnyType,
  object: Record<string, unknown>,
  options: ParseOptions,
): unknown {
  try {
    return parseValue(type, Object.hasOwn(object, name) ? object[name] : undefined, options);
  } catch (error) {
    throw new PerdureError('INVALID_VALUE', `${name}: ${(error as Error).message}`, { cause: error });
  }
}

function missingValue(type: AnyType, options: ParseOptions): unknown {
  switch (type.kind) {
    case 'utf8':
      return '';
    case 'f32':
    case 'f64':
      return Number.NaN;
    case 'date':
      return new Date(Number.NaN);
    case 'record':
      return parseValue(type, {}, options);
    default:
      if (options.zeroMissing) return zeroValue(type);
      throw new PerdureError(
        'INVALID_VALUE',
        `there is no value, and ${type.kind} has none for "missing"; --zero-missing stores a zero`,
      );
  }
}

function zeroValue(type: AnyType): unknown {
  switch (type.kind) {
    case 'bool':
      return false;
    case 'u64':
    case 'i64':
      return 0n;
    case 'bytes':
      return new Uint8Array(type.size);
    case 'enumeration':
      return type.names[0];
    case 'array':
      return Array.from({ length: type.length }, () => missingValue(type.element, { zeroMissing: true }));
    default:
      return 0;
  }
}

const DIGITS = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A whole number; '12.0' and '1e3' are ones too. */
function parseInteger(raw: unknown): bigint {
  if (typeof raw === 'string') {
    const text = raw.trim();
    if (DIGITS.test(text) && text.length <= 24) return BigInt(text.startsWith('+') ? text.slice(1) : text);
    if (DECIMAL.test(text) && Number.isSafeInteger(Number(text))) return BigInt(Number(text));
  }
  if (typeof raw === 'number' && Number.isSafeInteger(raw)) return BigInt(raw);
  throw invalid(raw, 'a whole number');
}

const SPECIAL: Record<string, number> = {
  nan: Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  '+infinity': Number.POSITIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

function parseFloatingPoint(raw: unknown): number {
  if (typeof raw === 'number') return raw;
  if (typeof raw === 'string') {
    const text = raw.trim();
    if (DECIMAL.test(text) && Number.isFinite(Number(text))) return Number(text);
    const special = SPECIAL[text.toLowerCase()];
    if (special !== undefined) return special;
  }
  throw invalid(raw, 'a number, with a point for its decimals');
}

function parseBool(raw: unknown): boolean {
  if (typeof raw === 'boolean') return raw;
  const text = String(raw).trim().toLowerCase();
  if (text === 'true' || text === 'yes' || text === '1') return true;
  if (text === 'false' || text === 'no' || text === '0') return false;
  throw invalid(raw, 'true or false (yes, no, 1 and 0 will do)');
}

const ISO_DATE = /^[+-]?\d{4,6}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** True for a date, or date and time, as ISO 8601 writes it, to the millisecond. */
export function isIsoDate(text: string): boolean {
  return ISO_DATE.test(text) && !Number.isNaN(isoTime(text));
}

/** Without an offset the time is UTC, so that the same file means the same everywhere. */
function isoTime(text: string): number {
  const match = ISO_DATE.exec(text);
  if (match === null) return Number.NaN;
  const utc = match[1] === undefined && text.includes(':') ? 'Z' : '';
  const time = Date.parse(text.replace(' ', 'T') + utc);
  // Date.parse takes 2024-02-30 for the 1st of March.
  const day = /-(\d\d)(?:[T ]|$)/.exec(text)![1];
  const offset = match[1] === undefined || match[1] === 'Z' ? 0 : offsetMs(match[1]);
  return new Date(time + offset).getUTCDate() === Number(day) ? time : Number.NaN;
}

function offsetMs(offset: string): number {
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}

function parseDate(raw: unknown): Date {
  const time = typeof raw === 'number' ? raw : typeof raw === 'string' ? isoTime(raw.trim()) : Number.NaN;
  if (Number.isInteger(time) && Math.abs(time) <= 8.64e15) return new Date(time);
  throw invalid(
    raw,
    'a date such as 2024-05-31 or 2024-05-31T12:30:00Z (in JSON also milliseconds since 1970)',
  );
}

/** Hexadecimal digits, or base64 after 'base64:'. */
function parseBytes(raw: unknown): Uint8Array {
  if (typeof raw === 'string') {
    const text = raw.trim();
    if (text.startsWith('base64:') && /^[A-Za-z0-9+/_-]*={0,2}$/.test(text.slice(7))) {
      return new Uint8Array(Buffer.from(text.slice(7), 'base64'));
    }
    const digits = text.replace(/^0x/i, '');
    if (/^([0-9a-f]{2})*$/i.test(digits)) return new Uint8Array(Buffer.from(digits, 'hex'));
  }
  throw invalid(raw, "bytes in hexadecimal, or in base64 after 'base64:'");
}

/** A JSON array, or values separated by semicolons. */
function parseList(raw: unknown): unknown[] {
  if (Array.isArray(raw)) return raw;
  if (typeof raw !== 'string') throw invalid(raw, 'a list');
  const text = raw.trim();
  if (!text.startsWith('[')) return text.split(';');
  const list = parseJsonText(text);
  if (Array.isArray(list)) return list;
  throw invalid(raw, 'a list such as [1,2,3] or 1;2;3');
}

function parseObject(raw: unknown): Record<string, unknown> {
  const object = typeof raw === 'string' ? parseJsonText(raw) : raw;
  if (typeof object === 'object' && object !== null && !Array.isArray(object)) {
    return object as Record<string, unknown>;
  }
  throw invalid(raw, 'an object such as {"lat":1.5}');
}

function parseJsonText(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function invalid(raw: unknown, wanted: string): PerdureError {
  const text = typeof raw === 'string' ? `'${raw}'` : compactJson(raw);
  const short = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return new PerdureError('INVALID_VALUE', `${short} is not ${wanted}`);
}

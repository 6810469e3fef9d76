/**
 * What was seen in one column or under one key, and the narrowest common type that holds all of it exactly.
 *
 * - true and false become bool; whole numbers u32, i32, u64 or i64; other numbers f64; ISO dates date; anything else a
 *   text of the longest one's bytes, rounded up to a multiple of 8;
 * - numbers that an f64 would not give back are text, beside whole ones within 64 bits;
 * - digits that begin with a zero are text: they are postal codes and the like, and numbers would lose the zero;
 * - where values are missing, whole numbers become f64 (missing is NaN), or text beyond 2^53; booleans become text;
 * - objects become records; lists of one length and type become arrays, others JSON in a text.
 */
import {
  array,
  bool,
  date,
  type FieldType,
  f64,
  i32,
  i64,
  record,
  u32,
  u64,
  utf8,
} from '../../record/index.js';
import { compactJson } from '../values/exact-json.js';
import { isIsoDate } from '../values/parse.js';
import { fieldName } from './names.js';

const NO_NAMES: ReadonlyMap<string, string> = new Map();

const WHOLE = /^-?(0|[1-9]\d{0,19})$/;
const DECIMAL = /^-?((0|[1-9]\d*)(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i;
const BOOLEAN = /^(true|false)$/i;

/** Records and lists within each other that become fields; deeper ones are JSON in a text. */
const MAX_DEPTH = 6;

/** Bits of what all values so far can be. */
const BOOL = 1;
const INTEGER = 2;
const NUMBER = 4;
const DATE = 8;
const LIST = 16;
const OBJECT = 32;

export class Observed {
  readonly #depth: number;
  #can = BOOL | INTEGER | NUMBER | DATE | LIST | OBJECT;
  #seen = 0;
  #missing = 0;
  // As numbers where they are exact: bigints take several times as long.
  #min: number | bigint = 0;
  #max: number | bigint = 0;
  #bytes = 0;
  #listLength = -1;
  #element: Observed | undefined;
  #keys: Map<string, Observed> | undefined;

  constructor(depth = 0) {
    this.#depth = depth;
  }

  /** Notes one value: the text of a cell, or what JSON holds. */
  observe(value: unknown): void {
    if (value === undefined || value === null || value === '') {
      this.#missing++;
      return;
    }
    this.#seen++;
    if (typeof value === 'object') this.#observeObject(value);
    else this.#observeScalar(value);
  }

  /** Notes that there was no value `times` times. */
  missing(times: number): void {
    this.#missing += times;
  }

  /**
   * The type that holds everything that was seen.
   * @param path what the field is called; '' for the whole record
   * @param sources receives the input's names of the fields within it that are called otherwise
   * @param names what keys of the whole record are to be called
   */
  type(path: string, sources: Map<string, string>, names: ReadonlyMap<string, string> = NO_NAMES): FieldType {
    const complete = this.#missing === 0;
    if (this.#seen === 0) return utf8(8);
    if (this.#can & OBJECT && this.#keys) return this.#recordType(path, sources, names);
    if (this.#can & LIST && this.#element && complete) {
      return array(this.#element.type(`${path}.*`, sources), this.#listLength);
    }
    if (this.#can & BOOL && complete) return bool;
    const whole = this.#can & INTEGER ? this.#integerType(complete) : undefined;
    if (whole) return whole;
    if (this.#can & NUMBER && !(this.#can & INTEGER)) return f64;
    if (this.#can & DATE) return date;
    return utf8(Math.ceil(this.#bytes / 8) * 8);
  }

  #observeScalar(value: unknown): void {
    const text = String(value);
    let can = 0;
    if (typeof value === 'string') can = kindsOf(text);
    else if (typeof value === 'boolean') can = BOOL;
    else if (typeof value === 'number') can = Number.isSafeInteger(value) ? INTEGER | NUMBER : NUMBER;
    this.#can &= can;
    if (this.#can & INTEGER) {
      const integer = text.length < 16 ? Number(text) : BigInt(text);
      if (integer < this.#min || this.#seen === 1) this.#min = integer;
      if (integer > this.#max || this.#seen === 1) this.#max = integer;
    }
    this.#widen(text);
  }

  #observeObject(value: object): void {
    this.#widen(compactJson(value));
    if (this.#depth >= MAX_DEPTH) this.#can = 0;
    if (Array.isArray(value)) {
      this.#can &= LIST;
      if (this.#listLength < 0) this.#listLength = value.length;
      if (value.length === 0 || value.length !== this.#listLength) this.#can = 0;
      this.#element ??= new Observed(this.#depth + 1);
      if (this.#can) for (const element of value) this.#element.observe(element);
      return;
    }
    this.#can &= OBJECT;
    if (!this.#can) return;
    this.#keys ??= new Map();
    for (const [key, inner] of Object.entries(value)) {
      let observed = this.#keys.get(key);
      if (observed === undefined) {
        observed = new Observed(this.#depth + 1);
        observed.missing(this.#seen - 1);
        this.#keys.set(key, observed);
      }
      observed.observe(inner);
    }
    for (const [key, observed] of this.#keys) if (!Object.hasOwn(value, key)) observed.missing(1);
  }

  #widen(text: string): void {
    if (text.length * 3 > this.#bytes) this.#bytes = Math.max(this.#bytes, Buffer.byteLength(text));
  }

  #integerType(complete: boolean): FieldType | undefined {
    const within = (low: bigint, high: bigint) => this.#min >= low && this.#max <= high;
    if (!complete) {
      return within(-(2n ** 53n), 2n ** 53n) ? f64 : undefined;
    }
    if (within(0n, 2n ** 32n - 1n)) return u32;
    if (within(-(2n ** 31n), 2n ** 31n - 1n)) return i32;
    if (within(0n, 2n ** 64n - 1n)) return u64;
    return within(-(2n ** 63n), 2n ** 63n - 1n) ? i64 : undefined;
  }

  #recordType(path: string, sources: Map<string, string>, names: ReadonlyMap<string, string>): FieldType {
    const taken = new Set<string>();
    const fields: Record<string, FieldType> = {};
    for (const [key, observed] of this.#keys!) {
      const name = fieldName(names.get(key) ?? key, taken);
      const inner = path === '' ? name : `${path}.${name}`;
      if (name !== key) sources.set(inner, key);
      if (this.#missing > 0) observed.missing(this.#missing);
      fields[name] = observed.type(inner, sources);
    }
    return this.#keys!.size === 0 ? utf8(8) : record(fields);
  }
}

/** What the text of a cell can be. */
function kindsOf(text: string): number {
  if (WHOLE.test(text) && text !== '-0') return isKept(text) ? INTEGER | NUMBER : INTEGER;
  if (DECIMAL.test(text)) return isKept(text) ? NUMBER : 0;
  if (BOOLEAN.test(text)) return BOOL;
  return isIsoDate(text) ? DATE : 0;
}

/** True where the f64 nearest to a decimal number is written as that number again. */
function isKept(text: string): boolean {
  // Up to 15 digits always are, except next to zero.
  if (text.length < 16 && !/e/i.test(text)) return true;
  const number = Number(text);
  return Number.isFinite(number) && decimalValue(text) === decimalValue(String(number));
}

/** One text for all ways to write a decimal number, but for its sign: '1.50' and '15e-1' are '15e-1'. */
function decimalValue(text: string): string {
  const [, whole, fraction = '', exponent = '0'] = /^-?(\d*)\.?(\d*)(?:e(.*))?$/i.exec(text)!;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

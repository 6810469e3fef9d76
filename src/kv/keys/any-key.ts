/**
 * Keys of several types in one order: null, false, true, numbers, bigints, dates, bytes, texts, arrays; within a type by value,
 * arrays element by element, a shorter one first. What is written is what is read: 1 and 1n are two keys, [1] is not 1.
 *
 * A key is a tag and what follows it:
 *
 *   02           null
 *   04, 05       false, true
 *   08           number: the 8 bytes of the double, big-endian; sign bit inverted, all bits inverted where negative
 *   0c           negative bigint: bytes of its magnitude as u16, big-endian, then the magnitude; all of that inverted
 *   0d           bigint from 0 on: the same, not inverted
 *   10           date: its milliseconds as a number
 *   14           bytes
 *   18           text as UTF-8
 *   1c           array: its elements one after the other, then 00
 *
 * Bytes and texts end where the key ends. In an array, 00 ends them, and a 00 of their own is written as 00 ff: what follows an
 * end is a tag or 00, and so less than ff.
 *
 * -0 is 0, as in a Map. Not a key: NaN, an invalid date, text with half a surrogate pair, undefined, and other objects.
 */
import { PerdureError } from '../../os/errors.js';
import type { KeyBuffer } from '../key-buffer.js';
import type { PageMemory } from '../page-memory.js';
import { badKey, type KeyCodec } from './key-codec.js';
import { readText, writeText } from './utf8.js';

export type AnyKey = null | boolean | number | bigint | Date | Uint8Array | string | readonly AnyKey[];

const TAG = {
  end: 0x00,
  null: 0x02,
  false: 0x04,
  true: 0x05,
  number: 0x08,
  negative: 0x0c,
  positive: 0x0d,
  date: 0x10,
  bytes: 0x14,
  text: 0x18,
  array: 0x1c,
} as const;
const ESCAPE = 0xff;
const NUMBER_BYTES = 9;

export const anyKey: KeyCodec<AnyKey> = {
  id: 0,
  name: 'any',
  encode(key, into) {
    if (typeof key === 'string') {
      into.bytes[0] = TAG.text;
      into.end(writeText(key, into, 1));
    } else into.end(write(key, into, 0, false));
  },
  encodePrefix(prefix, into) {
    this.encode(prefix as AnyKey, into);
    // Of an array all but its end.
    if (Array.isArray(prefix)) into.end(into.length - 1);
    else if (typeof prefix !== 'string' && !(prefix instanceof Uint8Array))
      throw badKey('a prefix is a text, bytes, or an array of the first elements');
  },
  decode(memory, length) {
    return new Reader(memory, length).read(false);
  },
};

function write(key: AnyKey, into: KeyBuffer, at: number, isElement: boolean): number {
  const { bytes } = into;
  if (at >= into.limitBytes) throw tooLong(into);
  switch (typeof key) {
    case 'string': {
      bytes[at] = TAG.text;
      const end = writeText(key, into, at + 1);
      return isElement ? escapeZeros(into, at + 1, end) : end;
    }
    case 'number':
      if (Number.isNaN(key)) throw badKey('NaN has no place in an order');
      return writeNumber(TAG.number, key, into, at);
    case 'bigint':
      return writeBigint(key, into, at);
    case 'boolean':
      bytes[at] = key ? TAG.true : TAG.false;
      return at + 1;
  }
  if (key === null) {
    bytes[at] = TAG.null;
    return at + 1;
  }
  if (Array.isArray(key)) return writeArray(key, into, at);
  if (key instanceof Uint8Array) {
    if (key.length > into.limitBytes - at) throw tooLong(into);
    bytes[at] = TAG.bytes;
    bytes.set(key, at + 1);
    const end = at + 1 + key.length;
    return isElement ? escapeZeros(into, at + 1, end) : end;
  }
  if (key instanceof Date) {
    const time = key.getTime();
    if (Number.isNaN(time)) throw badKey('the date is invalid');
    return writeNumber(TAG.date, time, into, at);
  }
  throw badKey(
    `${typeof key} is none of null, boolean, number, bigint, Date, Uint8Array, string and arrays of these`,
  );
}

function writeNumber(tag: number, value: number, into: KeyBuffer, at: number): number {
  const { data } = into.memory;
  data.setUint8(at, tag);
  // -0 + 0 is 0.
  data.setFloat64(at + 1, value + 0);
  const high = data.getUint32(at + 1);
  if (high >>> 31 === 0) data.setUint32(at + 1, high ^ 0x8000_0000);
  else {
    data.setUint32(at + 1, ~high);
    data.setUint32(at + 5, ~data.getUint32(at + 5));
  }
  return at + NUMBER_BYTES;
}

function writeBigint(value: bigint, into: KeyBuffer, at: number): number {
  const { bytes } = into;
  const flip = value < 0n ? 0xff : 0;
  const hex = value === 0n ? '' : (value < 0n ? -value : value).toString(16);
  const length = (hex.length + 1) >> 1;
  if (at + 3 + length > into.limitBytes) throw tooLong(into);
  bytes[at] = value < 0n ? TAG.negative : TAG.positive;
  bytes[at + 1] = (length >>> 8) ^ flip;
  bytes[at + 2] = (length & 0xff) ^ flip;
  const magnitude = Buffer.from(hex.padStart(2 * length, '0'), 'hex');
  for (let index = 0; index < length; index++) bytes[at + 3 + index] = magnitude[index] ^ flip;
  return at + 3 + length;
}

function writeArray(key: readonly AnyKey[], into: KeyBuffer, start: number): number {
  let at = start;
  into.bytes[at++] = TAG.array;
  for (let index = 0; index < key.length; index++) at = write(key[index], into, at, true);
  if (at >= into.limitBytes) throw tooLong(into);
  into.bytes[at++] = TAG.end;
  return at;
}

/** Makes room for an ff behind each 00 of [start, end), and adds the end. */
function escapeZeros(into: KeyBuffer, start: number, end: number): number {
  const { bytes } = into;
  let zeros = 0;
  for (let index = start; index < end; index++) if (bytes[index] === 0) zeros++;
  if (end + zeros >= into.limitBytes) throw tooLong(into);
  let to = end + zeros;
  bytes[to] = TAG.end;
  for (let from = end - 1; from >= start && to > from; from--) {
    if (bytes[from] === 0) bytes[--to] = ESCAPE;
    bytes[--to] = bytes[from];
  }
  return end + zeros + 1;
}

function tooLong(into: KeyBuffer): Error {
  return badKey(`it has more than ${into.limitBytes} bytes`);
}

const scratch = new DataView(new ArrayBuffer(8));

class Reader {
  #at = 0;

  constructor(
    readonly memory: PageMemory,
    readonly end: number,
  ) {}

  read(isElement: boolean): AnyKey {
    const tag = this.memory.u8[this.#at++];
    switch (tag) {
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.number:
        return this.#number();
      case TAG.date:
        return new Date(this.#number());
      case TAG.negative:
        return -this.#magnitude(0xff);
      case TAG.positive:
        return this.#magnitude(0);
      case TAG.bytes:
        return this.#bytes(isElement);
      case TAG.text:
        if (isElement) return this.#text();
        return readText(this.memory, this.#at, this.end);
      case TAG.array:
        return this.#array();
      default:
        throw new PerdureError('CORRUPT', `a key of the store has the unknown tag ${tag}`);
    }
  }

  #number(): number {
    const { data } = this.memory;
    const at = this.#at;
    this.#at += 8;
    const high = data.getUint32(at);
    const isNegative = high >>> 31 === 0;
    scratch.setUint32(0, isNegative ? ~high : high ^ 0x8000_0000);
    scratch.setUint32(4, isNegative ? ~data.getUint32(at + 4) : data.getUint32(at + 4));
    return scratch.getFloat64(0);
  }

  #magnitude(flip: number): bigint {
    const { u8 } = this.memory;
    const length = ((u8[this.#at] ^ flip) << 8) | (u8[this.#at + 1] ^ flip);
    const start = this.#at + 2;
    this.#at = start + length;
    const magnitude = Buffer.from(u8.subarray(start, start + length));
    for (let index = 0; index < length; index++) magnitude[index] ^= flip;
    return length === 0 ? 0n : BigInt(`0x${magnitude.toString('hex')}`);
  }

  /** A text in an array. Hardly any has a 00 of its own. */
  #text(): string {
    const { u8 } = this.memory;
    const start = this.#at;
    let end = start;
    while (end < this.end && u8[end] !== 0) end++;
    if (u8[end + 1] === ESCAPE) return Buffer.from(this.#bytes(true)).toString('utf8');
    this.#at = end + 1;
    return readText(this.memory, start, end);
  }

  #bytes(isElement: boolean): Uint8Array {
    const { u8 } = this.memory;
    if (!isElement) return u8.slice(this.#at, this.end);
    const found: number[] = [];
    while (this.#at < this.end) {
      const byte = u8[this.#at++];
      if (byte === 0 && u8[this.#at] !== ESCAPE) break;
      if (byte === 0) this.#at++;
      found.push(byte);
    }
    return Uint8Array.from(found);
  }

  #array(): AnyKey[] {
    const elements: AnyKey[] = [];
    while (this.#at < this.end && this.memory.u8[this.#at] !== TAG.end) elements.push(this.read(true));
    this.#at++;
    return elements;
  }
}

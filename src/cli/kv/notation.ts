/**
 * How keys and values are written, by the codec of the table: in arguments, cells and tables as text, in JSON documents as
 * JSON. What one prints the other reads.
 */

import { PerdureError } from '../../os/index.js';
import type { AnyType } from '../../record/index.js';
import { compactJson, parseJson } from '../values/exact-json.js';
import { jsonText, jsonValue } from '../values/format.js';
import { parseValue } from '../values/parse.js';
import { bytesOf, exactJsonText, fromTypedJson, hexOf, shortened, toTypedJson } from './typed-json.js';

export interface Notation {
  /** True where values are bytes. */
  readonly isBytes?: boolean;
  /** From an argument or a cell. @throws INVALID_VALUE */
  parse(text: string): unknown;
  /** From what a JSON document holds. @throws INVALID_VALUE */
  fromJson(json: unknown): unknown;
  text(value: unknown): string;
  /** As the text of a JSON value. */
  json(value: unknown, indent?: number): string;
}

export interface KeyNotation extends Notation {
  /** What keys begin with. @throws INVALID_VALUE */
  prefix(text: string): unknown;
}

const texts: KeyNotation = {
  parse: (text) => text,
  prefix: (text) => text,
  fromJson: (json) => {
    if (typeof json === 'string') return json;
    throw invalid(compactJson(json), 'a text');
  },
  text: String,
  json: (value) => JSON.stringify(value),
};

const bytes: KeyNotation = {
  isBytes: true,
  parse: parseBytes,
  prefix: parseBytes,
  fromJson: (json) => parseBytes(texts.fromJson(json) as string),
  text: (value) => hexOf(value as Uint8Array),
  json: (value) => JSON.stringify(hexOf(value as Uint8Array)),
};

/** Keys of several types. A text that is nothing else is written bare. */
const anyKeys: KeyNotation = {
  parse: parseAny,
  prefix: (text) => {
    const value = parseAny(text);
    const canBegin = typeof value === 'string' || value instanceof Uint8Array || Array.isArray(value);
    return canBegin ? value : text;
  },
  fromJson: fromTypedJson,
  text: (key) => {
    if (typeof key === 'bigint') return `${key}n`;
    if (typeof key === 'string' && isBare(key)) return key;
    return typedText(key);
  },
  json: typedText,
};

const json: Notation = {
  parse: parseDocument,
  fromJson: (value) => value,
  text: exactJsonText,
  json: exactJsonText,
};

const messagePack: Notation = {
  parse: (text) => fromTypedJson(parseDocument(text)),
  fromJson: fromTypedJson,
  text: typedText,
  json: typedText,
};

const KEYS: Record<string, KeyNotation> = { any: anyKeys, bytes, string: texts };
const VALUES: Record<string, Notation> = { bytes, string: texts, json, messagepack: messagePack };

export function keyNotation(codec: string): KeyNotation {
  return KEYS[codec]!;
}

/** @param type of the values of a table of records */
export function valueNotation(codec: string, type?: AnyType): Notation {
  // What has a codec that only a program knows is shown as the bytes that it is.
  return type === undefined ? (VALUES[codec] ?? KEYS[codec] ?? bytes) : records(type);
}

function records(type: AnyType): Notation {
  const asJson = (value: unknown, indent?: number) => jsonText(jsonValue(type, value), indent);
  return {
    parse: (text) => parseValue(type, text),
    fromJson: (value) => parseValue(type, value),
    text: asJson,
    json: asJson,
  };
}

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

function parseAny(text: string): unknown {
  if (/^-?\d+n$/.test(text)) return BigInt(text.slice(0, -1));
  return isBare(text) ? text : fromTypedJson(parseDocument(text));
}

/** True for a text that could be taken for nothing else. */
function isBare(text: string): boolean {
  if (/^["[{]/.test(text) || /^-?\d+n$/.test(text) || ['true', 'false', 'null'].includes(text)) return false;
  // 007 is a text: no number is written so.
  return !NUMBER.test(text) || !isJson(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function typedText(value: unknown, indent?: number): string {
  return exactJsonText(toTypedJson(value), indent);
}

function parseDocument(text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new PerdureError(
      'INVALID_VALUE',
      `'${shortened(text)}' is not JSON; in JSON a text has double quotes around it`,
      { cause },
    );
  }
}

function parseBytes(text: string): Uint8Array {
  const value = bytesOf(text);
  if (value !== undefined) return value;
  throw invalid(`'${shortened(text)}'`, "bytes in hexadecimal, or in base64 after 'base64:'");
}

function invalid(what: string, wanted: string): PerdureError {
  return new PerdureError('INVALID_VALUE', `${shortened(what)} is not ${wanted}`);
}

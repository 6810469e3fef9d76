/** From the value of a field to JSON, to a cell of a CSV file, and to the shorthand of its type. */
import type { FieldLayout } from '../../record/index.js';
import type { AnyType } from '../../record/types.js';

/** JSON.stringify writes 0 for -0. No text in a record holds a NUL, so that this is none. */
const NEGATIVE_ZERO = '\0-0';

/** The text of what jsonValue and jsonRecord return. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll('"\\u0000-0"', '-0');
}

/**
 * A value as JSON has it, for jsonText: integers as numbers where a number holds them exactly, else as a text of their digits; dates
 * as ISO 8601; bytes in hexadecimal; NaN and the invalid date as null; infinities as texts.
 */
export function jsonValue(type: AnyType, value: unknown): unknown {
  switch (type.kind) {
    case 'u64':
    case 'i64':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case 'f32':
    case 'f64':
      if (Number.isNaN(value)) return null;
      if (Object.is(value, -0)) return NEGATIVE_ZERO;
      return Number.isFinite(value) ? value : String(value);
    case 'date':
      return Number.isNaN((value as Date).getTime()) ? null : (value as Date).toISOString();
    case 'bytes':
      return Buffer.from(value as Uint8Array).toString('hex');
    case 'array':
      return Array.from(value as Iterable<unknown>, (element) => jsonValue(type.element, element));
    case 'record':
      return jsonRecord(type.fields, value as Record<string, unknown>);
    default:
      return value;
  }
}

/** A record as a JSON object. */
export function jsonRecord(
  fields: readonly FieldLayout[],
  record: Record<string, unknown>,
): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const { name, type } of fields) object[name] = jsonValue(type, record[name]);
  return object;
}

/** A value as the text of a cell: lists and records within lists as JSON. Negative zero keeps its sign. */
export function textValue(type: AnyType, value: unknown): string {
  if (type.kind === 'f32' || type.kind === 'f64') return Object.is(value, -0) ? '-0' : String(value);
  const json = jsonValue(type, value);
  if (json === null) return '';
  return typeof json === 'object' ? jsonText(json) : String(json);
}

/** A type as the shorthand writes it, as in 'array(u16,4)'. */
export function typeShorthand(type: AnyType): string {
  switch (type.kind) {
    case 'utf8':
    case 'bytes':
      return `${type.kind}(${type.size})`;
    case 'array':
      return `array(${typeShorthand(type.element)},${type.length})`;
    case 'enumeration':
      return `enumeration(${type.names.join('|')})`;
    case 'record':
      return `record(${fieldsShorthand(type.fields, ',')})`;
    default:
      return type.kind;
  }
}

/** Fields as --schema takes them, as in 'id:u32, name:utf8(64)'. */
export function fieldsShorthand(fields: readonly FieldLayout[], separator = ', '): string {
  return fields.map(({ name, type }) => `${name}:${typeShorthand(type)}`).join(separator);
}

/**
 * Field types as JSON, and back.
 *
 *   scalar        "u32"
 *   utf8, bytes   {"utf8": 64}  {"bytes": 16}
 *   array         {"array": "u16", "length": 4}
 *   enumeration   {"enumeration": ["a", "b"]}
 *   record        {"record": [{"name": "lat", "type": "f64"}, ...]}
 *
 * Fields are an array, since the order of an object's properties is not theirs to keep. What is read comes from files
 * and command lines: nothing in it is trusted, and depth is bounded before it is followed.
 */
import { show } from '../os/arguments.js';
import type { FieldLayout } from './layout.js';
import { MAX_DEPTH, MAX_ENUMERATION_NAMES, MAX_FIELDS } from './limits.js';
import { invalidSchema } from './names.js';
import { scalarType } from './scalar-types.js';
import { type AnyType, array, bytes, enumeration, type FieldType, RecordType, utf8 } from './types.js';

export interface FieldJson {
  readonly name: string;
  readonly type: TypeJson;
}

export type TypeJson =
  | string
  | { readonly utf8: number }
  | { readonly bytes: number }
  | { readonly array: TypeJson; readonly length: number }
  | { readonly enumeration: readonly string[] }
  | { readonly record: readonly FieldJson[] };

export function fieldsToJson(fields: readonly FieldLayout[]): FieldJson[] {
  return fields.map(({ name, type }) => ({ name, type: typeToJson(type) }));
}

function typeToJson(type: AnyType): TypeJson {
  switch (type.kind) {
    case 'utf8':
      return { utf8: type.size };
    case 'bytes':
      return { bytes: type.size };
    case 'array':
      return { array: typeToJson(type.element), length: type.length };
    case 'enumeration':
      return { enumeration: type.names };
    case 'record':
      return { record: fieldsToJson(type.fields) };
    default:
      return type.kind;
  }
}

/** Reads the fields of a record. @throws INVALID_SCHEMA */
export function fieldsFromJson(json: unknown, depth = 0): RecordType {
  if (!Array.isArray(json) || json.length > MAX_FIELDS) {
    throw invalidSchema(`"fields" must be an array of at most ${MAX_FIELDS} fields, not ${show(json)}`);
  }
  return new RecordType(
    json.map((field): [string, FieldType] => {
      const { name, type } = properties(field, ['name', 'type'], 'a field');
      return [name as string, typeFromJson(type, depth)];
    }),
  );
}

function typeFromJson(json: unknown, depth: number): FieldType {
  if (typeof json === 'string') return scalarType(json);
  if (depth >= MAX_DEPTH) throw invalidSchema(`arrays and records may be nested ${MAX_DEPTH} deep`);
  const [kind] = typeof json === 'object' && json !== null ? Object.keys(json) : [];
  switch (kind) {
    case 'utf8':
      return utf8(properties(json, ['utf8'], 'a type').utf8 as number);
    case 'bytes':
      return bytes(properties(json, ['bytes'], 'a type').bytes as number);
    case 'array': {
      const { array: element, length } = properties(json, ['array', 'length'], 'a type');
      return array(typeFromJson(element, depth + 1), length as number);
    }
    case 'enumeration': {
      const { enumeration: names } = properties(json, ['enumeration'], 'a type');
      if (!Array.isArray(names) || names.length > MAX_ENUMERATION_NAMES) {
        throw invalidSchema(
          `"enumeration" must be an array of at most ${MAX_ENUMERATION_NAMES} names, not ${show(names)}`,
        );
      }
      return enumeration(...(names as string[]));
    }
    case 'record':
      return fieldsFromJson(properties(json, ['record'], 'a type').record, depth + 1);
    default:
      throw invalidSchema(
        `${show(json)} is no field type; see "utf8", "bytes", "array", "enumeration", "record"`,
      );
  }
}

/** The properties of an object that must have exactly these. @throws INVALID_SCHEMA */
export function properties<K extends string>(
  json: unknown,
  names: readonly K[],
  what: string,
): Record<K, unknown> {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    const keys = Object.keys(json);
    if (keys.length === names.length && names.every((name) => Object.hasOwn(json, name))) {
      return json as Record<K, unknown>;
    }
  }
  throw invalidSchema(`${what} must be an object of exactly ${names.join(' and ')}, not ${show(json)}`);
}

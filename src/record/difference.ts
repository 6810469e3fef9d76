/** How two schemas differ: names the first field that is not the same, for the error of opening with a wrong schema. */
import type { FieldLayout } from './layout.js';
import type { Schema } from './schema.js';
import { fieldsToJson } from './schema-json.js';
import type { AnyType, RecordType } from './types.js';

/** The first difference as a phrase, or undefined where the fields are the same. The schemas' names do not matter. */
export function schemaDifference(file: Schema, given: Schema): string | undefined {
  return fieldsDifference(file.root, given.root, '');
}

function fieldsDifference(file: RecordType, given: RecordType, prefix: string): string | undefined {
  const count = Math.max(file.fields.length, given.fields.length);
  for (let index = 0; index < count; index++) {
    const stored = file.fields[index];
    const wanted = given.fields[index];
    if (stored === undefined) return `the field '${prefix}${wanted!.name}' is not in the file`;
    if (wanted === undefined) return `the file has a field '${prefix}${stored.name}' more`;
    if (stored.name !== wanted.name) {
      return `field ${index + 1} is '${prefix}${stored.name}' in the file and '${prefix}${wanted.name}' in the schema given`;
    }
    const difference = typeDifference(stored, wanted, prefix + stored.name);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function typeDifference(stored: FieldLayout, wanted: FieldLayout, path: string): string | undefined {
  if (stored.type.kind === 'record' && wanted.type.kind === 'record') {
    return fieldsDifference(stored.type, wanted.type, `${path}.`);
  }
  const file = JSON.stringify(fieldsToJson([stored]));
  if (file === JSON.stringify(fieldsToJson([wanted]))) return undefined;
  return `the field '${path}' is ${describe(stored.type)} in the file and ${describe(wanted.type)} in the schema given`;
}

/** A type in the shorthand, shortened where it is long. */
export function describe(type: AnyType): string {
  const text = spell(type);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function spell(type: AnyType): string {
  switch (type.kind) {
    case 'utf8':
    case 'bytes':
      return `${type.kind}(${type.size})`;
    case 'array':
      return `array(${spell(type.element)},${type.length})`;
    case 'enumeration':
      return `enumeration(${type.names.join('|')})`;
    case 'record':
      return `record(${type.fields.map((field) => `${field.name}:${spell(field.type)}`).join(',')})`;
    default:
      return type.kind;
  }
}

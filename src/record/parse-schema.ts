/** Reads a schema from text: the canonical JSON, or the one-line shorthand of the command line. */
import { show } from '../os/arguments.js';
import { MAX_SLOT_BYTES } from './limits.js';
import { invalidSchema } from './names.js';
import { Schema, type UntypedRecord } from './schema.js';
import { fieldsFromJson, properties } from './schema-json.js';
import { parseShorthand } from './shorthand.js';

/**
 * Reads a schema: canonical JSON such as `{"name":"City","fields":[{"name":"id","type":"u32"}]}`, or a shorthand such as
 * `id:u32, name:utf8(64), position:record(lat:f64,lon:f64), tags:array(u16,4), kind:enumeration(a|b)`.
 * @throws INVALID_SCHEMA what is wrong with it, and where
 */
export function parseSchema(text: string): Schema<UntypedRecord> {
  if (typeof text !== 'string' || text.length > MAX_SLOT_BYTES) {
    throw invalidSchema(`a schema is a text of at most ${MAX_SLOT_BYTES} characters, not ${show(text)}`);
  }
  if (!text.trimStart().startsWith('{')) return new Schema(parseShorthand(text), '');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalidSchema(`the schema is not valid JSON: ${(cause as Error).message}`, cause);
  }
  return schemaFromJson(json);
}

/** The same from what JSON.parse returned, or from another schema's `toJSON()`. @throws INVALID_SCHEMA */
export function schemaFromJson(json: unknown): Schema<UntypedRecord> {
  const named = typeof json === 'object' && json !== null && Object.hasOwn(json, 'name');
  const { name, fields } = properties(json, named ? ['name', 'fields'] : ['fields'], 'a schema') as {
    name?: unknown;
    fields: unknown;
  };
  if (named && (typeof name !== 'string' || name === '')) {
    throw invalidSchema(`the schema's name must be an identifier, not ${show(name)}`);
  }
  return new Schema(fieldsFromJson(fields), (name as string | undefined) ?? '');
}

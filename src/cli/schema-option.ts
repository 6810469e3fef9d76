/** The --schema option: a shorthand, or the path of a file that holds a schema in JSON or shorthand. */
import { readFileSync } from 'node:fs';
import { PerdureError } from '../os/index.js';
import { parseSchema, type Schema } from '../record/index.js';

/** A shorthand has a colon; a path that has one (C:\...) ends in .json. */
export function readSchema(option: string): Schema {
  const isPath = /\.(json|schema|txt)$/i.test(option.trim());
  if (!isPath && option.includes(':')) return parseSchema(option);
  let text: string;
  try {
    text = readFileSync(option, 'utf8');
  } catch (error) {
    throw new PerdureError(
      'NOT_FOUND',
      `--schema '${option}' is neither a shorthand such as 'id:u32, name:utf8(64)' nor a file that can be read: ${(error as Error).message}`,
      { path: option, cause: error },
    );
  }
  return parseSchema(text);
}

/** Finds a field by its path: names and positions in arrays, with dots between, such as `position.lat` or `tags.2`. */
import { show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import type { Schema } from './schema.js';
import type { AnyType } from './types.js';

/** What lies at the end of a path: its type, and where it begins in the record, in bytes. */
export interface FieldPlace {
  readonly type: AnyType;
  readonly offset: number;
}

/** @throws INVALID_ARGUMENT, with what there is instead */
export function fieldAt(schema: Schema, path: string): FieldPlace {
  let place: FieldPlace = { type: schema.root, offset: 0 };
  for (const part of typeof path === 'string' ? path.split('.') : ['']) place = stepInto(place, part, path);
  return place;
}

function stepInto({ type, offset }: FieldPlace, part: string, path: string): FieldPlace {
  if (type.kind === 'record') {
    const field = type.fields.find(({ name }) => name === part);
    if (field !== undefined) return { type: field.type, offset: offset + field.offset };
    const names = type.fields.slice(0, 12).map(({ name }) => name);
    throw noField(path, `there are ${names.join(', ')}${type.fields.length > 12 ? ', …' : ''}`);
  }
  if (type.kind === 'array') {
    if (/^(0|[1-9]\d{0,6})$/.test(part) && Number(part) < type.length) {
      return { type: type.element, offset: offset + Number(part) * type.element.size };
    }
    throw noField(path, `the array has positions 0 to ${type.length - 1}`);
  }
  throw noField(path, `${type.kind} has no parts`);
}

function noField(path: string, reason: string): PerdureError {
  return new PerdureError('INVALID_ARGUMENT', `there is no field ${show(path)}: ${reason}`);
}

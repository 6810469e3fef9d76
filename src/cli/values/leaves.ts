/** The fields of a schema that hold values of their own: those of nested records by dotted names, as in 'position.lat'. */
import type { FieldLayout } from '../../record/index.js';
import type { AnyType } from '../../record/types.js';
import { UsageError } from '../errors.js';

export interface Leaf {
  /** Its dotted name. */
  readonly path: string;
  readonly keys: readonly string[];
  readonly type: AnyType;
  /** Bytes from the beginning of the record. */
  readonly offset: number;
}

/** Every leaf, in the order of the record. Arrays are leaves as a whole. */
export function leavesOf(fields: readonly FieldLayout[], above: readonly string[] = [], base = 0): Leaf[] {
  return fields.flatMap(({ name, type, offset }) => {
    const keys = [...above, name];
    if (type.kind === 'record') return leavesOf(type.fields, keys, base + offset);
    return [{ path: keys.join('.'), keys, type, offset: base + offset }];
  });
}

/** The leaf or nested record with this dotted name. @throws UsageError where there is none */
export function fieldAt(fields: readonly FieldLayout[], path: string): Leaf {
  const keys = path.split('.');
  let within = fields;
  let offset = 0;
  for (const [depth, key] of keys.entries()) {
    const field = within.find(({ name }) => name === key);
    if (field === undefined) {
      throw new UsageError(`there is no field '${path}'; the fields are ${fieldNames(fields)}`);
    }
    offset += field.offset;
    if (depth === keys.length - 1) return { path, keys, type: field.type, offset };
    within = field.type.kind === 'record' ? field.type.fields : [];
  }
  throw new Error('unreachable: a split text has at least one part');
}

export function fieldNames(fields: readonly FieldLayout[]): string {
  return leavesOf(fields)
    .map(({ path }) => path)
    .join(', ');
}

/** The value at a path of keys. */
export function valueAt(record: unknown, keys: readonly string[]): unknown {
  let value = record;
  for (const key of keys) value = (value as Record<string, unknown>)[key];
  return value;
}

/** Puts a value at a path of keys, making the records on the way. */
export function put(record: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  let within = record;
  for (const key of keys.slice(0, -1)) {
    // Not ??=: a field may be called 'toString'.
    if (!Object.hasOwn(within, key)) within[key] = {};
    within = within[key] as Record<string, unknown>;
  }
  within[keys.at(-1)!] = value;
}

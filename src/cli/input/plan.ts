/**
 * How rows become records: which column or key feeds which field.
 *
 * A field is fed by the column of its dotted name; failing that, by the one whose name differs only in case, spaces and
 * punctuation. JSON keys have to be exact.
 */
import { PerdureError } from '../../os/index.js';
import type { FieldLayout, Schema } from '../../record/index.js';
import type { AnyType } from '../../record/types.js';
import { type Leaf, leavesOf, put } from '../values/leaves.js';
import { type ParseOptions, parseValue } from '../values/parse.js';
import { type Input, inputError, type Row } from './input.js';
import { sameName } from './names.js';

export interface Plan {
  /** The record of a row. @throws INVALID_INPUT naming the place and the field */
  record(row: Row): Record<string, unknown>;
  /** The columns or keys that feed no field, as far as rows were seen. */
  readonly ignored: readonly string[];
  /** @throws INVALID_INPUT where a field was fed by no row at all: a slip in its name, most likely */
  finish(): void;
}

/** @param sources the input's names of fields, by dotted name, where the two differ */
export function planFor(
  input: Input,
  columns: readonly string[] | undefined,
  schema: Schema,
  sources: ReadonlyMap<string, string>,
  options: ParseOptions,
): Plan {
  if (columns) return new CellsPlan(input, columns, schema, sources, options);
  return new ObjectsPlan(input, schema, sources, options);
}

class CellsPlan implements Plan {
  readonly ignored: readonly string[];
  readonly #feeds: readonly { leaf: Leaf; column: number }[];

  constructor(
    readonly input: Input,
    columns: readonly string[],
    schema: Schema,
    sources: ReadonlyMap<string, string>,
    readonly options: ParseOptions,
  ) {
    const find = (path: string) => {
      const title = sources.get(path) ?? path;
      const exact = columns.indexOf(title);
      return exact >= 0 ? exact : columns.findIndex((other) => sameName(other, title));
    };
    this.#feeds = leavesOf(schema.fields).map((leaf) => ({ leaf, column: find(leaf.path) }));
    const unfed = this.#feeds.filter(({ column }) => column < 0).map(({ leaf }) => leaf.path);
    if (unfed.length > 0 && !options.zeroMissing) {
      throw noSource(input, `has no column for ${quoted(unfed)}; its columns are ${quoted(columns)}`);
    }
    this.ignored = columns.filter((_, at) => !this.#feeds.some(({ column }) => column === at));
  }

  record({ line, values }: Row): Record<string, unknown> {
    const record: Record<string, unknown> = {};
    for (const { leaf, column } of this.#feeds) {
      let value: unknown;
      try {
        value = parseValue(leaf.type, (values as string[])[column], this.options);
      } catch (error) {
        throw fieldError(this.input, line, leaf.path, error);
      }
      put(record, leaf.keys, value);
    }
    return record;
  }

  finish(): void {}
}

class ObjectsPlan implements Plan {
  readonly #root: RecordFeed;
  readonly #ignored = new Set<string>();

  constructor(
    readonly input: Input,
    schema: Schema,
    sources: ReadonlyMap<string, string>,
    readonly options: ParseOptions,
  ) {
    this.#root = new RecordFeed(schema.fields, '', sources);
  }

  get ignored(): readonly string[] {
    return [...this.#ignored];
  }

  record({ line, values }: Row): Record<string, unknown> {
    const object = values as Record<string, unknown>;
    if (this.#ignored.size < 20) {
      for (const key in object) if (!this.#root.keys.has(key)) this.#ignored.add(key);
    }
    return this.#root.record(object, (path, type, raw) => {
      try {
        return parseValue(type, raw, this.options);
      } catch (error) {
        throw fieldError(this.input, line, path, error);
      }
    });
  }

  finish(): void {
    const unfed = this.options.zeroMissing ? [] : this.#root.unfed();
    if (unfed.length === 0) return;
    const others = this.#ignored.size > 0 ? `; keys that feed no field are ${quoted(this.ignored)}` : '';
    throw noSource(this.input, `has no object with ${quoted(unfed)}${others}`);
  }
}

type Parse = (path: string, type: AnyType, raw: unknown) => unknown;

/** The fields of one record, nested ones included, and the keys that feed them. */
class RecordFeed {
  readonly keys = new Set<string>();
  readonly #feeds: { field: FieldLayout; path: string; key: string; inner?: RecordFeed; fed: boolean }[];

  constructor(fields: readonly FieldLayout[], above: string, sources: ReadonlyMap<string, string>) {
    this.#feeds = fields.map((field) => {
      const path = above === '' ? field.name : `${above}.${field.name}`;
      const key = sources.get(path) ?? field.name;
      this.keys.add(key);
      const inner =
        field.type.kind === 'record' ? new RecordFeed(field.type.fields, path, sources) : undefined;
      return { field, path, key, inner, fed: false };
    });
  }

  record(object: Record<string, unknown>, parse: Parse): Record<string, unknown> {
    const record: Record<string, unknown> = {};
    for (const feed of this.#feeds) {
      const raw = Object.hasOwn(object, feed.key) ? object[feed.key] : undefined;
      if (raw !== undefined) feed.fed = true;
      record[feed.field.name] =
        feed.inner && isObject(raw) ? feed.inner.record(raw, parse) : parse(feed.path, feed.field.type, raw);
    }
    return record;
  }

  unfed(): string[] {
    return this.#feeds.flatMap(({ path, fed, inner }) => (fed ? (inner?.unfed() ?? []) : [path]));
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldError(input: Input, line: number, path: string, error: unknown): PerdureError {
  return inputError(input.name, `${input.place} ${line}, field '${path}'`, (error as Error).message, error);
}

function noSource(input: Input, what: string): PerdureError {
  return new PerdureError(
    'INVALID_INPUT',
    `${input.name} ${what}; say what feeds a field with --rename 'name in the input=field', or --zero-missing`,
  );
}

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 12).map((name) => `'${name}'`);
  return names.length > 12 ? `${shown.join(', ')} and ${names.length - 12} more` : shown.join(', ');
}

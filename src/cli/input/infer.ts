/** Finds the schema that fits an input, by reading all of it once. */
import { PerdureError } from '../../os/index.js';
import { defineRecord, type FieldLayout, type FieldType, record, type Schema } from '../../record/index.js';
import type { AnyType } from '../../record/types.js';
import type { Input } from './input.js';
import { fieldName } from './names.js';
import { Observed } from './observed.js';

export interface Inferred {
  readonly schema: Schema;
  /** The input's columns, where it has any. */
  readonly columns: readonly string[] | undefined;
  /** The input's name of each field that could not keep it, by the field's dotted name. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * @param names what columns, or keys of the objects, are to be called
 * @throws INVALID_INPUT where there is nothing to go by
 */
export async function inferSchema(
  input: Input,
  schemaName: string,
  names: ReadonlyMap<string, string>,
  progress: (rows: number) => void,
): Promise<Inferred> {
  const { columns, batches } = await input.rows();
  const observed = columns?.map(() => new Observed());
  const whole = new Observed();
  let count = 0;
  for await (const batch of batches) {
    for (const { values } of batch) {
      if (observed) for (const [at, cell] of (values as string[]).entries()) observed[at]!.observe(cell);
      else whole.observe(values);
    }
    count += batch.length;
    progress(count);
  }
  if (count === 0) {
    throw new PerdureError('INVALID_INPUT', `${input.name} has no rows to infer a schema from; add --schema`);
  }
  const sources = new Map<string, string>();
  const type = columns ? columnsType(columns, observed!, names, sources) : whole.type('', sources, names);
  const { kind, fields } = type as AnyType & { fields?: readonly FieldLayout[] };
  if (kind !== 'record') {
    throw new PerdureError(
      'INVALID_INPUT',
      `${input.name} holds nothing but empty objects; there are no fields`,
    );
  }
  const named = Object.fromEntries(fields!.map((field) => [field.name, field.type]));
  return { schema: defineRecord(named, { name: fieldName(schemaName, new Set()) }), columns, sources };
}

/** A tree of columns: dotted titles, as 'position.lat', are fields of a nested record. */
type Tree = Map<string, Tree | number>;

function columnsType(
  columns: readonly string[],
  observed: readonly Observed[],
  names: ReadonlyMap<string, string>,
  sources: Map<string, string>,
): FieldType {
  const tree: Tree = new Map();
  const wanted = columns.map((title) => names.get(title) ?? title);
  const flat = wanted.flatMap((title, at) => (place(tree, title.split('.'), at) ? [] : [at]));
  for (const at of flat) tree.set(wanted[at]!, at);

  const typeOf = (branch: Tree, above: string): FieldType => {
    const taken = new Set<string>();
    const fields: Record<string, FieldType> = {};
    for (const [key, inner] of branch) {
      const name = fieldName(key, taken);
      const path = above === '' ? name : `${above}.${name}`;
      if (typeof inner === 'number') {
        if (path !== columns[inner]) sources.set(path, columns[inner]!);
        fields[name] = observed[inner]!.type(path, sources);
      } else fields[name] = typeOf(inner, path);
    }
    return record(fields);
  };
  return typeOf(tree, '');
}

/** Puts a column into the tree, unless its name means something else there already. */
function place(tree: Tree, keys: readonly string[], at: number): boolean {
  if (keys.length > 4 || keys.some((key) => key.trim() === '')) return false;
  let branch = tree;
  for (const key of keys.slice(0, -1)) {
    const inner = branch.get(key) ?? new Map();
    if (typeof inner === 'number') return false;
    branch.set(key, inner);
    branch = inner;
  }
  const last = keys.at(-1)!;
  if (branch.has(last)) return false;
  branch.set(last, at);
  return true;
}

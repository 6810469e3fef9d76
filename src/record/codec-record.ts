/**
 * Records as plain objects.
 *
 * Compiled per schema where the runtime allows it: one object literal to read, one test and one store a scalar field.
 * The plain forms do the same field by field.
 */
import { type Codec, codecOf, invalidValue, joinPath, unknownField } from './codec.js';
import { compile, quote } from './compile.js';
import { elementIndex, misfit, numericKind } from './source.js';
import type { AnyType, RecordType } from './types.js';

interface FieldCodec {
  readonly name: string;
  readonly offset: number;
  readonly type: AnyType;
  readonly codec: Codec;
}

type RecordValue = Record<string, unknown>;
type Forms = Pick<Codec, 'fits' | 'store' | 'read'>;

export function recordCodec(type: RecordType, path: string): Codec {
  const fields: FieldCodec[] = type.fields.map((field) => ({
    name: field.name,
    offset: field.offset,
    type: field.type,
    codec: codecOf(field.type, joinPath(path, field.name)),
  }));
  const names = new Set(fields.map((field) => field.name));
  const forms = compiledForms(fields) ?? plainForms(fields);
  const unknown = (value: object) => Object.keys(value).find((name) => !names.has(name));
  return {
    fits: (value) => {
      if (typeof value !== 'object' || value === null || !forms.fits(value)) return false;
      // Every field was there: where there are as many properties, none is unknown.
      return Object.keys(value).length === fields.length || unknown(value) === undefined;
    },
    refusal: (value, where) => {
      if (typeof value !== 'object' || value === null) return invalidValue(where, 'an object', value);
      for (const { name, codec } of fields) {
        const field = (value as RecordValue)[name];
        if (!codec.fits(field)) return codec.refusal(field, joinPath(where, name));
      }
      return unknownField(joinPath(where, unknown(value) ?? ''), names);
    },
    store: forms.store,
    read: forms.read,
  };
}

function plainForms(fields: readonly FieldCodec[]): Forms {
  return {
    fits: (value) => fields.every(({ name, codec }) => codec.fits((value as RecordValue)[name])),
    store: (window, offset, value) => {
      for (const field of fields) {
        field.codec.store(window, offset + field.offset, (value as RecordValue)[field.name]);
      }
    },
    read: (window, offset) => {
      const value: RecordValue = {};
      for (const field of fields) value[field.name] = field.codec.read(window, offset + field.offset);
      return value;
    },
  };
}

function compiledForms(fields: readonly FieldCodec[]): Forms | undefined {
  const fits: string[] = [];
  const store: string[] = [];
  const read: string[] = [];
  fields.forEach(({ name, offset, type }, index) => {
    const value = `v[${quote(name)}]`;
    const kind = numericKind(type);
    if (kind === undefined) {
      fits.push(`if (!c${index}.fits(${value})) return false;`);
      store.push(`c${index}.store(w, o + ${offset}, ${value});`);
      read.push(`${quote(name)}: c${index}.read(w, o + ${offset})`);
    } else {
      const element = `w.${kind}[${elementIndex('o', offset, kind)}]`;
      fits.push(`{ const x = ${value}; if (${misfit(kind, 'x')}) return false; }`);
      store.push(`${element} = ${value};`);
      read.push(`${quote(name)}: ${element}`);
    }
  });
  return compile<Forms>(
    Object.fromEntries(fields.map(({ codec }, index) => [`c${index}`, codec])),
    `{
      fits: (v) => { ${fits.join('\n')} return true; },
      store: (w, o, v) => { ${store.join('\n')} },
      read: (w, o) => ({ ${read.join(',\n')} }),
    }`,
  );
}

/** A schema as a NumPy structured dtype, and the line of Python that maps a file's records with it. */
import type { Schema } from './schema.js';
import type { AnyType, RecordType, ScalarKind } from './types.js';

const FORMATS: Readonly<Record<ScalarKind, string>> = {
  u8: 'u1',
  i8: 'i1',
  u16: '<u2',
  i16: '<i2',
  u32: '<u4',
  i32: '<i4',
  u64: '<u8',
  i64: '<i8',
  f32: '<f4',
  f64: '<f8',
  bool: '?',
  date: '<M8[ms]',
};

/** Where a file's records are; from a RecordFile: `{ path, dataOffset, count }`. */
export interface RecordsInFile {
  readonly path: string;
  readonly dataOffset: number;
  readonly count: number;
}

/**
 * Python text that defines `dtype` and, given a file, `records = numpy.memmap(...)` over its records, read-only. Texts
 * are bytes there (`.decode()`), enumerations their positions.
 */
export function toNumpyDtype(schema: Schema, file?: RecordsInFile): string {
  const lines = [
    'import numpy',
    '',
    `dtype = numpy.dtype(${record(schema.root, '')})`,
    ...enumerations(schema.root, ''),
  ];
  if (file !== undefined) {
    lines.push(
      // NumPy maps no empty range.
      file.count === 0
        ? 'records = numpy.empty(0, dtype)'
        : `records = numpy.memmap(${python(file.path)}, dtype=dtype, mode="r", offset=${file.dataOffset}, shape=(${file.count},))`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function record(type: RecordType, indent: string): string {
  const inner = `${indent}    `;
  const list = (items: readonly string[]) => `[${items.join(', ')}]`;
  return [
    '{',
    `${inner}"names": ${list(type.fields.map((field) => python(field.name)))},`,
    `${inner}"formats": ${list(type.fields.map((field) => format(field.type, inner)))},`,
    `${inner}"offsets": ${list(type.fields.map((field) => String(field.offset)))},`,
    `${inner}"itemsize": ${type.size},`,
    `${indent}}`,
  ].join('\n');
}

function format(type: AnyType, indent: string): string {
  switch (type.kind) {
    case 'utf8':
      return `"S${type.size}"`;
    case 'bytes':
      return `"V${type.size}"`;
    case 'enumeration':
      return type.size === 2 ? '"<u2"' : '"u1"';
    case 'array':
      return `(${format(type.element, indent)}, (${type.length},))`;
    case 'record':
      return record(type, indent);
    default:
      return `"${FORMATS[type.kind]}"`;
  }
}

/** The names of enumerations as comments, since a dtype has no place for them. */
function enumerations(type: RecordType, prefix: string): string[] {
  return type.fields.flatMap((field) => {
    const path = prefix + field.name;
    const inner = innermost(field.type);
    if (inner.kind === 'record') return enumerations(inner, `${path}.`);
    if (inner.kind !== 'enumeration') return [];
    return [`# ${path}: ${inner.names.map((name, index) => `${index} ${python(name)}`).join(', ')}`];
  });
}

function innermost(type: AnyType): AnyType {
  return type.kind === 'array' ? innermost(type.element) : type;
}

/** A Python string literal. JSON's escapes are Python's too; what lies beyond the BMP stands as itself in both. */
function python(text: string): string {
  return JSON.stringify(text);
}

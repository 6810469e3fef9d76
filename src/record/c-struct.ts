/** A schema as a C11 header: the struct whose bytes the records are, with assertions that the compiler agrees. */
import type { FieldLayout } from './layout.js';
import type { Schema } from './schema.js';
import type { AnyType, EnumerationType, RecordType, ScalarKind } from './types.js';

const C_TYPES: Readonly<Record<ScalarKind, string>> = {
  u8: 'uint8_t',
  i8: 'int8_t',
  u16: 'uint16_t',
  i16: 'int16_t',
  u32: 'uint32_t',
  i32: 'int32_t',
  u64: 'uint64_t',
  i64: 'int64_t',
  f32: 'float',
  f64: 'double',
  bool: 'bool',
  date: 'int64_t',
};

const KEYWORDS = new Set(
  (
    'alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl const constexpr continue ' +
    'default delete do double else enum explicit export extern false float for friend goto if inline int long mutable ' +
    'namespace new not not_eq nullptr operator or or_eq private protected public register restrict return short signed ' +
    'sizeof static static_assert struct switch template this thread_local throw true try typedef typeid typename ' +
    'typeof union unsigned using virtual void volatile wchar_t while xor xor_eq ' +
    'offsetof int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t size_t unix linux'
  ).split(' '),
);

/**
 * C11 text (C++11 too) that declares the record as `struct <schema name, or Record>`, nested records as structs of their
 * own, and the names of enumerations as constants. Names that C does not allow are changed, with the name as it is
 * in a comment.
 */
export function toCStruct(schema: Schema): string {
  const printer = new Printer();
  printer.struct(schema.root, schema.name || 'Record');
  const guard = `PERDURE_${printer.name(schema.name || 'Record').toUpperCase()}_H`;
  return [
    `/* Records of ${schema.recordSize} bytes, little-endian, as perdure stores them. */`,
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '#include <assert.h>',
    '#include <stdbool.h>',
    '#include <stddef.h>',
    '#include <stdint.h>',
    '',
    ...printer.lines,
    `#endif`,
    '',
  ].join('\n');
}

class Printer {
  readonly lines: string[] = [];
  readonly #taken = new Set<string>();

  /** Declares a struct, those within it first, and returns its name. */
  struct(type: RecordType, wanted: string): string {
    const name = this.#unique(this.#taken, wanted);
    const members = new Set<string>();
    const fields = type.fields.map((field) => ({ field, member: this.#unique(members, field.name) }));
    const body = fields.map(({ field, member }) => this.#member(field, member, name));
    this.lines.push(`struct ${name} {`, ...body, '};');
    for (const { field, member } of fields) {
      this.lines.push(
        `static_assert(offsetof(struct ${name}, ${member}) == ${field.offset}, "offset of ${member}");`,
      );
    }
    this.lines.push(`static_assert(sizeof(struct ${name}) == ${type.size}, "size of ${name}");`, '');
    return name;
  }

  /** A name that C allows. */
  name(wanted: string): string {
    // What begins with an underscore belongs to the implementation at file scope.
    const plain = wanted.replace(/[^A-Za-z0-9_]/gu, '_').replace(/^(?=[0-9_])/, 'f');
    return KEYWORDS.has(plain) ? `${plain}_` : plain;
  }

  #member(field: FieldLayout, member: string, struct: string): string {
    const { type, dimensions } = unwrap(field.type);
    const declared = this.#declare(type, `${struct}_${member}`);
    const text = type.kind === 'utf8' || type.kind === 'bytes' ? `[${type.size}]` : '';
    const notes = [member === field.name ? '' : comment(field.name), note(type)].filter(Boolean).join('; ');
    return `  ${declared} ${member}${dimensions}${text};${notes === '' ? '' : ` /* ${notes} */`}`;
  }

  #declare(type: AnyType, name: string): string {
    switch (type.kind) {
      case 'utf8':
        return 'char';
      case 'bytes':
        return 'uint8_t';
      case 'record':
        return `struct ${this.struct(type, name)}`;
      case 'enumeration':
        this.#constants(type, name);
        return type.size === 2 ? 'uint16_t' : 'uint8_t';
      case 'array':
        throw new TypeError('arrays are unwrapped before they are declared');
      default:
        return C_TYPES[type.kind];
    }
  }

  #constants(type: EnumerationType, prefix: string): void {
    const constants = type.names.map((name, index) => {
      const constant = this.#unique(this.#taken, `${prefix}_${name}`);
      return `  ${constant} = ${index}, /* ${comment(name)} */`;
    });
    this.lines.push('enum {', ...constants, '};');
  }

  #unique(taken: Set<string>, wanted: string): string {
    const name = this.name(wanted);
    let free = name;
    for (let number = 2; taken.has(free); number++) free = `${name}_${number}`;
    taken.add(free);
    return free;
  }
}

/** The innermost element of arrays, and their lengths as C writes them. */
function unwrap(type: AnyType): { type: AnyType; dimensions: string } {
  let dimensions = '';
  let inner = type;
  while (inner.kind === 'array') {
    dimensions += `[${inner.length}]`;
    inner = inner.element;
  }
  return { type: inner, dimensions };
}

function note(type: AnyType): string {
  if (type.kind === 'utf8') return 'UTF-8, padded with NUL; not terminated when full';
  if (type.kind === 'date') return 'milliseconds since 1970-01-01T00:00Z; INT64_MIN: none';
  return '';
}

/** A name that cannot end the comment that it stands in, nor continue the line. */
function comment(name: string): string {
  return name.replace(/\*\//g, '* /').replace(/\/\*/g, '/ *').replace(/\\/g, '/').replace(/\?\?/g, '? ?');
}

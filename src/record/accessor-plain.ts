/** Accessor classes without compiled code: the same properties through codecs, for runtimes that forbid `new Function`. */
import { type AccessorClass, AT, RecordAccessor, readable, writable } from './accessor.js';
import { codecOf, joinPath } from './codec.js';
import type { RecordType } from './types.js';

const ROOT = Symbol('root');

interface Nested {
  readonly [ROOT]: RecordAccessor;
}

export function plainAccessor(type: RecordType): AccessorClass {
  const accessor = class extends RecordAccessor {};
  define(accessor.prototype, type, '', 0, (self) => self as unknown as RecordAccessor);
  return accessor;
}

function define(
  prototype: object,
  type: RecordType,
  path: string,
  base: number,
  root: (self: object) => RecordAccessor,
): void {
  for (const field of type.fields) {
    const where = joinPath(path, field.name);
    const offset = base + field.offset;
    const codec = codecOf(field.type, where);
    const nested = field.type.kind === 'record' ? nestedGetter(field.type, where, offset, root) : undefined;
    Object.defineProperty(prototype, field.name, {
      get:
        nested ??
        function (this: object): unknown {
          const accessor = root(this);
          return codec.read(readable(accessor), accessor[AT] + offset);
        },
      set(this: object, value: unknown) {
        const accessor = root(this);
        if (!codec.fits(value)) throw codec.refusal(value, where);
        codec.store(writable(accessor), accessor[AT] + offset, value);
      },
    });
  }
}

/** A getter that makes the accessor of a nested record at its first use, and keeps it. */
function nestedGetter(
  type: RecordType,
  path: string,
  base: number,
  root: (self: object) => RecordAccessor,
): (this: object) => unknown {
  const prototype = {};
  define(prototype, type, path, base, (self) => (self as Nested)[ROOT]);
  const made = new WeakMap<RecordAccessor, object>();
  return function (this: object) {
    const accessor = root(this);
    let nested = made.get(accessor);
    if (nested === undefined) {
      nested = Object.create(prototype, { [ROOT]: { value: accessor } }) as object;
      made.set(accessor, nested);
    }
    return nested;
  };
}

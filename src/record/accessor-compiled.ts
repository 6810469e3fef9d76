/**
 * Accessor classes compiled from the schema: scalar fields inline, the rest through their codecs.
 *
 * Names of members are computed (`get ["x"]`), since a field may be called `constructor`.
 */
import {
  ACCESS,
  type AccessorClass,
  ARRAYS,
  AT,
  GUARD,
  RecordAccessor,
  readable,
  WINDOW,
  writable,
} from './accessor.js';
import { codecOf, joinPath } from './codec.js';
import { compile, quote } from './compile.js';
import { elementIndex, misfit, numericKind } from './source.js';
import type { AnyType, RecordType } from './types.js';
import { PAGE_SHIFT } from './window.js';

/** The class, or undefined where code generation is off. */
export function compiledAccessor(root: RecordType): AccessorClass | undefined {
  return new Generator().run(root);
}

class Generator {
  readonly #scope: Record<string, unknown> = {
    Base: RecordAccessor,
    at: AT,
    window: WINDOW,
    guard: GUARD,
    access: ACCESS,
    root: Symbol('root'),
    readable,
    writable,
  };
  readonly #nested: string[] = [];
  #count = 0;

  constructor() {
    for (const [kind, symbol] of Object.entries(ARRAYS)) this.#scope[`$${kind}`] = symbol;
  }

  run(type: RecordType): AccessorClass | undefined {
    const { members, children } = this.#members(type, '', 0, 'this');
    const make = children.map((child) => `this[${child.key}] = new ${child.name}(this);`).join(' ');
    const source = `(() => {
      ${this.#nested.join('\n')}
      return class extends Base {
        constructor(a, w) { super(a, w); ${make} }
        ${members}
      };
    })()`;
    return compile<AccessorClass>(this.#scope, source);
  }

  /** The members of the record at `path`, which lies `base` bytes into the root; `self` is the accessor's state. */
  #members(type: RecordType, path: string, base: number, self: string) {
    const children: { key: string; name: string }[] = [];
    const members = type.fields.map((field) => {
      const where = joinPath(path, field.name);
      const offset = base + field.offset;
      if (field.type.kind !== 'record') return this.#field(field.name, field.type, where, offset, self);
      const child = this.#child(field.type, where, offset);
      children.push(child);
      return (
        `get [${quote(field.name)}]() { return this[${child.key}]; }\n` +
        this.#codecSetter(field.name, field.type, where, offset, self)
      );
    });
    return { members: members.join('\n'), children };
  }

  #child(type: RecordType, path: string, base: number): { key: string; name: string } {
    const id = this.#count++;
    const { members, children } = this.#members(type, path, base, 'this[root]');
    const make = children.map((child) => `this[${child.key}] = new ${child.name}(r);`).join(' ');
    this.#nested.push(`class N${id} { constructor(r) { this[root] = r; ${make} } ${members} }`);
    this.#scope[`k${id}`] = Symbol(path);
    return { key: `k${id}`, name: `N${id}` };
  }

  #field(name: string, type: AnyType, path: string, offset: number, self: string): string {
    const kind = numericKind(type) ?? (type.kind === 'bool' ? 'bool' : undefined);
    if (kind === undefined) {
      const codec = this.#codec(type, path);
      return (
        `get [${quote(name)}]() { const r = ${self}; return ${codec}.read(readable(r), r[at] + ${offset}); }\n` +
        this.#codecSetter(name, type, path, offset, self, codec)
      );
    }
    const codec = this.#codec(type, path);
    const array = kind === 'bool' ? 'u8' : kind;
    const element = (at: string) => `r[$${array}][${elementIndex(at, offset, array)}]`;
    const [read, store] = kind === 'bool' ? ['x !== 0', 'x ? 1 : 0'] : ['x', 'x'];
    return `get [${quote(name)}]() {
        const r = ${self}; const x = ${element('r[at]')};
        if (x === undefined) r[access].refuse(r[at]);
        return ${read};
      }
      set [${quote(name)}](x) {
        if (${misfit(kind, 'x')}) throw ${codec}.refusal(x, ${quote(path)});
        const r = ${self}; const o = r[at];
        if (r[guard][o >> ${PAGE_SHIFT}] !== 1) r[access].admit(r[window], o);
        ${element('o')} = ${store};
      }`;
  }

  #codecSetter(
    name: string,
    type: AnyType,
    path: string,
    offset: number,
    self: string,
    codec = this.#codec(type, path),
  ): string {
    return `set [${quote(name)}](x) {
        const r = ${self};
        if (!${codec}.fits(x)) throw ${codec}.refusal(x, ${quote(path)});
        ${codec}.store(writable(r), r[at] + ${offset}, x);
      }`;
  }

  #codec(type: AnyType, path: string): string {
    const name = `c${this.#count++}`;
    this.#scope[name] = codecOf(type, path);
    return name;
  }
}

/**
 * The one-line form of a schema, for command lines:
 *
 *   fields = field *( "," field )          field = name ":" type
 *   type   = scalar / "utf8(" n ")" / "bytes(" n ")" / "array(" type "," n ")"
 *          / "enumeration(" name *( "|" name ) ")" / "record(" fields ")"
 *
 * White space around names, numbers and signs is ignored. Enumeration names that hold ( ) , | need the JSON form.
 */
import { show } from '../os/arguments.js';
import { MAX_DEPTH } from './limits.js';
import { invalidSchema } from './names.js';
import { scalarType } from './scalar-types.js';
import { array, bytes, enumeration, type FieldType, RecordType, utf8 } from './types.js';

/** @throws INVALID_SCHEMA with the character at which it stopped making sense */
export function parseShorthand(text: string): RecordType {
  const parser = new Parser(text);
  const fields = parser.fields(0);
  parser.end();
  return fields;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  fields(depth: number): RecordType {
    const fields: [string, FieldType][] = [];
    do {
      const name = this.#word(':,()|');
      this.#expect(':');
      fields.push([name, this.#type(depth)]);
    } while (this.#take(','));
    return new RecordType(fields);
  }

  end(): void {
    if (this.#at < this.#text.length) throw this.#unexpected("',' or the end");
  }

  #type(depth: number): FieldType {
    const kind = this.#word(':,()|');
    if (!this.#take('(')) return scalarType(kind);
    if (depth >= MAX_DEPTH) throw invalidSchema(`arrays and records may be nested ${MAX_DEPTH} deep`);
    const type = this.#arguments(kind, depth);
    this.#expect(')');
    return type;
  }

  #arguments(kind: string, depth: number): FieldType {
    switch (kind) {
      case 'utf8':
        return utf8(this.#length());
      case 'bytes':
        return bytes(this.#length());
      case 'array': {
        const element = this.#type(depth + 1);
        this.#expect(',');
        return array(element, this.#length());
      }
      case 'record':
        return this.fields(depth + 1);
      case 'enumeration': {
        const names: string[] = [];
        do names.push(this.#word('|,()'));
        while (this.#take('|'));
        return enumeration(...names);
      }
      default:
        throw invalidSchema(
          `${show(kind)} takes no arguments; see utf8(n), bytes(n), array, enumeration, record`,
        );
    }
  }

  #length(): number {
    const word = this.#word(':,()|');
    if (!/^\d{1,9}$/.test(word)) throw invalidSchema(`a length must be a whole number, not ${show(word)}`);
    return Number(word);
  }

  /** The characters up to one of `stops`, without the white space around them. */
  #word(stops: string): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !stops.includes(this.#text[this.#at]!)) this.#at++;
    const word = this.#text.slice(start, this.#at).trim();
    if (word === '') throw this.#unexpected('a name');
    return word;
  }

  #take(sign: string): boolean {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) throw this.#unexpected(`'${sign}'`);
  }

  #unexpected(wanted: string): Error {
    const found = this.#at < this.#text.length ? show(this.#text.slice(this.#at, this.#at + 20)) : 'the end';
    return invalidSchema(
      `the schema should have ${wanted} at character ${this.#at + 1}, where it has ${found}`,
    );
  }
}

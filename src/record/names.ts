/** What fields, schemas and enumeration members may be called. @throws INVALID_SCHEMA */
import { show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import { MAX_NAME_BYTES } from './limits.js';

/** An identifier in any script; `-` is allowed inside, since data is full of it. */
const IDENTIFIER = /^[\p{ID_Start}_$][\p{ID_Continue}$-]*$/u;

// Control characters and lone surrogates, which no text that is stored as UTF-8 can hold.
const NOT_TEXT = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

export function invalidSchema(message: string, cause?: unknown): PerdureError {
  return new PerdureError('INVALID_SCHEMA', message, { cause });
}

/** A field's or a schema's name: an identifier of any script, at most 255 bytes, not `__proto__`. */
export function checkIdentifier(name: unknown, what: string): string {
  // `__proto__` would change what a plain object is instead of becoming one of its properties.
  if (isText(name) && name !== '__proto__' && IDENTIFIER.test(name)) return name;
  throw invalidSchema(
    `${what} ${show(name)} cannot be used: it must be 1 to ${MAX_NAME_BYTES} bytes of letters, digits, '_', '$' or '-', ` +
      `must not begin with a digit and must not be '__proto__'`,
  );
}

/** A member of an enumeration: any text without control characters, 1 to 255 bytes. */
export function checkMember(name: unknown): string {
  if (isText(name)) return name;
  throw invalidSchema(
    `the enumeration name ${show(name)} cannot be used: it must be 1 to ${MAX_NAME_BYTES} bytes of text without control characters`,
  );
}

function isText(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    name.length > 0 &&
    name.length <= MAX_NAME_BYTES &&
    !NOT_TEXT.test(name) &&
    Buffer.byteLength(name) <= MAX_NAME_BYTES
  );
}

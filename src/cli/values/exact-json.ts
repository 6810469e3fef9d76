/** JSON without silent rounding, and without stack overflows. */
import { PerdureError } from '../../os/index.js';

const LONG_NUMBER = /\d{16}/;
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/**
 * JSON.parse, except that a whole number that a JavaScript number cannot hold exactly comes out as its digits, a string.
 * JSON.parse would round it without a word.
 */
export function parseJson(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  const exact = text.replace(STRING_OR_NUMBER, (token) =>
    /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  );
  return JSON.parse(exact);
}

/** JSON.stringify, for values that somebody else nested. @throws INVALID_INPUT */
export function compactJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new PerdureError('INVALID_INPUT', 'a value is nested too deeply', { cause });
  }
}

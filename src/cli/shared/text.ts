/** Text in shared memory as C programs keep it: characters of one encoding, and a NUL behind them. */
import { PerdureError } from '../../os/index.js';
import { printable } from '../errors.js';

export const ENCODINGS = ['utf8', 'utf16le', 'latin1'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** The bytes of a text. @throws INVALID_VALUE for what the encoding cannot hold */
export function encode(text: string, encoding: Encoding): Buffer {
  const foreign = encoding === 'latin1' ? /[^\0-\xff]/u.exec(text) : null;
  if (foreign) throw new PerdureError('INVALID_VALUE', `latin1 has no character '${foreign[0]}'; use utf8`);
  return Buffer.from(text, encoding);
}

/** The text up to the first NUL, or all of it. */
export function decodeToNul(bytes: Buffer, encoding: Encoding): string {
  if (encoding !== 'utf16le') {
    const end = bytes.indexOf(0);
    return bytes.toString(encoding, 0, end < 0 ? bytes.length : end);
  }
  let end = 0;
  while (end + 1 < bytes.length && (bytes[end] !== 0 || bytes[end + 1] !== 0)) end += 2;
  return bytes.toString(encoding, 0, end);
}

/** Text for stdout: as it is for programs; on a terminal, which it could steer, with its control characters spelled out. */
export function shown(text: string): string {
  if (!process.stdout.isTTY) return text;
  return text
    .split(/([\n\t])/)
    .map((part) => (part === '\n' || part === '\t' ? part : printable(part)))
    .join('');
}

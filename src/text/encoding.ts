/**
 * The encodings of text files: which one a file has, what ends a line in it, and its bytes as strings.
 *
 * What is no valid UTF-8 becomes U+FFFD, as in TextDecoder; a line end is found whatever stands before it. Unpaired
 * surrogates of UTF-16 stay as they are; half a unit at the very end of a file becomes U+FFFD.
 */
import { constants, isAscii } from 'node:buffer';
import { show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import type { LineEnd } from './kernel/scanner.js';
import type { Pages } from './pages.js';

export type TextEncoding = 'utf8' | 'utf16le' | 'utf16be' | 'latin1';

export interface Encoding {
  readonly name: TextEncoding;
  readonly lineEnd: LineEnd;
  /** The bytes of a carriage return. */
  readonly carriageReturn: Uint8Array;
  /** Length in bytes of the byte order mark that the file begins with: 0 where it has none. */
  readonly markBytes: number;
  decode(bytes: Buffer): string;
  encode(text: string): Buffer;
}

/** The most bytes whose text fits one string in every encoding. */
export const MAX_STRING_BYTES = constants.MAX_STRING_LENGTH;

const MARKS: readonly (readonly [TextEncoding, Buffer])[] = [
  ['utf8', Buffer.from([0xef, 0xbb, 0xbf])],
  ['utf16le', Buffer.from([0xff, 0xfe])],
  ['utf16be', Buffer.from([0xfe, 0xff])],
];

const half = (bytes: Buffer) => (bytes.length % 2 === 1 ? '\ufffd' : '');

const CODECS: Readonly<Record<TextEncoding, Omit<Encoding, 'name' | 'markBytes'>>> = {
  utf8: {
    lineEnd: { width: 1, unit: 0x0a },
    carriageReturn: Uint8Array.of(0x0d),
    // Four times as fast where there is nothing to decode, and looking takes next to nothing.
    decode: (bytes) => (isAscii(bytes) ? bytes.toString('latin1') : bytes.toString()),
    encode: (text) => Buffer.from(text),
  },
  utf16le: {
    lineEnd: { width: 2, unit: 0x000a },
    carriageReturn: Uint8Array.of(0x0d, 0),
    decode: (bytes) => bytes.toString('utf16le') + half(bytes),
    encode: (text) => Buffer.from(text, 'utf16le'),
  },
  utf16be: {
    lineEnd: { width: 2, unit: 0x0a00 },
    carriageReturn: Uint8Array.of(0, 0x0d),
    decode: (bytes) => swapped(bytes.subarray(0, bytes.length & ~1)).toString('utf16le') + half(bytes),
    encode: (text) => Buffer.from(text, 'utf16le').swap16(),
  },
  latin1: {
    lineEnd: { width: 1, unit: 0x0a },
    carriageReturn: Uint8Array.of(0x0d),
    decode: (bytes) => bytes.toString('latin1'),
    encode: encodeLatin1,
  },
};

function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes).swap16();
}

function encodeLatin1(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.toString('latin1') === text) return bytes;
  throw new PerdureError('INVALID_ARGUMENT', `${show(text)} holds characters that latin1 has no bytes for`);
}

/** The encoding of a file: what is asked for, else what its byte order mark says, else UTF-8. @throws INVALID_ARGUMENT */
export function encodingOf(pages: Pages, wanted: TextEncoding | 'auto'): Encoding {
  if (wanted !== 'auto' && !Object.hasOwn(CODECS, wanted)) {
    throw new PerdureError(
      'INVALID_ARGUMENT',
      `encoding must be 'auto', 'utf8', 'utf16le', 'utf16be' or 'latin1', not ${show(wanted)}`,
    );
  }
  const start = pages.bytes(0, Math.min(pages.size, 3));
  const mark = MARKS.find(
    ([name, bytes]) =>
      (wanted === 'auto' || wanted === name) && start.subarray(0, bytes.length).equals(bytes),
  );
  const name = wanted === 'auto' ? (mark?.[0] ?? 'utf8') : wanted;
  return { name, markBytes: mark?.[1].length ?? 0, ...CODECS[name] };
}

/** The text of bytes. @throws TOO_LARGE where no string can hold it */
export function decodeWhole(encoding: Encoding, bytes: Buffer, what: string): string {
  try {
    return encoding.decode(bytes);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_STRING_TOO_LONG') throw cause;
    throw new PerdureError(
      'TOO_LARGE',
      `${what} has ${bytes.length} bytes, too many for one string; take its bytes in parts`,
      {
        cause,
      },
    );
  }
}

/** Texts for tests, and what a plain reader that holds the whole file in memory makes of them. */
import fc from 'fast-check';
import type { TextEncoding } from '../../src/text/index.js';

const MARKS: Readonly<Record<TextEncoding, readonly number[]>> = {
  utf8: [0xef, 0xbb, 0xbf],
  utf16le: [0xff, 0xfe],
  utf16be: [0xfe, 0xff],
  latin1: [],
};

/** What a file holds, and how it is to be opened. */
export interface PlainText {
  readonly bytes: Buffer;
  readonly encoding: TextEncoding;
  readonly markBytes: number;
}

export function decode(encoding: TextEncoding, bytes: Uint8Array): string {
  if (encoding === 'latin1') return Buffer.from(bytes).toString('latin1');
  if (encoding === 'utf8') return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const even = Buffer.from(bytes.subarray(0, bytes.length & ~1));
  if (encoding === 'utf16be') even.swap16();
  return even.toString('utf16le') + (bytes.length % 2 === 1 ? '\ufffd' : '');
}

export function encode(encoding: TextEncoding, text: string): Buffer {
  if (encoding === 'utf16be') return Buffer.from(text, 'utf16le').swap16();
  return Buffer.from(text, encoding);
}

export interface PlainLine {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The lines of a file, unit by unit. */
export function plainLines({ bytes, encoding, markBytes }: PlainText): PlainLine[] {
  const width = encoding.startsWith('utf16') ? 2 : 1;
  const unit = (at: number) =>
    width === 1 ? bytes[at]! : encoding === 'utf16le' ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  const lines: PlainLine[] = [];
  let start = markBytes;
  for (let at = markBytes; at + width <= bytes.length; at += width) {
    if (unit(at) !== 0x0a) continue;
    const bare = at - width >= start && unit(at - width) === 0x0d ? at - width : at;
    lines.push({ start, end: bare, text: decode(encoding, bytes.subarray(start, bare)) });
    start = at + width;
  }
  if (start < bytes.length) {
    lines.push({ start, end: bytes.length, text: decode(encoding, bytes.subarray(start)) });
  }
  return lines;
}

/** Pieces that texts are made of: line ends and what looks like them, long lines, and bytes that are no text. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('\n', '\r\n', '\n\n', '\r', 'a', 'line', '', '"', ',') },
  { weight: 2, arbitrary: fc.string({ maxLength: 40, unit: 'grapheme' }) },
  { weight: 1, arbitrary: fc.constantFrom('ਊ', '\u0a0a\u000a', '漢字', '😀', '\u0100', '\u0d0a') },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('x', 'é\n', 'some words of a line\r\n'), fc.integer({ min: 1, max: 4000 }))
      .map(([text, times]) => text.repeat(times)),
  },
  { weight: 1, arbitrary: fc.integer({ min: 65_000, max: 140_000 }).map((length) => 'y'.repeat(length)) },
);
const rawBytes = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes));

export const plainText: fc.Arbitrary<PlainText> = fc
  .record({
    encoding: fc.constantFrom<TextEncoding>('utf8', 'utf16le', 'utf16be', 'latin1'),
    mark: fc.boolean(),
    pieces: fc.array(fc.oneof({ weight: 8, arbitrary: piece }, { weight: 1, arbitrary: rawBytes }), {
      maxLength: 40,
    }),
  })
  .map(({ encoding, mark, pieces }) => {
    const start = Buffer.from(mark ? MARKS[encoding] : []);
    const parts = pieces.map((part) => (typeof part === 'string' ? encode(encoding, part) : part));
    const bytes = Buffer.concat([start, ...parts]);
    const own = Buffer.from(MARKS[encoding]);
    const marked = own.length > 0 && bytes.subarray(0, own.length).equals(own);
    return { bytes, encoding, markBytes: marked ? own.length : 0 };
  });

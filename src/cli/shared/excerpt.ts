/** Which part of shared memory `shm read` and `shm watch` show, and how. */
import type { Argv } from 'yargs';
import type { View } from '../../mapping/index.js';
import { PerdureError } from '../../os/index.js';
import { wholeNumber } from '../commands/command.js';
import { plural } from '../output.js';
import { decodeToNul, ENCODINGS, type Encoding, shown } from './text.js';

export interface Excerpt {
  readonly offset: number | undefined;
  readonly length: number | undefined;
  readonly encoding: Encoding;
  readonly hex: boolean;
  readonly json: boolean;
}

export function excerptOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('offset', {
      type: 'string',
      requiresArg: true,
      coerce: wholeNumber('--offset'),
      describe: 'First byte to look at; 0 unless given',
    })
    .option('length', {
      type: 'string',
      requiresArg: true,
      coerce: wholeNumber('--length'),
      describe: 'How many bytes to look at; to the end unless given',
    })
    .option('encoding', {
      choices: ENCODINGS,
      default: 'utf8' as const,
      describe: 'Of the text; Windows programs write utf16le (wide) or latin1 (ANSI, nearly)',
    })
    .option('hex', {
      type: 'boolean',
      default: false,
      describe: 'All of these bytes in hexadecimal, instead of the text up to the first NUL',
    });
}

/** A copy of the bytes, as they are now. @throws OUT_OF_BOUNDS */
export function excerptOf(view: View, name: string, { offset = 0, length }: Excerpt): Buffer {
  const size = view.length;
  if (offset > size || (length !== undefined && length > size - offset)) {
    const range = length === undefined ? '' : ` and --length ${length}`;
    throw new PerdureError(
      'OUT_OF_BOUNDS',
      `--offset ${offset}${range} reach${length === undefined ? 'es' : ''} beyond '${name}', which has ${plural(size, 'byte')}`,
    );
  }
  return view.read(offset, length ?? size - offset);
}

/** What to print of the bytes, in one or more lines. */
export function excerptText(bytes: Buffer, name: string, how: Excerpt): string {
  const { offset = 0, encoding, hex, json } = how;
  if (hex && !json) return hexDump(bytes, offset);
  const text = hex ? undefined : decodeToNul(bytes, encoding);
  if (!json) return shown(text!);
  const content = hex ? { hex: bytes.toString('hex') } : { text };
  return JSON.stringify({ name, offset, lengthBytes: bytes.length, ...content });
}

const ROW_BYTES = 16;

/** Offset, sixteen bytes, and what of them is ASCII: as `hexdump -C` prints it. */
function hexDump(bytes: Buffer, offset: number): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW_BYTES) {
    const row = bytes.subarray(at, at + ROW_BYTES);
    const hex = row
      .toString('hex')
      .replaceAll(/../g, '$& ')
      .padEnd(3 * ROW_BYTES);
    const ascii = row.toString('latin1').replaceAll(/[^ -~]/g, '.');
    rows.push(`${(offset + at).toString(16).padStart(8, '0')}  ${hex} |${ascii}|`);
  }
  return rows.join('\n');
}

/**
 * What a command prints on stdout: JSON, or tables for people. Colour only on a terminal and where NO_COLOR is unset.
 * A reader that goes away (`| head`) ends the command quietly; output that cannot be written is a failure.
 */
import { once } from 'node:events';
import { styleText } from 'node:util';
import { PerdureError } from '../os/errors.js';
import { EXIT_OK, nodeErrorCode, printable, reportError } from './errors.js';

/**
 * Ends the command when its output cannot be written: without a word where whoever reads it has closed the pipe, else
 * (a full disk) with one line on stderr.
 */
export function endOnOutputError(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Windows reports a closed pipe as EOF.
    if (error.code === 'EPIPE' || error.code === 'EOF') process.exit(EXIT_OK);
    const code = nodeErrorCode(error) ?? 'IO_ERROR';
    const message = `cannot write the output: ${error.message}`;
    process.exit(reportError(new PerdureError(code, message, { cause: error })));
  });
}

/** Writes to a stream at the pace of its reader. */
export async function writeTo(stream: NodeJS.WritableStream, text: string | Uint8Array): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}

/**
 * Writes to stdout, and resolves when the system has taken it: what the process has only in a buffer goes with it when it
 * is killed. An error ends the process (endOnOutputError).
 */
export function handOver(text: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, (error) => {
      if (!error) resolve();
    });
  });
}

export async function print(text: string): Promise<void> {
  await writeTo(process.stdout, `${text}\n`);
}

/** Prints one JSON document, indented. */
export async function printJson(value: unknown): Promise<void> {
  await print(JSON.stringify(value, null, 2));
}

type Style = 'bold' | 'dim' | 'green' | 'red' | 'cyan';

/** Styles text where stdout is a terminal that wants it. */
export function styled(style: Style, text: string): string {
  return process.stdout.isTTY && !process.env.NO_COLOR ? styleText(style, text) : text;
}

/** Numbers are right-aligned: a column whose every cell says so. */
export interface Column {
  title: string;
  right?: boolean;
}

/** A table with a heading; cells are printed as one line each, whatever they hold. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = columns.map(({ title }, at) =>
    cells.reduce((widest, row) => Math.max(widest, displayWidth(row[at]!)), displayWidth(title)),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, at) => align(cell, widths[at]!, columns[at]!.right)).join('  ');
  const heading = styled('bold', line(columns.map(({ title }) => title)).trimEnd());
  return [heading, ...cells.map((row) => line(row).trimEnd())].join('\n');
}

/** Pairs of a name and what it is, the names in one column. */
export function facts(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => displayWidth(name)));
  return pairs.map(([name, what]) => `${styled('dim', align(name, width))}  ${what}`).join('\n');
}

function align(text: string, width: number, right = false): string {
  const space = ' '.repeat(Math.max(width - displayWidth(text), 0));
  return right ? space + text : text + space;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Terminal cells that a text takes: East Asian characters and pictures take two, combining marks none. */
function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** 135233 as '135,233', on every machine. */
export function grouped(value: number | bigint): string {
  return value.toLocaleString('en-US');
}

/** A count of bytes as people say it: '13.5 MB (13,523,456 bytes)'. */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return `${shortByteSize(bytes)} (${grouped(bytes)} bytes)`;
}

/** The same without the exact figure: '13.5 MB'. */
export function shortByteSize(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  let value = bytes;
  for (; value >= 999.95 && unit < units.length - 1; unit++) value /= 1000;
  return unit === 0 ? `${bytes} bytes` : `${value.toFixed(1)} ${units[unit]}`;
}

/** 'one record', '2 records'. */
export function plural(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

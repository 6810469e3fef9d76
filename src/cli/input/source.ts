/** Where the bytes of an input come from. */
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const PIECE_BYTES = 2 ** 18;

export interface Source extends Disposable {
  /** How errors name it. */
  readonly name: string;
  readonly totalBytes: number | undefined;
  /** The bytes from the start. */
  open(): Readable;
}

export function fileSource(path: string, name = `'${path}'`): Source {
  return {
    name,
    totalBytes: statSync(path).size,
    open: () => createReadStream(path, { highWaterMark: PIECE_BYTES }),
    [Symbol.dispose]() {},
  };
}

/** Standard input, which can be read once. */
export function stdin(): Source {
  return { name: STDIN_NAME, totalBytes: undefined, open: () => process.stdin, [Symbol.dispose]() {} };
}

const STDIN_NAME = 'standard input';

/** A stream kept in a temporary file, so that it can be read again. */
export async function spool(stream: Readable): Promise<Source> {
  const folder = mkdtempSync(join(tmpdir(), 'perdure-input-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const path = join(folder, 'input');
    await pipeline(stream, createWriteStream(path));
    return { ...fileSource(path, STDIN_NAME), [Symbol.dispose]: remove };
  } catch (error) {
    remove();
    throw error;
  }
}

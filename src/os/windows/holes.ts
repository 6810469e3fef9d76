/**
 * Holes of a file, and the zeros written into them so that they occupy blocks.
 *
 * Where the file system names its holes (FSCTL_QUERY_ALLOCATED_RANGES), those are filled. Where it cannot (Wine), the
 * part beyond the old length is, and before it every block that reads as zeros. Nothing else is ever written.
 *
 * The work is a generator of reads and writes, so that one algorithm runs on this thread or on another.
 */
import {
  ERROR_CALL_NOT_IMPLEMENTED,
  ERROR_HANDLE_EOF,
  ERROR_INVALID_FUNCTION,
  ERROR_MORE_DATA,
  ERROR_NOT_SUPPORTED,
  win32Error,
} from '../win32-errors.js';
import type { WindowsFile } from './handles.js';
import type { Kernel32 } from './kernel32.js';
import * as abi from './kernel32.js';
import { lastErrorOf } from './last-error.js';

/** The smallest unit in which a file system may keep a hole. */
const BLOCK_BYTES = 512;
const CHUNK_BYTES = 0x10000;
const WRITE_BYTES = 0x100000;

/** The last errors of a call that a file system does not offer. */
export const UNSUPPORTED: ReadonlySet<number> = new Set([
  ERROR_INVALID_FUNCTION,
  ERROR_NOT_SUPPORTED,
  ERROR_CALL_NOT_IMPLEMENTED,
]);

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A positioned read or write, to be answered with the number of bytes that it moved. */
interface Transfer {
  readonly syscall: 'ReadFile' | 'WriteFile';
  readonly buffer: Uint8Array;
  readonly lengthBytes: number;
  readonly at: number;
}

type Transfers = Generator<Transfer, void, number>;

function* writeZeros({ start, end }: Range, zeros: Uint8Array): Transfers {
  for (let at = start; at < end; ) {
    at += yield { syscall: 'WriteFile', buffer: zeros, lengthBytes: Math.min(zeros.length, end - at), at };
  }
}

/** Writes zeros into the blocks that read as zeros: what may be holes where the file system cannot tell. */
function* rewriteZeros({ start, end }: Range, zeros: Uint8Array): Transfers {
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let at = start; at < end; ) {
    const lengthBytes = Math.min(CHUNK_BYTES - (at % CHUNK_BYTES), end - at);
    const read = yield { syscall: 'ReadFile', buffer: chunk, lengthBytes, at };
    if (read === 0) return;
    for (const run of zeroRuns(chunk.subarray(0, read), zeros)) {
      yield* writeZeros({ start: at + run.start, end: at + run.end }, zeros);
    }
    at += read;
  }
}

/** The runs of blocks in a chunk that hold zeros only. */
function zeroRuns(chunk: Uint8Array, zeros: Uint8Array): Range[] {
  const runs: Range[] = [];
  for (let start = 0; start < chunk.length; start += BLOCK_BYTES) {
    const end = Math.min(start + BLOCK_BYTES, chunk.length);
    if (Buffer.compare(chunk.subarray(start, end), zeros.subarray(0, end - start)) !== 0) continue;
    const last = runs.at(-1);
    if (last?.end === start) runs[runs.length - 1] = { start: last.start, end };
    else runs.push({ start, end });
  }
  return runs;
}

/** The holes of a range, or undefined where the file system cannot tell. */
function queryHoles(kernel32: Kernel32, file: WindowsFile, range: Range): Range[] | undefined {
  const holes: Range[] = [];
  const output = new BigInt64Array(256 * abi.ALLOCATED_RANGE_WORDS);
  let at = range.start;
  for (let more = true; more && at < range.end; ) {
    const input = BigInt64Array.of(BigInt(at), BigInt(range.end - at));
    const returned: [number] = [0];
    const done = kernel32.DeviceIoControl(
      file.value,
      abi.FSCTL_QUERY_ALLOCATED_RANGES,
      input,
      input.byteLength,
      output,
      output.byteLength,
      returned,
      null,
    );
    const lastError = done ? 0 : kernel32.GetLastError();
    if (UNSUPPORTED.has(lastError)) return undefined;
    more = lastError === ERROR_MORE_DATA;
    if (lastError !== 0 && !more) throw win32Error(lastError, 'DeviceIoControl', { path: file.path });
    const words = returned[0] / output.BYTES_PER_ELEMENT;
    for (let word = 0; word < words; word += abi.ALLOCATED_RANGE_WORDS) {
      const start = Number(output[word]);
      if (start > at) holes.push({ start: at, end: Math.min(start, range.end) });
      at = Math.max(at, start + Number(output[word + 1]));
    }
  }
  if (at < range.end) holes.push({ start: at, end: range.end });
  return holes;
}

/**
 * The transfers that fill the holes of a range.
 * @param oldLengthBytes beyond it nothing was ever stored
 */
export function* fillHoles(
  kernel32: Kernel32,
  file: WindowsFile,
  range: Range,
  oldLengthBytes: number,
): Transfers {
  const zeros = new Uint8Array(Math.min(WRITE_BYTES, Math.max(CHUNK_BYTES, range.end - range.start)));
  const holes = queryHoles(kernel32, file, range);
  if (holes !== undefined) {
    for (const hole of holes) yield* writeZeros(hole, zeros);
    return;
  }
  const border = Math.min(Math.max(oldLengthBytes, range.start), range.end);
  yield* rewriteZeros({ start: range.start, end: border }, zeros);
  yield* writeZeros({ start: border, end: range.end }, zeros);
}

/** The bytes moved. A read at the end of the file fails with ERROR_HANDLE_EOF, and has moved none. */
function moved(lastError: number, bytes: number, syscall: string, file: WindowsFile): number {
  if (lastError === 0 && (bytes > 0 || syscall === 'ReadFile')) return bytes;
  if (lastError === ERROR_HANDLE_EOF && syscall === 'ReadFile') return 0;
  throw win32Error(lastError, syscall, { path: file.path });
}

/** Runs transfers on this thread. */
export function transfer(kernel32: Kernel32, file: WindowsFile, transfers: Transfers): void {
  for (let step = transfers.next(); !step.done; ) {
    const { syscall, buffer, lengthBytes, at } = step.value;
    const bytes: [number] = [0];
    const done = kernel32[syscall](file.value, buffer, lengthBytes, bytes, abi.overlappedAt(at));
    const lastError = done ? 0 : kernel32.GetLastError();
    step = transfers.next(moved(lastError, bytes[0], syscall, file));
  }
}

/** Runs transfers on other threads, one after the other. The caller holds the file open. */
export async function transferAsync(
  kernel32: Kernel32,
  file: WindowsFile,
  transfers: Transfers,
): Promise<void> {
  for (let step = transfers.next(); !step.done; ) {
    const { syscall, buffer, lengthBytes, at } = step.value;
    const bytes: [number] = [0];
    const lastError = await lastErrorOf(kernel32, (done) =>
      kernel32[syscall].async(file.value, buffer, lengthBytes, bytes, abi.overlappedAt(at), done),
    );
    step = transfers.next(moved(lastError, bytes[0], syscall, file));
  }
}

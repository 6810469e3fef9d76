/** Searching and copying over bytes that may lie in several ArrayBuffers. */
import { PerdureError } from '../os/errors.js';
import { MAX_WINDOW_BYTES } from '../os/memory.js';
import type { Windows } from './windows.js';

/**
 * Searched at a time. Buffer's own search counts in 32 bits: in a Buffer of more than 2 GiB it cuts positions off, both
 * those that it is given and those that it returns.
 */
const SEARCH_BYTES = 2 ** 30;

/** The first position >= from of `needle`, or -1. */
export function indexOf(bytes: Windows, needle: Uint8Array, from: number): number {
  if (needle.length === 0) return from;
  const last = bytes.length - needle.length;
  for (let at = from; at <= last; ) {
    const piece = bytes.piece(at, Math.min(bytes.length - at, SEARCH_BYTES));
    const found = piece.indexOf(needle);
    if (found >= 0) return at + found;
    const seam = at + piece.length;
    if (seam >= bytes.length) return -1;
    const across = Math.max(at, seam - needle.length + 1);
    const foundAcross = copyOut(bytes, across, Math.min(seam + needle.length - 1, bytes.length)).indexOf(
      needle,
    );
    if (foundAcross >= 0) return across + foundAcross;
    at = seam;
  }
  return -1;
}

/** The last position <= from of `needle`, or -1. */
export function lastIndexOf(bytes: Windows, needle: Uint8Array, from: number): number {
  if (needle.length === 0) return Math.min(from, bytes.length);
  let start = Math.min(from, bytes.length - needle.length);
  // A view in several parts has smaller ones than this.
  const partBytes = Math.min(bytes.partBytes, SEARCH_BYTES);
  while (start >= 0) {
    const partStart = Math.floor(start / partBytes) * partBytes;
    const partEnd = Math.min(partStart + partBytes, bytes.length);
    // Matches that begin in this part and end in the next one.
    const across = Math.max(partStart, partEnd - needle.length + 1);
    if (start >= across && partEnd < bytes.length) {
      const seam = copyOut(bytes, across, Math.min(start + needle.length, bytes.length));
      const foundAcross = seam.lastIndexOf(needle);
      if (foundAcross >= 0) return across + foundAcross;
    }
    const within = Math.min(start, partEnd - needle.length);
    if (within >= partStart) {
      const part = bytes.piece(partStart, partEnd - partStart);
      const found = part.lastIndexOf(needle, within - partStart);
      if (found >= 0) return partStart + found;
    }
    start = partStart - 1;
  }
  return -1;
}

/** A heap copy of [from, to). */
export function copyOut(bytes: Windows, from: number, to: number): Buffer {
  if (to - from > MAX_WINDOW_BYTES) {
    throw new PerdureError('TOO_LARGE', `${to - from} bytes do not fit one Buffer; read fewer at a time`);
  }
  const copy = Buffer.allocUnsafe(to - from);
  for (let at = from; at < to; ) {
    const piece = bytes.piece(at, to - at);
    copy.set(piece, at - from);
    at += piece.length;
  }
  return copy;
}

/** Stores `source` at `offset`. */
export function copyIn(bytes: Windows, offset: number, source: Uint8Array): void {
  for (let done = 0; done < source.length; ) {
    const piece = bytes.piece(offset + done, source.length - done);
    piece.set(source.subarray(done, done + piece.length));
    done += piece.length;
  }
}

/** memmove within the bytes: the ranges may overlap. */
export function moveWithin(bytes: Windows, target: number, source: number, length: number): void {
  if (target <= source) {
    for (let done = 0; done < length; ) {
      const from = bytes.piece(source + done, length - done);
      const to = bytes.piece(target + done, from.length);
      to.set(from.subarray(0, to.length));
      done += to.length;
    }
    return;
  }
  for (let left = length; left > 0; ) {
    const step = Math.min(left, endRun(bytes, source + left), endRun(bytes, target + left));
    bytes.piece(target + left - step, step).set(bytes.piece(source + left - step, step));
    left -= step;
  }
}

/** How many bytes before `end` lie in the same part as the last of them. */
function endRun(bytes: Windows, end: number): number {
  return ((end - 1) % bytes.partBytes) + 1;
}

/** A part of a file, as callers give it. */
import { type ByteCount, byteCount, knownOptions, rangeWithin } from '../os/arguments.js';

export interface Range {
  /** First byte; 0 unless given. */
  offset?: ByteCount;
  /** Length in bytes; to the end unless given. */
  length?: ByteCount;
}

/** A range within a file, checked. */
export interface CheckedRange {
  readonly offset: number;
  readonly length: number;
}

/** @throws INVALID_ARGUMENT, OUT_OF_BOUNDS */
export function checkRange(range: Range | undefined, size: number, what: string): CheckedRange {
  if (range !== undefined) knownOptions(range, ['offset', 'length'], 'a range');
  const offset = byteCount(range?.offset ?? 0, 'offset');
  const length = range?.length === undefined ? Math.max(size - offset, 0) : byteCount(range.length, 'length');
  rangeWithin(offset, length, size, what);
  return { offset, length };
}

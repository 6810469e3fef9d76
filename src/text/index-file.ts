/**
 * Keeping a line index beside its text file, and taking it up again.
 *
 * A kept index is taken where the file has the length and the time of change that the index tells, and the same sample; or
 * where it is longer, and the sample of what the index covers is the same: then the rest is counted. Everything else is
 * counted anew. The sample is some 36 pieces of 4 KiB spread over what is covered: a file that was changed in place *and*
 * grew may pass it. A place that then proves wrong is found when a line is looked up there.
 *
 * Invariant: nothing about this file is an error for whoever reads lines: it is a cache.
 */
import * as fs from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Encoding } from './encoding.js';
import type { FileStamp } from './file-stamp.js';
import { decodeIndex, encodeIndex, indexBytes } from './index-format.js';
import { BLOCK_BYTES, LineIndex } from './line-index.js';
import type { Pages } from './pages.js';

export const INDEX_SUFFIX = '.lines';
const SAMPLE_BYTES = 4096;
const SAMPLES = 36;

/** The kept index of the file, as far as it is still right; undefined where there is none. */
export function loadIndex(at: string, pages: Pages, { lineEnd }: Encoding): LineIndex | undefined {
  try {
    const stamp = pages.stamp();
    if (stamp === undefined) return undefined;
    const stored = decodeIndex(readSmall(at, indexBytes(Math.floor(stamp.size / BLOCK_BYTES))));
    if (stored === undefined || stored.width !== lineEnd.width || stored.unit !== lineEnd.unit)
      return undefined;
    const same = stored.fileSize === stamp.size && stored.changedNs === stamp.changedNs;
    const grew = stored.fileSize < stamp.size && stored.inode === stamp.inode;
    const covered = stored.counts.length * BLOCK_BYTES;
    if ((!same && !grew) || covered > pages.size || sampleOf(pages, covered) !== stored.sample)
      return undefined;
    return new LineIndex(stored.counts);
  } catch {
    return undefined;
  }
}

/**
 * Keeps the index.
 * @param stamp the file's before it was counted
 * @returns false where it could not be kept: a folder that cannot be written, a full disk
 */
export function keepIndex(
  at: string,
  index: LineIndex,
  pages: Pages,
  encoding: Encoding,
  stamp: FileStamp,
): boolean {
  const temporary = `${at}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    const { counts, coveredBytes } = index;
    const { width, unit } = encoding.lineEnd;
    const sample = sampleOf(pages, coveredBytes);
    const { size, changedNs, inode } = stamp;
    // A file that grew while it was counted: the index covers more than the stamp tells, and would not be taken up.
    const fileSize = Math.max(size, coveredBytes);
    const bytes = encodeIndex({ fileSize, changedNs, inode, sample, width, unit, counts });
    // Whoever may read the text may read where its lines are, and nobody else.
    fs.writeFileSync(temporary, bytes, { flag: 'wx', mode: fs.statSync(pages.path).mode & 0o666 });
    fs.renameSync(temporary, at);
    return true;
  } catch {
    try {
      fs.rmSync(temporary, { force: true });
    } catch {
      // The folder is no folder: there is nothing to remove.
    }
    return false;
  }
}

/** A file's bytes, unless it is longer than it may be. */
function readSmall(path: string, maxBytes: number): Buffer {
  const fd = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile() || stat.size > maxBytes) return Buffer.alloc(0);
    const bytes = Buffer.alloc(stat.size);
    return bytes.subarray(0, fs.readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    fs.closeSync(fd);
  }
}

/** The checksum of pieces of the first `covered` bytes: the first, the last, and others evenly between them. */
function sampleOf(pages: Pages, covered: number): number {
  const piece = Buffer.alloc(SAMPLE_BYTES);
  let crc = 0;
  for (let sample = 0; sample < SAMPLES && covered > 0; sample++) {
    const at = Math.floor(((covered - SAMPLE_BYTES) * sample) / (SAMPLES - 1));
    pages.read(piece, at, SAMPLE_BYTES);
    crc = crc32(piece, crc);
  }
  return crc;
}

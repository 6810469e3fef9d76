/** What a helper thread does: counts the line ends of a range of blocks. */
import { type LineEnd, threadScanner } from '../kernel/scanner.js';
import { BLOCK_BYTES, STEP_BYTES } from '../line-index.js';
import { Pages } from '../pages.js';

export interface CountJob {
  readonly path: string;
  /** The number of the file in its file system: another one at the same path is not counted. */
  readonly inode: bigint;
  readonly lineEnd: LineEnd;
  /** Blocks [from, to). */
  readonly from: number;
  readonly to: number;
  /** Words shared with the thread that waits: 0 is set where the work is to be given up, `slot` tells the blocks done. */
  readonly words: Int32Array;
  readonly slot: number;
}

/**
 * By position, not by mapping: nothing that others do to the file can end the process, and with the copy into the
 * scanner's memory, which a mapping needs too, it is as fast.
 * @returns undefined where it was given up, or the file is another one
 */
export function countBlocks({
  path,
  inode,
  lineEnd,
  from,
  to,
  words,
  slot,
}: CountJob): Uint16Array | undefined {
  using pages = new Pages(path, 'copied');
  if (pages.stamp()?.inode !== inode) return undefined;
  const scanner = threadScanner();
  const counts = new Uint16Array(to - from);
  const stepBlocks = STEP_BYTES / BLOCK_BYTES;
  for (let block = from; block < to; block += stepBlocks) {
    if (Atomics.load(words, 0) !== 0) return undefined;
    const blocks = Math.min(stepBlocks, to - block);
    pages.read(scanner.input, block * BLOCK_BYTES, blocks * BLOCK_BYTES);
    for (let at = 0; at < blocks; at++) {
      counts[block - from + at] = scanner.count(lineEnd, at * BLOCK_BYTES, (at + 1) * BLOCK_BYTES);
    }
    Atomics.store(words, slot, block - from + blocks);
  }
  return counts;
}

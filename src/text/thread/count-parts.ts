/** What a helper thread does: counts the line ends of the parts that it claims. */
import { type LineEnd, threadScanner } from '../kernel/scanner.js';
import { BLOCK_BYTES, STEP_BYTES } from '../line-index.js';
import { Pages } from '../pages.js';
import { Parts } from './parts.js';

export interface CountJob {
  readonly path: string;
  /** The number of the file in its file system: another one at the same path is not counted. */
  readonly inode: bigint;
  readonly lineEnd: LineEnd;
  /** Blocks [first, end) are counted. */
  readonly first: number;
  readonly end: number;
  /** See `Parts`. */
  readonly memory: SharedArrayBuffer;
}

/**
 * By position, not by mapping: nothing that others do to the file can end the process, and with the copy into the
 * scanner's memory, which a mapping needs too, it is as fast.
 */
export function countParts({ path, inode, lineEnd, first, end, memory }: CountJob): void {
  const parts = new Parts(first, end, memory);
  if (parts.isGivenUp) return;
  using pages = new Pages(path, 'copied');
  if (pages.stamp()?.inode !== inode) return;
  const scanner = threadScanner();
  parts.start();
  for (let part = parts.claimLast(); part >= 0; part = parts.claimLast()) {
    const { from, to } = parts.blocksOf(part);
    const counts = parts.countsOf(part);
    for (let block = from; block < to; ) {
      if (parts.isGivenUp) return;
      const blocks = Math.min(STEP_BYTES / BLOCK_BYTES, to - block);
      pages.read(scanner.input, block * BLOCK_BYTES, blocks * BLOCK_BYTES);
      for (let at = 0; at < blocks; at++)
        counts[block - from + at] = scanner.count(lineEnd, at * BLOCK_BYTES, (at + 1) * BLOCK_BYTES);
      block += blocks;
    }
    parts.finish(part);
  }
}

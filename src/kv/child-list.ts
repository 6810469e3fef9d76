/**
 * The children of branches that are to be written: each with its page, and the separator that goes before it. A separator
 * lies in a node where it came from, or was made for the commit.
 */
import type { Cell } from './cell.js';
import type { KeyBuffer } from './key-buffer.js';
import type { PageMemory } from './page-memory.js';

/** Bytes, or a cell of a branch; the first child of a tree has none. */
export interface Separator {
  readonly bytes?: Uint8Array;
  readonly memory?: PageMemory;
  readonly node: number;
  readonly index: number;
}

export const NO_SEPARATOR: Separator = { node: 0, index: 0 };

export class ChildList {
  readonly separators: Separator[] = [];
  readonly pages: number[] = [];
  readonly sums: number[] = [];
  readonly counts: number[] = [];
  readonly recents: boolean[] = [];

  get length(): number {
    return this.pages.length;
  }

  push(separator: Separator, page: number, sum: number, count: number, isRecent: boolean): void {
    this.separators.push(separator);
    this.pages.push(page);
    this.sums.push(sum);
    this.counts.push(count);
    this.recents.push(isRecent);
  }

  /** Adds the children of another list. */
  append(other: ChildList): void {
    for (let index = 0; index < other.length; index++) {
      this.push(
        other.separators[index],
        other.pages[index],
        other.sums[index],
        other.counts[index],
        other.recents[index],
      );
    }
  }

  /** Reads a child's separator as a key. */
  readKey(index: number, cell: Cell, into: KeyBuffer): void {
    const separator = this.separators[index];
    if (separator.bytes) into.set(separator.bytes);
    else if (separator.memory) {
      cell.read(separator.memory, separator.node, separator.index);
      into.end(cell.copyKey(into.memory));
    } else into.end(0);
  }
}

/** Children that go into the place of the children [from, to) of a branch. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly list: ChildList;
}

/**
 * The mapped file as ArrayBuffers: memories of one size, each made when a page of it is first asked for.
 *
 * V8 counts an ArrayBuffer over mapped memory as memory of its own, and collects garbage when that has grown by some 64 MiB: one
 * buffer over a store of 120 MB cost 10 ms at its opening. So the first memories have small buffers of their own. Later ones are
 * parts of blocks, which grow with what there is already: reading all of a store costs as many collections as it has doublings.
 *
 * Invariants:
 * - a view begins where a memory begins, and each memory is in the last view that it is in whole or begins in;
 * - the last memory of a view, where the view ends within it, has a buffer of its own: it is made anew when the file has grown;
 * - blocks hold whole memories of one view, and stay as long as that.
 */
import type { MappedView } from '../../os/memory.js';
import { PageMemory } from '../page-memory.js';

/** A block has `2 ** level` memories. */
const MAX_LEVEL = 7;

/** Stands for a memory that nobody has asked for yet. */
const UNMADE = new PageMemory(new ArrayBuffer(0));

/** A piece of the file in one buffer. */
interface Block {
  readonly offset: number;
  readonly buffer: ArrayBuffer;
}

/** A view that is not needed by the store itself any more, or one buffer of it. */
export interface Outgrown {
  readonly view: MappedView;
  readonly buffer?: ArrayBuffer;
}

export class Windows {
  /** In the order of the file. They must have been asked for by `memory`. */
  readonly memories: PageMemory[] = [];
  /** In the order of the file. */
  readonly views: MappedView[] = [];
  /** Bytes of a memory. The last may have less. */
  readonly #bytes: number;
  readonly #blocks = new Map<number, Block>();
  /** Bytes of all buffers so far. */
  #taken = 0;

  constructor(memoryBytes: number) {
    this.#bytes = memoryBytes;
  }

  /** The end of what is mapped. */
  get end(): number {
    const last = this.views.at(-1);
    return last === undefined ? 0 : last.offset + last.lengthBytes;
  }

  /** Where a view has to begin that goes on where the last one ends. */
  get nextOffset(): number {
    return this.end - (this.end % this.#bytes);
  }

  /** Adds a view from `nextOffset` on, and tells what it takes the place of. */
  add(view: MappedView): Outgrown | undefined {
    const index = view.offset / this.#bytes;
    const memory = this.memories.at(index);
    const before = this.views.at(-1);
    const isWhole = before?.offset === view.offset;
    if (isWhole) this.views.pop();
    this.views.push(view);
    for (let at = this.memories.length * this.#bytes; at < this.end; at += this.#bytes)
      this.memories.push(UNMADE);
    const isMade = memory !== undefined && memory !== UNMADE;
    // Its pages are known to be good: nobody asks for the memory before reading them.
    if (isMade) this.memories[index] = this.#own(index);
    if (isWhole) return { view: before };
    return isMade ? { view: before!, buffer: memory.u8.buffer as ArrayBuffer } : undefined;
  }

  /** A memory that is mapped. */
  memory(index: number): PageMemory {
    const memory = this.memories[index];
    if (memory !== UNMADE) return memory;
    const made = this.#ofBlock(index) ?? this.#own(index);
    this.memories[index] = made;
    return made;
  }

  /** Bytes of the file that are mapped; undefined where no buffer has them all. */
  bytes(offset: number, lengthBytes: number): Uint8Array | undefined {
    const first = Math.floor(offset / this.#bytes);
    const last = Math.floor((offset + lengthBytes - 1) / this.#bytes);
    if (last <= first) {
      const at = offset - first * this.#bytes;
      return this.memory(first).u8.subarray(at, at + lengthBytes);
    }
    const level = 32 - Math.clz32(first ^ last);
    const block = level <= MAX_LEVEL ? this.#block(level, first >>> level) : undefined;
    if (block === undefined || offset + lengthBytes > block.offset + block.buffer.byteLength)
      return undefined;
    return new Uint8Array(block.buffer, offset - block.offset, lengthBytes);
  }

  /** A memory as a part of a block not larger than all that was made before. */
  #ofBlock(index: number): PageMemory | undefined {
    const largest = 31 - Math.clz32(Math.max(1, Math.floor(this.#taken / this.#bytes)));
    for (let level = Math.min(largest, MAX_LEVEL); level > 0; level--) {
      const block = this.#block(level, index >>> level);
      if (block === undefined) continue;
      const at = index * this.#bytes - block.offset;
      if (at + this.#bytes <= block.buffer.byteLength) return new PageMemory(block.buffer, at, this.#bytes);
    }
    return undefined;
  }

  #own(index: number): PageMemory {
    const offset = index * this.#bytes;
    const view = this.#viewAt(offset);
    return new PageMemory(this.#window(view, offset, Math.min(offset + this.#bytes, endOf(view))));
  }

  /** The whole memories of the first view of a block; undefined where it is not that view's. */
  #block(level: number, number: number): Block | undefined {
    const key = number * (MAX_LEVEL + 1) + level;
    const known = this.#blocks.get(key);
    if (known !== undefined) return known;
    const offset = number * this.#bytes * 2 ** level;
    const view = this.#viewAt(offset);
    const end = Math.min(offset + this.#bytes * 2 ** level, endOf(view) - (endOf(view) % this.#bytes));
    if (view.offset > offset || end <= offset + this.#bytes) return undefined;
    const block = { offset, buffer: this.#window(view, offset, end) };
    this.#blocks.set(key, block);
    return block;
  }

  #window(view: MappedView, offset: number, end: number): ArrayBuffer {
    this.#taken += end - offset;
    return view.window(offset - view.offset, end - offset);
  }

  #viewAt(offset: number): MappedView {
    const views = this.views;
    let index = views.length - 1;
    while (index > 0 && views[index].offset > offset) index--;
    return views[index];
  }
}

function endOf(view: MappedView): number {
  return view.offset + view.lengthBytes;
}

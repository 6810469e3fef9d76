/**
 * A stretch of memory that holds pages: a segment of the mapping, or a chunk of the heap. It is the one notion of where a
 * page lives: whatever reads a node takes a `PageMemory` and the node's offset in it.
 *
 * At most 1 GiB each, so that every offset is a small integer to the engine, and because Node 20 limits one ArrayBuffer to
 * 4 GiB. The views are of one kind whether the memory is mapped or not, so that what reads them stays monomorphic.
 */
export const MAX_MEMORY_BYTES = 2 ** 30;

export class PageMemory {
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  /** For unaligned numbers. */
  readonly data: DataView;
  /** For texts: the same bytes as a Buffer. */
  readonly text: Buffer;

  constructor(
    readonly buffer: ArrayBuffer,
    readonly offset = 0,
    length = buffer.byteLength - offset,
  ) {
    if (length > MAX_MEMORY_BYTES)
      throw new RangeError(`a page memory has at most 1 GiB, not ${length} bytes`);
    this.u8 = new Uint8Array(buffer, offset, length);
    this.u16 = new Uint16Array(buffer, offset, length >> 1);
    this.u32 = new Uint32Array(buffer, offset, length >> 2);
    this.data = new DataView(buffer, offset, length);
    this.text = Buffer.from(buffer, offset, length);
  }
}

/** Bytes of a memory as an array of their own: half the time of a `subarray`. */
export function bytesOf({ buffer, offset }: PageMemory, start: number, end: number): Uint8Array {
  return new Uint8Array(buffer, offset + start, end - start);
}

/** Beyond this length `set` with a `subarray` beats a loop over unaligned words; at 40 bytes the loop takes half its time. */
const SHORT_BYTES = 144;

/** Copies bytes between memories. The two stretches have nothing in common. */
export function copyBytes(to: PageMemory, at: number, from: PageMemory, start: number, length: number): void {
  if (length > SHORT_BYTES) {
    to.u8.set(from.u8.subarray(start, start + length), at);
    return;
  }
  const target = to.data;
  const source = from.data;
  let done = 0;
  // Four words at a time take two thirds of the time of one at a time.
  for (; done + 16 <= length; done += 16) {
    const first = source.getInt32(start + done, true);
    const second = source.getInt32(start + done + 4, true);
    const third = source.getInt32(start + done + 8, true);
    const fourth = source.getInt32(start + done + 12, true);
    target.setInt32(at + done, first, true);
    target.setInt32(at + done + 4, second, true);
    target.setInt32(at + done + 8, third, true);
    target.setInt32(at + done + 12, fourth, true);
  }
  for (; done + 4 <= length; done += 4) target.setInt32(at + done, source.getInt32(start + done, true), true);
  for (; done < length; done++) to.u8[at + done] = from.u8[start + done];
}

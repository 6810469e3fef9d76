/**
 * A stretch of whole records in memory, as typed arrays of every kind.
 *
 * Natural alignment makes it legal to reach a field at byte `o` as element `o / size` of the array of its type, which
 * is the fastest access that JavaScript has. A detached window (its file was closed) has length 0: reads give undefined.
 *
 * `guard` holds one byte for each 4 KiB page: 1 where records that begin in it may be stored into without further ado.
 * Writers look at that byte first. What makes it 1 (`Access.admit`) refuses read-only and closed files and notes the
 * page for the next flush, so that one byte load stands for all of these checks.
 */

/** The unit of `guard`, as a shift: 4 KiB. */
export const PAGE_SHIFT = 12;

export class Window {
  readonly u8: Uint8Array;
  readonly i8: Int8Array;
  readonly u16: Uint16Array;
  readonly i16: Int16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly u64: BigUint64Array;
  readonly i64: BigInt64Array;
  /** The same bytes, for texts. */
  readonly buffer: Buffer;
  readonly guard: Uint8Array;

  /**
   * @param bytes begins at a multiple of 8 of its ArrayBuffer
   * @param path the file or the shared memory, for messages
   * @param first the index of the first record in it
   * @param count how many records it holds
   */
  constructor(
    bytes: Buffer,
    readonly path: string,
    readonly first: number,
    readonly count: number,
  ) {
    const { buffer, byteOffset, length } = bytes;
    this.buffer = bytes;
    this.u8 = new Uint8Array(buffer, byteOffset, length);
    this.i8 = new Int8Array(buffer, byteOffset, length);
    this.u16 = new Uint16Array(buffer, byteOffset, length >>> 1);
    this.i16 = new Int16Array(buffer, byteOffset, length >>> 1);
    this.u32 = new Uint32Array(buffer, byteOffset, length >>> 2);
    this.i32 = new Int32Array(buffer, byteOffset, length >>> 2);
    this.f32 = new Float32Array(buffer, byteOffset, length >>> 2);
    this.f64 = new Float64Array(buffer, byteOffset, length >>> 3);
    this.u64 = new BigUint64Array(buffer, byteOffset, length >>> 3);
    this.i64 = new BigInt64Array(buffer, byteOffset, length >>> 3);
    this.guard = new Uint8Array((length >>> PAGE_SHIFT) + 1);
  }
}

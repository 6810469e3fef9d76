/**
 * Typed reads and writes of single numbers at any offset of a view, little-endian unless told otherwise.
 *
 * One comparison stands before the DataView while the view fits one ArrayBuffer: `#readable` is then the view's length,
 * and -1 sends every other case (closed, not yet taken, more than one part) to the slow path, which checks everything.
 */
import { type ByteCount, show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import { copyIn, copyOut } from './search.js';
import type { Windows } from './windows.js';

/** The most that a scalar takes, in bytes. */
const SCALAR_BYTES = 8;

export abstract class Scalars {
  #data = new DataView(new ArrayBuffer(0));
  #readable = -1;
  #writable = -1;
  readonly #scratch = new DataView(new ArrayBuffer(SCALAR_BYTES));

  /** The bytes. @throws CLOSED */
  protected abstract windows(): Windows;
  /** The same, for writing. @throws READ_ONLY */
  protected abstract writableWindows(): Windows;
  /** @throws OUT_OF_BOUNDS, INVALID_ARGUMENT */
  protected abstract range(offset: ByteCount, length: ByteCount): { offset: number; length: number };
  /** Notes a store. */
  protected abstract written(offset: number, length: number): void;
  abstract readonly writable: boolean;

  getUint8(offset: ByteCount): number {
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#readable - 1)
      return this.#data.getUint8(offset);
    return this.#gather(offset, 1).getUint8(0);
  }

  /** @throws INVALID_VALUE unless `value` is 0 to 255 */
  setUint8(offset: ByteCount, value: number): void {
    if (typeof value !== 'number' || !((value & 0xff) === value))
      throw invalidValue('Uint8', '0 to 255', value);
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#writable - 1) {
      this.#data.setUint8(offset, value);
      this.written(offset, 1);
    } else {
      const at = this.#scatterable(offset, 1);
      this.#scratch.setUint8(0, value);
      this.#scatter(at, 1);
    }
  }

  getInt8(offset: ByteCount): number {
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#readable - 1)
      return this.#data.getInt8(offset);
    return this.#gather(offset, 1).getInt8(0);
  }

  /** @throws INVALID_VALUE unless `value` is -128 to 127 */
  setInt8(offset: ByteCount, value: number): void {
    if (typeof value !== 'number' || !((value << 24) >> 24 === value))
      throw invalidValue('Int8', '-128 to 127', value);
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#writable - 1) {
      this.#data.setInt8(offset, value);
      this.written(offset, 1);
    } else {
      const at = this.#scatterable(offset, 1);
      this.#scratch.setInt8(0, value);
      this.#scatter(at, 1);
    }
  }

  getUint16(offset: ByteCount, littleEndian = true): number {
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#readable - 2)
      return this.#data.getUint16(offset, littleEndian);
    return this.#gather(offset, 2).getUint16(0, littleEndian);
  }

  /** @throws INVALID_VALUE unless `value` is 0 to 65535 */
  setUint16(offset: ByteCount, value: number, littleEndian = true): void {
    if (typeof value !== 'number' || !((value & 0xffff) === value))
      throw invalidValue('Uint16', '0 to 65535', value);
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#writable - 2) {
      this.#data.setUint16(offset, value, littleEndian);
      this.written(offset, 2);
    } else {
      const at = this.#scatterable(offset, 2);
      this.#scratch.setUint16(0, value, littleEndian);
      this.#scatter(at, 2);
    }
  }

  getInt16(offset: ByteCount, littleEndian = true): number {
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#readable - 2)
      return this.#data.getInt16(offset, littleEndian);
    return this.#gather(offset, 2).getInt16(0, littleEndian);
  }

  /** @throws INVALID_VALUE unless `value` is -32768 to 32767 */
  setInt16(offset: ByteCount, value: number, littleEndian = true): void {
    if (typeof value !== 'number' || !((value << 16) >> 16 === value))
      throw invalidValue('Int16', '-32768 to 32767', value);
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#writable - 2) {
      this.#data.setInt16(offset, value, littleEndian);
      this.written(offset, 2);
    } else {
      const at = this.#scatterable(offset, 2);
      this.#scratch.setInt16(0, value, littleEndian);
      this.#scatter(at, 2);
    }
  }

  getUint32(offset: ByteCount, littleEndian = true): number {
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#readable - 4)
      return this.#data.getUint32(offset, littleEndian);
    return this.#gather(offset, 4).getUint32(0, littleEndian);
  }

  /** @throws INVALID_VALUE unless `value` is 0 to 2^32 - 1 */
  setUint32(offset: ByteCount, value: number, littleEndian = true): void {
    if (typeof value !== 'number' || !(value >>> 0 === value))
      throw invalidValue('Uint32', '0 to 2^32 - 1', value);
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#writable - 4) {
      this.#data.setUint32(offset, value, littleEndian);
      this.written(offset, 4);
    } else {
      const at = this.#scatterable(offset, 4);
      this.#scratch.setUint32(0, value, littleEndian);
      this.#scatter(at, 4);
    }
  }

  getInt32(offset: ByteCount, littleEndian = true): number {
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#readable - 4)
      return this.#data.getInt32(offset, littleEndian);
    return this.#gather(offset, 4).getInt32(0, littleEndian);
  }

  /** @throws INVALID_VALUE unless `value` is -2^31 to 2^31 - 1 */
  setInt32(offset: ByteCount, value: number, littleEndian = true): void {
    if (typeof value !== 'number' || !((value | 0) === value))
      throw invalidValue('Int32', '-2^31 to 2^31 - 1', value);
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#writable - 4) {
      this.#data.setInt32(offset, value, littleEndian);
      this.written(offset, 4);
    } else {
      const at = this.#scatterable(offset, 4);
      this.#scratch.setInt32(0, value, littleEndian);
      this.#scatter(at, 4);
    }
  }

  getBigUint64(offset: ByteCount, littleEndian = true): bigint {
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#readable - 8)
      return this.#data.getBigUint64(offset, littleEndian);
    return this.#gather(offset, 8).getBigUint64(0, littleEndian);
  }

  /** @throws INVALID_VALUE unless `value` is 0n to 2n ** 64n - 1n */
  setBigUint64(offset: ByteCount, value: bigint, littleEndian = true): void {
    if (!(typeof value === 'bigint' && BigInt.asUintN(64, value) === value))
      throw invalidValue('BigUint64', '0n to 2n ** 64n - 1n', value);
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#writable - 8) {
      this.#data.setBigUint64(offset, value, littleEndian);
      this.written(offset, 8);
    } else {
      const at = this.#scatterable(offset, 8);
      this.#scratch.setBigUint64(0, value, littleEndian);
      this.#scatter(at, 8);
    }
  }

  getBigInt64(offset: ByteCount, littleEndian = true): bigint {
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#readable - 8)
      return this.#data.getBigInt64(offset, littleEndian);
    return this.#gather(offset, 8).getBigInt64(0, littleEndian);
  }

  /** @throws INVALID_VALUE unless `value` is -(2n ** 63n) to 2n ** 63n - 1n */
  setBigInt64(offset: ByteCount, value: bigint, littleEndian = true): void {
    if (!(typeof value === 'bigint' && BigInt.asIntN(64, value) === value))
      throw invalidValue('BigInt64', '-(2n ** 63n) to 2n ** 63n - 1n', value);
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#writable - 8) {
      this.#data.setBigInt64(offset, value, littleEndian);
      this.written(offset, 8);
    } else {
      const at = this.#scatterable(offset, 8);
      this.#scratch.setBigInt64(0, value, littleEndian);
      this.#scatter(at, 8);
    }
  }

  getFloat32(offset: ByteCount, littleEndian = true): number {
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#readable - 4)
      return this.#data.getFloat32(offset, littleEndian);
    return this.#gather(offset, 4).getFloat32(0, littleEndian);
  }

  /** @throws INVALID_VALUE unless `value` is a number */
  setFloat32(offset: ByteCount, value: number, littleEndian = true): void {
    if (!(typeof value === 'number')) throw invalidValue('Float32', 'a number', value);
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#writable - 4) {
      this.#data.setFloat32(offset, value, littleEndian);
      this.written(offset, 4);
    } else {
      const at = this.#scatterable(offset, 4);
      this.#scratch.setFloat32(0, value, littleEndian);
      this.#scatter(at, 4);
    }
  }

  getFloat64(offset: ByteCount, littleEndian = true): number {
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#readable - 8)
      return this.#data.getFloat64(offset, littleEndian);
    return this.#gather(offset, 8).getFloat64(0, littleEndian);
  }

  /** @throws INVALID_VALUE unless `value` is a number */
  setFloat64(offset: ByteCount, value: number, littleEndian = true): void {
    if (!(typeof value === 'number')) throw invalidValue('Float64', 'a number', value);
    if (typeof offset === 'number' && offset >>> 0 === offset && offset <= this.#writable - 8) {
      this.#data.setFloat64(offset, value, littleEndian);
      this.written(offset, 8);
    } else {
      const at = this.#scatterable(offset, 8);
      this.#scratch.setFloat64(0, value, littleEndian);
      this.#scatter(at, 8);
    }
  }

  protected closeScalars(): void {
    this.#readable = -1;
    this.#writable = -1;
    this.#data = new DataView(new ArrayBuffer(0));
  }

  /** The scalar at `offset`, copied to the front of a DataView. */
  #gather(offset: ByteCount, size: number): DataView {
    const windows = this.windows();
    const at = this.range(offset, size).offset;
    this.#take(windows);
    const copy = copyOut(windows, at, at + size);
    return new DataView(copy.buffer, copy.byteOffset, size);
  }

  #scatterable(offset: ByteCount, size: number): number {
    const windows = this.writableWindows();
    const at = this.range(offset, size).offset;
    this.#take(windows);
    return at;
  }

  #scatter(offset: number, size: number): void {
    copyIn(this.windows(), offset, new Uint8Array(this.#scratch.buffer, 0, size));
    this.written(offset, size);
  }

  /** Makes the fast path ready, where one ArrayBuffer covers the view. */
  #take(windows: Windows): void {
    if (!windows.whole || this.#readable >= 0) return;
    const { buffer, byteOffset, length } = windows.part(0);
    this.#data = new DataView(buffer as ArrayBuffer, byteOffset, length);
    this.#readable = length;
    if (this.writable) this.#writable = length;
  }
}

/** The error of a value that its type cannot hold. */
export function invalidValue(what: string, wanted: string, value: unknown): PerdureError {
  return new PerdureError('INVALID_VALUE', `${what} takes ${wanted}, not ${show(value)}`);
}

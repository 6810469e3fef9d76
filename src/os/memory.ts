/**
 * Mapped memory: the only place where an address becomes an ArrayBuffer, and where it stops being one.
 *
 *   address of the mapping (allocation granularity)
 *   |<-- slack -->|<------------- lengthBytes ------------->|
 *   +-------------+-----------------------------------------+
 *                 ^ address                 window(o, n): any number of ArrayBuffers inside it
 *
 * Invariants:
 * - a window never reaches outside the view, nor beyond what this Node.js can hold in one ArrayBuffer (V8 aborts the
 *   process above it, uncatchably, so the length is checked before);
 * - every window is detached before its memory is unmapped;
 * - memory is not unmapped while a system call that was started on it is still running (`pin`).
 */
import { constants } from 'node:buffer';
import koffi from 'koffi';
import { rangeWithin } from './arguments.js';
import { detachArrayBuffer } from './detach.js';
import { PerdureError } from './errors.js';

/** The longest ArrayBuffer: 4 GiB on Node 20, 2^53 - 1 from Node 22 on. */
export const MAX_WINDOW_BYTES = constants.MAX_LENGTH;

function createArrayBuffer(address: number, lengthBytes: number): ArrayBuffer {
  if (lengthBytes === 0) return new ArrayBuffer(0);
  if (lengthBytes > MAX_WINDOW_BYTES) {
    throw new PerdureError(
      'TOO_LARGE',
      `${lengthBytes} bytes do not fit one ArrayBuffer: Node.js ${process.versions.node} allows ${MAX_WINDOW_BYTES}; take a smaller range`,
    );
  }
  try {
    return koffi.view(address, lengthBytes);
  } catch (cause) {
    throw new PerdureError(
      'UNSUPPORTED',
      `this runtime does not allow ArrayBuffers over mapped memory (Electron forbids them); run under Node.js`,
      { cause },
    );
  }
}

/** What MapViewOfFile returns: a mapped range of a file, from which ArrayBuffers are taken. */
export class MappedView {
  readonly lengthBytes: number;
  /** The offset in the file mapping at which the view begins. */
  readonly offset: number;
  /** The FILE_MAP_* access it was mapped with. */
  readonly desiredAccess: number;
  readonly #address: number;
  readonly #windows = new Set<ArrayBuffer>();
  #pins = 0;
  #unmap: (() => void) | undefined;
  #closing = false;
  /** A window was transferred to a buffer that is not ours. */
  #aliased = false;
  #buffer: ArrayBuffer | undefined;

  /** @internal Made by the implementations of the contract only. */
  constructor(
    address: number,
    lengthBytes: number,
    offset: number,
    desiredAccess: number,
    unmap: () => void,
  ) {
    this.#address = address;
    this.lengthBytes = lengthBytes;
    this.offset = offset;
    this.desiredAccess = desiredAccess;
    this.#unmap = unmap;
  }

  /** The base address, as MapViewOfFileEx takes it. Informative: nothing reads memory by it. */
  get baseAddress(): bigint {
    return BigInt(this.#address);
  }

  /** True once the view was unmapped. */
  get closed(): boolean {
    return this.#closing;
  }

  /** The whole view as one ArrayBuffer. @throws TOO_LARGE where it exceeds what Node.js can hold */
  get buffer(): ArrayBuffer {
    this.#buffer ??= this.window(0, this.lengthBytes);
    return this.#buffer;
  }

  /**
   * An ArrayBuffer over [offset, offset + lengthBytes) of the view. It is detached when the view is unmapped.
   * @throws CLOSED, OUT_OF_BOUNDS, TOO_LARGE, UNSUPPORTED
   */
  window(offset: number, lengthBytes: number): ArrayBuffer {
    this.addressOf(offset, lengthBytes);
    const buffer = createArrayBuffer(this.#address + offset, lengthBytes);
    if (lengthBytes > 0) this.#windows.add(buffer);
    return buffer;
  }

  /** Detaches one window before the rest. Harmless when repeated. */
  release(buffer: ArrayBuffer): void {
    if (this.#windows.delete(buffer)) this.#detach(buffer);
  }

  /** @internal The address of a range of the view, for a system call. @throws CLOSED, OUT_OF_BOUNDS */
  addressOf(offset: number, lengthBytes: number): number {
    if (this.#closing) throw new PerdureError('CLOSED', 'the view was unmapped');
    rangeWithin(offset, lengthBytes, this.lengthBytes, 'view');
    return this.#address + offset;
  }

  /** @internal Keeps the memory mapped until the returned function is called, for a system call in another thread. */
  pin(): () => void {
    this.#pins++;
    let pinned = true;
    return () => {
      if (!pinned) return;
      pinned = false;
      this.#pins--;
      this.#unmapWhenIdle();
    };
  }

  /** @internal Detaches every window, then unmaps as soon as no system call uses the memory. Harmless when repeated. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    for (const buffer of this.#windows) this.#detach(buffer);
    this.#windows.clear();
    this.#buffer = undefined;
    this.#unmapWhenIdle();
  }

  /**
   * A window that somebody else detached lives on as an alias in the result of their `transfer()`. Unmapping would turn
   * that into a dangling pointer, so the memory stays mapped for good: a leak is better than a crash.
   */
  #detach(buffer: ArrayBuffer): void {
    if (buffer.byteLength === 0) this.#aliased = true;
    else detachArrayBuffer(buffer);
  }

  #unmapWhenIdle(): void {
    if (!this.#closing || this.#pins > 0 || this.#aliased) return;
    const unmap = this.#unmap;
    this.#unmap = undefined;
    unmap?.();
  }
}

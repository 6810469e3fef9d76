/**
 * The bytes of an open file, wherever they come from: mapped window by window, or read by position into memory.
 *
 * Invariants:
 * - bytes leave only as copies: no view of a mapping is handed out, so that windows come and go as they like;
 * - before each copy from a mapping (256 KiB at most; up to 16 KiB are read by position in any case) the file's length is
 *   looked at: what somebody else cut off is an error, FILE_CHANGED. Between that look and the copy, some tens of
 *   microseconds, a file that is cut kills the process on POSIX; only reading by position has no such moment;
 * - a mapped file that was seen to change its length is read by position from then on: who writes may also cut.
 */
import { resolve } from 'node:path';
import {
  FILE_FLAG_SEQUENTIAL_SCAN,
  FILE_MAP_READ,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  GENERIC_READ,
  OPEN_EXISTING,
  PAGE_READONLY,
} from '../os/constants.js';
import { isPerdureError, PerdureError } from '../os/errors.js';
import type { MappedView } from '../os/memory.js';
import { nativeOs } from '../os/native.js';
import type { FileHandle, Os } from '../os/os.js';
import { ERROR_FILE_INVALID, win32Error } from '../os/win32-errors.js';
import { type FileStamp, stampOf } from './file-stamp.js';

/** How the bytes are had. */
export type Reading = 'mapped' | 'copied';

/** A window: creating its ArrayBuffer costs a major collection, so few and large. */
const WINDOW_BYTES = 2 ** 28;
/** Windows kept mapped: one for each scan that may be under way; beyond them the one that was not used for longest goes. */
const WINDOWS = 4;

/** Copied from a mapping at a time. */
const STEP_BYTES = 2 ** 18;
/** As much is read by position although the file is mapped. */
const BY_POSITION_BYTES = 2 ** 14;

interface Window {
  readonly view: MappedView;
  readonly bytes: Uint8Array;
}

/** What tests replace. */
export interface PagesInternals {
  os?: Os;
  windowBytes?: number;
}

export class Pages implements Disposable {
  readonly path: string;
  /** The path as it was meant at the opening, whatever the working directory is later. */
  readonly location: string;
  readonly #os: Os;
  readonly #file: FileHandle;
  readonly #windows = new Map<number, Window>();
  readonly #windowBytes: number;
  /** Undefined where the path meant one file before the opening, and another one after it. */
  readonly #inode: bigint | undefined;
  #reading: Reading;
  #size: number;
  #closed = false;

  constructor(
    path: string,
    reading: Reading,
    { os = nativeOs(), windowBytes = WINDOW_BYTES }: PagesInternals = {},
  ) {
    this.path = path;
    this.location = resolve(path);
    this.#os = os;
    this.#reading = reading;
    this.#windowBytes = windowBytes;
    const share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    const before = inodeAt(path);
    this.#file = os.createFile(path, GENERIC_READ, share, null, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN);
    this.#inode = inodeAt(path) === before ? before : undefined;
    this.#size = os.getFileSizeEx(this.#file);
  }

  /** The file's length at the last look. */
  get size(): number {
    return this.#size;
  }

  /** What the system says of the file now; undefined where its name is another file's, or nobody's, by now. */
  stamp(): FileStamp | undefined {
    try {
      const stamp = stampOf(this.location);
      return stamp.inode === this.#inode ? stamp : undefined;
    } catch {
      return undefined;
    }
  }

  get reading(): Reading {
    return this.#reading;
  }

  /** Looks at the file's length. @returns true where it has changed */
  look(): boolean {
    this.checkOpen();
    const size = this.#os.getFileSizeEx(this.#file);
    if (size === this.#size) return false;
    this.#size = size;
    if (this.#reading === 'mapped' && this.#os.platform !== 'windows') this.copyFromNowOn();
    return true;
  }

  /** Gives up the mapping. */
  copyFromNowOn(): void {
    this.#reading = 'copied';
    this.#unmap();
  }

  /**
   * Copies [offset, offset + length) to the start of `into`. Length and offset must lie in the file as it was at the last look.
   * @throws FILE_CHANGED where somebody shortened the file below that, CLOSED, IO_ERROR
   */
  read(into: Uint8Array, offset: number, length: number): void {
    this.checkOpen();
    if (length === 0) return;
    // Little is had as fast by position, and needs no look before.
    const copies = this.#reading === 'copied' || length <= BY_POSITION_BYTES;
    if (!copies) this.look();
    if (offset + length > this.#size) throw this.shortened();
    if (!copies && this.#reading === 'mapped') this.#copy(into, offset, length);
    else if (this.#os.readFile(this.#file, into.subarray(0, length), offset) < length) {
      this.look();
      throw this.shortened();
    }
  }

  /** Bytes of one part of the file, on the heap. @throws FILE_CHANGED, TOO_LARGE, CLOSED */
  bytes(offset: number, length: number): Buffer {
    const copy = allocate(length);
    this.fill(copy, offset);
    return copy;
  }

  /** Copies as many bytes as `into` holds, from an offset on. @throws FILE_CHANGED, CLOSED, IO_ERROR */
  fill(into: Uint8Array, offset: number): void {
    const { length } = into;
    // In steps, so that each is preceded by its own look.
    for (let at = 0; at < length; at += STEP_BYTES) {
      this.read(into.subarray(at), offset + at, Math.min(STEP_BYTES, length - at));
    }
  }

  checkOpen(): void {
    if (this.#closed) throw new PerdureError('CLOSED', `'${this.path}' was closed; open it again`);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unmap();
    this.#os.closeHandle(this.#file);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #copy(into: Uint8Array, offset: number, length: number): void {
    for (let done = 0; done < length; ) {
      const at = offset + done;
      const index = Math.floor(at / this.#windowBytes);
      const start = at - index * this.#windowBytes;
      const count = Math.min(length - done, this.#windowBytes - start);
      const { bytes } = this.#window(index, start + count);
      into.set(bytes.subarray(start, start + count), done);
      done += count;
    }
  }

  #window(index: number, lengthBytes: number): Window {
    const known = this.#windows.get(index);
    if (known !== undefined && known.bytes.length >= lengthBytes) {
      if (this.#windows.size > 1) {
        // The map keeps the order of insertion: the first is the one that was not used for longest.
        this.#windows.delete(index);
        this.#windows.set(index, known);
      }
      return known;
    }
    this.#release(index);
    for (const oldest of this.#windows.keys()) {
      if (this.#windows.size < WINDOWS) break;
      this.#release(oldest);
    }
    const window = this.#map(index * this.#windowBytes);
    if (window.bytes.length < lengthBytes) throw this.shortened();
    this.#windows.set(index, window);
    return window;
  }

  #map(offset: number): Window {
    let mapping: ReturnType<Os['createFileMapping']>;
    try {
      mapping = this.#os.createFileMapping(this.#file, null, PAGE_READONLY, 0, null);
    } catch (error) {
      throw isPerdureError(error, 'EMPTY_FILE') ? this.shortened() : error;
    }
    try {
      const length = Math.min(this.#windowBytes, mapping.sizeBytes - offset);
      if (length <= 0) throw this.shortened();
      const view = this.#os.mapViewOfFile(mapping, FILE_MAP_READ, offset, length);
      return { view, bytes: new Uint8Array(view.buffer) };
    } finally {
      this.#os.closeHandle(mapping);
    }
  }

  #release(index: number): void {
    const window = this.#windows.get(index);
    this.#windows.delete(index);
    if (window) this.#os.unmapViewOfFile(window.view);
  }

  #unmap(): void {
    for (const index of [...this.#windows.keys()]) this.#release(index);
  }

  /** What to throw where the file is shorter than it was. */
  shortened(): PerdureError {
    return win32Error(ERROR_FILE_INVALID, 'ReadFile', {
      path: this.path,
      code: 'FILE_CHANGED',
      meaning: `somebody shortened the file to ${this.#size} bytes while it was read`,
      remedy: 'open it again',
    });
  }
}

function inodeAt(path: string): bigint | undefined {
  try {
    return stampOf(path).inode;
  } catch {
    return undefined;
  }
}

/** Memory that is not cleared. @throws TOO_LARGE */
export function allocate(length: number): Buffer {
  try {
    return Buffer.allocUnsafe(length);
  } catch (cause) {
    throw new PerdureError('TOO_LARGE', `${length} bytes do not fit one Buffer; read fewer at a time`, {
      cause,
    });
  }
}

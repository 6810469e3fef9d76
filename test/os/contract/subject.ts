/**
 * What the contract is tried on: an implementation of os.ts, and short forms of its calls. Everything that a test opened
 * is closed when it ends, whether it failed or not.
 */
import { afterEach } from 'vitest';
import {
  FILE_MAP_WRITE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  GENERIC_READ,
  GENERIC_WRITE,
  INVALID_HANDLE_VALUE,
  OPEN_ALWAYS,
  PAGE_READWRITE,
  type PageProtection,
} from '../../../src/os/constants.js';
import type { MappedView } from '../../../src/os/memory.js';
import type { FileHandle, FileMappingHandle, Handle, Os } from '../../../src/os/os.js';
import type { EventHandle, MutexHandle } from '../../../src/os/synchronization.js';

export const READ_WRITE = (GENERIC_READ | GENERIC_WRITE) >>> 0;
export const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE;
export const KIB = 2 ** 10;
export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

export interface OpenOptions {
  access?: number;
  share?: number;
  disposition?: number;
  flags?: number;
}

export class Subject {
  /** A path that no file has. */
  readonly path: (stem?: string) => string;
  readonly #create: () => Os;
  #os: Os | undefined;
  #names = 0;
  readonly #files = new Set<FileHandle>();
  readonly #objects = new Set<Handle>();
  readonly #views = new Set<MappedView>();

  constructor(create: () => Os, path: (stem?: string) => string) {
    this.#create = create;
    this.path = path;
    afterEach(() => this.closeAll());
  }

  /** The implementation, made at the first use: describing tests loads nothing. */
  get os(): Os {
    this.#os ??= this.#create();
    return this.#os;
  }

  /** Opens or creates a file, for reading and writing, shared, unless told otherwise. */
  open(path: string, options: OpenOptions = {}): FileHandle {
    const { access = READ_WRITE, share = SHARE_ALL, disposition = OPEN_ALWAYS, flags = 0 } = options;
    const file = this.os.createFile(path, access, share, null, disposition, flags);
    this.#files.add(file);
    return file;
  }

  /** A new file of this length, open. */
  file(lengthBytes: number, stem?: string): FileHandle {
    const file = this.open(this.path(stem));
    if (lengthBytes > 0) this.os.setEndOfFile(file, lengthBytes);
    return file;
  }

  /** A new file with these bytes, closed. */
  fileOf(bytes: Uint8Array, stem?: string): string {
    const file = this.file(bytes.length, stem);
    if (bytes.length > 0) {
      const view = this.view(this.mapping(file, PAGE_READWRITE), FILE_MAP_WRITE);
      new Uint8Array(view.buffer).set(bytes);
    }
    this.closeAll();
    return file.path;
  }

  mapping(file: FileHandle, protection: PageProtection, size = 0): FileMappingHandle {
    return this.own(this.os.createFileMapping(file, null, protection, size, null));
  }

  /** A mapping backed by the page file. */
  memory(size: number, name: string | null = null, protection = PAGE_READWRITE): FileMappingHandle {
    return this.own(this.os.createFileMapping(INVALID_HANDLE_VALUE, null, protection, size, name));
  }

  event(options: { manual?: boolean; initial?: boolean; name?: string } = {}): EventHandle {
    const { manual = false, initial = false, name = null } = options;
    return this.own(this.os.createEvent(null, manual, initial, name));
  }

  mutex(options: { owned?: boolean; name?: string } = {}): MutexHandle {
    return this.own(this.os.createMutex(null, options.owned ?? false, options.name ?? null));
  }

  /** A name that no object has. */
  name(stem = 'object'): string {
    return `${stem}-${process.pid}-${this.#names++}`;
  }

  /** Has the handle closed when the test ends. */
  own<T extends Handle>(handle: T): T {
    this.#objects.add(handle);
    return handle;
  }

  view(mapping: FileMappingHandle, access: number, offset = 0, length = 0): MappedView {
    return this.track(this.os.mapViewOfFile(mapping, access, offset, length));
  }

  viewEx(
    mapping: FileMappingHandle,
    access: number,
    offset: number,
    length: number,
    base: bigint | null,
  ): MappedView {
    return this.track(this.os.mapViewOfFileEx(mapping, access, offset, length, base));
  }

  track(view: MappedView): MappedView {
    this.#views.add(view);
    return view;
  }

  closeAll(): void {
    for (const view of this.#views) this.os.unmapViewOfFile(view);
    for (const handle of [...this.#objects, ...this.#files]) this.os.closeHandle(handle);
    this.#views.clear();
    this.#objects.clear();
    this.#files.clear();
  }
}

/** The view as bytes: an alias of the mapping, not a copy. */
export function bytesOf(view: MappedView): Buffer {
  return Buffer.from(view.buffer);
}

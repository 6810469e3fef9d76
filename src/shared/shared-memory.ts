/**
 * Memory that processes share by a name: CreateFileMapping of INVALID_HANDLE_VALUE, OpenFileMapping, MapViewOfFile.
 *
 * Invariants:
 * - the memory begins as zeros, lives while any process holds it open, and leaves nothing behind;
 * - it is mapped once, when it is opened; views are parts of that, never move, and are detached when they are closed;
 * - nothing done in mode 'readonly' or 'copy-on-write' reaches the memory.
 *
 * 'readonly' maps copy-on-write, as MappedFile does: a stray store through `bytes` lands in a private page instead of
 * killing the process. What others store is seen in every page that was not stored into by such a mistake (on Linux,
 * and on Windows, where the system charges commit for the view's whole length). In 'copy-on-write' the same holds: a
 * page that this opening stored into no longer shows what others store.
 */
import { checkRange } from '../mapping/range.js';
import type { OpenMode } from '../mapping/segments.js';
import { View, type ViewOwner } from '../mapping/view.js';
import { Windows } from '../mapping/windows.js';
import { type ByteCount, byteCount, knownOptions, show } from '../os/arguments.js';
import {
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  INVALID_HANDLE_VALUE,
  PAGE_READWRITE,
} from '../os/constants.js';
import { PerdureError } from '../os/errors.js';
import type { MappedView } from '../os/memory.js';
import { parseObjectName } from '../os/names.js';
import { nativeOs } from '../os/native.js';
import type { FileMappingHandle, Os } from '../os/os.js';
import { ERROR_ALREADY_EXISTS, win32Error } from '../os/win32-errors.js';
import { type ObjectAccess, securityOf } from './access.js';
import { alreadyExists } from './existing.js';

export interface SharedMemoryCreateOptions {
  /** Length in bytes, at least 1. */
  size: ByteCount;
  /** Who may open it: 'owner' unless given. */
  access?: ObjectAccess;
}

export interface SharedMemoryOpenOptions {
  /** 'readwrite' unless given. 'copy-on-write': what is stored is private to this opening and vanishes with it. */
  mode?: OpenMode;
}

/** @internal What tests replace. */
export interface SharedMemoryInternals {
  os?: Os;
  /** The longest ArrayBuffer to take. */
  maxWindowBytes?: number;
}

/** How each mode opens the mapping and maps it. */
const ACCESS = {
  readwrite: { open: FILE_MAP_READ | FILE_MAP_WRITE, map: FILE_MAP_WRITE },
  readonly: { open: FILE_MAP_READ, map: FILE_MAP_COPY },
  'copy-on-write': { open: FILE_MAP_READ, map: FILE_MAP_COPY },
} as const;

export class SharedMemory implements Disposable {
  /** With its prefix: `Local\x` or `Global\x`. */
  readonly name: string;
  readonly mode: OpenMode;
  /** True where this call made the memory, false where it was there. */
  readonly created: boolean;
  /** Length in bytes: what this call created it with; Windows tells those who open it its length in whole pages. */
  readonly size: number;
  readonly #os: Os;
  readonly #handle: FileMappingHandle;
  readonly #mapped: MappedView;
  readonly #views = new Set<View>();
  readonly #owner: ViewOwner;
  readonly #maxWindowBytes: number | undefined;
  #closed = false;

  private constructor(
    os: Os,
    handle: FileMappingHandle,
    name: string,
    mode: OpenMode,
    createdSize: number | undefined,
    { maxWindowBytes }: SharedMemoryInternals,
  ) {
    this.#os = os;
    this.#handle = handle;
    this.name = name;
    this.mode = mode;
    this.created = createdSize !== undefined;
    this.size = createdSize ?? handle.sizeBytes;
    this.#mapped = os.mapViewOfFile(handle, ACCESS[mode].map, 0, this.size);
    this.#maxWindowBytes = maxWindowBytes;
    this.#owner = {
      path: name,
      writable: mode !== 'readonly',
      written: () => {},
      released: (view) => this.#views.delete(view),
    };
  }

  /**
   * Creates memory of `size` zeros under a name: `name` or `Local\name` for this user, `Global\name` for all of them.
   * @throws ALREADY_EXISTS, OUT_OF_MEMORY, INVALID_HANDLE where an event or a mutex has the name, ACCESS_DENIED,
   *   INVALID_ARGUMENT
   */
  static create(
    name: string,
    options: SharedMemoryCreateOptions,
    internals: SharedMemoryInternals = {},
  ): SharedMemory {
    return SharedMemory.#make('create', name, options, internals);
  }

  /**
   * Opens memory that some process holds, in its own size.
   * @throws NOT_FOUND, ACCESS_DENIED, INVALID_HANDLE where an event or a mutex has the name, INVALID_ARGUMENT
   */
  static open(
    name: string,
    options: SharedMemoryOpenOptions = {},
    internals: SharedMemoryInternals = {},
  ): SharedMemory {
    const { full } = parseObjectName(name, 'OpenFileMapping');
    knownOptions(options, ['mode'], 'the options of SharedMemory.open');
    const { mode = 'readwrite' } = options;
    if (!Object.hasOwn(ACCESS, mode)) {
      throw new PerdureError(
        'INVALID_ARGUMENT',
        `mode must be 'readwrite', 'readonly' or 'copy-on-write', not ${show(mode)}`,
      );
    }
    const os = internals.os ?? nativeOs();
    const handle = os.openFileMapping(ACCESS[mode].open, false, full);
    return closingOnError(os, handle, () => new SharedMemory(os, handle, full, mode, undefined, internals));
  }

  /**
   * Opens memory for reading and writing, or creates it. Who may open it is decided when it is created.
   * @throws ALREADY_EXISTS where it exists with fewer bytes than asked for, and as `create`
   */
  static openOrCreate(
    name: string,
    options: SharedMemoryCreateOptions,
    internals: SharedMemoryInternals = {},
  ): SharedMemory {
    return SharedMemory.#make('openOrCreate', name, options, internals);
  }

  static #make(
    what: 'create' | 'openOrCreate',
    name: string,
    options: SharedMemoryCreateOptions,
    internals: SharedMemoryInternals,
  ): SharedMemory {
    const { full } = parseObjectName(name, 'CreateFileMapping');
    knownOptions(options, ['size', 'access'], `the options of SharedMemory.${what}`);
    const size = byteCount(options.size, 'size', 1);
    const security = securityOf(options.access ?? 'owner');
    const os = internals.os ?? nativeOs();
    const handle = os.createFileMapping(INVALID_HANDLE_VALUE, security, PAGE_READWRITE, size, full);
    return closingOnError(os, handle, () => {
      if (handle.alreadyExisted && what === 'create') throw alreadyExists('CreateFileMapping', full);
      if (handle.sizeBytes < size) throw tooSmall(full, handle.sizeBytes, size);
      const createdSize = handle.alreadyExisted ? undefined : size;
      return new SharedMemory(os, handle, full, 'readwrite', createdSize, internals);
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * A view of [offset, offset + length) of the memory; all of it unless given. Any number of views may overlap: they
   * show the same bytes. Close a view to detach what was taken from it; closing the memory closes them all.
   * @throws OUT_OF_BOUNDS, INVALID_ARGUMENT, CLOSED
   */
  view(offset: ByteCount = 0, length?: ByteCount): View {
    if (this.#closed) throw new PerdureError('CLOSED', `'${this.name}' was closed; open it again`);
    const range = checkRange({ offset, length }, this.size, `'${this.name}'`);
    const windows = new Windows(this.#mapped, range.offset, range.length, this.#maxWindowBytes);
    const view = new View(this.#owner, range.offset, windows);
    this.#views.add(view);
    return view;
  }

  /** Closes every view, and lets go of the memory: after the last holder it is gone. Harmless when repeated. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const view of [...this.#views]) view.close();
    this.#os.unmapViewOfFile(this.#mapped);
    this.#os.closeHandle(this.#handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function tooSmall(name: string, sizeBytes: number, wanted: number): PerdureError {
  return win32Error(ERROR_ALREADY_EXISTS, 'CreateFileMapping', {
    meaning: `'${name}' exists and has ${sizeBytes} bytes, fewer than the ${wanted} asked for`,
    remedy: 'ask for less, or have everybody close it first',
  });
}

function closingOnError<T>(os: Os, handle: FileMappingHandle, make: () => T): T {
  try {
    return make();
  } catch (error) {
    os.closeHandle(handle);
    throw error;
  }
}

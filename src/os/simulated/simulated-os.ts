/**
 * The contract of os.ts on a simulated disk: files, mappings and flushes. Views are real ones, of the memory that is the
 * disk's page cache; memory without a file, events and mutexes are the real system's.
 *
 * Invariant: every call looks at what was stored through views before it does anything, so that what a sector held at any
 * call is among what the disk may hold.
 */
import { type ByteCount, byteCount, filePath, rangeWithin } from '../arguments.js';
import { checkProtection, checkView, invalidHandle, transferBuffer, viewKind } from '../checks.js';
import {
  CREATE_ALWAYS,
  CREATE_NEW,
  FILE_FLAG_DELETE_ON_CLOSE,
  INVALID_HANDLE_VALUE,
  OPEN_ALWAYS,
  PAGE_READWRITE,
  type PageProtection,
  TRUNCATE_EXISTING,
} from '../constants.js';
import type { MappedView } from '../memory.js';
import type { SecurityAttributes } from '../names.js';
import type { Advice, FileHandle, FileMappingHandle, Handle, Os, SystemInfo } from '../os.js';
import {
  ERROR_ACCESS_DENIED,
  ERROR_FILE_EXISTS,
  ERROR_FILE_INVALID,
  ERROR_FILE_NOT_FOUND,
  ERROR_NOT_ENOUGH_MEMORY,
  ERROR_NOT_SUPPORTED,
  ERROR_USER_MAPPED_FILE,
  win32Error,
} from '../win32-errors.js';
import type { SimulatedDisk } from './disk.js';
import {
  checkCreateFile,
  checkSharing,
  ownFile,
  readableFile,
  SimulatedFile,
  SimulatedMapping,
  writableFile,
} from './handles.js';
import { RealObjects } from './real-objects.js';
import type { StoredFile } from './stored-file.js';

/** Where in its file an open view lies. */
interface Mapped {
  readonly stored: StoredFile;
  readonly offset: number;
  readonly writable: boolean;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export class SimulatedOs extends RealObjects implements Os {
  readonly #disk: SimulatedDisk;
  readonly #info: SystemInfo;
  readonly #views = new Map<MappedView, Mapped>();
  readonly #unmapped = new WeakSet<MappedView>();
  readonly #handles = new Set<SimulatedFile | SimulatedMapping>();

  constructor(real: Os, disk: SimulatedDisk, flushFileBuffersWritesViews: boolean) {
    super(real);
    this.#disk = disk;
    this.#info = Object.freeze({ ...real.getSystemInfo(), flushFileBuffersWritesViews });
  }

  /** What is open of the disk, in words: nothing should be when a program has ended. */
  get open(): string[] {
    const handles = [...this.#handles].map((handle) => `${handle.kind} '${handle.path}'`);
    return [...handles, ...[...this.#views].map(([view]) => `view of ${view.lengthBytes} bytes`)];
  }

  /** Ends the programs on the disk: closes what they have open. */
  closeAll(): void {
    for (const view of [...this.#views.keys()]) this.unmapViewOfFile(view);
    for (const handle of [...this.#handles]) this.closeHandle(handle);
  }

  getSystemInfo(): SystemInfo {
    return this.#info;
  }

  createFile(
    fileName: string,
    desiredAccess: number,
    share: number,
    _securityAttributes: null,
    disposition: number,
    flagsAndAttributes: number,
  ): FileHandle {
    const { path, access, flags } = checkCreateFile(
      fileName,
      desiredAccess,
      share,
      disposition,
      flagsAndAttributes,
    );
    this.#disk.observe();
    const { folder } = this.#disk;
    const location = folder.locate(path, 'CreateFile');
    const existing = folder.entries.get(location);
    const creates =
      disposition === CREATE_NEW || disposition === CREATE_ALWAYS || disposition === OPEN_ALWAYS;
    if (existing !== undefined && disposition === CREATE_NEW)
      throw win32Error(ERROR_FILE_EXISTS, 'CreateFile', { path });
    if (existing === undefined && !creates) throw win32Error(ERROR_FILE_NOT_FOUND, 'CreateFile', { path });
    const stored = existing ?? this.#disk.newFile();
    checkSharing(stored, access, share, path);
    if (existing === undefined) folder.add(location, stored);
    else if (disposition === CREATE_ALWAYS || disposition === TRUNCATE_EXISTING) {
      setLength(stored, 0, path);
    }
    const reported = existing !== undefined && creates;
    const deletes = (flags & FILE_FLAG_DELETE_ON_CLOSE) !== 0;
    const opening = { access, share };
    const file = new SimulatedFile(stored, path, location, access, opening, reported, deletes);
    stored.openings.add(opening);
    this.#handles.add(file);
    return file;
  }

  getFileSizeEx(file: FileHandle): number {
    return ownFile(file, 'GetFileSizeEx').stored.length;
  }

  getAllocatedSize(file: FileHandle): number {
    const { stored } = ownFile(file, 'fstat');
    stored.observe();
    return stored.blocks.sizeBytes;
  }

  setEndOfFile(file: FileHandle, sizeBytes: ByteCount): void {
    const size = byteCount(sizeBytes, 'sizeBytes');
    const own = writableFile(file, 'SetEndOfFile');
    this.#disk.checkSize(size, 'SetEndOfFile', own.path);
    setLength(own.stored, size, own.path);
  }

  readFile(file: FileHandle, buffer: Uint8Array, offset: ByteCount): number {
    const own = readableFile(file, 'ReadFile');
    const from = byteCount(offset, 'offset');
    transferBuffer(buffer);
    const length = Math.max(0, Math.min(buffer.length, own.stored.length - from));
    own.stored.cache.read(from, buffer.subarray(0, length));
    return length;
  }

  writeFile(file: FileHandle, buffer: Uint8Array, offset: ByteCount): void {
    const own = writableFile(file, 'WriteFile');
    const from = byteCount(offset, 'offset');
    this.#disk.write(own.stored, from, transferBuffer(buffer), own.path);
  }

  allocateBlocks(file: FileHandle, offset: ByteCount, length: ByteCount): void {
    const own = writableFile(file, 'fallocate');
    const bytes = byteCount(length, 'length');
    this.#disk.allocate(own.stored, byteCount(offset, 'offset'), bytes, own.path);
  }

  async allocateBlocksAsync(file: FileHandle, offset: ByteCount, length: ByteCount): Promise<void> {
    const own = writableFile(file, 'fallocate');
    const [from, bytes] = [byteCount(offset, 'offset'), byteCount(length, 'length')];
    await turn();
    this.#disk.allocate(own.stored, from, bytes, own.path);
  }

  createFileMapping(
    file: FileHandle | typeof INVALID_HANDLE_VALUE,
    securityAttributes: SecurityAttributes | null,
    protection: PageProtection,
    maximumSize: ByteCount,
    name: string | null,
  ): FileMappingHandle {
    if (file === INVALID_HANDLE_VALUE) {
      return this.real.createFileMapping(file, securityAttributes, protection, maximumSize, name);
    }
    const { stored, access, path } = ownFile(file, 'CreateFileMapping');
    const size = byteCount(maximumSize, 'maximumSize');
    checkProtection(protection, access, path);
    if (name !== null) {
      const meaning = 'a file on a simulated disk cannot be mapped under a name';
      throw win32Error(ERROR_NOT_SUPPORTED, 'CreateFileMapping', { path, meaning });
    }
    if (size === 0 && stored.length === 0)
      throw win32Error(ERROR_FILE_INVALID, 'CreateFileMapping', { path });
    if (size > stored.length) {
      if (protection !== PAGE_READWRITE)
        throw win32Error(ERROR_NOT_ENOUGH_MEMORY, 'CreateFileMapping', { path });
      this.#disk.allocate(stored, stored.length, size - stored.length, path);
    }
    const mapping = new SimulatedMapping(stored, path, protection, size || stored.length);
    stored.mappings++;
    this.#handles.add(mapping);
    return mapping;
  }

  mapViewOfFile(
    mapping: FileMappingHandle,
    access: number,
    offset: ByteCount,
    length: ByteCount,
  ): MappedView {
    return this.mapViewOfFileEx(mapping, access, offset, length, null);
  }

  mapViewOfFileEx(
    mapping: FileMappingHandle,
    desiredAccess: number,
    offset: ByteCount,
    length: ByteCount,
    baseAddress: bigint | null,
  ): MappedView {
    if (!(mapping instanceof SimulatedMapping)) {
      return this.real.mapViewOfFileEx(mapping, desiredAccess, offset, length, baseAddress);
    }
    if (mapping.closed) throw invalidHandle('MapViewOfFile', 'file mapping', mapping);
    const kind = viewKind(desiredAccess, 'MapViewOfFile');
    checkView(kind, mapping.protection, 'MapViewOfFile');
    const from = byteCount(offset, 'offset');
    const bytes = byteCount(length, 'length') || mapping.sizeBytes - from;
    const { stored, path, sizeBytes } = mapping;
    if (from >= sizeBytes || bytes > sizeBytes - from) {
      const meaning = `offset ${from} and length ${bytes} reach beyond the mapping’s ${sizeBytes} bytes`;
      throw win32Error(ERROR_ACCESS_DENIED, 'MapViewOfFile', { path, meaning });
    }
    this.#disk.observe();
    const view = stored.cache.map(desiredAccess, from, bytes, baseAddress);
    const writable = kind === 'write';
    if (writable) stored.cache.addWriter(from, bytes);
    stored.mappings++;
    this.#views.set(view, { stored, offset: from, writable });
    return view;
  }

  flushViewOfFile(view: MappedView, offset: ByteCount, length: ByteCount): void {
    const range = this.#flushRange(view, offset, length);
    if (range === undefined) return this.real.flushViewOfFile(view, offset, length);
    range.stored.handOver(range.sectors);
  }

  async flushViewOfFileAsync(view: MappedView, offset: ByteCount, length: ByteCount): Promise<void> {
    const range = this.#flushRange(view, offset, length);
    if (range === undefined) return this.real.flushViewOfFileAsync(view, offset, length);
    await turn();
    range.stored.handOver(range.sectors);
  }

  flushFileBuffers(file: FileHandle): void {
    this.#disk.beginFlush(writableFile(file, 'FlushFileBuffers'))();
  }

  async flushFileBuffersAsync(file: FileHandle): Promise<void> {
    const end = this.#disk.beginFlush(writableFile(file, 'FlushFileBuffers'));
    await turn();
    end();
  }

  unmapViewOfFile(view: MappedView): void {
    const mapped = this.#views.get(view);
    if (mapped === undefined) {
      if (!this.#unmapped.has(view)) this.real.unmapViewOfFile(view);
      return;
    }
    const { stored, offset, writable } = mapped;
    this.#disk.observe();
    if (writable) stored.cache.removeWriter(offset, view.lengthBytes);
    stored.mappings--;
    this.#views.delete(view);
    this.#unmapped.add(view);
    this.real.unmapViewOfFile(view);
  }

  closeHandle(handle: Handle): void {
    if (handle instanceof SimulatedFile) this.#closeFile(handle);
    else if (handle instanceof SimulatedMapping) {
      if (!handle.closed) handle.stored.mappings--;
      handle.closed = true;
      this.#handles.delete(handle);
    } else this.real.closeHandle(handle);
  }

  prefetchVirtualMemory(view: MappedView, offset: ByteCount, length: ByteCount): void {
    this.real.prefetchVirtualMemory(view, offset, length);
  }

  adviseView(view: MappedView, offset: ByteCount, length: ByteCount, advice: Advice): void {
    this.real.adviseView(view, offset, length, advice);
  }

  queryResidency(view: MappedView, offset: ByteCount, length: ByteCount): Uint8Array {
    return this.real.queryResidency(view, offset, length);
  }

  /** What the real system would write of the page cache's memory says nothing of the disk. */
  queryDirtyBytes(view: MappedView, offset: ByteCount, length: ByteCount): number | undefined {
    this.real.queryDirtyBytes(view, offset, length);
    return undefined;
  }

  revertView(view: MappedView): void {
    this.real.revertView(view);
  }

  replaceFile(from: string, to: string): void {
    const { folder } = this.#disk;
    filePath(from, 'from');
    const target = folder.locate(filePath(to, 'to'), 'rename');
    this.#disk.observe();
    folder.rename(folder.locate(from, 'rename'), target);
    this.#disk.moment('replacing');
    folder.versions.settle(folder.versions.mark);
    this.#disk.moment('replaced');
  }

  #closeFile(file: SimulatedFile): void {
    if (file.closed) return;
    this.#disk.observe();
    file.closed = true;
    file.stored.openings.delete(file.opening);
    this.#handles.delete(file);
    if (file.deleteOnClose) this.#disk.folder.remove(file.location, file.stored);
  }

  /** What a FlushViewOfFile hands over; undefined for a view that is not of this disk. */
  #flushRange(view: MappedView, offset: ByteCount, length: ByteCount) {
    const mapped = this.#views.get(view);
    if (mapped === undefined) return undefined;
    const from = byteCount(offset, 'offset');
    const wanted = byteCount(length, 'length');
    rangeWithin(from, wanted, view.lengthBytes, 'FlushViewOfFile');
    const { stored } = mapped;
    const bytes = mapped.writable ? wanted || view.lengthBytes - from : 0;
    return { stored, sectors: stored.beginHandOver(mapped.offset + from, bytes) };
  }
}

/** @throws FILE_IN_USE (1224) where a shorter file is mapped */
function setLength(stored: StoredFile, sizeBytes: number, path: string): void {
  if (sizeBytes < stored.length && stored.mappings > 0) {
    throw win32Error(ERROR_USER_MAPPED_FILE, 'SetEndOfFile', { path });
  }
  stored.setLength(sizeBytes);
}

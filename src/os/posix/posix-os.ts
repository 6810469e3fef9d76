/** The contract of os.ts on Linux and macOS: Win32 semantics over libc. */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { type ByteCount, byteCount, filePath, rangeWithin, show } from '../arguments.js';
import {
  bool,
  checkFileReadable,
  checkFileWritable,
  checkProtection,
  invalidHandle,
  memorySize,
  transferBuffer,
  viewKind,
} from '../checks.js';
import { INVALID_HANDLE_VALUE, type PageProtection } from '../constants.js';
import type { MappedView } from '../memory.js';
import type { NamedObject, SecurityAttributes } from '../names.js';
import type { Advice, FileHandle, FileMappingHandle, Handle, Os, SystemInfo } from '../os.js';
import { ERROR_INVALID_PARAMETER, win32Error } from '../win32-errors.js';
import {
  CACHESTAT_DIRTY_INDEX,
  CACHESTAT_FIELDS,
  LINUX_ABI,
  MACOS_ABI,
  MADV_PAGEOUT,
  POSIX_FADV_DONTNEED,
  type PosixAbi,
  SYNC_FILE_RANGE_WRITE,
} from './abi.js';
import { allocateOnLinux, allocateOnLinuxAsync, allocateOnMacos } from './allocate.js';
import { syncFolder } from './durable-name.js';
import { errnoError, fsError } from './errno.js';
import { type Libc, loadLibc } from './libc.js';
import { createMemory, nameFileMapping, openMapping } from './named-mapping.js';
import type { Native } from './object/kernel-object.js';
import { listObjects } from './object/list.js';
import { PosixFile } from './posix-file.js';
import { mappedBytes, mapView, PosixFileMapping, PosixView, revertView } from './posix-mapping.js';
import { PosixSynchronization } from './posix-synchronization.js';
import { PosixEvent, PosixMutex } from './wait/handles.js';

const BLOCK_BYTES = 512;

/** What CloseHandle takes. */
const HANDLES = [PosixFile, PosixFileMapping, PosixEvent, PosixMutex] as const;

export class PosixOs extends PosixSynchronization implements Os {
  readonly platform: 'linux' | 'macos';
  readonly #native: Native;
  readonly #libc: Libc;
  readonly #abi: PosixAbi;
  readonly #info: SystemInfo;

  constructor(platform: 'linux' | 'macos') {
    const libc = loadLibc(platform);
    const abi = platform === 'linux' ? LINUX_ABI : MACOS_ABI;
    const native = { libc, abi, system: platform };
    super(native);
    this.platform = platform;
    this.#native = native;
    this.#libc = libc;
    this.#abi = abi;
    const pageSize = this.#libc.getpagesize();
    this.#info = Object.freeze({
      pageSize,
      allocationGranularity: pageSize,
      copyOnWriteChargesCommit: false,
      flushFileBuffersWritesViews: platform === 'linux',
    });
  }

  getSystemInfo(): SystemInfo {
    return this.#info;
  }

  createFile(
    fileName: string,
    desiredAccess: number,
    shareMode: number,
    _securityAttributes: null,
    creationDisposition: number,
    flagsAndAttributes: number,
  ): FileHandle {
    return PosixFile.create(
      this.#libc,
      this.#abi,
      fileName,
      desiredAccess,
      shareMode,
      creationDisposition,
      flagsAndAttributes,
    );
  }

  getFileSizeEx(file: FileHandle): number {
    return ownFile(file, 'GetFileSizeEx').length();
  }

  getAllocatedSize(file: FileHandle): number {
    return ownFile(file, 'fstat').stat().blocks * BLOCK_BYTES;
  }

  readFile(file: FileHandle, buffer: Uint8Array, offset: ByteCount): number {
    const own = ownFile(file, 'ReadFile');
    const at = byteCount(offset, 'offset');
    checkFileReadable(own.access, own.path, 'ReadFile');
    return own.read(transferBuffer(buffer), at);
  }

  writeFile(file: FileHandle, buffer: Uint8Array, offset: ByteCount): void {
    const own = writableFile(file, 'WriteFile');
    own.write(transferBuffer(buffer), byteCount(offset, 'offset'));
  }

  setEndOfFile(file: FileHandle, sizeBytes: ByteCount): void {
    const size = byteCount(sizeBytes, 'sizeBytes');
    writableFile(file, 'SetEndOfFile').setLength(size);
  }

  allocateBlocks(file: FileHandle, offset: ByteCount, length: ByteCount): void {
    const range = allocation(file, offset, length);
    if (range.length === 0) return;
    const allocate = this.platform === 'linux' ? allocateOnLinux : allocateOnMacos;
    allocate(this.#libc, range.file, range.offset, range.length);
  }

  async allocateBlocksAsync(file: FileHandle, offset: ByteCount, length: ByteCount): Promise<void> {
    if (this.platform !== 'linux') return this.allocateBlocks(file, offset, length);
    const range = allocation(file, offset, length);
    if (range.length > 0) await allocateOnLinuxAsync(this.#libc, range.file, range.offset, range.length);
  }

  createFileMapping(
    file: FileHandle | typeof INVALID_HANDLE_VALUE,
    securityAttributes: SecurityAttributes | null,
    protection: PageProtection,
    maximumSize: ByteCount,
    name: string | null,
  ): FileMappingHandle {
    if (file === INVALID_HANDLE_VALUE) {
      return createMemory(this.#native, securityAttributes, protection, memorySize(maximumSize), name);
    }
    const own = ownFile(file, 'CreateFileMapping');
    const size = byteCount(maximumSize, 'maximumSize');
    checkProtection(protection, own.access, own.path);
    own.addMapping();
    try {
      const bytes = mappedBytes(own, protection, size, (extended) => {
        const length = own.length();
        this.allocateBlocks(own, length, extended - length);
      });
      if (name === null) return new PosixFileMapping(own, protection, bytes);
      return nameFileMapping(this.#native, own, securityAttributes, protection, bytes, name);
    } catch (error) {
      own.removeMapping();
      throw error;
    }
  }

  openFileMapping(desiredAccess: number, inheritHandle: boolean, name: string): FileMappingHandle {
    const kind = viewKind(desiredAccess, 'OpenFileMapping');
    bool(inheritHandle, 'inheritHandle', 'OpenFileMapping');
    return openMapping(this.#native, kind, name);
  }

  mapViewOfFile(
    mapping: FileMappingHandle,
    desiredAccess: number,
    offset: ByteCount,
    length: ByteCount,
  ): MappedView {
    return this.mapViewOfFileEx(mapping, desiredAccess, offset, length, null);
  }

  mapViewOfFileEx(
    mapping: FileMappingHandle,
    desiredAccess: number,
    offset: ByteCount,
    length: ByteCount,
    baseAddress: bigint | null,
  ): MappedView {
    if (!(mapping instanceof PosixFileMapping) || mapping.closed) {
      throw invalidHandle('MapViewOfFile', 'file mapping', mapping);
    }
    return mapView(
      this.#libc,
      this.#abi,
      this.#info.allocationGranularity,
      mapping,
      desiredAccess,
      byteCount(offset, 'offset'),
      byteCount(length, 'length'),
      baseAddress,
    );
  }

  flushViewOfFile(view: MappedView, offset: ByteCount, length: ByteCount): void {
    const range = flushRange(this.#pageRange(view, offset, length, 'FlushViewOfFile'));
    if (range === undefined) return;
    if (this.platform === 'linux' && this.#libc.syncFileRange(...range.writeOut) === 0) return;
    if (this.#libc.msync(range.address, range.length, this.#abi.MS_SYNC) !== 0) {
      throw errnoError(this.#libc.errno(), 'msync', { path: range.path });
    }
  }

  async flushViewOfFileAsync(view: MappedView, offset: ByteCount, length: ByteCount): Promise<void> {
    const range = flushRange(this.#pageRange(view, offset, length, 'FlushViewOfFile'));
    if (range === undefined) return;
    const unpin = view.pin();
    try {
      if (this.platform === 'linux' && (await this.#libc.syncFileRangeAsync(...range.writeOut)) === 0) return;
      const errno = await this.#libc.msyncAsync(range.address, range.length, this.#abi.MS_SYNC);
      if (errno !== 0) throw errnoError(errno, 'msync', { path: range.path });
    } finally {
      unpin();
    }
  }

  flushFileBuffers(file: FileHandle): void {
    writableFile(file, 'FlushFileBuffers').flushSync();
  }

  async flushFileBuffersAsync(file: FileHandle): Promise<void> {
    await writableFile(file, 'FlushFileBuffers').flush();
  }

  unmapViewOfFile(view: MappedView): void {
    if (!(view instanceof PosixView)) throw invalidHandle('UnmapViewOfFile', 'view', view);
    view.close();
  }

  closeHandle(handle: Handle): void {
    if (!HANDLES.some((kind) => handle instanceof kind)) {
      throw invalidHandle('CloseHandle', 'file, file mapping, event or mutex', handle);
    }
    (handle as PosixFile).close();
  }

  listNamedObjects(): NamedObject[] {
    return listObjects(this.#native);
  }

  prefetchVirtualMemory(view: MappedView, offset: ByteCount, length: ByteCount): void {
    const range = this.#pageRange(view, offset, length, 'PrefetchVirtualMemory');
    if (range.length > 0) this.#libc.madvise(range.address, range.length, this.#abi.MADV_WILLNEED);
  }

  adviseView(view: MappedView, offset: ByteCount, length: ByteCount, advice: Advice): void {
    const range = this.#pageRange(view, offset, length, 'madvise');
    const { MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_DONTNEED } = this.#abi;
    const keepsPrivate = this.platform === 'linux' && range.view.kind === 'copy';
    const values = {
      normal: MADV_NORMAL,
      random: MADV_RANDOM,
      sequential: MADV_SEQUENTIAL,
      dontneed: keepsPrivate ? MADV_PAGEOUT : MADV_DONTNEED,
    };
    if (!Object.hasOwn(values, advice)) {
      throw win32Error(ERROR_INVALID_PARAMETER, 'madvise', {
        path: range.view.backing.path,
        meaning: `advice must be one of ${Object.keys(values).join(', ')}, not ${show(advice)}`,
      });
    }
    if (range.length === 0) return;
    this.#libc.madvise(range.address, range.length, values[advice]);
    if (advice === 'dontneed' && this.platform === 'linux') {
      const { view: own } = range;
      this.#libc.posixFadvise(
        own.backing.fd,
        range.address - own.base + own.mappedOffset,
        range.length,
        POSIX_FADV_DONTNEED,
      );
    }
  }

  queryResidency(view: MappedView, offset: ByteCount, length: ByteCount): Uint8Array {
    const range = this.#pageRange(view, offset, length, 'mincore');
    const pages = new Uint8Array(Math.ceil(range.length / this.#info.pageSize));
    if (pages.length === 0) return pages;
    if (this.#libc.mincore(range.address, range.length, pages) !== 0) {
      throw errnoError(this.#libc.errno(), 'mincore', { path: range.view.backing.path });
    }
    for (let i = 0; i < pages.length; i++) pages[i]! &= 1;
    return pages;
  }

  queryDirtyBytes(view: MappedView, offset: ByteCount, length: ByteCount): number | undefined {
    const range = this.#pageRange(view, offset, length, 'cachestat');
    if (this.platform !== 'linux' || range.length === 0) return undefined;
    const fileOffset = range.address - range.view.base + range.view.mappedOffset;
    const result = new BigUint64Array(CACHESTAT_FIELDS);
    const wanted = BigUint64Array.of(BigInt(fileOffset), BigInt(range.length));
    if (this.#libc.cachestat(range.view.backing.fd, wanted, result) !== 0) return undefined;
    return Number(result[CACHESTAT_DIRTY_INDEX]!) * this.#info.pageSize;
  }

  revertView(view: MappedView): void {
    revertView(this.#libc, this.#abi, this.#ownView(view, 'revertView'));
  }

  replaceFile(from: string, to: string): void {
    filePath(from, 'from');
    filePath(to, 'to');
    try {
      fs.renameSync(from, to);
      syncFolder(dirname(to));
    } catch (error) {
      throw fsError(error, 'rename', to);
    }
  }

  #ownView(view: MappedView, syscall: string): PosixView {
    if (!(view instanceof PosixView) || view.closed) throw invalidHandle(syscall, 'view', view);
    return view;
  }

  /** A range of a view, widened to whole pages. Length 0: to the view's end. */
  #pageRange(view: MappedView, offset: ByteCount, length: ByteCount, syscall: string): PageRange {
    const own = this.#ownView(view, syscall);
    const from = byteCount(offset, 'offset');
    const wanted = byteCount(length, 'length');
    rangeWithin(from, wanted, own.lengthBytes, syscall);
    const bytes = wanted || own.lengthBytes - from;
    const start = own.addressOf(from, bytes);
    const slack = (start - own.base) % this.#info.pageSize;
    return { view: own, address: start - slack, length: bytes === 0 ? 0 : bytes + slack };
  }
}

interface PageRange {
  view: PosixView;
  address: number;
  length: number;
}

/** What a flush of the range calls; undefined where there is nothing that could be dirty in the file. */
function flushRange({ view, address, length }: PageRange) {
  if (length === 0 || view.kind !== 'write') return undefined;
  const writeOut: [fd: number, offset: number, length: number, flags: number] = [
    view.backing.fd,
    address - view.base + view.mappedOffset,
    length,
    // Starts the write-out of the dirty pages and does not wait: what FlushViewOfFile is documented to do. The
    // fdatasync of FlushFileBuffers waits for it. Measured against msync(MS_SYNC) and then fdatasync: two thirds of
    // the time for one page, because the device is flushed once.
    SYNC_FILE_RANGE_WRITE,
  ];
  return { address, length, path: view.backing.path, writeOut };
}

function ownFile(file: FileHandle, syscall: string): PosixFile {
  if (!(file instanceof PosixFile) || file.closed) throw invalidHandle(syscall, 'file', file);
  return file;
}

function writableFile(file: FileHandle, syscall: string): PosixFile {
  const own = ownFile(file, syscall);
  checkFileWritable(own.access, own.path, syscall);
  return own;
}

function allocation(file: FileHandle, offset: ByteCount, length: ByteCount) {
  const own = writableFile(file, 'fallocate');
  return { file: own, offset: byteCount(offset, 'offset'), length: byteCount(length, 'length') };
}

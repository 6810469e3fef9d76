/**
 * A disk that exists in memory, with the power cut at will: `os` is the operating system on it, `crashes` are the disks that
 * may be found when the power comes back.
 *
 * It has one folder. Nothing of it is on the real disk, and nothing outlives `close`.
 */
import { join } from 'node:path';
import { nativeOs } from '../native.js';
import type { Os } from '../os.js';
import { ERROR_DISK_FULL, ERROR_FILE_TOO_LARGE, ERROR_IO_DEVICE, win32Error } from '../win32-errors.js';
import { Crashes } from './crashes.js';
import { Faults } from './faults.js';
import { Folder } from './folder.js';
import type { SimulatedFile } from './handles.js';
import { PageCache, SECTOR_BYTES } from './page-cache.js';
import { SimulatedOs } from './simulated-os.js';
import { StoredFile } from './stored-file.js';

export interface SimulatedDiskOptions {
  /** Absolute path of its one folder; '/simulated' unless given. */
  folder?: string;
  /** No file is longer: 64 MiB unless given. */
  maxFileBytes?: number;
  /** A flush also writes what was stored through views, as on Linux. Otherwise FlushViewOfFile must come before it. */
  flushFileBuffersWritesViews?: boolean;
  /** The system whose memory it takes. */
  os?: Os;
}

/** Just before a flush does its work, just after, and between the two steps of replacing a file. */
export type Moment = 'flushing' | 'flushed' | 'replacing' | 'replaced';

export class SimulatedDisk implements Disposable {
  readonly os: SimulatedOs;
  readonly folder: Folder;
  readonly faults = new Faults();
  /** Told of the moments at which cutting the power finds most. */
  onMoment: (moment: Moment) => void = () => {};
  readonly #options: Required<SimulatedDiskOptions>;
  readonly #files = new Set<StoredFile>();
  #crashes: Crashes | undefined;

  constructor(options: SimulatedDiskOptions = {}) {
    const {
      folder = '/simulated',
      maxFileBytes = 2 ** 26,
      flushFileBuffersWritesViews = false,
      os = nativeOs(),
    } = options;
    this.#options = { folder, maxFileBytes, flushFileBuffersWritesViews, os };
    this.folder = new Folder(folder);
    this.os = new SimulatedOs(os, this, flushFileBuffersWritesViews);
  }

  /** The path of a file on this disk. */
  path(name: string): string {
    return join(this.folder.path, name);
  }

  /** The disks that a power cut at this moment may leave. Ask again at another: this is what looks at the views. */
  get crashes(): Crashes {
    this.observe();
    this.#crashes ??= new Crashes(this, new SimulatedDisk(this.#options));
    return this.#crashes;
  }

  /** Looks at what was stored through views: from now on it may be on the disk. Every call to `os` does. */
  observe(): void {
    for (const file of this.#files) file.observe();
  }

  /** Gives back its memory, and that of its crashes. Harmless when repeated. */
  close(): void {
    this.#crashes?.disk.close();
    this.os.closeAll();
    for (const file of this.#files) file.cache.close();
    this.#files.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  newFile(): StoredFile {
    const { os, maxFileBytes, flushFileBuffersWritesViews } = this.#options;
    const file = new StoredFile(new PageCache(os, maxFileBytes), flushFileBuffersWritesViews);
    this.#files.add(file);
    return file;
  }

  /** @internal */
  moment(moment: Moment): void {
    this.onMoment(moment);
  }

  /** @internal @throws TOO_LARGE (223) */
  checkSize(sizeBytes: number, syscall: string, path: string): void {
    if (sizeBytes > this.#options.maxFileBytes) throw win32Error(ERROR_FILE_TOO_LARGE, syscall, { path });
  }

  /** @internal Gives a range its blocks, and the file the length. @throws DISK_FULL */
  allocate(stored: StoredFile, offset: number, length: number, path: string): void {
    if (length === 0) return;
    stored.observe();
    const tooLong = offset + length > this.#options.maxFileBytes;
    if (tooLong || (!stored.blocks.hold(offset, length) && this.faults.strike('full disk'))) {
      throw win32Error(ERROR_DISK_FULL, 'fallocate', { path });
    }
    stored.blocks.add(offset, length);
    if (offset + length > stored.length) stored.setLength(offset + length);
  }

  /** @internal A positioned write. @throws DISK_FULL, IO_ERROR, with a part of it written */
  write(stored: StoredFile, offset: number, bytes: Uint8Array, path: string): void {
    this.observe();
    this.checkSize(offset + bytes.length, 'WriteFile', path);
    if (bytes.length === 0) return;
    const full = stored.blocks.hold(offset, bytes.length) ? undefined : this.faults.strike('full disk');
    const fault = full ?? this.faults.strike('failing write');
    if (fault === undefined) return stored.write(offset, bytes);
    const sectors = Math.floor((bytes.length / SECTOR_BYTES) * (fault.written ?? 0.5));
    if (sectors > 0) stored.write(offset, bytes.subarray(0, sectors * SECTOR_BYTES));
    throw win32Error(full ? ERROR_DISK_FULL : ERROR_IO_DEVICE, 'WriteFile', { path });
  }

  /** @internal FlushFileBuffers begins; the function that is returned ends it. */
  beginFlush(file: SimulatedFile): () => void {
    this.observe();
    const mark = file.stored.beginFlush();
    const entries = this.folder.versions.mark;
    return () => {
      this.observe();
      this.moment('flushing');
      if (this.faults.strike('failing flush')) {
        file.stored.lose();
        throw win32Error(ERROR_IO_DEVICE, 'FlushFileBuffers', { path: file.path });
      }
      if (this.faults.strike('lost flush')) return;
      file.stored.settle(mark);
      if (!file.nameIsDurable) this.folder.versions.settle(entries);
      file.nameIsDurable = true;
      this.moment('flushed');
    };
  }
}

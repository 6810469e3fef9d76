/**
 * CreateFile on POSIX: dispositions, share modes and attributes over open(2).
 *
 * Invariants: nothing is truncated before the share modes were granted and nobody has the file mapped; the descriptor
 * stays open while a mapping, a view or a running flush needs it, whatever was closed; the folder entry of a file that
 * is opened for writing is made durable by the first flush.
 */
import * as fs from 'node:fs';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { dword, filePath, show } from '../arguments.js';
import {
  CREATE_ALWAYS,
  CREATE_NEW,
  FILE_ATTRIBUTE_NORMAL,
  FILE_ATTRIBUTE_READONLY,
  FILE_ATTRIBUTE_TEMPORARY,
  FILE_FLAG_DELETE_ON_CLOSE,
  FILE_FLAG_RANDOM_ACCESS,
  FILE_FLAG_SEQUENTIAL_SCAN,
  FILE_FLAG_WRITE_THROUGH,
  GENERIC_READ,
  GENERIC_WRITE,
  OPEN_ALWAYS,
  TRUNCATE_EXISTING,
} from '../constants.js';
import type { PerdureError } from '../errors.js';
import type { FileHandle } from '../os.js';
import {
  ERROR_ACCESS_DENIED,
  ERROR_INVALID_PARAMETER,
  ERROR_NOT_SUPPORTED,
  ERROR_USER_MAPPED_FILE,
  win32Error,
} from '../win32-errors.js';
import { POSIX_FADV_RANDOM, POSIX_FADV_SEQUENTIAL, type PosixAbi } from './abi.js';
import { syncName, syncNameAsync } from './durable-name.js';
import { fsError } from './errno.js';
import type { Libc } from './libc.js';
import { ShareLock } from './share-lock.js';

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOCTTY, O_NONBLOCK, O_DSYNC, O_SYNC } = fs.constants;

const READ_WRITE = (GENERIC_READ | GENERIC_WRITE) >>> 0;

const KNOWN_FLAGS =
  FILE_ATTRIBUTE_READONLY |
  FILE_ATTRIBUTE_NORMAL |
  FILE_ATTRIBUTE_TEMPORARY |
  FILE_FLAG_WRITE_THROUGH |
  FILE_FLAG_RANDOM_ACCESS |
  FILE_FLAG_SEQUENTIAL_SCAN |
  FILE_FLAG_DELETE_ON_CLOSE;

/** Looks for a file that is replaced again and again; some union file systems never show the same file twice. */
const OPEN_ATTEMPTS = 5;

export class PosixFile implements FileHandle {
  readonly kind = 'file';
  /** The path as it was meant when the file was opened, whatever the working directory is later. */
  readonly #location: string;
  readonly #lock: ShareLock;
  /** Whoever created the file may have died before its name was durable: each opening sees to it at its first flush. */
  #nameIsDurable = false;
  /** A second description of the file, for flushes in other threads; see `flush`. */
  #asyncFd: number | undefined;
  /** The handle itself, each file mapping, each view and each running system call. */
  #references = 1;
  #mappings = 0;
  #closed = false;

  private constructor(
    libc: Libc,
    abi: PosixAbi,
    readonly path: string,
    readonly fd: number,
    readonly access: number,
    readonly alreadyExisted: boolean,
    readonly deleteOnClose: boolean,
  ) {
    this.#location = resolve(path);
    this.#lock = new ShareLock(libc, abi, fd, path);
  }

  static create(
    libc: Libc,
    abi: PosixAbi,
    fileName: string,
    desiredAccess: number,
    shareMode: number,
    disposition: number,
    flagsAndAttributes: number,
  ): PosixFile {
    const path = filePath(fileName, 'fileName');
    const access = dword(desiredAccess, 'desiredAccess');
    const flags = dword(flagsAndAttributes, 'flagsAndAttributes');
    checkArguments(path, access, shareMode, disposition, flags);
    const truncates = disposition === CREATE_ALWAYS || disposition === TRUNCATE_EXISTING;
    const deletes = (flags & FILE_FLAG_DELETE_ON_CLOSE) !== 0;
    for (let attempt = 1; ; attempt++) {
      const opened = openByDisposition(path, disposition, openFlags(access, truncates, flags), flags);
      try {
        checkRegular(opened.fd, path);
        const reported = opened.existed && (disposition === CREATE_ALWAYS || disposition === OPEN_ALWAYS);
        const file = new PosixFile(libc, abi, path, opened.fd, access, reported, deletes);
        file.#lock.open(access, shareMode);
        if (attempt < OPEN_ATTEMPTS && !file.#isStillAtItsPath()) {
          fs.closeSync(opened.fd);
          continue;
        }
        if (truncates && opened.existed) file.setLength(0);
        adviseByFlags(libc, opened.fd, flags);
        return file;
      } catch (error) {
        fs.closeSync(opened.fd);
        throw error;
      }
    }
  }

  /**
   * Opens the file of a named mapping, for its views alone: it takes no part in the share modes, as a section does not.
   * @returns undefined where the file at the path is another one by now
   */
  static openForMapping(
    libc: Libc,
    abi: PosixAbi,
    path: string,
    writable: boolean,
    device: bigint,
    inode: bigint,
  ): PosixFile | undefined {
    let fd: number;
    try {
      fd = fs.openSync(path, (writable ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_NOCTTY);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw fsError(error, 'OpenFileMapping', path);
    }
    const { dev, ino } = fs.fstatSync(fd, { bigint: true });
    if (dev === device && ino === inode) {
      return new PosixFile(libc, abi, path, fd, writable ? READ_WRITE : GENERIC_READ, true, false);
    }
    fs.closeSync(fd);
    return undefined;
  }

  /** The path, absolute as it was meant when the file was opened. */
  get location(): string {
    return this.#location;
  }

  get closed(): boolean {
    return this.#closed;
  }

  length(): number {
    return this.stat().size;
  }

  stat(): fs.Stats {
    return fs.fstatSync(this.fd);
  }

  /** Reads at a position, until the buffer is full or the file ends. */
  read(buffer: Uint8Array, offset: number): number {
    try {
      let done = 0;
      while (done < buffer.length) {
        const bytes = fs.readSync(this.fd, buffer, done, transferBytes(buffer.length - done), offset + done);
        if (bytes === 0) break;
        done += bytes;
      }
      return done;
    } catch (error) {
      throw fsError(error, 'pread', this.path);
    }
  }

  /** Writes all of the buffer at a position. */
  write(buffer: Uint8Array, offset: number): void {
    try {
      for (let done = 0; done < buffer.length; )
        done += fs.writeSync(this.fd, buffer, done, transferBytes(buffer.length - done), offset + done);
    } catch (error) {
      throw fsError(error, 'pwrite', this.path);
    }
  }

  /** Sets the file's length. Growing leaves a hole. @throws FILE_IN_USE when shortening a mapped file */
  setLength(sizeBytes: number): void {
    this.#lock.whileSettingLength(() => {
      if (sizeBytes >= this.length()) return this.#truncate(sizeBytes);
      if (this.#mappings > 0) throw win32Error(ERROR_USER_MAPPED_FILE, 'SetEndOfFile', { path: this.path });
      this.#lock.whileUnmapped(() => this.#truncate(sizeBytes));
    });
  }

  /** Makes the file at least this long. Never shortens what another opening made longer. */
  lengthen(sizeBytes: number): void {
    this.#lock.whileSettingLength(() => {
      if (this.length() < sizeBytes) this.#truncate(sizeBytes);
    });
  }

  /** Gives back blocks that a failed allocation left beyond the end of the file. */
  releaseBeyondEnd(): void {
    this.#lock.whileSettingLength(() => this.#truncate(this.length()));
  }

  #truncate(sizeBytes: number): void {
    try {
      fs.ftruncateSync(this.fd, sizeBytes);
    } catch (error) {
      throw fsError(error, 'ftruncate', this.path);
    }
  }

  /**
   * False where somebody replaced or removed the file between our opening it and our being granted the share mode: what
   * we would write then, nobody would find.
   */
  #isStillAtItsPath(): boolean {
    const own = this.stat();
    const there = fs.statSync(this.#location, { throwIfNoEntry: false });
    return there !== undefined && there.ino === own.ino && there.dev === own.dev;
  }

  /** Keeps the descriptor open until `unreference`. */
  reference(): void {
    this.#references++;
  }

  unreference(): void {
    if (--this.#references > 0) return;
    fs.closeSync(this.fd);
    if (this.#asyncFd !== undefined) fs.closeSync(this.#asyncFd);
  }

  get isMapped(): boolean {
    return this.#mappings > 0;
  }

  /** Counts a file mapping or a view: while there is one, nobody shortens the file. */
  addMapping(): void {
    if (this.#mappings === 0) this.#lock.mapped();
    this.#mappings++;
    this.reference();
  }

  removeMapping(): void {
    if (--this.#mappings === 0) this.#lock.unmapped();
    this.unreference();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.deleteOnClose) fs.rmSync(this.#location, { force: true });
    this.#lock.release();
    this.unreference();
  }

  flushSync(): void {
    try {
      fs.fdatasyncSync(this.fd);
      if (!this.#nameIsDurable) syncName(this.fd, dirname(this.#location));
      this.#nameIsDurable = true;
    } catch (error) {
      throw fsError(error, 'fdatasync', this.path);
    }
  }

  /**
   * In another thread, through a description of its own: Linux reports a failed write-back once for each, so that a
   * blocking flush that runs before this one's callback is told as well.
   */
  async flush(): Promise<void> {
    this.reference();
    try {
      await fdatasync(this.#asyncDescriptor());
      if (!this.#nameIsDurable) await syncNameAsync(this.fd, dirname(this.#location));
      this.#nameIsDurable = true;
    } catch (error) {
      throw fsError(error, 'fdatasync', this.path);
    } finally {
      this.unreference();
    }
  }

  #asyncDescriptor(): number {
    if (process.platform !== 'linux') return this.fd;
    try {
      this.#asyncFd ??= fs.openSync(`/proc/self/fd/${this.fd}`, O_RDWR);
    } catch {
      // No /proc, or no permission to write any more: the one description has to do for both.
      return this.fd;
    }
    return this.#asyncFd;
  }
}

/** One call moves at most this: Node.js takes no length beyond 2^31 - 1. */
function transferBytes(lengthBytes: number): number {
  return Math.min(lengthBytes, 2 ** 30);
}

const fdatasync = promisify(fs.fdatasync);

function invalid(path: string, meaning: string, remedy: string): PerdureError {
  return win32Error(ERROR_INVALID_PARAMETER, 'CreateFile', { path, meaning, remedy });
}

function checkArguments(
  path: string,
  access: number,
  share: number,
  disposition: number,
  flags: number,
): void {
  if ((access & ~(GENERIC_READ | GENERIC_WRITE)) !== 0) {
    throw invalid(
      path,
      `desiredAccess ${show(access)} is no combination of GENERIC_READ and GENERIC_WRITE`,
      'pass these',
    );
  }
  if (!Number.isInteger(share) || share < 0 || share > 7) {
    throw invalid(
      path,
      `shareMode ${show(share)} is no combination of FILE_SHARE_*`,
      'pass these, or 0 for exclusive',
    );
  }
  if (!Number.isInteger(disposition) || disposition < CREATE_NEW || disposition > TRUNCATE_EXISTING) {
    throw invalid(
      path,
      `creationDisposition ${show(disposition)} is unknown`,
      'pass CREATE_NEW … TRUNCATE_EXISTING',
    );
  }
  if (disposition === TRUNCATE_EXISTING && (access & GENERIC_WRITE) === 0) {
    throw invalid(path, 'TRUNCATE_EXISTING needs GENERIC_WRITE', 'ask for it');
  }
  if ((flags & ~KNOWN_FLAGS) !== 0) {
    throw invalid(
      path,
      `flagsAndAttributes 0x${flags.toString(16)} holds a flag that is not offered`,
      'leave it out',
    );
  }
}

function openFlags(access: number, truncates: boolean, flags: number): number {
  const writes = (access & GENERIC_WRITE) !== 0 || truncates;
  const through = (flags & FILE_FLAG_WRITE_THROUGH) !== 0 ? (O_DSYNC ?? O_SYNC) : 0;
  // O_NONBLOCK and O_NOCTTY mean nothing to a file, and keep a pipe or a terminal from doing harm before it is refused.
  return (writes ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_NOCTTY | through;
}

function openByDisposition(
  path: string,
  disposition: number,
  open: number,
  flags: number,
): { fd: number; existed: boolean } {
  const mode = (flags & FILE_ATTRIBUTE_READONLY) !== 0 ? 0o444 : 0o666;
  const creates = disposition === CREATE_NEW || disposition === CREATE_ALWAYS || disposition === OPEN_ALWAYS;
  for (;;) {
    try {
      if (creates) return { fd: fs.openSync(path, open | O_CREAT | O_EXCL, mode), existed: false };
    } catch (error) {
      const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
      if (!exists || disposition === CREATE_NEW) throw fsError(error, 'open', path);
    }
    try {
      return { fd: fs.openSync(path, open), existed: true };
    } catch (error) {
      // It existed a moment ago; somebody removed it in between: create it after all. A dangling link stays one.
      const gone = creates && (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!gone || fs.lstatSync(path, { throwIfNoEntry: false })) throw fsError(error, 'open', path);
    }
  }
}

function checkRegular(fd: number, path: string): void {
  const stat = fs.fstatSync(fd);
  if (stat.isFile()) return;
  throw win32Error(stat.isDirectory() ? ERROR_ACCESS_DENIED : ERROR_NOT_SUPPORTED, 'CreateFile', {
    path,
    code: 'NOT_A_FILE',
    meaning: `${stat.isDirectory() ? 'a directory' : 'a device, pipe or socket'} cannot be mapped`,
    remedy: 'give the path of a regular file',
  });
}

function adviseByFlags(libc: Libc, fd: number, flags: number): void {
  if (process.platform !== 'linux') return;
  if ((flags & FILE_FLAG_RANDOM_ACCESS) !== 0) libc.posixFadvise(fd, 0, 0, POSIX_FADV_RANDOM);
  if ((flags & FILE_FLAG_SEQUENTIAL_SCAN) !== 0) libc.posixFadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
}

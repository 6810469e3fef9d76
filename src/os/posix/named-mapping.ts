/**
 * Mappings that are no plain file's: of memory (CreateFileMapping of INVALID_HANDLE_VALUE), named or not, and of a file
 * under a name.
 *
 * Named memory is in the object's own file, after its first page. Its blocks are allocated when it is made, so that a
 * full /dev/shm is an error then and never a dying process later. Unnamed memory is an unnamed file of the system's, and
 * takes up what is touched. The object of a file under a name says only which file that is.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import { quote } from '../arguments.js';
import { checkProtection, type ViewKind } from '../checks.js';
import {
  GENERIC_READ,
  GENERIC_WRITE,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
  type PageProtection,
} from '../constants.js';
import { PerdureError } from '../errors.js';
import { nameContext, type SecurityAttributes } from '../names.js';
import { ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND, win32Error } from '../win32-errors.js';
import { FALLOC_FL_KEEP_SIZE, MFD_CLOEXEC } from './abi.js';
import { errnoError, errnoNumber, fsError } from './errno.js';
import type { Libc } from './libc.js';
import { HEADER_BYTES } from './object/format.js';
import { KernelObject, type Native } from './object/kernel-object.js';
import { userId } from './object/namespace.js';
import { isFull, noRoom } from './object/room.js';
import { PosixFile } from './posix-file.js';
import { type Backing, PosixFileMapping } from './posix-mapping.js';

const PROTECTIONS = [PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY];
const ANY_ACCESS = (GENERIC_READ | GENERIC_WRITE) >>> 0;

/** CreateFileMapping of INVALID_HANDLE_VALUE. */
export function createMemory(
  native: Native,
  security: SecurityAttributes | null,
  protection: PageProtection,
  sizeBytes: number,
  name: string | null,
): PosixFileMapping {
  const syscall = 'CreateFileMapping';
  checkProtection(protection, ANY_ACCESS);
  if (name === null) return new PosixFileMapping(new UnnamedMemory(native, sizeBytes), protection, sizeBytes);
  const header = {
    kind: 'file mapping',
    detail: protection.value,
    dataOffset: HEADER_BYTES,
    sizeBytes,
  } as const;
  const object = KernelObject.create(native, name, security, header, syscall, {
    allocate: (fd) => allocate(native, fd, HEADER_BYTES + sizeBytes),
  });
  return wrap(native, object, 'write');
}

/** Puts a file under a name: CreateFileMapping of a file. The mapping owns one use of the file, counted already. */
export function nameFileMapping(
  native: Native,
  file: PosixFile,
  security: SecurityAttributes | null,
  protection: PageProtection,
  sizeBytes: number,
  name: string,
): PosixFileMapping {
  const { dev, ino } = fs.fstatSync(file.fd, { bigint: true });
  const header = {
    kind: 'file mapping',
    detail: protection.value,
    dataOffset: 0,
    sizeBytes,
    file: { path: file.location, device: dev, inode: ino },
  } as const;
  const object = KernelObject.create(native, name, security, header, 'CreateFileMapping', {});
  if (!object.alreadyExisted) {
    return new PosixFileMapping(new NamedFile(object, file), protection, sizeBytes);
  }
  const existing = wrap(native, object, 'write');
  file.removeMapping();
  return existing;
}

/** OpenFileMapping. @throws NOT_FOUND (2), ACCESS_DENIED (5), INVALID_HANDLE (6) */
export function openMapping(native: Native, allowed: ViewKind, name: string): PosixFileMapping {
  const opening = {
    writable: allowed === 'write',
    kind: 'file mapping',
    syscall: 'OpenFileMapping',
  } as const;
  return wrap(native, KernelObject.open(native, name, opening, false), allowed);
}

function wrap(native: Native, object: KernelObject, allowed: ViewKind): PosixFileMapping {
  try {
    const { alreadyExisted } = object;
    const { detail, dataOffset, sizeBytes, file } = object.header;
    const protection = PROTECTIONS.find(({ value }) => value === detail);
    if (protection === undefined) {
      throw new PerdureError('CORRUPT', `'${object.path}' has the protection ${detail}, which is none`);
    }
    const backing =
      file === undefined
        ? new NamedMemory(object)
        : new NamedFile(object, openFile(native, object, file, protection, allowed));
    return new PosixFileMapping(backing, protection, sizeBytes, alreadyExisted, dataOffset, allowed);
  } catch (error) {
    object.unreference();
    throw error;
  }
}

function openFile(
  { libc, abi }: Native,
  object: KernelObject,
  { path, device, inode }: NonNullable<KernelObject['header']['file']>,
  protection: PageProtection,
  allowed: ViewKind,
): PosixFile {
  const writable = protection === PAGE_READWRITE && allowed === 'write';
  const file = PosixFile.openForMapping(libc, abi, path, writable, device, inode);
  const { name } = object.header;
  if (file === undefined) {
    throw win32Error(ERROR_FILE_NOT_FOUND, 'OpenFileMapping', {
      ...nameContext(ERROR_FILE_NOT_FOUND, name, 'file mapping'),
      meaning: `the file of ${quote(name)} is no longer at '${path}'`,
    });
  }
  // Another user may name any file: one that is not that user's own could be a trap for whoever may write to it.
  const trusted = [userId(), 0, file.stat().uid].includes(object.owner);
  file.addMapping();
  file.close();
  if (trusted) return file;
  file.removeMapping();
  throw win32Error(ERROR_ACCESS_DENIED, 'OpenFileMapping', {
    path,
    meaning: `user ${object.owner}, who made ${quote(name)}, does not own the file that it names`,
  });
}

/** Memory under a name: the object lives while a mapping or a view of it does. */
class NamedMemory implements Backing {
  constructor(readonly object: KernelObject) {}

  get fd(): number {
    return this.object.fd;
  }

  get path(): string {
    return this.object.header.name;
  }

  length(): number {
    return fs.fstatSync(this.fd).size;
  }

  addMapping(): void {
    this.object.reference();
  }

  removeMapping(): void {
    this.object.unreference();
  }
}

/** A file under a name. */
class NamedFile implements Backing {
  constructor(
    readonly object: KernelObject,
    readonly file: PosixFile,
  ) {}

  get fd(): number {
    return this.file.fd;
  }

  get path(): string {
    return this.file.path;
  }

  length(): number {
    return this.file.length();
  }

  addMapping(): void {
    this.object.reference();
    this.file.addMapping();
  }

  removeMapping(): void {
    this.object.unreference();
    this.file.removeMapping();
  }
}

/** Memory without a name. */
class UnnamedMemory implements Backing {
  readonly path = 'unnamed memory';
  readonly fd: number;
  #uses = 1;

  constructor(
    { libc, system }: Native,
    readonly sizeBytes: number,
  ) {
    // Nothing is taken up before it is touched, so that only what could never be there is refused.
    if (sizeBytes > os.totalmem()) throw beyondMemory(sizeBytes);
    this.fd = system === 'linux' ? memoryFile(libc) : unlinkedFile();
    try {
      fs.ftruncateSync(this.fd, sizeBytes);
    } catch (error) {
      fs.closeSync(this.fd);
      throw fsError(error, 'ftruncate', this.path);
    }
  }

  length(): number {
    return this.sizeBytes;
  }

  addMapping(): void {
    this.#uses++;
  }

  removeMapping(): void {
    if (--this.#uses === 0) fs.closeSync(this.fd);
  }
}

/**
 * Opened a second time through node:fs, which closes its descriptors of a Worker with the Worker, also where that is
 * terminated and cannot run anything.
 */
function memoryFile(libc: Libc): number {
  const fd = libc.memfdCreate('perdure', MFD_CLOEXEC);
  if (fd < 0) throw errnoError(libc.errno(), 'memfd_create');
  try {
    return fs.openSync(`/proc/self/fd/${fd}`, 'r+');
  } catch (error) {
    throw fsError(error, 'memfd_create', 'unnamed memory');
  } finally {
    libc.close(fd);
  }
}

function unlinkedFile(): number {
  const folder = fs.mkdtempSync(`${os.tmpdir()}/perdure-`);
  const path = `${folder}/memory`;
  try {
    return fs.openSync(path, 'wx+', 0o600);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Gives the file its blocks and its length. @throws OUT_OF_MEMORY (1455) */
function allocate({ libc, system }: Native, fd: number, bytes: number): void {
  if (bytes > os.totalmem()) throw beyondMemory(bytes);
  if (system === 'linux' && libc.fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, bytes) !== 0) {
    const errno = libc.errno();
    if (isFull(errno)) throw beyondMemory(bytes);
    if (errno !== errnoNumber('EOPNOTSUPP')) throw errnoError(errno, 'fallocate');
  }
  try {
    fs.ftruncateSync(fd, bytes);
  } catch (error) {
    throw fsError(error, 'ftruncate', 'memory');
  }
}

function beyondMemory(bytes: number): PerdureError {
  return noRoom(`${bytes} bytes of shared memory`, 'CreateFileMapping');
}

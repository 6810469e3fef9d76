/**
 * A named or unnamed object as its handles have it: the hold on its file, and its first page in memory.
 *
 * Invariants: the hold ends with the last handle and the last view; the page stays mapped while a handle or somebody
 * else (an owned mutex, a wait) uses it, because the kernel keeps its address.
 */
import * as fs from 'node:fs';
import { quote } from '../../arguments.js';
import { FILE_MAP_ALL_ACCESS } from '../../constants.js';
import { MappedView } from '../../memory.js';
import { nameContext, type ObjectName, parseObjectName, type SecurityAttributes } from '../../names.js';
import {
  ERROR_ACCESS_DENIED,
  ERROR_FILE_NOT_FOUND,
  ERROR_INVALID_HANDLE,
  win32Error,
} from '../../win32-errors.js';
import { MAP_ANONYMOUS, type PosixAbi } from '../abi.js';
import { errnoError } from '../errno.js';
import { type Libc, MAP_FAILED } from '../libc.js';
import { lockWordOffset } from '../robust-mutex.js';
import {
  DATA_OFFSET_OFFSET,
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  type ObjectHeader,
  PATH_LENGTH_OFFSET,
} from './format.js';
import { createOrOpen, type Hold, type Opening, open, release } from './life-cycle.js';
import { userId } from './namespace.js';
import { modeOf } from './permissions.js';
import { watchThisProcess } from './watcher.js';

/** The native side that objects are made with. */
export interface Native {
  readonly libc: Libc;
  readonly abi: PosixAbi;
  readonly system: 'linux' | 'macos';
}

/** What a new object is made of, besides its header. */
export interface Content {
  /** Gives the object's file its length and its blocks. */
  readonly allocate?: (fd: number) => void;
  /** The first page of an object that has a state; `discard` undoes `prepare` where it does not become the object. */
  readonly page?: {
    readonly prepare: (page: MappedView) => void;
    readonly discard: (page: MappedView) => void;
  };
}

let unnamed = 0;

export class KernelObject {
  readonly #libc: Libc;
  readonly #hold: Hold | undefined;
  readonly header: ObjectHeader;
  readonly alreadyExisted: boolean;
  /** The same for every handle of one object. */
  readonly identity: string;
  #references = 1;
  #page: MappedView | undefined;
  #pageUsers = 0;

  private constructor(
    native: Native,
    header: ObjectHeader,
    hold: Hold | undefined,
    alreadyExisted: boolean,
    page: MappedView | undefined,
  ) {
    this.#libc = native.libc;
    this.#hold = hold;
    this.header = header;
    this.alreadyExisted = alreadyExisted;
    this.#page = page;
    if (hold === undefined) this.identity = `unnamed ${unnamed++}`;
    else {
      const { dev, ino } = fs.fstatSync(hold.fd, { bigint: true });
      this.identity = `${dev}:${ino}`;
    }
  }

  /**
   * Makes an object, or opens the one that has the name.
   * @param header all but the name
   * @param content what a new object is made of
   */
  static create(
    native: Native,
    name: string | null,
    security: SecurityAttributes | null,
    header: Omit<ObjectHeader, 'name'>,
    syscall: string,
    content: Content,
  ): KernelObject {
    const { libc } = native;
    if (name === null) {
      const page = preparedPage(native, undefined, content.page?.prepare);
      return new KernelObject(native, { ...header, name: '' }, undefined, false, page);
    }
    const parsed = parseObjectName(name, syscall);
    const mode = modeOf(security, syscall);
    const whole = { ...header, name: parsed.full };
    const opening = { writable: true, kind: header.kind, syscall };
    let page: MappedView | undefined;
    watchThisProcess(libc);
    const { hold, created } = createOrOpen(libc, parsed, mode, opening, (fd) => {
      writeWhole(fd, encodeHeader(whole, lockWordOffset(native)));
      content.allocate?.(fd);
      if (content.page === undefined) return () => {};
      const { prepare, discard } = content.page;
      const mapped = preparedPage(native, fd, prepare);
      page = mapped;
      return () => {
        discard(mapped);
        mapped.close();
      };
    });
    if (created) return new KernelObject(native, whole, hold, false, page);
    if (hold.owner !== userId() && hold.owner !== 0) {
      release(libc, hold);
      throw foreign(hold, parsed, syscall, 'it is not joined in place of being made', 'open it');
    }
    return KernelObject.#existing(native, hold, parsed, opening, content.page !== undefined);
  }

  /**
   * Opens an object by its name.
   *
   * An object with a state holds pointers that libc follows: whoever may write to it can take its holders over. Another
   * user’s is only met under `Global\`, where it is what the caller asked for; root, who has more to lose than that user
   * has, is kept from it all the same, for anybody may put an object under a name that root is going to look for.
   * @throws NOT_FOUND (2), INVALID_HANDLE (6), ACCESS_DENIED (5)
   */
  static open(native: Native, name: string, opening: Opening, withPage: boolean): KernelObject {
    const parsed = parseObjectName(name, opening.syscall);
    const hold = open(native.libc, parsed, opening);
    if (hold === undefined) {
      const context = nameContext(ERROR_FILE_NOT_FOUND, parsed.full, opening.kind);
      throw win32Error(ERROR_FILE_NOT_FOUND, opening.syscall, context);
    }
    if (withPage && userId() === 0 && hold.owner !== 0) {
      release(native.libc, hold);
      const why = 'that user could take over a process of root that opens it';
      throw foreign(hold, parsed, opening.syscall, why, 'have root make it');
    }
    return KernelObject.#existing(native, hold, parsed, opening, withPage);
  }

  static #existing(
    native: Native,
    hold: Hold,
    name: ObjectName,
    { kind, syscall }: Opening,
    withPage: boolean,
  ): KernelObject {
    try {
      watchThisProcess(native.libc);
      const header = readHeader(native, hold);
      if (header.name !== name.full) {
        throw win32Error(ERROR_ACCESS_DENIED, syscall, {
          path: hold.path,
          meaning: `the file of ${quote(name.full)} says it is ${quote(header.name)}`,
        });
      }
      if (header.kind !== kind) {
        const context = nameContext(ERROR_INVALID_HANDLE, name.full, kind);
        throw win32Error(ERROR_INVALID_HANDLE, syscall, context);
      }
      const page = withPage ? mapPage(native, hold.fd) : undefined;
      return new KernelObject(native, header, hold, true, page);
    } catch (error) {
      release(native.libc, hold);
      throw error;
    }
  }

  /** The descriptor of the object's file. Unnamed objects have none. */
  get fd(): number {
    return this.#hold?.fd ?? -1;
  }

  get path(): string {
    return this.#hold?.path ?? '';
  }

  /** The user who made it. */
  get owner(): number {
    return this.#hold?.owner ?? userId();
  }

  /** The first page: events and mutexes have one. */
  get page(): MappedView {
    return this.#page as MappedView;
  }

  /** Another handle, or a view. */
  reference(): void {
    this.#references++;
  }

  /** One less. With the last one this process no longer holds the object. */
  unreference(): void {
    if (--this.#references > 0) return;
    if (this.#hold !== undefined) release(this.#libc, this.#hold);
    this.#unmapIfUnused();
  }

  /** Keeps the page mapped until `unusePage`, also when the last handle is closed. */
  usePage(): void {
    this.#pageUsers++;
  }

  unusePage(): void {
    this.#pageUsers--;
    this.#unmapIfUnused();
  }

  #unmapIfUnused(): void {
    if (this.#references > 0 || this.#pageUsers > 0) return;
    this.#page?.close();
    this.#page = undefined;
  }
}

/** ACCESS_DENIED (5) because of the user who made an object. */
function foreign({ owner }: Hold, { full }: ObjectName, syscall: string, why: string, remedy: string) {
  return win32Error(ERROR_ACCESS_DENIED, syscall, {
    meaning: `${quote(full)} was made by user ${owner}: ${why}`,
    remedy: `${remedy}, if it is what you want, or choose another name`,
  });
}

/** A disk that has room for a part of it takes that part first. */
function writeWhole(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at);
}

/** The header of an object's file. @throws CORRUPT, VERSION_UNSUPPORTED */
export function readHeader(native: Native, hold: Hold): ObjectHeader {
  const fileBytes = fs.fstatSync(hold.fd).size;
  const first = Buffer.alloc(HEADER_BYTES);
  const read = fs.readSync(hold.fd, first, 0, HEADER_BYTES, 0);
  const hasPath = read === HEADER_BYTES && first.readUInt32LE(DATA_OFFSET_OFFSET) === 0;
  const path = Buffer.alloc(hasPath ? Math.min(first.readUInt32LE(PATH_LENGTH_OFFSET), HEADER_BYTES) : 0);
  const pathRead = path.length > 0 ? fs.readSync(hold.fd, path, 0, path.length, HEADER_BYTES) : 0;
  const bytes = Buffer.concat([first.subarray(0, read), path.subarray(0, pathRead)]);
  return decodeHeader(bytes, fileBytes, lockWordOffset(native), hold.path);
}

function preparedPage(
  native: Native,
  fd: number | undefined,
  prepare: (page: MappedView) => void = () => {},
): MappedView {
  const page = mapPage(native, fd);
  try {
    prepare(page);
    return page;
  } catch (error) {
    page.close();
    throw error;
  }
}

/** Maps a page of the file, or one of its own. */
function mapPage({ libc, abi, system }: Native, fd: number | undefined): MappedView {
  const flags = abi.MAP_SHARED | (fd === undefined ? MAP_ANONYMOUS[system] : 0);
  const address = libc.mmap(0, HEADER_BYTES, abi.PROT_READ | abi.PROT_WRITE, flags, fd ?? -1, 0);
  if (BigInt(address) === MAP_FAILED) throw errnoError(libc.errno(), 'mmap');
  return new MappedView(Number(address), HEADER_BYTES, 0, FILE_MAP_ALL_ACCESS, () => {
    libc.munmap(Number(address), HEADER_BYTES);
  });
}

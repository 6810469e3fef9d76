/**
 * CreateFileMapping and MapViewOfFile on POSIX, over mmap(2).
 *
 *   FILE_MAP_READ   PROT_READ,            MAP_SHARED
 *   FILE_MAP_WRITE  PROT_READ|PROT_WRITE, MAP_SHARED
 *   FILE_MAP_COPY   PROT_READ|PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE: no commit is charged for pages never written,
 *                   so that a file larger than memory can be opened copy-on-write
 */
import { rangeWithin } from '../arguments.js';
import { checkView, type ViewKind, viewKind } from '../checks.js';
import { PAGE_READWRITE, type PageProtection } from '../constants.js';
import { MappedView } from '../memory.js';
import type { FileMappingHandle } from '../os.js';
import {
  ERROR_ACCESS_DENIED,
  ERROR_FILE_INVALID,
  ERROR_INVALID_ADDRESS,
  ERROR_INVALID_PARAMETER,
  ERROR_MAPPED_ALIGNMENT,
  ERROR_NOT_ENOUGH_MEMORY,
  win32Error,
} from '../win32-errors.js';
import type { PosixAbi } from './abi.js';
import { errnoError } from './errno.js';
import { type Libc, MAP_FAILED } from './libc.js';
import type { PosixFile } from './posix-file.js';

/** What a mapping's bytes are in: a file, or the memory of a named or unnamed object. */
export interface Backing {
  readonly fd: number;
  /** Of the file, or of the object's; for error messages. */
  readonly path: string;
  length(): number;
  /** A mapping or a view begins to use it. */
  addMapping(): void;
  /** One no longer does. */
  removeMapping(): void;
}

export class PosixFileMapping implements FileMappingHandle {
  readonly kind = 'file mapping';
  #closed = false;

  /** @param backing in which one use is counted already, which this mapping gives back */
  constructor(
    readonly backing: Backing,
    readonly protection: PageProtection,
    readonly sizeBytes: number,
    readonly alreadyExisted = false,
    /** Where the mapping's bytes begin in the backing. */
    readonly dataOffset = 0,
    /** What views may do: what OpenFileMapping was asked for. */
    readonly allowed: ViewKind = 'write',
  ) {}

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.backing.removeMapping();
  }
}

/** The bytes of a file that a new mapping of it covers; extends the file as far as needed. */
export function mappedBytes(
  file: PosixFile,
  protection: PageProtection,
  maximumSize: number,
  extend: (sizeBytes: number) => void,
): number {
  const { path } = file;
  const length = file.length();
  if (maximumSize === 0 && length === 0) throw win32Error(ERROR_FILE_INVALID, 'CreateFileMapping', { path });
  if (maximumSize > length) {
    if (protection !== PAGE_READWRITE) {
      throw win32Error(ERROR_NOT_ENOUGH_MEMORY, 'CreateFileMapping', {
        path,
        meaning: `${protection.name} cannot extend the file from ${length} to ${maximumSize} bytes`,
        remedy: 'ask for at most the file’s length, or map it with PAGE_READWRITE',
      });
    }
    extend(maximumSize);
  }
  return maximumSize || length;
}

export class PosixView extends MappedView {
  constructor(
    readonly backing: Backing,
    readonly kind: ViewKind,
    /** What mmap returned, and how much it mapped: the view and the slack before it. */
    readonly base: number,
    readonly mappedBytes: number,
    /** Where in the backing it begins. */
    readonly mappedOffset: number,
    slack: number,
    offset: number,
    desiredAccess: number,
    unmap: () => void,
  ) {
    super(base + slack, mappedBytes - slack, offset, desiredAccess, unmap);
  }
}

function mmapArguments(abi: PosixAbi, kind: ViewKind): { prot: number; flags: number } {
  if (kind === 'read') return { prot: abi.PROT_READ, flags: abi.MAP_SHARED };
  const prot = abi.PROT_READ | abi.PROT_WRITE;
  return kind === 'write'
    ? { prot, flags: abi.MAP_SHARED }
    : { prot, flags: abi.MAP_PRIVATE | abi.MAP_NORESERVE };
}

/** mmap, or the coded error. */
function mmap(
  libc: Libc,
  backing: Backing,
  base: number,
  length: number,
  prot: number,
  flags: number,
  offset: number,
) {
  const address = libc.mmap(base, length, prot, flags, backing.fd, offset);
  if (BigInt(address) === MAP_FAILED) throw errnoError(libc.errno(), 'mmap', { path: backing.path });
  return Number(address);
}

export function mapView(
  libc: Libc,
  abi: PosixAbi,
  granularity: number,
  mapping: PosixFileMapping,
  desiredAccess: number,
  offset: number,
  lengthOrZero: number,
  baseAddress: bigint | null,
): PosixView {
  const syscall = baseAddress === null ? 'MapViewOfFile' : 'MapViewOfFileEx';
  const kind = viewKind(desiredAccess, syscall);
  checkView(kind, mapping.protection, syscall);
  if (kind === 'write' && mapping.allowed !== 'write') {
    throw win32Error(ERROR_ACCESS_DENIED, syscall, {
      meaning: 'the mapping was opened without FILE_MAP_WRITE',
      remedy: 'open it with that access',
    });
  }
  const { backing, dataOffset } = mapping;
  const { path } = backing;
  const length = lengthOrZero || mapping.sizeBytes - offset;
  if (offset >= mapping.sizeBytes || length > mapping.sizeBytes - offset) {
    throw win32Error(ERROR_ACCESS_DENIED, syscall, {
      path,
      meaning: `offset ${offset} and length ${lengthOrZero} reach beyond the mapping’s ${mapping.sizeBytes} bytes`,
      remedy: 'make a larger mapping, or map less of it',
    });
  }
  const start = dataOffset + offset;
  if (backing.length() < start + length) {
    throw win32Error(ERROR_FILE_INVALID, syscall, {
      path,
      code: 'FILE_CHANGED',
      meaning: `somebody shortened the file to ${backing.length()} bytes; the view would need ${start + length}`,
      remedy: 'open it again',
    });
  }
  const slack = start % granularity;
  const { prot, flags } = mmapArguments(abi, kind);
  const wish = wishedBase(baseAddress, granularity, syscall);
  const base = mmap(libc, backing, wish, length + slack, prot, flags, start - slack);
  if (wish !== 0 && base !== wish) {
    libc.munmap(base, length + slack);
    throw win32Error(ERROR_INVALID_ADDRESS, syscall, { path });
  }
  backing.addMapping();
  const mappedOffset = start - slack;
  const mapped = length + slack;
  return new PosixView(backing, kind, base, mapped, mappedOffset, slack, offset, desiredAccess, () => {
    libc.munmap(base, mapped);
    backing.removeMapping();
  });
}

function wishedBase(baseAddress: bigint | null, granularity: number, syscall: string): number {
  if (baseAddress === null) return 0;
  if (typeof baseAddress !== 'bigint' || baseAddress <= 0n || baseAddress >= 1n << 47n) {
    throw win32Error(ERROR_INVALID_ADDRESS, syscall, {
      meaning: 'the base address is outside the address space',
    });
  }
  if (baseAddress % BigInt(granularity) !== 0n) throw win32Error(ERROR_MAPPED_ALIGNMENT, syscall);
  return Number(baseAddress);
}

/** Replaces a copy-on-write view’s pages by fresh ones of the file, in place: MAP_FIXED drops the private ones. */
export function revertView(libc: Libc, abi: PosixAbi, view: PosixView): void {
  if (view.kind !== 'copy') {
    throw win32Error(ERROR_INVALID_PARAMETER, 'revertView', {
      path: view.backing.path,
      meaning: 'only a FILE_MAP_COPY view has private pages to discard',
      remedy: 'map the view with FILE_MAP_COPY',
    });
  }
  const { backing } = view;
  rangeWithin(view.mappedOffset, view.mappedBytes, backing.length(), `file '${backing.path}'`);
  const { prot, flags } = mmapArguments(abi, 'copy');
  mmap(libc, view.backing, view.base, view.mappedBytes, prot, flags | abi.MAP_FIXED, view.mappedOffset);
}

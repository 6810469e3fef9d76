/** What the calls of a simulated disk hand out, and the rules that its handles keep. */
import { dword, filePath, show } from '../arguments.js';
import { checkFileReadable, checkFileWritable, invalidHandle } from '../checks.js';
import {
  CREATE_NEW,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  GENERIC_READ,
  GENERIC_WRITE,
  type PageProtection,
  TRUNCATE_EXISTING,
} from '../constants.js';
import type { FileHandle, FileMappingHandle } from '../os.js';
import { ERROR_INVALID_PARAMETER, ERROR_SHARING_VIOLATION, win32Error } from '../win32-errors.js';
import type { StoredFile } from './stored-file.js';

export class SimulatedFile implements FileHandle {
  readonly kind = 'file';
  closed = false;
  /** This opening has flushed before: the file's name is certain. */
  nameIsDurable = false;

  constructor(
    readonly stored: StoredFile,
    readonly path: string,
    readonly location: string,
    readonly access: number,
    readonly opening: { readonly access: number; readonly share: number },
    readonly alreadyExisted: boolean,
    readonly deleteOnClose: boolean,
  ) {}
}

export class SimulatedMapping implements FileMappingHandle {
  readonly kind = 'file mapping';
  readonly alreadyExisted = false;
  closed = false;

  constructor(
    readonly stored: StoredFile,
    readonly path: string,
    readonly protection: PageProtection,
    readonly sizeBytes: number,
  ) {}
}

export function ownFile(file: FileHandle, syscall: string): SimulatedFile {
  if (!(file instanceof SimulatedFile) || file.closed) throw invalidHandle(syscall, 'file', file);
  return file;
}

export function readableFile(file: FileHandle, syscall: string): SimulatedFile {
  const own = ownFile(file, syscall);
  checkFileReadable(own.access, own.path, syscall);
  return own;
}

export function writableFile(file: FileHandle, syscall: string): SimulatedFile {
  const own = ownFile(file, syscall);
  checkFileWritable(own.access, own.path, syscall);
  return own;
}

/** The arguments of CreateFile, checked. @throws INVALID_ARGUMENT (87) */
export function checkCreateFile(
  fileName: string,
  desiredAccess: number,
  share: number,
  disposition: number,
  flagsAndAttributes: number,
) {
  const path = filePath(fileName, 'fileName');
  const access = dword(desiredAccess, 'desiredAccess');
  const flags = dword(flagsAndAttributes, 'flagsAndAttributes');
  const invalid = (meaning: string) => win32Error(ERROR_INVALID_PARAMETER, 'CreateFile', { path, meaning });
  if ((access & ~(GENERIC_READ | GENERIC_WRITE)) !== 0)
    throw invalid(`desiredAccess ${show(access)} is no combination of GENERIC_READ and GENERIC_WRITE`);
  if (!Number.isInteger(share) || share < 0 || share > 7)
    throw invalid(`shareMode ${show(share)} is no combination of FILE_SHARE_*`);
  if (!Number.isInteger(disposition) || disposition < CREATE_NEW || disposition > TRUNCATE_EXISTING)
    throw invalid(`creationDisposition ${show(disposition)} is unknown`);
  if (disposition === TRUNCATE_EXISTING && (access & GENERIC_WRITE) === 0)
    throw invalid('TRUNCATE_EXISTING needs GENERIC_WRITE');
  return { path, access, flags };
}

/** @throws SHARING_VIOLATION (32) where another opening excludes this one, or this one it */
export function checkSharing(stored: StoredFile, access: number, share: number, path: string): void {
  for (const other of stored.openings) {
    if (access === 0 || other.access === 0) continue;
    if (shares(other.access, share) && shares(access, other.share)) continue;
    throw win32Error(ERROR_SHARING_VIOLATION, 'CreateFile', { path });
  }
}

function shares(access: number, share: number): boolean {
  const reads = (access & GENERIC_READ) === 0 || (share & FILE_SHARE_READ) !== 0;
  return reads && ((access & GENERIC_WRITE) === 0 || (share & FILE_SHARE_WRITE) !== 0);
}

/**
 * The one folder of a simulated disk. Its entries are journaled: after a power cut it is as it was after any of the changes
 * since it was last certain, and never a mixture of two.
 */
import { dirname, resolve } from 'node:path';
import {
  ERROR_ACCESS_DENIED,
  ERROR_FILE_NOT_FOUND,
  ERROR_PATH_NOT_FOUND,
  win32Error,
} from '../win32-errors.js';
import type { StoredFile } from './stored-file.js';
import { Versions } from './versions.js';

export type Entries = ReadonlyMap<string, StoredFile>;

export class Folder {
  /** Absolute. */
  readonly path: string;
  readonly versions = new Versions<Entries>(new Map());

  constructor(path: string) {
    this.path = resolve(path);
  }

  get entries(): Entries {
    return this.versions.newest;
  }

  /** The absolute path of a file in this folder. @throws NOT_FOUND (3) in another, NOT_A_FILE for the folder itself */
  locate(path: string, syscall: string): string {
    const location = resolve(path);
    if (location === this.path) {
      const meaning = 'a directory cannot be mapped';
      throw win32Error(ERROR_ACCESS_DENIED, syscall, { path, code: 'NOT_A_FILE', meaning });
    }
    if (dirname(location) !== this.path) throw win32Error(ERROR_PATH_NOT_FOUND, syscall, { path });
    return location;
  }

  add(location: string, file: StoredFile): void {
    this.versions.push(new Map(this.entries).set(location, file));
  }

  /** Takes an entry away, if it is this file's. */
  remove(location: string, file: StoredFile): void {
    if (this.entries.get(location) !== file) return;
    const entries = new Map(this.entries);
    entries.delete(location);
    this.versions.push(entries);
  }

  /** @throws NOT_FOUND (2) */
  rename(from: string, to: string): void {
    const file = this.entries.get(from);
    if (file === undefined) throw win32Error(ERROR_FILE_NOT_FOUND, 'rename', { path: to });
    const entries = new Map(this.entries);
    entries.delete(from);
    this.versions.push(entries.set(to, file));
  }

  /** Image only: these entries are all there is, and certain. */
  restore(entries: Entries): void {
    this.versions.push(entries);
    this.versions.settle(this.versions.mark);
  }
}

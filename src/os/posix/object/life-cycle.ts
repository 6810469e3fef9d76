/**
 * The life of a named object's file: made whole or not at all, there while any process holds it, gone with the last.
 *
 * A holder has the file open under a shared flock(2), which the kernel drops when the process dies however it dies. Who
 * is granted the exclusive lock knows that there is no holder, and removes the file: the last one to close it, whoever
 * tries to open a dead one, and the watcher of a process that was killed (watcher.ts).
 *
 * Invariants:
 * - a file appears under an object's name complete and already held: it gets the name last (new-file.ts);
 * - a file is removed only under the exclusive lock, and only if it is still the one at that path;
 * - an opening counts as a hold only if the file is still the one at that path once the shared lock was granted;
 * - whatever fails leaves nothing behind.
 */
import * as fs from 'node:fs';
import { quote } from '../../arguments.js';
import { isPerdureError, type PerdureError } from '../../errors.js';
import { nameContext, type ObjectKind, type ObjectName } from '../../names.js';
import { ERROR_ACCESS_DENIED, ERROR_BUSY, win32Error } from '../../win32-errors.js';
import { LOCK_EX, LOCK_NB, LOCK_SH } from '../abi.js';
import { fsError } from '../errno.js';
import type { Libc } from '../libc.js';
import * as namespace from './namespace.js';
import { type NewFile, newFile } from './new-file.js';
import { noRoom } from './room.js';

const { O_RDONLY, O_RDWR, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** Looks at a name that others are making and removing at the same time, with growing waits between them. */
const ATTEMPTS = 200;

/** One opening of an object's file, and so one holder of the object. */
export interface Hold {
  readonly fd: number;
  readonly path: string;
  /** The user who made the object. */
  readonly owner: number;
}

/** How the file is opened, and in which words its refusal is told. */
export interface Opening {
  readonly writable: boolean;
  readonly kind: ObjectKind;
  readonly syscall: string;
}

/** Writes a new object's file, and returns what takes back anything it did besides. */
type Fill = (fd: number) => () => void;

const held = new Set<Hold>();

function pause(attempt: number): void {
  const milliseconds = Math.min(attempt, 10) * Math.random();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Opens an object that lives. Undefined where there is none. @throws ACCESS_DENIED */
export function open(libc: Libc, name: ObjectName, opening: Opening): Hold | undefined {
  const path = namespace.placeToOpen(name);
  if (path === undefined) return undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const fd = openFile(path, name, opening);
    if (fd === undefined) return undefined;
    let keep = false;
    try {
      const stat = fs.fstatSync(fd);
      checkFile(stat, path, name, opening);
      // Nobody holds it: its holders were killed. It is gone already, whatever its file looks like.
      if (libc.flock(fd, LOCK_EX | LOCK_NB) === 0) {
        if (removeDead(path, stat)) {
          namespace.removeEmptyFolder();
          return undefined;
        }
      } else if (libc.flock(fd, LOCK_SH | LOCK_NB) === 0 && isAt(path, stat)) {
        keep = true;
        return remember({ fd, path, owner: stat.uid });
      }
    } finally {
      if (!keep) fs.closeSync(fd);
    }
    pause(attempt);
  }
  throw win32Error(ERROR_BUSY, opening.syscall, {
    path,
    meaning: `${quote(name.full)} is being made and removed all the time`,
  });
}

/**
 * Makes an object, or opens the one that has the name.
 * @param fill writes the file's contents; nobody else sees it before it returns. What it returns takes back what it did
 *   outside the file, and is called where the file does not become the object after all
 * @throws ACCESS_DENIED, OUT_OF_MEMORY, TOO_MANY_OPEN and whatever `fill` throws; nothing is left behind
 */
export function createOrOpen(
  libc: Libc,
  name: ObjectName,
  mode: number,
  opening: Opening,
  fill: Fill,
): { hold: Hold; created: boolean } {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const existing = open(libc, name, opening);
    if (existing !== undefined) return { hold: existing, created: false };
    const hold = make(libc, name, mode, opening.syscall, fill);
    if (hold !== undefined) return { hold, created: true };
    pause(attempt);
  }
  throw win32Error(ERROR_ACCESS_DENIED, opening.syscall, {
    meaning: `${quote(name.full)} cannot be made: something that cannot be opened has its place`,
  });
}

/** Gives a hold up; the last holder removes the object. Harmless when repeated. */
export function release(libc: Libc, hold: Hold): void {
  if (!held.delete(hold)) return;
  if (libc.flock(hold.fd, LOCK_EX | LOCK_NB) === 0) {
    removeDead(hold.path, fs.fstatSync(hold.fd));
    namespace.removeEmptyFolder();
  }
  fs.closeSync(hold.fd);
}

/** What process exit does: every hold of this JavaScript thread is given up, as closing its handles would. */
export function releaseAll(libc: Libc): void {
  for (const hold of held) release(libc, hold);
}

/** Removes the object's file if nobody holds the object. @returns its opening where somebody does; the caller closes it */
export function sweep(libc: Libc, path: string): number | undefined {
  let fd: number;
  try {
    fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return undefined;
  }
  const stat = fs.fstatSync(fd);
  if (stat.isFile() && libc.flock(fd, LOCK_EX | LOCK_NB) !== 0) return fd;
  if (stat.isFile() && stat.uid === namespace.userId()) removeDead(path, stat);
  fs.closeSync(fd);
  return undefined;
}

function remember(hold: Hold): Hold {
  held.add(hold);
  return hold;
}

function openFile(path: string, name: ObjectName, { writable, kind, syscall }: Opening): number | undefined {
  try {
    return fs.openSync(path, (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw notAnObject(path, name, syscall, 'a symbolic link');
    if (code === 'EISDIR' || code === 'ENXIO') throw notAnObject(path, name, syscall, 'no regular file');
    const denied = code === 'EACCES' ? nameContext(ERROR_ACCESS_DENIED, name.full, kind) : {};
    throw fsError(error, syscall, path, denied);
  }
}

/** A regular file, of this user where the name is this user's. */
function checkFile(stat: fs.Stats, path: string, name: ObjectName, { syscall }: Opening): void {
  if (!stat.isFile()) throw notAnObject(path, name, syscall, 'no regular file');
  if (name.scope === 'local' && stat.uid !== namespace.userId()) {
    throw notAnObject(path, name, syscall, `a file of user ${stat.uid}`);
  }
}

function notAnObject(path: string, name: ObjectName, syscall: string, what: string) {
  return win32Error(ERROR_ACCESS_DENIED, syscall, {
    path,
    meaning: `${what} has the place of ${quote(name.full)}`,
    remedy: 'remove it, or choose another name',
  });
}

/** Undefined where another process made the object first, or somebody swept ours away before it was locked. */
function make(libc: Libc, name: ObjectName, mode: number, syscall: string, fill: Fill): Hold | undefined {
  let path = '';
  let file: NewFile | undefined;
  let takeBack = () => {};
  let made = false;
  try {
    path = namespace.placeToCreate(name);
    file = newFile(libc, path);
    if (libc.flock(file.fd, LOCK_SH | LOCK_NB) !== 0) return undefined;
    takeBack = fill(file.fd);
    fs.fchmodSync(file.fd, mode);
    made = file.publish();
    return made ? remember({ fd: file.fd, path, owner: namespace.userId() }) : undefined;
  } catch (error) {
    // The folder was empty, and its last user removed it.
    if (file === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw makingError(error, syscall, path);
  } finally {
    file?.end();
    if (!made) {
      takeBack();
      if (file !== undefined) fs.closeSync(file.fd);
      namespace.removeEmptyFolder();
    }
  }
}

/** A full /dev/shm is a lack of memory, not of disk. */
function makingError(error: unknown, syscall: string, path: string): PerdureError {
  const coded = isPerdureError(error) ? error : fsError(error, syscall, path);
  if (coded.code !== 'DISK_FULL') return coded;
  const { errno, errnoName } = coded;
  return noRoom('another object', syscall, { path, errno, errnoName, cause: error });
}

/** The file at `path` is this one. */
function isAt(path: string, own: fs.Stats): boolean {
  const there = fs.lstatSync(path, { throwIfNoEntry: false });
  return there !== undefined && there.ino === own.ino && there.dev === own.dev;
}

/**
 * Removes a dead object’s file, with the names that its making may have left it, under its exclusive lock.
 * @returns false where another file is at `path` by now
 */
function removeDead(path: string, own: fs.Stats): boolean {
  const names = own.nlink > 1 ? [path, ...namespace.temporaryNamesOf(path)] : [path];
  const free = isAt(path, own) || fs.lstatSync(path, { throwIfNoEntry: false }) === undefined;
  for (const name of names) if (isAt(name, own)) unlinkIfAllowed(name);
  return free;
}

/** Another user’s file stays, dead as it is. */
function unlinkIfAllowed(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EPERM' && code !== 'EACCES') throw error;
  }
}

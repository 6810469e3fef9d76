/**
 * Where the files of named objects are.
 *
 *   Local\name    /dev/shm/perdure-<uid>/<name>     in a folder that its user alone may enter
 *   Global\name   /dev/shm/perdure-global-<name>    in /dev/shm itself, where only a file's owner may remove it
 *
 * (/tmp where there is no /dev/shm.) In a file's name every byte but letters, digits, `_`, `-` and inner dots is written
 * %XX; a name longer than 180 bytes so written is %% and its SHA-256.
 *
 * Anybody may create a folder or a link in /dev/shm under the name we would use. So a folder counts only if it is one,
 * is ours, and nobody else may enter it; where another user sits on the name, the next of FOLDERS is used. Whichever
 * process looks comes to the same folder, because one that is ours is preferred to making one.
 */
import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ObjectName } from '../../names.js';
import { ERROR_ACCESS_DENIED, win32Error } from '../../win32-errors.js';
import { fsError } from '../errno.js';

const FOLDERS = 8;
const GLOBAL_PREFIX = 'perdure-global-';
const LONGEST = 180;

/** The folder of all: /dev/shm, or /tmp where there is none. */
export const ROOT = fs.existsSync('/dev/shm') ? '/dev/shm' : '/tmp';

/** This user's number. Windows has none, and never comes here. */
export const userId = (): number => process.geteuid?.() ?? -1;

function fileName(base: string): string {
  let encoded = '';
  for (const byte of Buffer.from(base)) {
    const character = String.fromCharCode(byte);
    const plain = /[A-Za-z0-9_-]/.test(character) || (character === '.' && encoded.length > 0);
    encoded += plain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded.length <= LONGEST ? encoded : `%%${createHash('sha256').update(base).digest('hex')}`;
}

/** True for a folder that only this user may enter. */
function isOurs(folder: string): boolean {
  const stat = fs.lstatSync(folder, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === userId() && (stat.mode & 0o077) === 0;
}

function candidates(): string[] {
  const first = join(ROOT, `perdure-${userId()}`);
  return Array.from({ length: FOLDERS }, (_, index) => (index === 0 ? first : `${first}.${index}`));
}

/** This user's folder, if there is one. */
export function localFolder(): string | undefined {
  return candidates().find(isOurs);
}

/** This user's folder, made where there is none. @throws ACCESS_DENIED where others sit on every name for it */
function makeLocalFolder(): string {
  for (;;) {
    const found = localFolder();
    if (found !== undefined) return found;
    const free = candidates().find((folder) => !fs.lstatSync(folder, { throwIfNoEntry: false }));
    if (free === undefined) throw squatted();
    try {
      fs.mkdirSync(free, { mode: 0o700 });
    } catch (error) {
      // Another process was quicker, ours or not: look again.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fsError(error, 'mkdir', free);
    }
  }
}

function squatted() {
  const [path = ROOT] = candidates();
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  return win32Error(ERROR_ACCESS_DENIED, 'mkdir', {
    path,
    meaning: `this user’s folder for named objects cannot be made: user ${stat?.uid} holds its name, and the ${FOLDERS - 1} after it`,
    remedy: 'have them removed by their owner or by root',
  });
}

/** Where an object’s file is made; its folder is there. @throws ACCESS_DENIED, DISK_FULL, READ_ONLY_MEDIA */
export function placeToCreate(name: ObjectName): string {
  return name.scope === 'global' ? globalPath(name) : join(makeLocalFolder(), fileName(name.base));
}

/** The file that an object has if it exists; undefined where it cannot. */
export function placeToOpen(name: ObjectName): string | undefined {
  if (name.scope === 'global') return globalPath(name);
  const folder = localFolder();
  return folder === undefined ? undefined : join(folder, fileName(name.base));
}

function globalPath(name: ObjectName): string {
  return join(ROOT, `${GLOBAL_PREFIX}${fileName(name.base)}`);
}

/** The files of every object that this user can see, those of dead ones and of objects in the making included. */
export function allPlaces(): string[] {
  const local = localFolder();
  const files = (folder: string, prefix: string) => {
    try {
      return fs.readdirSync(folder).filter((file) => file.startsWith(prefix));
    } catch {
      return [];
    }
  };
  return [
    ...(local === undefined ? [] : files(local, '').map((file) => join(local, file))),
    ...files(ROOT, GLOBAL_PREFIX).map((file) => join(ROOT, file)),
  ];
}

const IN_THE_MAKING = '%%new-';

/** A name that no object has, for a file in the making that needs one: sweeping finds it like any other. */
export function temporaryName(path: string): string {
  return `${path}${IN_THE_MAKING}${randomBytes(8).toString('hex')}`;
}

/** The temporary names that are there of what is made for this path. */
export function temporaryNamesOf(path: string): string[] {
  const folder = dirname(path);
  const beginning = `${basename(path)}${IN_THE_MAKING}`;
  return fs
    .readdirSync(folder)
    .filter((name) => name.startsWith(beginning))
    .map((name) => join(folder, name));
}

export function isInTheMaking(path: string): boolean {
  return path.includes(IN_THE_MAKING);
}

/** Removes this user's folder when nothing is left in it. */
export function removeEmptyFolder(): void {
  const folder = localFolder();
  if (folder === undefined) return;
  try {
    fs.rmdirSync(folder);
  } catch {
    // Other objects live.
  }
}

/** The named objects there are, from their files. */
import { closeSync, fstatSync } from 'node:fs';
import type { NamedObject } from '../../names.js';
import { type Native, readHeader } from './kernel-object.js';
import { sweep } from './life-cycle.js';
import { allPlaces, isInTheMaking } from './namespace.js';

/** Every object that this user may read. Removes the files of those that nobody holds any more. */
export function listObjects(native: Native): NamedObject[] {
  const objects: NamedObject[] = [];
  for (const path of allPlaces()) {
    const fd = sweep(native.libc, path);
    if (fd === undefined) continue;
    try {
      if (isInTheMaking(path)) continue;
      const header = readHeader(native, { fd, path, owner: fstatSync(fd).uid });
      const { name, kind, sizeBytes } = header;
      objects.push(kind === 'file mapping' ? { name, kind, sizeBytes } : { name, kind });
    } catch {
      // Not an object, or of another version: nothing that could be opened.
    } finally {
      closeSync(fd);
    }
  }
  return objects.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Opening a store's file, created where there is none: O(1), but for what the last commits wrote, which is verified.
 */
import { randomBytes } from 'node:crypto';
import {
  CREATE_NEW,
  FILE_ATTRIBUTE_NORMAL,
  FILE_SHARE_NONE,
  FILE_SHARE_READ,
  GENERIC_READ,
  GENERIC_WRITE,
  OPEN_ALWAYS,
  OPEN_EXISTING,
} from '../../os/constants.js';
import { isPerdureError, PerdureError } from '../../os/errors.js';
import type { FileHandle, Os } from '../../os/os.js';
import { FilePageStore, ofFile } from './file-page-store.js';
import type { FilePagerInternals, FilePagerOptions } from './options.js';
import { Recovery } from './recovery.js';
import { createStore, isBlank, type PlacedSlot, readSlots } from './slots.js';
import { StoreMapping } from './store-mapping.js';

export interface OpenedStore {
  readonly file: FileHandle;
  readonly mapping: StoreMapping;
  readonly pages: FilePageStore;
  /** The slot that the store is opened by. */
  readonly found: PlacedSlot;
  /** The slots of newer commits, of which something is missing. */
  readonly passedOver: readonly number[];
  readonly recovery: Recovery;
}

const DISPOSITIONS = { missing: OPEN_ALWAYS, new: CREATE_NEW, never: OPEN_EXISTING } as const;
const STORE_ID_BYTES = 16;

/**
 * @throws NOT_FOUND, ALREADY_EXISTS, ACCESS_DENIED, NOT_A_FILE, SHARING_VIOLATION where another process has it open, CORRUPT,
 *   VERSION_UNSUPPORTED, READ_ONLY, DISK_FULL
 */
export function openStoreFile(
  os: Os,
  path: string,
  options: Required<FilePagerOptions>,
  internals: FilePagerInternals,
): OpenedStore {
  const access = options.readonly ? GENERIC_READ : GENERIC_READ | GENERIC_WRITE;
  const share = options.readonly ? FILE_SHARE_READ : FILE_SHARE_NONE;
  const disposition = DISPOSITIONS[options.create];
  let file: FileHandle;
  try {
    file = os.createFile(path, access, share, null, disposition, FILE_ATTRIBUTE_NORMAL);
  } catch (error) {
    throw isPerdureError(error, 'SHARING_VIOLATION') ? inUse(path, options.readonly, error) : error;
  }
  try {
    if (options.create !== 'never' && isBlank(os, file))
      createStore(os, file, options.pageBytes, randomBytes(STORE_ID_BYTES));
    return findNewest(os, file, options, internals);
  } catch (error) {
    os.closeHandle(file);
    throw error;
  }
}

function inUse(path: string, readonly: boolean, cause: PerdureError): PerdureError {
  const rule = readonly
    ? 'it is open for writing, by another process or by this one; close it there first'
    : 'it is open already, in another process or in this one; a store that is written to is open once: close it there first';
  return new PerdureError('SHARING_VIOLATION', `'${path}' cannot be opened: ${rule}`, { path, cause });
}

function findNewest(
  os: Os,
  file: FileHandle,
  options: Required<FilePagerOptions>,
  internals: FilePagerInternals,
): OpenedStore {
  const slots = readSlots(os, file);
  const { pageBytes } = slots[0].slot;
  if (!options.readonly && slots.some(({ slot }) => !slot.isWritable)) {
    throw new PerdureError(
      'READ_ONLY',
      `'${file.path}' has features that this release cannot keep up; open it for reading`,
      { path: file.path },
    );
  }
  const mapping = new StoreMapping(os, file, pageBytes, options.writeMap, internals.memoryBytes);
  try {
    if (options.writeMap) mapping.fillHoles();
    mapping.mapAll();
    const pages = new FilePageStore(pageBytes, mapping, options.writeMap, (offset, bytes) =>
      os.writeFile(file, bytes, offset),
    );
    const [found, recovery] = recover(file, mapping, pages, slots);
    const { sequence, durable, pageCount } = found.slot;
    pages.pageCount = pageCount;
    pages.opened(sequence, durable, recovery.recentPages());
    const passedOver = slots.slice(0, slots.indexOf(found)).map(({ index }) => index);
    return { file, mapping, pages, found, passedOver, recovery };
  } catch (error) {
    mapping.close();
    throw error;
  }
}

/**
 * The newest slot if all that it needs is there, else the one before it; none that is older than what another one knows to be on the
 * disk: its pages may have been used again.
 * @throws CORRUPT where none is of use, for the newest one's reason
 */
function recover(
  file: FileHandle,
  mapping: StoreMapping,
  pages: FilePageStore,
  slots: readonly PlacedSlot[],
): [PlacedSlot, Recovery] {
  const durable = Math.max(...slots.map(({ slot }) => slot.durable));
  let reason: unknown;
  for (const found of slots.filter(({ slot }) => slot.sequence >= durable)) {
    const { pageCount } = found.slot;
    try {
      if (pageCount > mapping.filePages) {
        throw new PerdureError(
          'CORRUPT',
          `'${file.path}' has ${mapping.filePages} whole pages where its root slot says ${pageCount}; it was cut short`,
          { path: file.path },
        );
      }
      pages.pageCount = pageCount;
      const recovery = new Recovery(pages, found.slot);
      recovery.run();
      return [found, recovery];
    } catch (error) {
      if (!isPerdureError(error, 'CORRUPT')) throw error;
      reason ??= error.path === undefined ? ofFile(file.path, error) : error;
    }
  }
  throw reason;
}

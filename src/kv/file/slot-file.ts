/**
 * Root slots and flushes of a store's file. Slots are written by position, also where pages are stored through the mapping: a process that
 * is killed in the middle of a store would leave half a slot. What was stored through views has to be handed to FlushViewOfFile
 * first, where FlushFileBuffers does not write it.
 */
import type { FileHandle, Os } from '../../os/os.js';
import type { SlotFile } from './durability.js';
import { type FilePageStore, NO_PAGES } from './file-page-store.js';
import type { StoreMapping } from './store-mapping.js';

export function slotFileOf(
  os: Os,
  file: FileHandle,
  mapping: StoreMapping,
  pages: FilePageStore,
  writesMap: boolean,
): SlotFile {
  const { pageBytes } = pages;
  const flushesViews = writesMap && !os.getSystemInfo().flushFileBuffersWritesViews;
  /** What FlushViewOfFile is being told of in another thread: a blocking flush meanwhile cannot count on it. */
  let underWay = NO_PAGES;
  /** What FlushViewOfFile has to be told of: what commits have stored since the last time. */
  const ranges = () => {
    const { stored } = pages;
    pages.stored = NO_PAGES;
    underWay = { from: Math.min(stored.from, underWay.from), end: Math.max(stored.end, underWay.end) };
    const { from, end } = underWay;
    return from < end ? [...mapping.viewsWithin(from, end)] : [];
  };
  return {
    path: file.path,
    writeSlot: (index, bytes) => os.writeFile(file, bytes, index * pageBytes),
    flushSync: () => {
      if (flushesViews) {
        for (const range of ranges()) os.flushViewOfFile(...range);
        underWay = NO_PAGES;
      }
      os.flushFileBuffers(file);
    },
    flush: async () => {
      if (flushesViews) {
        // All at once: a view that is retired meanwhile may be unmapped, which waits for calls that have begun.
        await Promise.all(ranges().map((range) => os.flushViewOfFileAsync(...range)));
        underWay = NO_PAGES;
      }
      await os.flushFileBuffersAsync(file);
    },
  };
}

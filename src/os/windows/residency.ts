/**
 * What of a view is in memory, and hints about what should be. Hints never fail: their results are not looked at.
 *
 * Residency on Windows is that of the process's working set: a page that another process uses, or that waits in the
 * standby list, costs a soft fault and counts as absent.
 */
import type { ByteCount } from '../arguments.js';
import { show } from '../arguments.js';
import { PerdureError } from '../errors.js';
import type { MappedView } from '../memory.js';
import type { Advice } from '../os.js';
import { win32Error } from '../win32-errors.js';
import type { Kernel32 } from './kernel32.js';
import * as abi from './kernel32.js';
import { viewMemory } from './view.js';

const ADVICE: ReadonlySet<unknown> = new Set<Advice>(['normal', 'random', 'sequential', 'dontneed']);
/** Pages asked about in one call: 1 MiB of answers. */
const PAGES_PER_QUERY = 0x10000;

export function prefetchVirtualMemory(
  kernel32: Kernel32,
  view: MappedView,
  offset: ByteCount,
  length: ByteCount,
): void {
  const { address, lengthBytes } = viewMemory(view, offset, length, 'PrefetchVirtualMemory');
  if (lengthBytes === 0) return;
  const range = BigUint64Array.of(BigInt(address), BigInt(lengthBytes));
  kernel32.PrefetchVirtualMemory(abi.CURRENT_PROCESS, range.length / abi.MEMORY_RANGE_WORDS, range, 0);
}

/**
 * 'dontneed': VirtualUnlock on pages that are not locked takes them out of the working set, and fails with
 * ERROR_NOT_LOCKED, as documented. Dirty pages are kept. Windows has no counterpart of the others for a view; for a
 * file there are FILE_FLAG_RANDOM_ACCESS and FILE_FLAG_SEQUENTIAL_SCAN.
 */
export function adviseView(
  kernel32: Kernel32,
  view: MappedView,
  offset: ByteCount,
  length: ByteCount,
  advice: Advice,
): void {
  const { address, lengthBytes } = viewMemory(view, offset, length, 'VirtualUnlock');
  if (!ADVICE.has(advice)) {
    throw new PerdureError(
      'INVALID_ARGUMENT',
      `advice must be one of ${[...ADVICE].join(', ')}, not ${show(advice)}`,
    );
  }
  if (advice === 'dontneed' && lengthBytes > 0) kernel32.VirtualUnlock(address, lengthBytes);
}

export function queryResidency(
  kernel32: Kernel32,
  pageSize: number,
  view: MappedView,
  offset: ByteCount,
  length: ByteCount,
): Uint8Array {
  const { address, lengthBytes } = viewMemory(view, offset, length, 'QueryWorkingSetEx');
  if (lengthBytes === 0) return new Uint8Array(0);
  const firstPage = Math.floor(address / pageSize);
  const pageCount = Math.ceil((address + lengthBytes) / pageSize) - firstPage;
  const resident = new Uint8Array(pageCount);
  for (let done = 0; done < pageCount; done += PAGES_PER_QUERY) {
    const count = Math.min(PAGES_PER_QUERY, pageCount - done);
    const query = new BigUint64Array(count * abi.WORKING_SET_EX_WORDS);
    for (let page = 0; page < count; page++) {
      query[page * abi.WORKING_SET_EX_WORDS] = BigInt((firstPage + done + page) * pageSize);
    }
    if (!kernel32.K32QueryWorkingSetEx(abi.CURRENT_PROCESS, query, query.byteLength)) {
      throw win32Error(kernel32.GetLastError(), 'QueryWorkingSetEx');
    }
    for (let page = 0; page < count; page++) {
      resident[done + page] = Number(query[page * abi.WORKING_SET_EX_WORDS + 1]! & 1n);
    }
  }
  return resident;
}

/** Windows tells no process which pages of a view are dirty. */
export function queryDirtyBytes(view: MappedView, offset: ByteCount, length: ByteCount): undefined {
  viewMemory(view, offset, length, 'QueryWorkingSetEx');
}

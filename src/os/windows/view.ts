/**
 * Views: MapViewOfFile(Ex), UnmapViewOfFile, FlushViewOfFile, and the return of a copy-on-write view to the file.
 *
 *   base (allocation granularity)     address that MappedView gets
 *   |<------------ slack ------------>|<---------- length ---------->|
 *
 * Invariants:
 * - UnmapViewOfFile is called once for each successful mapping, with its base, by MappedView's unmap function only;
 * - a FILE_MAP_COPY view keeps a handle of its own to the section, so that it can be reverted after every handle of the
 *   caller was closed; the handle is closed when the view is unmapped. How it is reverted: copy-on-write.ts;
 * - a view of a named mapping keeps the handle open that it was made from. A view keeps the memory, but the system
 *   removes a name with the last handle, whatever CreateFileMapping's documentation says of "all references".
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ByteCount } from '../arguments.js';
import { byteCount, show } from '../arguments.js';
import { invalidHandle, type ViewKind, viewKind } from '../checks.js';
import { FILE_MAP_READ, FILE_MAP_WRITE } from '../constants.js';
import { PerdureError } from '../errors.js';
import { MappedView } from '../memory.js';
import type { FileMappingHandle } from '../os.js';
import {
  ERROR_ACCESS_DENIED,
  ERROR_INVALID_ADDRESS,
  ERROR_INVALID_PARAMETER,
  ERROR_LOCK_VIOLATION,
  win32Error,
} from '../win32-errors.js';
import { mapCopy, revertCopy } from './copy-on-write.js';
import { openMapping, type WindowsFileMapping } from './handles.js';
import type { Kernel32 } from './kernel32.js';
import * as abi from './kernel32.js';
import { lastErrorOf } from './last-error.js';

/** What is known of a view beside its memory. */
interface Placement {
  readonly kind: ViewKind;
  readonly base: number;
  readonly alignedOffset: number;
  readonly mappedBytes: number;
  /** The section handle that a copy-on-write view keeps; 0 for the other kinds. */
  readonly section: number;
  readonly replacedPlaceholder: boolean;
  readonly subject: string;
  mapped: boolean;
}

const placements = new WeakMap<MappedView, Placement>();

/** Combinations reduced to what MapViewOfFile makes of them, so that no system reads them in another way. */
const ACCESS = { read: FILE_MAP_READ, write: FILE_MAP_WRITE } as const;

/** @throws INVALID_HANDLE for what is no view of this system */
function placementOf(view: MappedView, syscall: string): Placement {
  const placement = placements.get(view);
  if (placement === undefined) throw invalidHandle(syscall, 'view', view);
  return placement;
}

function duplicate(kernel32: Kernel32, mapping: WindowsFileMapping, syscall: string): number {
  const copy: [number] = [0];
  const self = abi.CURRENT_PROCESS;
  if (!kernel32.DuplicateHandle(self, mapping.value, self, copy, 0, 0, abi.DUPLICATE_SAME_ACCESS)) {
    throw win32Error(kernel32.GetLastError(), syscall, { path: mapping.subject });
  }
  return Number(copy[0]);
}

function viewRange(mapping: WindowsFileMapping, offset: ByteCount, length: ByteCount, syscall: string) {
  const start = byteCount(offset, 'offset');
  const wanted = byteCount(length, 'length');
  const limit = mapping.sizeBytes;
  // Windows reports 5 for every such range; Wine 87 where the offset itself is beyond the mapping.
  if (start >= limit || wanted > limit - start) {
    throw win32Error(ERROR_ACCESS_DENIED, syscall, {
      path: mapping.subject,
      meaning: `offset ${start} and length ${wanted} reach beyond the mapping's ${limit} bytes`,
      remedy: 'make a larger mapping, or map less of it',
    });
  }
  return { start, lengthBytes: wanted === 0 ? limit - start : wanted };
}

function wishedBase(baseAddress: bigint | null): bigint {
  if (baseAddress === null) return 0n;
  if (typeof baseAddress !== 'bigint') {
    throw new PerdureError(
      'INVALID_ARGUMENT',
      `baseAddress must be a bigint or null, not ${show(baseAddress)}`,
    );
  }
  // The user part of the address space ends at 2^47; an address from there on would not be an exact number either.
  if (baseAddress > 0n && baseAddress < 1n << 47n) return baseAddress;
  throw win32Error(ERROR_INVALID_ADDRESS, 'MapViewOfFileEx', {
    meaning: 'the base address is outside the address space',
  });
}

/**
 * MapViewOfFile and MapViewOfFileEx. With an unaligned offset, `baseAddress` is where the slack begins.
 */
export function mapView(
  kernel32: Kernel32,
  granularity: number,
  handle: FileMappingHandle,
  desiredAccess: number,
  offset: ByteCount,
  length: ByteCount,
  baseAddress: bigint | null,
  syscall: string,
): MappedView {
  const mapping = openMapping(handle, syscall);
  const kind = viewKind(desiredAccess, syscall);
  const { start, lengthBytes } = viewRange(mapping, offset, length, syscall);
  const wished = wishedBase(baseAddress);
  const slack = start % granularity;
  const alignedOffset = start - slack;
  const mappedBytes = slack + lengthBytes;
  const section = kind === 'copy' ? duplicate(kernel32, mapping, syscall) : 0;

  const [high, low] = [abi.highDword(alignedOffset), abi.lowDword(alignedOffset)];
  const { base, replacedPlaceholder } =
    kind === 'copy'
      ? mapCopy(kernel32, { section, alignedOffset, mappedBytes }, wished)
      : {
          base: kernel32.MapViewOfFileEx(mapping.value, ACCESS[kind], high, low, mappedBytes, wished),
          replacedPlaceholder: false,
        };
  if (base === 0) {
    const lastError = kernel32.GetLastError();
    if (section !== 0) kernel32.CloseHandle(section);
    throw win32Error(lastError, syscall, { path: mapping.subject });
  }
  const { subject } = mapping;
  const letGo = mapping.named ? mapping.hold() : () => {};
  const placement: Placement = {
    kind,
    base,
    alignedOffset,
    mappedBytes,
    section,
    replacedPlaceholder,
    subject,
    mapped: true,
  };
  const view = new MappedView(base + slack, lengthBytes, start, desiredAccess, () => {
    if (placement.mapped) kernel32.UnmapViewOfFile(base);
    placement.mapped = false;
    if (section !== 0) kernel32.CloseHandle(section);
    letGo();
  });
  placements.set(view, placement);
  return view;
}

export function unmapViewOfFile(view: MappedView): void {
  placementOf(view, 'UnmapViewOfFile');
  view.close();
}

/**
 * The range stays occupied throughout. Where the view cannot be mapped anew in it, for want of memory say, the view is
 * closed and its buffers detached.
 */
export function revertView(kernel32: Kernel32, view: MappedView): void {
  const placement = placementOf(view, 'MapViewOfFileEx');
  view.addressOf(0, 0);
  if (placement.kind !== 'copy') {
    throw win32Error(ERROR_INVALID_PARAMETER, 'MapViewOfFileEx', {
      path: placement.subject,
      meaning: 'only a view mapped with FILE_MAP_COPY has private pages to discard',
    });
  }
  const { lastError, syscall, mapped } = revertCopy(kernel32, placement, placement);
  if (lastError === 0) return;
  if (mapped) throw win32Error(lastError, syscall, { path: placement.subject });
  placement.mapped = false;
  view.close();
  throw win32Error(lastError, syscall, {
    path: placement.subject,
    meaning: 'the view could not be mapped again at its address, and was closed',
    remedy: 'map a new view',
  });
}

/**
 * The memory of a range of a view, for a system call. Length 0: to the view's end.
 * @throws CLOSED, OUT_OF_BOUNDS, INVALID_HANDLE
 */
export function viewMemory(view: MappedView, offset: ByteCount, length: ByteCount, syscall: string) {
  const { kind, subject } = placementOf(view, syscall);
  const start = byteCount(offset, 'offset');
  const wanted = byteCount(length, 'length');
  const address = view.addressOf(start, wanted);
  return { address, lengthBytes: wanted === 0 ? view.lengthBytes - start : wanted, kind, subject };
}

/** The range of a flush; undefined where there is nothing to write. Private pages never go to the file. */
function flushRange(view: MappedView, offset: ByteCount, length: ByteCount) {
  const range = viewMemory(view, offset, length, 'FlushViewOfFile');
  return range.kind === 'copy' || range.lengthBytes === 0 ? undefined : range;
}

/**
 * How long to wait before another try, in milliseconds. FlushViewOfFile fails with ERROR_LOCK_VIOLATION while the
 * memory manager itself writes the same pages; the .NET runtime retries it in the same way (MemoryMappedView.Flush).
 */
const LOCK_WAITS_MS = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

const flushError = (lastError: number, subject: string) =>
  win32Error(lastError, 'FlushViewOfFile', { path: subject });

export function flushViewOfFile(
  kernel32: Kernel32,
  view: MappedView,
  offset: ByteCount,
  length: ByteCount,
): void {
  const range = flushRange(view, offset, length);
  if (range === undefined) return;
  let lastError = 0;
  for (const waitMs of LOCK_WAITS_MS) {
    if (waitMs > 0) kernel32.Sleep(waitMs);
    if (kernel32.FlushViewOfFile(range.address, range.lengthBytes)) return;
    lastError = kernel32.GetLastError();
    if (lastError !== ERROR_LOCK_VIOLATION) break;
  }
  throw flushError(lastError, range.subject);
}

export async function flushViewOfFileAsync(
  kernel32: Kernel32,
  view: MappedView,
  offset: ByteCount,
  length: ByteCount,
): Promise<void> {
  const range = flushRange(view, offset, length);
  if (range === undefined) return;
  const unpin = view.pin();
  try {
    let lastError = 0;
    for (const waitMs of LOCK_WAITS_MS) {
      if (waitMs > 0) await sleep(waitMs);
      lastError = await lastErrorOf(kernel32, (done) =>
        kernel32.FlushViewOfFile.async(range.address, range.lengthBytes, done),
      );
      if (lastError === 0) return;
      if (lastError !== ERROR_LOCK_VIOLATION) break;
    }
    throw flushError(lastError, range.subject);
  } finally {
    unpin();
  }
}

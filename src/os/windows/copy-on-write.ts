/**
 * Copy-on-write views (PAGE_WRITECOPY), and their return to the file at the same address.
 *
 *   with placeholders     VirtualAlloc2 reserves one, MapViewOfFile3 replaces it by the view. A revert unmaps the view
 *   (Windows 10 1803)     back to the placeholder and replaces that again: every page is the file's once more.
 *   without them          MapViewOfFileEx. A revert leaves the view where it is and copies the section's present bytes
 *   (older, Wine 8)       over the pages that differ, from a second view for reading.
 *
 * Invariants:
 * - the range is never free between mapCopy and the unmapping, so nothing else in the process can be placed there;
 * - a placeholder is replaced by a view or freed before mapCopy and revertCopy return; UnmapViewOfFile of a view that
 *   replaced one frees both;
 * - where placeholders fail in any way, mapCopy maps without, and the error is that of MapViewOfFileEx.
 *
 * Without placeholders a revert reads the whole range, and pages that were stored to stay private copies until the view
 * is unmapped: they show what the file held at the latest revert, not what is written to it later. Their commit charge
 * was paid when the view was mapped.
 *
 * Wine 8 exports the functions, but its VirtualAlloc2 refuses placeholders (87), and its MapViewOfFile3 ignores the flag
 * and maps elsewhere: under Wine only the second way runs, the first only against stand-ins.
 */
import { FILE_MAP_COPY, FILE_MAP_READ, PAGE_WRITECOPY } from '../constants.js';
import type { Kernel32, SystemInfoStruct } from './kernel32.js';
import * as abi from './kernel32.js';

/** A range of a section, by a handle that the view keeps. */
export interface SectionRange {
  readonly section: number;
  readonly alignedOffset: number;
  readonly mappedBytes: number;
}

/** Where a copy-on-write view is. */
export interface PlacedCopy {
  readonly base: number;
  readonly replacedPlaceholder: boolean;
}

/** How a revert ended. lastError 0: done. `mapped` false: the view is gone, and its range free. */
export interface RevertOutcome {
  readonly lastError: number;
  readonly syscall: string;
  readonly mapped: boolean;
}

function pageSize(kernel32: Kernel32): number {
  const info: Partial<SystemInfoStruct> = {};
  kernel32.GetSystemInfo(info);
  return Number(info.dwPageSize);
}

/** Replaces a placeholder of exactly the view's pages. The length itself stays unrounded: it must not pass the section. */
function replacePlaceholder(api: abi.PlaceholderCalls, range: SectionRange, base: number): number {
  const { section, alignedOffset, mappedBytes } = range;
  const [self, type, protect] = [abi.CURRENT_PROCESS, abi.MEM_REPLACE_PLACEHOLDER, PAGE_WRITECOPY.value];
  return api.MapViewOfFile3(section, self, base, alignedOffset, mappedBytes, type, protect, null, 0);
}

/** The base of a view in a placeholder, or 0 where there is none to be had. */
function mapInPlaceholder(kernel32: Kernel32, range: SectionRange, wished: bigint): number {
  const api = kernel32.placeholders;
  if (api === undefined) return 0;
  const page = pageSize(kernel32);
  const bytes = Math.ceil(range.mappedBytes / page) * page;
  const type = abi.MEM_RESERVE | abi.MEM_RESERVE_PLACEHOLDER;
  const self = abi.CURRENT_PROCESS;
  const placeholder = api.VirtualAlloc2(self, wished, bytes, type, abi.PAGE_NOACCESS, null, 0);
  if (placeholder === 0) return 0;
  // VirtualAlloc2 rounds an unaligned address down, MapViewOfFileEx refuses it.
  const asWished = wished === 0n || BigInt(placeholder) === wished;
  const base = asWished ? replacePlaceholder(api, range, placeholder) : 0;
  if (base === placeholder) return base;
  if (base !== 0) kernel32.UnmapViewOfFile(base);
  kernel32.VirtualFree(placeholder, 0, abi.MEM_RELEASE);
  return 0;
}

/** Maps a FILE_MAP_COPY view; `wished` 0: anywhere. A base of 0: GetLastError is that of MapViewOfFileEx. */
export function mapCopy(kernel32: Kernel32, range: SectionRange, wished: bigint): PlacedCopy {
  const inPlaceholder = mapInPlaceholder(kernel32, range, wished);
  if (inPlaceholder !== 0) return { base: inPlaceholder, replacedPlaceholder: true };
  return { base: mapRange(kernel32, range, FILE_MAP_COPY, wished), replacedPlaceholder: false };
}

function mapRange(kernel32: Kernel32, range: SectionRange, access: number, wished: bigint): number {
  const { section, alignedOffset, mappedBytes } = range;
  const [high, low] = [abi.highDword(alignedOffset), abi.lowDword(alignedOffset)];
  return kernel32.MapViewOfFileEx(section, access, high, low, mappedBytes, wished);
}

/** Unmaps the view back to its placeholder, which keeps the range, and maps it there anew. */
function mapAnew(
  kernel32: Kernel32,
  api: abi.PlaceholderCalls,
  range: SectionRange,
  base: number,
): RevertOutcome {
  if (!api.UnmapViewOfFile2(abi.CURRENT_PROCESS, base, abi.MEM_PRESERVE_PLACEHOLDER)) {
    return { lastError: kernel32.GetLastError(), syscall: 'UnmapViewOfFile2', mapped: true };
  }
  if (replacePlaceholder(api, range, base) !== 0) return done('MapViewOfFile3');
  const lastError = kernel32.GetLastError();
  kernel32.VirtualFree(base, 0, abi.MEM_RELEASE);
  return { lastError, syscall: 'MapViewOfFile3', mapped: false };
}

/** Copies the section's bytes over the pages of the view that differ. */
function copyBack(kernel32: Kernel32, range: SectionRange, base: number): RevertOutcome {
  const syscall = 'MapViewOfFileEx';
  const source = mapRange(kernel32, range, FILE_MAP_READ, 0n);
  if (source === 0) return { lastError: kernel32.GetLastError(), syscall, mapped: true };
  const page = pageSize(kernel32);
  const end = range.mappedBytes;
  let at = 0;
  while (at < end) {
    at += Number(kernel32.RtlCompareMemory(base + at, source + at, end - at));
    if (at >= end) break;
    const start = at - (at % page);
    at = Math.min(start + page, end);
    kernel32.RtlMoveMemory(base + start, source + start, at - start);
  }
  kernel32.UnmapViewOfFile(source);
  return done(syscall);
}

const done = (syscall: string): RevertOutcome => ({ lastError: 0, syscall, mapped: true });

/** Makes a view of mapCopy show what the section holds now. */
export function revertCopy(kernel32: Kernel32, range: SectionRange, copy: PlacedCopy): RevertOutcome {
  const api = kernel32.placeholders;
  return copy.replacedPlaceholder && api !== undefined
    ? mapAnew(kernel32, api, range, copy.base)
    : copyBack(kernel32, range, copy.base);
}

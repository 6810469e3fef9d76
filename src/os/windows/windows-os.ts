/** The contract of os.ts on kernel32. kernel32.dll is loaded here, not when the module is imported. */
import { PerdureError } from '../errors.js';
import type { Os, SystemInfo } from '../os.js';
import { allocateBlocks, allocateBlocksAsync } from './allocate.js';
import * as events from './event.js';
import * as files from './file.js';
import { closeHandle } from './handles.js';
import { type Kernel32, loadKernel32, type SystemInfoStruct } from './kernel32.js';
import { createFileMapping, openFileMapping } from './mapping.js';
import { createMutex, openMutex } from './mutex.js';
import { listNamedObjects } from './named-list.js';
import * as residency from './residency.js';
import { readFile, writeFile } from './transfer.js';
import * as views from './view.js';
import { waitCalls } from './wait-calls.js';

function readSystemInfo(kernel32: Kernel32): SystemInfo {
  const info: Partial<SystemInfoStruct> = {};
  kernel32.GetSystemInfo(info);
  return {
    pageSize: Number(info.dwPageSize),
    allocationGranularity: Number(info.dwAllocationGranularity),
    copyOnWriteChargesCommit: true,
    flushFileBuffersWritesViews: false,
  };
}

/** @throws UNSUPPORTED elsewhere than on Windows */
export function createWindowsOs(): Os {
  if (process.platform !== 'win32') {
    throw new PerdureError('UNSUPPORTED', `kernel32 exists on Windows only, not on ${process.platform}`);
  }
  const k = loadKernel32();
  const systemInfo = Object.freeze(readSystemInfo(k));
  const { pageSize, allocationGranularity } = systemInfo;

  return {
    platform: 'windows',
    getSystemInfo: () => systemInfo,

    createFile: (fileName, access, share, _security, disposition, flags) =>
      files.createFile(k, fileName, access, share, disposition, flags),
    getFileSizeEx: (file) => files.getFileSizeEx(k, file),
    getAllocatedSize: (file) => files.getAllocatedSize(k, file),
    readFile: (file, buffer, offset) => readFile(k, file, buffer, offset),
    writeFile: (file, buffer, offset) => writeFile(k, file, buffer, offset),
    setEndOfFile: (file, sizeBytes) => files.setEndOfFile(k, file, sizeBytes),
    allocateBlocks: (file, offset, length) => allocateBlocks(k, file, offset, length),
    allocateBlocksAsync: (file, offset, length) => allocateBlocksAsync(k, file, offset, length),
    flushFileBuffers: (file) => files.flushFileBuffers(k, file),
    flushFileBuffersAsync: (file) => files.flushFileBuffersAsync(k, file),
    replaceFile: (from, to) => files.replaceFile(k, from, to),

    createFileMapping: (file, security, protection, maximumSize, name) =>
      createFileMapping(k, file, security, protection, maximumSize, name),
    openFileMapping: (access, inherit, name) => openFileMapping(k, access, inherit, name),
    closeHandle,
    listNamedObjects: () => listNamedObjects(k),

    createEvent: (security, manualReset, initialState, name) =>
      events.createEvent(k, security, manualReset, initialState, name),
    openEvent: (access, inherit, name) => events.openEvent(k, access, inherit, name),
    setEvent: (event) => events.setEvent(k, event),
    resetEvent: (event) => events.resetEvent(k, event),
    createMutex: (security, initialOwner, name) => createMutex(k, security, initialOwner, name),
    openMutex: (access, inherit, name) => openMutex(k, access, inherit, name),
    ...waitCalls(k),

    mapViewOfFile: (mapping, access, offset, length) =>
      views.mapView(k, allocationGranularity, mapping, access, offset, length, null, 'MapViewOfFile'),
    mapViewOfFileEx: (mapping, access, offset, length, baseAddress) =>
      views.mapView(
        k,
        allocationGranularity,
        mapping,
        access,
        offset,
        length,
        baseAddress,
        'MapViewOfFileEx',
      ),
    unmapViewOfFile: views.unmapViewOfFile,
    flushViewOfFile: (view, offset, length) => views.flushViewOfFile(k, view, offset, length),
    flushViewOfFileAsync: (view, offset, length) => views.flushViewOfFileAsync(k, view, offset, length),
    revertView: (view) => views.revertView(k, view),

    prefetchVirtualMemory: (view, offset, length) => residency.prefetchVirtualMemory(k, view, offset, length),
    adviseView: (view, offset, length, advice) => residency.adviseView(k, view, offset, length, advice),
    queryResidency: (view, offset, length) => residency.queryResidency(k, pageSize, view, offset, length),
    queryDirtyBytes: residency.queryDirtyBytes,
  };
}

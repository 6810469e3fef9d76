/**
 * The calls of file mapping as functions, under the names and with the arguments of the Win32 documentation, bound to
 * this platform’s implementation. The contract of each stands in os.ts.
 */
import { nativeOs } from './native.js';
import type { Os } from './os.js';

export const getSystemInfo: Os['getSystemInfo'] = () => nativeOs().getSystemInfo();
export const createFile: Os['createFile'] = (...args) => nativeOs().createFile(...args);
export const getFileSizeEx: Os['getFileSizeEx'] = (...args) => nativeOs().getFileSizeEx(...args);
export const getAllocatedSize: Os['getAllocatedSize'] = (...args) => nativeOs().getAllocatedSize(...args);
export const setEndOfFile: Os['setEndOfFile'] = (...args) => nativeOs().setEndOfFile(...args);
export const allocateBlocks: Os['allocateBlocks'] = (...args) => nativeOs().allocateBlocks(...args);
export const allocateBlocksAsync: Os['allocateBlocksAsync'] = (...args) =>
  nativeOs().allocateBlocksAsync(...args);
export const createFileMapping: Os['createFileMapping'] = (...args) => nativeOs().createFileMapping(...args);
export const openFileMapping: Os['openFileMapping'] = (...args) => nativeOs().openFileMapping(...args);
export const mapViewOfFile: Os['mapViewOfFile'] = (...args) => nativeOs().mapViewOfFile(...args);
export const mapViewOfFileEx: Os['mapViewOfFileEx'] = (...args) => nativeOs().mapViewOfFileEx(...args);
export const flushViewOfFile: Os['flushViewOfFile'] = (...args) => nativeOs().flushViewOfFile(...args);
export const flushViewOfFileAsync: Os['flushViewOfFileAsync'] = (...args) =>
  nativeOs().flushViewOfFileAsync(...args);
export const flushFileBuffers: Os['flushFileBuffers'] = (...args) => nativeOs().flushFileBuffers(...args);
export const flushFileBuffersAsync: Os['flushFileBuffersAsync'] = (...args) =>
  nativeOs().flushFileBuffersAsync(...args);
export const unmapViewOfFile: Os['unmapViewOfFile'] = (...args) => nativeOs().unmapViewOfFile(...args);
export const closeHandle: Os['closeHandle'] = (...args) => nativeOs().closeHandle(...args);
export const prefetchVirtualMemory: Os['prefetchVirtualMemory'] = (...args) =>
  nativeOs().prefetchVirtualMemory(...args);
export const adviseView: Os['adviseView'] = (...args) => nativeOs().adviseView(...args);
export const queryResidency: Os['queryResidency'] = (...args) => nativeOs().queryResidency(...args);
export const queryDirtyBytes: Os['queryDirtyBytes'] = (...args) => nativeOs().queryDirtyBytes(...args);
export const createEvent: Os['createEvent'] = (...args) => nativeOs().createEvent(...args);
export const openEvent: Os['openEvent'] = (...args) => nativeOs().openEvent(...args);
export const setEvent: Os['setEvent'] = (...args) => nativeOs().setEvent(...args);
export const resetEvent: Os['resetEvent'] = (...args) => nativeOs().resetEvent(...args);
export const createMutex: Os['createMutex'] = (...args) => nativeOs().createMutex(...args);
export const openMutex: Os['openMutex'] = (...args) => nativeOs().openMutex(...args);
export const releaseMutex: Os['releaseMutex'] = (...args) => nativeOs().releaseMutex(...args);
export const waitForSingleObject: Os['waitForSingleObject'] = (...args) =>
  nativeOs().waitForSingleObject(...args);
export const waitForSingleObjectAsync: Os['waitForSingleObjectAsync'] = (...args) =>
  nativeOs().waitForSingleObjectAsync(...args);
export const waitForMultipleObjects: Os['waitForMultipleObjects'] = (...args) =>
  nativeOs().waitForMultipleObjects(...args);
export const waitForMultipleObjectsAsync: Os['waitForMultipleObjectsAsync'] = (...args) =>
  nativeOs().waitForMultipleObjectsAsync(...args);
export const listNamedObjects: Os['listNamedObjects'] = (...args) => nativeOs().listNamedObjects(...args);
export const revertView: Os['revertView'] = (...args) => nativeOs().revertView(...args);
export const replaceFile: Os['replaceFile'] = (...args) => nativeOs().replaceFile(...args);

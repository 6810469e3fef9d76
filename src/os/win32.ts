/**
 * The calls of file mapping as functions, under the names and with the arguments of the Win32 documentation, bound to
 * this platform’s implementation. The contract of each stands in os.ts.
 *
 * Invariant: a call never ignores an argument. What was translated from C word for word, with the two DWORDs of a size or
 * an offset, would otherwise do something else than it says.
 */
import { PerdureError } from './errors.js';
import { nativeOs } from './native.js';
import type { Os } from './os.js';

/** The names of the calls in the contract. */
type Call = { [K in keyof Os]: Os[K] extends (...args: never[]) => unknown ? K : never }[keyof Os];

/** One name for each parameter: the compiler counts them. */
type Labels<Parameters extends readonly unknown[]> = { readonly [I in keyof Required<Parameters>]: string };

const DWORDS = 'a 64-bit size or offset is one number, not a high and a low DWORD';
const RESULT = 'what C writes through a pointer is returned';
const ARRAY = 'an array knows its own length';

/**
 * A call that refuses more arguments than it has.
 * @param hint in what it differs from C, where it has fewer there
 */
function call<K extends Call>(name: K, labels: Labels<Parameters<Os[K]>>, hint?: string): Os[K] {
  const count = labels.length;
  const bound = (...args: unknown[]): unknown => {
    const os = nativeOs() as unknown as Record<Call, (...args: unknown[]) => unknown>;
    if (args.length <= count) return os[name](...args);
    const error = new PerdureError(
      'INVALID_ARGUMENT',
      `${name} takes ${count} argument${count === 1 ? '' : 's'} here, not ${args.length}: (${labels.join(', ')})${hint ? `; ${hint}` : ''}`,
    );
    if (name.endsWith('Async')) return Promise.reject(error);
    throw error;
  };
  return bound as Os[K];
}

/** A call that takes one handle or view, as it does in C: `handles.forEach(closeHandle)` gives it three, and may. */
function callOfOne<K extends 'closeHandle' | 'unmapViewOfFile' | 'setEvent' | 'resetEvent' | 'releaseMutex'>(
  name: K,
): Os[K] {
  return ((handle: never) => nativeOs()[name](handle)) as Os[K];
}

export const getSystemInfo = call('getSystemInfo', [], RESULT);

export const createFile = call(
  'createFile',
  [
    'fileName',
    'desiredAccess',
    'shareMode',
    'securityAttributes',
    'creationDisposition',
    'flagsAndAttributes',
  ],
  'there is no template file',
);
export const getFileSizeEx = call('getFileSizeEx', ['file'], RESULT);
export const getAllocatedSize = call('getAllocatedSize', ['file']);
const TRANSFER = ['file', 'buffer', 'offset'] as const;
const LENGTH = 'the buffer knows its own length, and a position is one number, not an OVERLAPPED';
export const readFile = call('readFile', TRANSFER, LENGTH);
export const writeFile = call('writeFile', TRANSFER, LENGTH);
export const setEndOfFile = call('setEndOfFile', ['file', 'sizeBytes'], DWORDS);
export const allocateBlocks = call('allocateBlocks', ['file', 'offset', 'length']);
export const allocateBlocksAsync = call('allocateBlocksAsync', ['file', 'offset', 'length']);
export const flushFileBuffers = call('flushFileBuffers', ['file']);
export const flushFileBuffersAsync = call('flushFileBuffersAsync', ['file']);
export const replaceFile = call('replaceFile', ['from', 'to']);
export const closeHandle = callOfOne('closeHandle');

export const createFileMapping = call(
  'createFileMapping',
  ['file', 'securityAttributes', 'protection', 'maximumSize', 'name'],
  DWORDS,
);
export const openFileMapping = call('openFileMapping', ['desiredAccess', 'inheritHandle', 'name']);
export const listNamedObjects = call('listNamedObjects', []);

const VIEW = ['mapping', 'desiredAccess', 'offset', 'length'] as const;
export const mapViewOfFile = call('mapViewOfFile', VIEW, DWORDS);
export const mapViewOfFileEx = call('mapViewOfFileEx', [...VIEW, 'baseAddress'], DWORDS);
export const unmapViewOfFile = callOfOne('unmapViewOfFile');

const RANGE = ['view', 'offset', 'length'] as const;
export const flushViewOfFile = call('flushViewOfFile', RANGE, DWORDS);
export const flushViewOfFileAsync = call('flushViewOfFileAsync', RANGE, DWORDS);
export const prefetchVirtualMemory = call('prefetchVirtualMemory', RANGE);
export const adviseView = call('adviseView', [...RANGE, 'advice']);
export const queryResidency = call('queryResidency', RANGE);
export const queryDirtyBytes = call('queryDirtyBytes', RANGE);
export const revertView = call('revertView', ['view']);

export const createEvent = call('createEvent', ['securityAttributes', 'manualReset', 'initialState', 'name']);
export const openEvent = call('openEvent', ['desiredAccess', 'inheritHandle', 'name']);
export const setEvent = callOfOne('setEvent');
export const resetEvent = callOfOne('resetEvent');
export const createMutex = call('createMutex', ['securityAttributes', 'initialOwner', 'name']);
export const openMutex = call('openMutex', ['desiredAccess', 'inheritHandle', 'name']);
export const releaseMutex = callOfOne('releaseMutex');

const ONE = ['handle', 'milliseconds'] as const;
const SEVERAL = ['handles', 'waitAll', 'milliseconds'] as const;
export const waitForSingleObject = call('waitForSingleObject', ONE);
export const waitForSingleObjectAsync = call('waitForSingleObjectAsync', [...ONE, 'signal']);
export const waitForMultipleObjects = call('waitForMultipleObjects', SEVERAL, ARRAY);
export const waitForMultipleObjectsAsync = call('waitForMultipleObjectsAsync', [...SEVERAL, 'signal'], ARRAY);

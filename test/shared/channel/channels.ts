/** Names of channels for tests, their memory as words, and what holds one while all its peers are being killed. */
import { onTestFinished } from 'vitest';
import { FILE_MAP_WRITE, INVALID_HANDLE_VALUE, PAGE_READWRITE } from '../../../src/os/constants.js';
import { type ErrorCode, isPerdureError } from '../../../src/os/errors.js';
import { nativeOs } from '../../../src/os/native.js';
import { mappingBytes, unitsFor } from '../../../src/shared/channel/format.js';
import type { ChannelRequest, Received } from '../../processes/channel-peer.js';
import { Child } from '../../support/child.js';

let count = 0;

/** A name that no other test, and no other run of the tests, uses. */
export function freshName(): string {
  return `perdure-test-${process.pid}-${count++}`;
}

/** Keeps the memory of a channel until the test ends, as an opening of it would. */
export function holdChannel(name: string, capacityBytes: number): void {
  const os = nativeOs();
  const size = mappingBytes(unitsFor(capacityBytes));
  const mapping = os.createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, size, name);
  onTestFinished(() => os.closeHandle(mapping));
}

/** The capacity of channels that are damaged. */
export const CAPACITY = 1024;

/** The words of the mapping of that name, which is created if there is none. */
export function wordsOf(name: string, size = mappingBytes(unitsFor(CAPACITY))): Int32Array {
  const os = nativeOs();
  const mapping = os.createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, size, name);
  const view = os.mapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0);
  onTestFinished(() => {
    os.unmapViewOfFile(view);
    os.closeHandle(mapping);
  });
  return new Int32Array(view.buffer, 0, view.lengthBytes >>> 2);
}

/** Resolves with the code of the error, or undefined where the call worked. Anything that is not a coded error fails the test. */
export async function codeOf(call: () => unknown): Promise<ErrorCode | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (isPerdureError(error)) return error.code;
    throw error;
  }
}

/** A process that opens sides of channels. */
export function startPeer(): Child<ChannelRequest> {
  return Child.start<ChannelRequest>('channel-peer');
}

export type { Received };

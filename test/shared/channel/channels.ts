/** Names of channels for tests, and what holds a channel while all its peers are being killed. */
import { onTestFinished } from 'vitest';
import { INVALID_HANDLE_VALUE, PAGE_READWRITE } from '../../../src/os/constants.js';
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

/** A process that opens sides of channels. */
export function startPeer(): Child<ChannelRequest> {
  return Child.start<ChannelRequest>('channel-peer');
}

export type { Received };

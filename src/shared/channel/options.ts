/** The options of Channel.producer and Channel.consumer, and of everything that waits. */
import { type ByteCount, byteCount, integerIn, knownOptions, show } from '../../os/arguments.js';
import { PerdureError } from '../../os/errors.js';
import { LONGEST_TIMER_MS } from '../../os/interruption.js';
import { MAX_NAME_LENGTH, parseObjectName, type SecurityAttributes } from '../../os/names.js';
import { type ObjectAccess, securityOf } from '../access.js';
import type { WaitOptions } from '../timeout.js';
import { MAX_CAPACITY_BYTES } from './format.js';

/** A peer that was killed, or ended without closing its side. */
export interface LostPeer {
  readonly role: 'producer' | 'consumer';
  /** As in `message.producer`. */
  readonly number: number;
}

export interface ChannelOptions {
  /**
   * The bytes that the ring holds, and the most that one message may have. Whoever opens the channel first decides, 1 MiB
   * unless given; later openings fail where it is less than they ask for.
   */
  capacityBytes?: ByteCount;
  /** Who may open the channel, if this opening creates it: 'owner' (this user) unless given. */
  access?: ObjectAccess;
  /** Is told of every peer that was lost. */
  onPeerLost?: (peer: LostPeer) => void;
}

export interface ConsumerOptions extends ChannelOptions {
  /** The end of the last producer is not the end of the stream: receiving waits for the next one, however it ended. */
  follow?: boolean;
}

export interface CheckedOptions {
  readonly capacityBytes: number | undefined;
  readonly security: SecurityAttributes | null;
  readonly onPeerLost: ((peer: LostPeer) => void) | undefined;
  readonly follow: boolean;
}

const DEFAULT_CAPACITY_BYTES = 2 ** 20;

/** What a channel appends to its name to name the objects of its peers is no longer than this. */
const SUFFIX_LENGTH = 16;

/** @throws INVALID_ARGUMENT */
export function checkName(name: string): string {
  const { full } = parseObjectName(name, 'Channel');
  if (full.length + SUFFIX_LENGTH <= MAX_NAME_LENGTH) return full;
  throw new PerdureError(
    'INVALID_ARGUMENT',
    `the name of a channel has at most ${MAX_NAME_LENGTH - SUFFIX_LENGTH} characters with its prefix; ${show(name)} has ${full.length}`,
  );
}

/** @throws INVALID_ARGUMENT */
export function checkOptions(
  options: ConsumerOptions,
  names: readonly string[],
  what: string,
): CheckedOptions {
  knownOptions(options, names, what);
  const { capacityBytes, access = 'owner', onPeerLost, follow = false } = options;
  const bad = (message: string) => new PerdureError('INVALID_ARGUMENT', `${what}: ${message}`);
  if (onPeerLost !== undefined && typeof onPeerLost !== 'function') {
    throw bad(`onPeerLost must be a function, not ${show(onPeerLost)}`);
  }
  if (typeof follow !== 'boolean') throw bad(`follow must be true or false, not ${show(follow)}`);
  const capacity = capacityBytes === undefined ? undefined : byteCount(capacityBytes, 'capacityBytes');
  if (capacity !== undefined && (capacity < 1 || capacity > MAX_CAPACITY_BYTES)) {
    throw bad(`capacityBytes must be from 1 to ${MAX_CAPACITY_BYTES}, not ${capacity}`);
  }
  return { capacityBytes: capacity, security: securityOf(access), onPeerLost, follow };
}

/** The capacity of a channel that nobody has opened before. */
export function newCapacity(options: CheckedOptions): number {
  return options.capacityBytes ?? DEFAULT_CAPACITY_BYTES;
}

/** @throws INVALID_ARGUMENT, or the reason of a signal that was aborted before */
export function checkWait(options: WaitOptions): WaitOptions {
  knownOptions(options, ['timeoutMs', 'signal'], 'the options of a wait');
  const { timeoutMs, signal } = options;
  if (timeoutMs !== undefined && timeoutMs !== Number.POSITIVE_INFINITY) {
    integerIn(timeoutMs, 0, LONGEST_TIMER_MS, 'timeoutMs');
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new PerdureError('INVALID_ARGUMENT', `signal must be an AbortSignal, not ${show(signal)}`);
  }
  signal?.throwIfAborted();
  return options;
}

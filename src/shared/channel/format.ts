/**
 * The layout of a channel in its mapping. Little-endian; all zeros is a channel that nobody has opened yet.
 *
 *   offset  size  meaning
 *        0     8  magic "PERDCHAN"
 *        8     4  format version, 1
 *       12     4  N: length of the ring in units of 16 bytes. Set once, by whoever comes first
 *       16     4  the last number given to a peer
 *      128     4  tail: where the next record begins. Its store commits a message
 *      256     4  the producers' lock: the peer that is writing, or 0 (lock.ts)
 *      260     4  peers asleep until it is free, one bit a slot
 *      384     4  head: where the oldest record begins. Its store frees room
 *      512     4  the consumers' lock
 *      516     4  peers asleep until it is free
 *      520     4  scan: no record before it is waiting to be taken. A hint: it may lie behind head after a kill
 *      640     4  peers asleep until there is a message
 *      644     4  peers asleep until there is room
 *      648     4  peers asleep until the ring is empty
 *      652     4  epoch: grows whenever a peer joins or leaves
 *      656     4  how the last producer left: 0 none ever did, else count << 1 | lost
 *      660     4  how the last consumer left
 *      768   256  32 slots of peers:
 *        +0     4    the peer: number << 2 | closing << 1 | consumer; 0: free
 *        +4     4    the last peer of this slot that was lost
 *     1024  16 N  the ring
 *
 * A position (head, tail, scan) counts units modulo 2 N, so that a full ring and an empty one differ. A record begins
 * on a unit, its header is one, its bytes follow and may wrap around the ring's end:
 *
 *        0     4  length of the bytes
 *        4     4  number of the producer
 *        8     4  sequence number of the message, low half
 *       12     4  its high half (20 bits), and from bit 20: taken, the taker's slot (5 bits), done, redelivered
 *
 * At tail there is always a header already, of which only the sequence number counts: it is committed together with the
 * message before it, by the one store of tail. So at most N - 1 units hold messages.
 *
 * What changes often, and is not changed by the same side, stands 128 bytes apart: two cache lines, as processors fetch
 * them in pairs.
 */
import { PerdureError } from '../../os/errors.js';

/** "PERDCHAN" as two words. */
const MAGIC = [0x44524550, 0x4e414843] as const;
const VERSION = 1;

/** Indexes of 32-bit words. */
export const VERSION_WORD = 2;
export const UNITS_WORD = 3;
export const LAST_NUMBER_WORD = 4;
export const TAIL_WORD = 128 / 4;
export const PRODUCERS_LOCK_WORD = 256 / 4;
export const HEAD_WORD = 384 / 4;
export const CONSUMERS_LOCK_WORD = 512 / 4;
export const SCAN_WORD = 520 / 4;
export const WANT_MESSAGE_WORD = 640 / 4;
export const WANT_ROOM_WORD = 644 / 4;
export const WANT_EMPTY_WORD = 648 / 4;
export const EPOCH_WORD = 652 / 4;
export const PRODUCERS_END_WORD = 656 / 4;
export const CONSUMERS_END_WORD = 660 / 4;
export const SLOTS_WORD = 768 / 4;

/** The peers asleep until a lock is free stand behind the lock. */
export const WANT_LOCK = 1;

export const SLOTS = 32;
export const SLOT_WORDS = 2;
/** Within a slot. */
export const LOST_WORD = 1;

/** Every word in which peers note that they sleep. */
export const WANT_WORDS = [
  WANT_MESSAGE_WORD,
  WANT_ROOM_WORD,
  WANT_EMPTY_WORD,
  PRODUCERS_LOCK_WORD + WANT_LOCK,
  CONSUMERS_LOCK_WORD + WANT_LOCK,
];

/** Where a peer's number stands in its word. */
export const NUMBER_SHIFT = 2;

export const numberOf = (peer: number): number => peer >>> NUMBER_SHIFT;

/** Index of the word of the peer in a slot. */
export const slotWord = (slot: number): number => SLOTS_WORD + slot * SLOT_WORDS;

export const HEADER_BYTES = 1024;
export const UNIT_BYTES = 16;

/** Words of a record's header. */
export const LENGTH = 0;
export const PRODUCER = 1;
export const SEQUENCE_LOW = 2;
export const SEQUENCE_HIGH = 3;

/** Bits of a record's last word. */
export const HIGH_MASK = 0xf_ffff;
export const TAKEN = 1 << 20;
export const TAKER_SHIFT = 21;
export const TAKER_MASK = 31 << TAKER_SHIFT;
export const DONE = 1 << 26;
export const REDELIVERED = 1 << 27;

/** The largest ring: positions, and so the sums of two, stay far below 2^31. */
export const MAX_CAPACITY_BYTES = 2 ** 30;

/** Units of a ring that holds a message of so many bytes: the message, its header, and the header at tail. */
export function unitsFor(capacityBytes: number): number {
  return Math.ceil(capacityBytes / UNIT_BYTES) + 2;
}

/** The bytes of the largest message. */
export function capacityOf(units: number): number {
  return (units - 2) * UNIT_BYTES;
}

export function mappingBytes(units: number): number {
  return HEADER_BYTES + units * UNIT_BYTES;
}

/** Units of a record with so many bytes. */
export function recordUnits(lengthBytes: number): number {
  return 1 + Math.ceil(lengthBytes / UNIT_BYTES);
}

/** What is wrong in a mapping that others write. */
export function corrupt(channel: string, what: string): PerdureError {
  return new PerdureError(
    'CORRUPT',
    `the channel '${channel}' is damaged: ${what}; have all its peers close it, and open it anew`,
  );
}

/**
 * Makes a zeroed mapping a channel, or accepts the one that is there. Any number of processes may do so at once, and
 * be killed in between: each step is one compare-and-exchange, and all of them want the same but for N.
 * @param wanted the ring's length in units, if there is none yet
 * @returns N
 * @throws CORRUPT, VERSION_UNSUPPORTED
 */
export function initialise(words: Int32Array, wanted: number, channel: string): number {
  for (const [word, value] of MAGIC.entries()) {
    const found = Atomics.compareExchange(words, word, 0, value);
    if (found !== 0 && found !== value) throw corrupt(channel, 'the mapping of that name is not a channel');
  }
  const version = Atomics.compareExchange(words, VERSION_WORD, 0, VERSION);
  if (version !== 0 && version !== VERSION) {
    throw new PerdureError(
      'VERSION_UNSUPPORTED',
      `the channel '${channel}' has format version ${version}; this release knows version ${VERSION}; use the same release in all processes`,
    );
  }
  const units = Atomics.compareExchange(words, UNITS_WORD, 0, wanted) || wanted;
  if (units < unitsFor(0) || units > unitsFor(MAX_CAPACITY_BYTES) || mappingBytes(units) > words.byteLength) {
    throw corrupt(channel, `a ring of ${units} units does not fit its mapping of ${words.byteLength} bytes`);
  }
  return units;
}

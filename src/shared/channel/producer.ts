/**
 * The sending side of a channel.
 *
 * Invariants: a message that was sent is in the ring, wholly, whatever happens to its sender; one whose sending was
 * rejected is not; messages of one producer are sent in the order of the calls.
 */
import { show } from '../../os/arguments.js';
import { isPerdureError, PerdureError } from '../../os/errors.js';
import type { WaitOptions } from '../timeout.js';
import {
  HEAD_WORD,
  PRODUCERS_LOCK_WORD,
  WANT_EMPTY_WORD,
  WANT_LOCK,
  WANT_MESSAGE_WORD,
  WANT_ROOM_WORD,
} from './format.js';
import { type ChannelOptions, checkName, checkOptions, checkWait } from './options.js';
import { Peer } from './peer.js';
import { RingWriter } from './ring-writer.js';
import { NOT_YET, type Obstacle, WaitingLine } from './waiting-line.js';

const OPTIONS = ['capacityBytes', 'access', 'onPeerLost'] as const;
const NO_OPTIONS: WaitOptions = {};

export class Producer implements Disposable {
  readonly #peer: Peer;
  readonly #words: Int32Array;
  readonly #writer: RingWriter;
  readonly #line: WaitingLine;
  readonly #obstacle: Obstacle = { word: 0, was: 0, want: 0 };
  /** The loss of the last consumer that this producer has told of, or that was before its time. */
  #toldEnd: number;

  /** @internal Made by Channel.producer. */
  constructor(name: string, options: ChannelOptions) {
    const checked = checkOptions(options, OPTIONS, 'the options of Channel.producer');
    this.#peer = new Peer(checkName(name), 'producer', checked, this);
    const { memory, membership, presence } = this.#peer;
    this.#words = memory.words;
    this.#writer = new RingWriter(memory, presence.number);
    this.#line = new WaitingLine(memory.words, membership, presence, () => this.#passOn());
    this.#toldEnd = membership.endOf('consumer');
  }

  /** The name of the channel, with its prefix. */
  get name(): string {
    return this.#peer.name;
  }

  /** What `message.producer` is in the messages of this producer. */
  get number(): number {
    return this.#peer.presence.number;
  }

  /** The most bytes that one message may have; with 16 bytes for each message, what the ring holds. */
  get capacityBytes(): number {
    return this.#peer.capacityBytes;
  }

  /** How many consumers the channel has. @throws CLOSED */
  get consumers(): number {
    this.#peer.checkOpen();
    return this.#peer.membership.count('consumer');
  }

  get closed(): boolean {
    return this.#peer.closed;
  }

  /**
   * Sends a message. Resolves when it is in the ring; waits while the ring is full, or has no consumer and is full.
   * @param message bytes, or text that is sent as UTF-8; copied before this returns or, where it waits, when there is room
   * @throws TOO_LARGE, PEER_LOST where the ring is full and its last consumer was lost (once: the next call waits for
   *   another consumer), TIMEOUT, the signal's reason, CLOSED, CORRUPT. In all these cases nothing was sent.
   */
  send(message: Uint8Array | string, options: WaitOptions = NO_OPTIONS): Promise<void> {
    try {
      this.#peer.checkOpen();
      const bytes = this.#bytesOf(message);
      const limits = options === NO_OPTIONS ? options : checkWait(options);
      return this.#line.do((obstacle) => this.#push(bytes, obstacle), limits, 'sending');
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Sends a message if that needs no waiting.
   * @returns false where the ring is full, an earlier `send` waits, or another producer has its turn
   * @throws TOO_LARGE, CLOSED, CORRUPT
   */
  trySend(message: Uint8Array | string): boolean {
    this.#peer.checkOpen();
    const bytes = this.#bytesOf(message);
    if (this.#line.isBusy) return false;
    return this.#pushAll([bytes], 0, this.#obstacle) === 1;
  }

  /**
   * Sends messages in order, as many at a time as there is room for. Resolves when all are in the ring. Where it is rejected,
   * some of the first may have been sent: to know which, use trySendMany.
   * @throws as `send`
   */
  sendMany(messages: readonly (Uint8Array | string)[], options: WaitOptions = NO_OPTIONS): Promise<void> {
    try {
      this.#peer.checkOpen();
      const limits = checkWait(options);
      const all = this.#listOf(messages, 0);
      let sent = 0;
      const attempt = (obstacle: Obstacle) => {
        sent += this.#pushAll(all, sent, obstacle);
        if (sent === all.length) return undefined;
        return obstacle.word === HEAD_WORD ? this.#checkConsumers() : NOT_YET;
      };
      return this.#line.do(attempt, limits, 'sending');
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Sends messages from index `from` on, as many as need no waiting.
   * @returns how many were sent
   * @throws TOO_LARGE (then none was sent), CLOSED, CORRUPT
   */
  trySendMany(messages: readonly (Uint8Array | string)[], from = 0): number {
    this.#peer.checkOpen();
    const all = this.#listOf(messages, from);
    return this.#line.isBusy ? 0 : this.#pushAll(all, 0, this.#obstacle);
  }

  /**
   * Resolves when the consumers have removed every message that is in the ring. A channel vanishes with its last peer, and
   * the messages in it: a producer that may be the only one waits for this before it closes.
   * @throws PEER_LOST where the last consumer was lost (once), TIMEOUT, the signal's reason, CLOSED, CORRUPT
   */
  drained(options: WaitOptions = NO_OPTIONS): Promise<void> {
    try {
      this.#peer.checkOpen();
      return this.#line.do(
        (obstacle) => this.#isDrained(obstacle),
        checkWait(options),
        'waiting for consumers',
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Leaves the channel; sendings that wait are rejected with CLOSED. After the last producer's the stream has ended: consumers
   * receive what is left, and then undefined. Harmless when repeated.
   */
  close(): void {
    if (this.#peer.closed) return;
    this.#line.close(this.#peer.closedError());
    this.#peer.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #listOf(messages: readonly (Uint8Array | string)[], from: number): Uint8Array[] {
    if (!Array.isArray(messages)) {
      throw new PerdureError('INVALID_ARGUMENT', `messages are given as an array, not ${show(messages)}`);
    }
    return messages.slice(from).map((message) => this.#bytesOf(message));
  }

  #bytesOf(message: Uint8Array | string): Uint8Array {
    const bytes = typeof message === 'string' ? Buffer.from(message) : message;
    if (!(bytes instanceof Uint8Array)) {
      throw new PerdureError(
        'INVALID_ARGUMENT',
        `a message is a Uint8Array or a string, not ${show(message)}`,
      );
    }
    if (bytes.length <= this.#peer.capacityBytes) return bytes;
    throw new PerdureError(
      'TOO_LARGE',
      `a message of ${bytes.length} bytes does not fit the channel '${this.name}', whose messages have at most ${this.#peer.capacityBytes}; open it with more capacityBytes`,
    );
  }

  #push(message: Uint8Array, obstacle: Obstacle): undefined | typeof NOT_YET {
    const { membership } = this.#peer;
    membership.look();
    if (!this.#lock(obstacle)) return NOT_YET;
    const head = this.#writer.head;
    let sent: boolean;
    try {
      sent = this.#writer.push(message);
    } finally {
      membership.unlock(PRODUCERS_LOCK_WORD);
    }
    if (sent) {
      if (Atomics.load(this.#words, WANT_MESSAGE_WORD) !== 0) membership.sleepers.wakeOne(WANT_MESSAGE_WORD);
      this.#line.fairness.spent(message.length);
      return undefined;
    }
    this.#wait(obstacle, head, WANT_ROOM_WORD);
    return this.#checkConsumers();
  }

  #pushAll(messages: readonly Uint8Array[], from: number, obstacle: Obstacle): number {
    const { membership } = this.#peer;
    membership.look();
    if (!this.#lock(obstacle)) return 0;
    this.#wait(obstacle, this.#writer.head, WANT_ROOM_WORD);
    let sent = 0;
    try {
      while (from + sent < messages.length && this.#writer.push(messages[from + sent]!)) sent++;
    } catch (error) {
      // What was sent was sent. The next attempt finds the same damage, and says so.
      if (sent === 0 || !isPerdureError(error)) throw error;
    } finally {
      membership.unlock(PRODUCERS_LOCK_WORD);
    }
    for (let woken = 0; woken < sent && Atomics.load(this.#words, WANT_MESSAGE_WORD) !== 0; woken++) {
      membership.sleepers.wakeOne(WANT_MESSAGE_WORD);
    }
    if (sent > 0) this.#line.fairness.spent();
    return sent;
  }

  #isDrained(obstacle: Obstacle): undefined | typeof NOT_YET {
    this.#peer.membership.look();
    const head = this.#writer.head;
    if (this.#writer.isEmpty()) return undefined;
    this.#wait(obstacle, head, WANT_EMPTY_WORD);
    return this.#checkConsumers();
  }

  #lock(obstacle: Obstacle): boolean {
    if (this.#peer.membership.lock(PRODUCERS_LOCK_WORD)) return true;
    const owner = Atomics.load(this.#words, PRODUCERS_LOCK_WORD);
    obstacle.word = PRODUCERS_LOCK_WORD;
    obstacle.was = owner;
    obstacle.want = PRODUCERS_LOCK_WORD + WANT_LOCK;
    return false;
  }

  #wait(obstacle: Obstacle, head: number, want: number): void {
    obstacle.word = HEAD_WORD;
    obstacle.was = head;
    obstacle.want = want;
  }

  /** @throws PEER_LOST where the last consumer was lost, and that was not told yet */
  #checkConsumers(): typeof NOT_YET {
    const { membership } = this.#peer;
    const end = membership.endOf('consumer');
    if (membership.consumers > 0 || (end & 1) === 0 || end === this.#toldEnd) return NOT_YET;
    this.#toldEnd = end;
    throw new PerdureError(
      'PEER_LOST',
      `the last consumer of the channel '${this.name}' was lost before it took what is in the ring; nothing more was sent: start a consumer, and send again`,
    );
  }

  #passOn(): void {
    this.#peer.membership.sleepers.wakeOne(PRODUCERS_LOCK_WORD + WANT_LOCK);
  }
}

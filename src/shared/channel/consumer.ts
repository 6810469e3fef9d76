/**
 * The receiving side of a channel.
 *
 * Invariants: a message is received once, or again by somebody else, marked, where its consumer left before it was done
 * with it; messages of one producer come in the order in which they were sent.
 */
import { integerIn } from '../../os/arguments.js';
import { isPerdureError, PerdureError } from '../../os/errors.js';
import type { WaitOptions } from '../timeout.js';
import {
  CONSUMERS_LOCK_WORD,
  TAIL_WORD,
  WANT_EMPTY_WORD,
  WANT_LOCK,
  WANT_MESSAGE_WORD,
  WANT_ROOM_WORD,
} from './format.js';
import { Message, TakenMessage } from './message.js';
import { type ConsumerOptions, checkName, checkOptions, checkWait } from './options.js';
import { Peer } from './peer.js';
import { RingReader } from './ring-reader.js';
import { NOT_YET, type Obstacle, WaitingLine } from './waiting-line.js';

const OPTIONS = ['capacityBytes', 'access', 'onPeerLost', 'follow'] as const;
const NO_OPTIONS: WaitOptions = {};

/** A place in the ring that a loop over the messages has taken. */
interface Place {
  position: number;
}

export class Consumer implements Disposable, AsyncIterable<Message> {
  readonly #peer: Peer;
  readonly #words: Int32Array;
  readonly #reader: RingReader;
  readonly #line: WaitingLine;
  readonly #follow: boolean;
  readonly #obstacle: Obstacle = { word: 0, was: 0, want: 0 };
  /** The loss of the last producer that this consumer has told of, or that was before its time. */
  #toldEnd: number;

  readonly #receiveOne = (obstacle: Obstacle) => this.#attempt(obstacle, this.#remove, undefined);
  readonly #takeOne = (obstacle: Obstacle) => this.#attempt(obstacle, this.#take, undefined);

  /** @internal Made by Channel.consumer. */
  constructor(name: string, options: ConsumerOptions) {
    const checked = checkOptions(options, OPTIONS, 'the options of Channel.consumer');
    this.#peer = new Peer(checkName(name), 'consumer', checked, this);
    const { memory, membership, presence } = this.#peer;
    this.#words = memory.words;
    this.#reader = new RingReader(memory);
    this.#line = new WaitingLine(memory.words, membership, presence, () => this.#passOn());
    this.#follow = checked.follow;
    this.#toldEnd = membership.endOf('producer');
  }

  /** The name of the channel, with its prefix. */
  get name(): string {
    return this.#peer.name;
  }

  /** The most bytes that one message may have. */
  get capacityBytes(): number {
    return this.#peer.capacityBytes;
  }

  /** How many producers the channel has. @throws CLOSED */
  get producers(): number {
    this.#peer.checkOpen();
    return this.#peer.membership.count('producer');
  }

  get closed(): boolean {
    return this.#peer.closed;
  }

  /**
   * Receives the next message and removes it from the channel: should this process be killed from now on, it is gone.
   * @returns undefined when the stream has ended: nothing is left, and the last producer closed its side
   * @throws PEER_LOST when nothing is left, and the last producer was lost (once: the next call waits for another
   *   producer), TIMEOUT, the signal's reason, CLOSED, CORRUPT. In all these cases nothing was removed.
   */
  receive(options: WaitOptions = NO_OPTIONS): Promise<Message | undefined> {
    return this.#do(this.#receiveOne, options);
  }

  /** Receives the next message if that needs no waiting. @throws CLOSED, CORRUPT */
  tryReceive(): Message | undefined {
    this.#peer.checkOpen();
    if (this.#line.isBusy) return undefined;
    const message = this.#next(this.#obstacle, this.#remove, undefined);
    return message === NOT_YET ? undefined : message;
  }

  /**
   * Waits for a message, and receives it with those behind it that are there: at most `max` of them.
   * @returns none when the stream has ended
   * @throws as `receive`
   */
  receiveMany(max = 1000, options: WaitOptions = NO_OPTIONS): Promise<Message[]> {
    const attempt = (obstacle: Obstacle) => {
      const first = this.#receiveOne(obstacle);
      if (first === NOT_YET) return NOT_YET;
      return first === undefined ? [] : this.#withMore(first, max, obstacle);
    };
    try {
      integerIn(max, 1, 2 ** 32 - 1, 'max');
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#do(attempt, options);
  }

  /**
   * Takes the next message and leaves its bytes in the ring, uncopied, until it is done. Should this process be killed before,
   * another consumer receives it. Others go on meanwhile, but its room is not free.
   * @returns undefined when the stream has ended
   * @throws as `receive`
   */
  take(options: WaitOptions = NO_OPTIONS): Promise<TakenMessage | undefined> {
    return this.#do(this.#takeOne, options);
  }

  /**
   * `for await (const message of consumer)`: each message is removed when the loop comes back for the next one. Should the
   * loop be left inside its body, by break, an error or the end of the process, the message goes to another consumer (or to this
   * one again), marked as redelivered. Ends with the stream.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message> {
    const place: Place = { position: -1 };
    const next = (obstacle: Obstacle) => this.#attempt(obstacle, this.#takeCopy, place);
    return {
      next: async () => {
        const message = await this.#do(next, NO_OPTIONS);
        return message === undefined ? { value: undefined, done: true } : { value: message, done: false };
      },
      return: async () => {
        if (place.position >= 0) this.#finish(place, false);
        return { value: undefined, done: true };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /**
   * Leaves the channel; receivings that wait are rejected with CLOSED, and what was taken and is not done goes to other
   * consumers. Harmless when repeated.
   */
  close(): void {
    if (this.#peer.closed) return;
    this.#line.close(this.#peer.closedError());
    this.#peer.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #do<T>(attempt: (obstacle: Obstacle) => T | typeof NOT_YET, options: WaitOptions): Promise<T> {
    try {
      this.#peer.checkOpen();
      return this.#line.do(attempt, options === NO_OPTIONS ? options : checkWait(options), 'receiving');
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Gets the next message, or finds that there will be none. */
  #attempt<M extends Message>(
    obstacle: Obstacle,
    get: (place?: Place) => M,
    place: Place | undefined,
  ): M | undefined | typeof NOT_YET {
    const { membership } = this.#peer;
    membership.look();
    // In this order: what the last producer sent before it left is received before its end is told.
    const ended = membership.producers === 0 && !this.#follow;
    const end = membership.endOf('producer');
    const message = this.#next(obstacle, get, place);
    if (message !== NOT_YET || !ended || obstacle.word !== TAIL_WORD) return message;
    if (end === 0 || (end & 1) === 0) return end === 0 ? NOT_YET : undefined;
    if (end === this.#toldEnd) return NOT_YET;
    this.#toldEnd = end;
    throw new PerdureError(
      'PEER_LOST',
      `the last producer of the channel '${this.name}' was lost; all that it sent was received: start a producer, and receive again`,
    );
  }

  /** A message that was removed, and those behind it. Where the channel turns out to be damaged, the next call says so. */
  #withMore(first: Message, max: number, obstacle: Obstacle): Message[] {
    const messages = [first];
    try {
      while (messages.length < max) {
        const message = this.#next(obstacle, this.#remove, undefined);
        if (message === NOT_YET) break;
        messages.push(message);
      }
    } catch (error) {
      if (!isPerdureError(error)) throw error;
    }
    return messages;
  }

  /** Gets the next message that is there, after removing the one at `place`. */
  #next<M extends Message>(
    obstacle: Obstacle,
    get: (place?: Place) => M,
    place: Place | undefined,
  ): M | typeof NOT_YET {
    const { membership } = this.#peer;
    const tail = this.#reader.tail;
    if (!membership.lock(CONSUMERS_LOCK_WORD)) {
      obstacle.word = CONSUMERS_LOCK_WORD;
      obstacle.was = Atomics.load(this.#words, CONSUMERS_LOCK_WORD);
      obstacle.want = CONSUMERS_LOCK_WORD + WANT_LOCK;
      return NOT_YET;
    }
    let message: M | typeof NOT_YET = NOT_YET;
    const finishes = place !== undefined && place.position >= 0;
    try {
      if (finishes) {
        this.#reader.done(place.position, membership.slot);
        place.position = -1;
      }
      if (this.#reader.find()) message = get(place);
    } finally {
      membership.unlock(CONSUMERS_LOCK_WORD);
    }
    // Not where nothing was done: this peer may be announced as asleep itself, and would wake itself without end.
    if (finishes || message !== NOT_YET) this.#wakeOthers();
    if (message === NOT_YET) {
      obstacle.word = TAIL_WORD;
      obstacle.was = tail;
      obstacle.want = WANT_MESSAGE_WORD;
    } else this.#line.fairness.spent(message.bytes.length);
    return message;
  }

  /** The message that the reader found, removed. */
  readonly #remove = (): Message => {
    const reader = this.#reader;
    const message = new Message(reader.copy(), reader.sequence, reader.producer, reader.redelivered);
    reader.remove();
    return message;
  };

  /** A copy of the message that the reader found, which stays taken. */
  readonly #takeCopy = (place?: Place): Message => {
    const reader = this.#reader;
    const message = new Message(reader.copy(), reader.sequence, reader.producer, reader.redelivered);
    place!.position = reader.position;
    reader.take(this.#peer.membership.slot);
    return message;
  };

  /** The message that the reader found, in its place. */
  readonly #take = (): TakenMessage => {
    const reader = this.#reader;
    const place: Place = { position: reader.position };
    const message = new TakenMessage(
      reader.inPlace(),
      reader.sequence,
      reader.producer,
      reader.redelivered,
      (removed) => this.#finish(place, removed),
    );
    reader.take(this.#peer.membership.slot);
    return message;
  };

  /** Removes what was taken, or puts it back. Once this peer was closed, it has been put back. */
  #finish(place: Place, removed: boolean): void {
    const { position } = place;
    place.position = -1;
    if (this.#peer.closed) return;
    const { membership } = this.#peer;
    this.#line.doFirst((obstacle) => {
      if (!membership.lock(CONSUMERS_LOCK_WORD)) {
        obstacle.word = CONSUMERS_LOCK_WORD;
        obstacle.was = Atomics.load(this.#words, CONSUMERS_LOCK_WORD);
        obstacle.want = CONSUMERS_LOCK_WORD + WANT_LOCK;
        return NOT_YET;
      }
      try {
        if (removed) this.#reader.done(position, membership.slot);
        else this.#reader.putBack(position, membership.slot);
      } finally {
        membership.unlock(CONSUMERS_LOCK_WORD);
      }
      this.#wakeOthers();
      return undefined;
    });
  }

  /** Wakes producers that wait for room or for an empty ring, and a consumer where messages are left. Never fails. */
  #wakeOthers(): void {
    const { membership } = this.#peer;
    const words = this.#words;
    if (Atomics.load(words, WANT_ROOM_WORD) !== 0) membership.sleepers.wakeAll(WANT_ROOM_WORD);
    if (Atomics.load(words, WANT_EMPTY_WORD) !== 0 && this.#reader.isEmpty())
      membership.sleepers.wakeAll(WANT_EMPTY_WORD);
    if (Atomics.load(words, WANT_MESSAGE_WORD) !== 0 && !this.#reader.isEmpty()) {
      membership.sleepers.wakeOne(WANT_MESSAGE_WORD);
    }
  }

  #passOn(): void {
    this.#peer.membership.sleepers.wakeOne(CONSUMERS_LOCK_WORD + WANT_LOCK);
    this.#wakeOthers();
  }
}

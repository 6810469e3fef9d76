/**
 * An event that processes share by a name: one sets it, others wait for it.
 *
 * Invariants:
 * - an auto-reset event lets one wait through for each `set`, one with manual reset all of them until `reset`;
 * - a wait that ended by its timeout, its signal or `close` has consumed nothing.
 */
import { knownOptions, show } from '../os/arguments.js';
import { EVENT_ALL_ACCESS, WAIT_TIMEOUT } from '../os/constants.js';
import { PerdureError } from '../os/errors.js';
import { parseObjectName } from '../os/names.js';
import { nativeOs } from '../os/native.js';
import type { EventHandle } from '../os/synchronization.js';
import { type ObjectAccess, securityOf } from './access.js';
import { alreadyExists } from './existing.js';
import { Deadline, type WaitOptions } from './timeout.js';

export interface SharedEventOptions {
  /** True: it stays set until `reset`; false, which is the default: the first wait that it lets through resets it. */
  manualReset?: boolean;
  /** Whether it is set to begin with; false unless given. */
  signaled?: boolean;
  /** Who may open it: 'owner' unless given. */
  access?: ObjectAccess;
}

export class SharedEvent implements Disposable {
  /** With its prefix: `Local\x` or `Global\x`. */
  readonly name: string;
  /** True where this call made the event, false where it was there. */
  readonly created: boolean;
  readonly #handle: EventHandle;

  private constructor(handle: EventHandle, name: string, created: boolean) {
    this.#handle = handle;
    this.name = name;
    this.created = created;
  }

  /** @throws ALREADY_EXISTS, INVALID_HANDLE where another kind of object has the name, ACCESS_DENIED, INVALID_ARGUMENT */
  static create(name: string, options: SharedEventOptions = {}): SharedEvent {
    const event = SharedEvent.#make('create', name, options);
    if (event.created) return event;
    event.close();
    throw alreadyExists('CreateEvent', event.name);
  }

  /** @throws NOT_FOUND, INVALID_HANDLE where another kind of object has the name, ACCESS_DENIED, INVALID_ARGUMENT */
  static open(name: string): SharedEvent {
    const { full } = parseObjectName(name, 'OpenEvent');
    return new SharedEvent(nativeOs().openEvent(EVENT_ALL_ACCESS, false, full), full, false);
  }

  /**
   * Opens the event, or creates it. One that exists keeps its state, its kind of reset and who may open it.
   * @throws as `create`, but for ALREADY_EXISTS
   */
  static openOrCreate(name: string, options: SharedEventOptions = {}): SharedEvent {
    return SharedEvent.#make('openOrCreate', name, options);
  }

  /**
   * Waits for one of several events, at most 64, all of them different. Of several that are set, the first is consumed.
   * @returns its index, or undefined where the time ran out
   * @throws the signal's reason, CLOSED, INVALID_ARGUMENT
   */
  static async waitAny(
    events: readonly SharedEvent[],
    options: WaitOptions = {},
  ): Promise<number | undefined> {
    const result = await waitForSeveral(events, false, options, 'SharedEvent.waitAny');
    return result === WAIT_TIMEOUT ? undefined : result;
  }

  /**
   * Waits until several events, at most 64, are set at once; none is consumed before.
   * @returns false where the time ran out
   * @throws the signal's reason, CLOSED, INVALID_ARGUMENT
   */
  static async waitAll(events: readonly SharedEvent[], options: WaitOptions = {}): Promise<boolean> {
    return (await waitForSeveral(events, true, options, 'SharedEvent.waitAll')) !== WAIT_TIMEOUT;
  }

  static #make(what: string, name: string, options: SharedEventOptions): SharedEvent {
    const { full } = parseObjectName(name, 'CreateEvent');
    knownOptions(options, ['manualReset', 'signaled', 'access'], `the options of SharedEvent.${what}`);
    const { manualReset = false, signaled = false, access = 'owner' } = options;
    const handle = nativeOs().createEvent(securityOf(access), manualReset, signaled, full);
    return new SharedEvent(handle, full, !handle.alreadyExisted);
  }

  /** @internal */
  static handleOf(event: SharedEvent): EventHandle {
    if (!(event instanceof SharedEvent)) {
      throw new PerdureError('INVALID_ARGUMENT', `waits take SharedEvents, not ${show(event)}`);
    }
    return event.#handle;
  }

  get closed(): boolean {
    return this.#handle.closed;
  }

  /** Lets the waits through: one of them, or with manual reset all. It stays set until one comes. @throws CLOSED */
  set(): void {
    nativeOs().setEvent(this.#handle);
  }

  /** Waits that begin from now on have to wait. @throws CLOSED */
  reset(): void {
    nativeOs().resetEvent(this.#handle);
  }

  /**
   * Waits until it is set, and leaves the event loop free meanwhile. A wait keeps the process alive, as a timer does.
   * @returns false where the time ran out
   * @throws the signal's reason, CLOSED, INVALID_ARGUMENT
   */
  async wait(options: WaitOptions = {}): Promise<boolean> {
    const { milliseconds } = Deadline.of(options, 'SharedEvent.wait');
    const result = await nativeOs().waitForSingleObjectAsync(this.#handle, milliseconds, options.signal);
    return result !== WAIT_TIMEOUT;
  }

  /** The same, blocking the thread and its event loop. @throws CLOSED, INVALID_ARGUMENT */
  waitSync(timeoutMs?: number): boolean {
    const { milliseconds } = new Deadline(timeoutMs);
    return nativeOs().waitForSingleObject(this.#handle, milliseconds) !== WAIT_TIMEOUT;
  }

  /** Lets go of the event: waits of this opening reject with CLOSED. Harmless when repeated. */
  close(): void {
    nativeOs().closeHandle(this.#handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

async function waitForSeveral(
  events: readonly SharedEvent[],
  all: boolean,
  options: WaitOptions,
  what: string,
): Promise<number> {
  const { milliseconds } = Deadline.of(options, what);
  if (!Array.isArray(events)) {
    throw new PerdureError('INVALID_ARGUMENT', `${what} takes an array of events, not ${show(events)}`);
  }
  const handles = events.map((event) => SharedEvent.handleOf(event));
  return nativeOs().waitForMultipleObjectsAsync(handles, all, milliseconds, options.signal);
}

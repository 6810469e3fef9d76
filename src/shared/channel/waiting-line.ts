/**
 * The operations of one peer that wait: done in the order in which they came, as soon as each can be.
 *
 * No wake-up is lost: a peer announces in the mapping that it is about to sleep, then looks again, then sleeps; who
 * changes anything looks for announcements afterwards. And nobody sleeps on a peer that is gone: whoever sleeps waits
 * for the mutexes of all the others as well (presence.ts), clears up after one that it gets, and looks again.
 */
import { performance } from 'node:perf_hooks';
import { isPerdureError, PerdureError } from '../../os/errors.js';
import type { WaitOptions } from '../timeout.js';
import { Fairness } from './fairness.js';
import { CONSUMERS_LOCK_WORD, WANT_LOCK } from './format.js';
import type { Membership } from './membership.js';
import { Patience } from './patience.js';
import type { Presence } from './presence.js';

/** What an attempt returns that cannot be done now. */
export const NOT_YET = Symbol('not yet');

/** Where to look for the reason why an attempt cannot be done now. */
export interface Obstacle {
  /** The word that will change, and what it was before the attempt. */
  word: number;
  was: number;
  /** The word in which to note that this peer sleeps. */
  want: number;
}

/** Tries once. Where it returns NOT_YET it has filled in the obstacle. What it throws fails every operation in line. */
export type Attempt<T> = (obstacle: Obstacle) => T | typeof NOT_YET;

interface Operation {
  readonly attempt: Attempt<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Lets go of the signal and the timer. */
  settle: (() => void) | undefined;
}

export class WaitingLine {
  readonly #words: Int32Array;
  readonly #membership: Membership;
  readonly #presence: Presence;
  readonly #patience = new Patience();
  readonly fairness = new Fairness();
  readonly #obstacle: Obstacle = { word: 0, was: 0, want: 0 };
  /** Wakes others that may be able to go on, where this peer was woken and then gave up. Never fails: nobody would hear of it. */
  readonly #passOn: () => void;
  #line: Operation[] = [];
  #running = false;
  #closed = false;
  #sleep: AbortController | undefined;

  constructor(words: Int32Array, membership: Membership, presence: Presence, passOn: () => void) {
    this.#words = words;
    this.#membership = membership;
    this.#presence = presence;
    this.#passOn = passOn;
  }

  /** True where somebody waits: whoever comes now has to line up behind. */
  get isBusy(): boolean {
    return this.#line.length > 0;
  }

  /** Does something at once, or lines up. @param what is tried, for the message of a timeout */
  do<T>(attempt: Attempt<T>, options: WaitOptions, what: string): Promise<T> {
    if (this.#line.length === 0 && !this.fairness.owesTurn) {
      const value = attempt(this.#obstacle);
      if (value !== NOT_YET) return Promise.resolve(value);
    }
    return this.#wait(attempt, options, what);
  }

  /** Does something at once, or before everything in line. Nobody waits for it, and the end of this peer may prevent it. */
  doFirst(attempt: Attempt<unknown>): void {
    if (attempt(this.#obstacle) !== NOT_YET) return;
    this.#line.unshift({ attempt, resolve: () => {}, reject: () => {}, settle: undefined });
    if (!this.#running) void this.#run();
  }

  #wait<T>(attempt: Attempt<T>, options: WaitOptions, what: string): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const operation: Operation = {
        attempt,
        resolve: resolve as (value: unknown) => void,
        reject,
        settle: undefined,
      };
      this.#limit(operation, options, what);
      this.#line.push(operation);
      if (!this.#running) void this.#run();
    });
  }

  /** Fails what waits, and ends a sleep. */
  close(error: PerdureError): void {
    this.#closed = true;
    this.#failAll(error);
    this.#sleep?.abort();
  }

  #limit(operation: Operation, { timeoutMs, signal }: WaitOptions, what: string): void {
    const finite = timeoutMs !== undefined && timeoutMs !== Number.POSITIVE_INFINITY;
    if (!finite && signal === undefined) return;
    const giveUp = (error: unknown) => {
      this.#line.splice(this.#line.indexOf(operation), 1);
      operation.settle?.();
      operation.reject(error);
      if (this.#line.length === 0) this.#sleep?.abort();
    };
    const onAbort = () => giveUp(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const timeOut = () =>
      giveUp(new PerdureError('TIMEOUT', `${what} was not possible within ${timeoutMs} ms`));
    const timer = finite ? setTimeout(timeOut, timeoutMs) : undefined;
    operation.settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  }

  async #run(): Promise<void> {
    this.#running = true;
    // What the caller does next in this turn may be what the wait is for.
    await undefined;
    while (this.#line.length > 0) {
      try {
        if (this.fairness.owesTurn) await this.fairness.turn();
        if (this.#progress()) continue;
        const { word, was } = this.#obstacle;
        if (this.#patience.spin(this.#words, word, was) || this.#nap()) this.fairness.spent();
        else if (!(await this.#turns())) await this.#sleepOnce();
      } catch (error) {
        this.#failAll(error);
      }
    }
    this.#running = false;
    if (!this.#closed) this.#passOn();
  }

  /** Does the first in line, if it can be done now. @returns true where anybody was served, or failed */
  #progress(): boolean {
    const operation = this.#line[0];
    if (operation === undefined) return true;
    try {
      const value = operation.attempt(this.#obstacle);
      if (value === NOT_YET) return false;
      this.#line.shift();
      operation.settle?.();
      operation.resolve(value);
    } catch (error) {
      this.#failAll(error);
    }
    return true;
  }

  /** Sleeps for a moment without letting go of the thread. @returns true where there may be something to do */
  #nap(): boolean {
    const milliseconds = this.#patience.napMs();
    if (milliseconds === 0) return false;
    const { word, was, want } = this.#obstacle;
    this.#membership.announce(want);
    try {
      if (Atomics.load(this.#words, word) !== was) return true;
      const woken = this.#presence.nap(milliseconds);
      this.#patience.napped(woken);
      return woken;
    } finally {
      this.#membership.withdraw(want);
    }
  }

  async #turns(): Promise<boolean> {
    const end = this.#patience.turnsEnd();
    if (end === 0) return false;
    let helped = false;
    while (!helped && performance.now() < end) {
      await this.fairness.turn();
      helped = this.#progress();
    }
    this.#patience.turned(helped);
    return helped;
  }

  /** Sleeps until woken. Returns at once where there is something to do. */
  async #sleepOnce(): Promise<void> {
    const membership = this.#membership;
    const announced = new Set<number>();
    try {
      const watched = this.#announce(announced);
      if (watched === undefined) return;
      const since = performance.now();
      const index = await this.#sleepOn(watched.mutexes);
      this.#patience.slept(performance.now() - since);
      if (index > 0 && !this.#closed) membership.buryAcquired(watched.peers[index - 1]!);
    } finally {
      if (!this.#closed) for (const want of announced) membership.withdraw(want);
    }
  }

  /** Announces what this peer is about to sleep for, and looks again. @returns undefined where there is something to do */
  #announce(announced: Set<number>): ReturnType<Membership['watch']> {
    for (;;) {
      const wants = [this.#obstacle.want];
      if (this.#membership.burialPending) wants.push(CONSUMERS_LOCK_WORD + WANT_LOCK);
      const before = announced.size;
      for (const want of wants) {
        announced.add(want);
        this.#membership.announce(want);
      }
      const watched = this.#membership.watch();
      if (watched === undefined || this.#progress()) return undefined;
      // The obstacle, and what was announced for it, may have become another one.
      if (announced.size === before || wants.includes(this.#obstacle.want)) return watched;
    }
  }

  /** @returns 0, or 1 + the index of a mutex that was acquired */
  async #sleepOn(mutexes: Parameters<Presence['sleep']>[0]): Promise<number> {
    this.#sleep = new AbortController();
    const { signal } = this.#sleep;
    try {
      return await this.#presence.sleep(mutexes, signal);
    } catch (error) {
      // The line emptied, this side was closed, or somebody who was watched was buried meanwhile.
      if (signal.aborted || isPerdureError(error, 'CLOSED')) return 0;
      throw error;
    } finally {
      this.#sleep = undefined;
    }
  }

  #failAll(error: unknown): void {
    const line = this.#line;
    this.#line = [];
    for (const operation of line) {
      operation.settle?.();
      operation.reject(error);
    }
  }
}

/** What the wait needs of an object, whatever its kind. */
import type { Place } from './wait-queue.js';

/** A word to sleep on, as long as it has the value that was seen. */
export interface Sleep {
  readonly word: number;
  readonly expected: number;
  /**
   * It is the lock word of a robust mutex: when its owner dies the kernel wakes one of those who sleep on it. That one
   * wakes the others.
   */
  readonly lock?: boolean;
}

/** What an attempt that must wait gives back in place of a result. */
export const MUST_WAIT = -1;

/** One store of 32 bits. */
export interface Store {
  readonly words: Int32Array;
  readonly index: number;
  readonly value: number;
}

/**
 * The part of a wait for all of several objects. Its calls come in this order, while the guards of all the objects are
 * held. Nothing that `prepare` did counts if the process dies before the store was made, and all of it does afterwards.
 */
export interface TakingAll {
  /** The result if the object could be taken now, or MUST_WAIT. Takes nothing. */
  look(): number;
  /** Where others have to be woken because this wait leaves what it could have had. */
  leaveIt(): void;
  /** True where taking it makes this thread the owner of one mutex more. */
  readonly becomesOwner: boolean;
  prepare(): Store | undefined;
  /** The store was made. */
  took(): void;
}

export interface WaitableState extends TakingAll {
  /** The same for every handle of one object, and in every process for a named one. */
  readonly identity: string;
  /** Begins to wait for it, behind all others. */
  join(): Place;
  /** Gives the place up, and lets the next one look if the object is there for the taking. Harmless when repeated. */
  leave(place: Place): void;
  /**
   * Acquires if nobody who came before is still waiting for what there is, and gives up the place in the same instant.
   * @returns WAIT_OBJECT_0, WAIT_ABANDONED or MUST_WAIT
   */
  attempt(place: Place | undefined): number;
  /** Where to sleep after an attempt that returned MUST_WAIT: on any of these words. The first one matters most. */
  readonly sleeps: readonly Sleep[];
  /** Has `look` called when this thread comes to own it. Returns what takes that back. */
  onOwned(look: () => void): () => void;
  /** Keeps everybody else from the object's state, until `unlock`. */
  lock(): void;
  unlock(): void;
  /** Keeps the words mapped while somebody sleeps on them. */
  usePage(): void;
  unusePage(): void;
}

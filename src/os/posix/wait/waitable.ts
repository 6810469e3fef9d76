/** What the wait needs of an object, whatever its kind. */
import type { Place } from './wait-queue.js';

/** A word to sleep on, as long as it has the value that was seen. */
export interface Sleep {
  readonly word: number;
  readonly expected: number;
}

/** What an attempt that must wait gives back in place of a result. */
export const MUST_WAIT = -1;

export interface WaitableState {
  /** Takes a place among those who wait for it. */
  join(): Place | undefined;
  /** Gives the place up, and lets the next one look if the object is there for the taking. */
  leave(place: Place | undefined): void;
  /**
   * Acquires if nobody who came before is still waiting for what there is.
   * @returns WAIT_OBJECT_0, WAIT_ABANDONED or MUST_WAIT
   */
  attempt(place: Place | undefined): number;
  /** Gives back what an attempt acquired, as if it had not been. @param result what the attempt returned */
  undo(result: number): void;
  /** Where to sleep after an attempt that returned MUST_WAIT: on any of these words. The first one matters most. */
  readonly sleeps: readonly Sleep[];
  /** Keeps the word mapped while somebody sleeps on it. */
  usePage(): void;
  unusePage(): void;
}

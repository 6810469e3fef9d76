/**
 * How long a thread sleeps in the kernel before it looks again at what it waits for, although nobody woke it.
 *
 * That look is a safety net: whatever must wake a waiter does so, and a wake-up can be lost only when two processes are
 * killed within microseconds of each other. It also lets a wait thread see that it is to end. Tests take it away, so that
 * a lost wake-up fails them.
 */

export const LOOK_AGAIN_MS = 1000;

let lookAgainMs = LOOK_AGAIN_MS;

/** For the waits that this thread begins from now on. */
export function safetyLookMs(): number {
  return lookAgainMs;
}

/** @internal For tests. */
export function setSafetyLook(milliseconds: number): void {
  lookAgainMs = milliseconds;
}

/**
 * Native calls in another thread, as promises of their last error.
 *
 * koffi throws when more than its limit (256 by default, for the whole process) are under way. A flush must not fail
 * for that, so at most MAX_CALLS of this library's run at once and the others wait here in turn. libuv has four
 * threads for them by default: waiting here costs nothing.
 */
import type { Kernel32 } from './kernel32.js';

const MAX_CALLS = 32;

type Callback = (error: unknown, result: number) => void;

let running = 0;
const waiting: (() => void)[] = [];

function finished(): void {
  running--;
  waiting.shift()?.();
}

/**
 * Starts a call that returns BOOL; resolves with 0 where it succeeded, else with its GetLastError.
 * @param start calls the `.async` form with the callback it is given
 */
export function lastErrorOf(kernel32: Kernel32, start: (callback: Callback) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const begin = () => {
      running++;
      try {
        start((error, result) => {
          // Inside this callback koffi presents the last error of the call's own thread.
          const lastError = result === 0 ? kernel32.GetLastError() : 0;
          finished();
          if (error) reject(error);
          else resolve(lastError);
        });
      } catch (error) {
        finished();
        reject(error);
      }
    };
    if (running < MAX_CALLS) begin();
    else waiting.push(begin);
  });
}

/**
 * Native calls in another thread, as promises.
 *
 * koffi throws when more than its limit (256 by default, for the whole process) are under way. A flush must not fail
 * for that, so at most MAX_CALLS of this library's run at once and the others wait here in turn. libuv has four
 * threads for them by default: waiting here costs nothing.
 */
const MAX_CALLS = 32;

/** How koffi answers an asynchronous call. */
export type NativeCallback = (error: unknown, result: number) => void;

let running = 0;
const waiting: (() => void)[] = [];

function finished(): void {
  running--;
  waiting.shift()?.();
}

/**
 * Starts a native call as soon as its turn has come.
 *
 * @param start calls the `.async` form with the callback it is given
 * @param outcome makes the promise's value of what the call returned; koffi presents the errno and the last error of
 *   the call's own thread while it runs, and no longer
 */
export function inAnotherThread<T>(
  start: (callback: NativeCallback) => void,
  outcome: (result: number) => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const begin = () => {
      running++;
      try {
        start((error, result) => {
          const value = error ? undefined : outcome(result);
          finished();
          if (error) reject(error);
          else resolve(value as T);
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

/** What ends an asynchronous wait before its time: its signal, or the closing of one of its handles. */

/** The longest delay that a timer of Node.js takes, in milliseconds: 24 days. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface Interruption {
  /** Throws once the wait is to end. */
  check(): void;
  /** Has `interrupt` called when it is to end. Returns what takes that back. */
  listen(interrupt: () => void): () => void;
}

/** @param checkOpen throws where one of the handles is closed */
export function interruptedBy(
  handles: readonly { onClose(call: () => void): () => void }[],
  signal: AbortSignal | undefined,
  checkOpen: () => void,
): Interruption {
  return {
    check: () => {
      signal?.throwIfAborted();
      checkOpen();
    },
    listen: (interrupt) => {
      const deaf = handles.map((handle) => handle.onClose(interrupt));
      signal?.addEventListener('abort', interrupt);
      return () => {
        for (const stop of deaf) stop();
        signal?.removeEventListener('abort', interrupt);
      };
    },
  };
}

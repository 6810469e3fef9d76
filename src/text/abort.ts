/**
 * Being told when a signal is aborted, with one listener for each signal: Node.js 20 warns of a leak where more than ten
 * listen to one, which many files that are followed until the same signal would.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Who is to be told, and what listens for them: not longer than anybody is. */
interface Listening {
  readonly calls: Set<() => void>;
  readonly listener: () => void;
}

const listening = new WeakMap<AbortSignal, Listening>();

/** @returns what ends the listening */
export function onAbort(signal: AbortSignal | undefined, call: () => void): () => void {
  if (signal === undefined) return () => {};
  const { calls, listener } = listening.get(signal) ?? listenTo(signal);
  calls.add(call);
  return () => {
    calls.delete(call);
    if (calls.size > 0 || listening.get(signal)?.calls !== calls) return;
    listening.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

function listenTo(signal: AbortSignal): Listening {
  const calls = new Set<() => void>();
  const listener = () => {
    for (const call of calls) call();
  };
  const made = { calls, listener };
  listening.set(signal, made);
  signal.addEventListener('abort', listener, { once: true });
  return made;
}

/** Waits. @throws the signal's reason */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const undo = onAbort(signal, () => controller.abort());
  try {
    await sleep(milliseconds, undefined, { signal: controller.signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    undo();
  }
}

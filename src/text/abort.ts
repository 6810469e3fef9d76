/**
 * Being told when a signal is aborted, with one listener for each signal: Node.js 20 warns of a leak where more than ten
 * listen to one, which many files that are followed until the same signal would.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const listening = new WeakMap<AbortSignal, Set<() => void>>();

/** @returns what ends the listening */
export function onAbort(signal: AbortSignal | undefined, call: () => void): () => void {
  if (signal === undefined) return () => {};
  const calls = listening.get(signal) ?? listenTo(signal);
  calls.add(call);
  return () => calls.delete(call);
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const calls = new Set<() => void>();
  listening.set(signal, calls);
  signal.addEventListener(
    'abort',
    () => {
      for (const call of calls) call();
    },
    { once: true },
  );
  return calls;
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

/** Waiting for what another process does in its own time, such as noticing that a third one was killed. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Long enough for a machine that is busy with other tests; whatever takes longer never happens. */
export const DEADLINE_MS = 15_000;

/** Asks again and again until `holds` says yes. @throws what it was waiting for, when it does not come true */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    if (await holds()) return;
    if (Date.now() > end) throw new Error(`it never came true: ${what}`);
    await sleep(5);
  }
}

/** The promise, which must settle before the deadline. @throws what it was waiting for */
export async function inTime<T>(what: string, promise: Promise<T>): Promise<T> {
  const cancel = new AbortController();
  const late = sleep(DEADLINE_MS, undefined, { signal: cancel.signal }).then(() => {
    throw new Error(`it never came: ${what}`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    cancel.abort();
  }
}

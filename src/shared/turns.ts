/**
 * Turns among the tasks of one JavaScript thread, by the full name of a mutex.
 *
 * The system's mutex belongs to a thread, and lets a thread that owns it in again: it keeps processes and Workers apart,
 * not two asynchronous tasks of one thread. So a task takes its turn here first, and asks the system then.
 *
 * Invariants: one task at a time has the turn; it goes to the others in the order in which they asked.
 */

/** Those who wait for each name's turn; a name is in it while somebody has the turn. */
const queues = new Map<string, (() => void)[]>();

/** Takes the turn if nobody has it. */
export function tryTurn(name: string): boolean {
  if (queues.has(name)) return false;
  queues.set(name, []);
  return true;
}

/** Gives the turn to the next. To be called by the one who has it. */
export function passTurn(name: string): void {
  const next = queues.get(name)?.shift();
  if (next === undefined) queues.delete(name);
  else next();
}

/**
 * Waits for the turn.
 * @param leftMs how long at most; may be Infinity
 * @param listen has its argument called with the error that is to end the wait, and returns what takes that back
 * @returns false where the time ran out
 */
export function waitForTurn(
  name: string,
  leftMs: number,
  listen: (end: (error: unknown) => void) => () => void,
): Promise<boolean> {
  const queue = queues.get(name);
  if (queue === undefined) return Promise.resolve(tryTurn(name));
  if (leftMs === 0) return Promise.resolve(false);
  return new Promise((resolve, reject) => {
    const settle = (tell: () => void) => {
      clearTimeout(timer);
      deaf();
      // At once, not when the promise is looked at: a turn that is given to one who left would be lost.
      const at = queue.indexOf(granted);
      if (at >= 0) queue.splice(at, 1);
      tell();
    };
    const granted = () => settle(() => resolve(true));
    const timer = Number.isFinite(leftMs)
      ? setTimeout(() => settle(() => resolve(false)), leftMs)
      : undefined;
    const deaf = listen((error) => settle(() => reject(error)));
    queue.push(granted);
  });
}

/**
 * How `shm close` reaches the process that holds a mapping by `shm create`: by two more objects with names of their own.
 *
 *   NAME.close   an event: whoever holds NAME is asked to let go
 *   NAME.held    a mutex: locked by whoever holds NAME, from before it says so until it has let go, or was killed
 *
 * Other programs that hold NAME know nothing of these, and cannot be asked.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isPerdureError, PerdureError } from '../../os/index.js';
import { LONGEST_TIMER_MS } from '../../os/interruption.js';
import { type ObjectAccess, SharedEvent, SharedMemory, SharedMutex } from '../../shared/index.js';
import { openMemory } from './open-objects.js';

/** An earlier holder that is about to end may have the mutex for a moment more. */
const EARLIER_HOLDER_MS = 10_000;

/** The holder's side. Where the system has no events, nobody can ask, and everything else is the same. */
export class Keeper implements Disposable {
  readonly #event: SharedEvent | undefined;
  readonly #mutex: SharedMutex | undefined;

  private constructor(event?: SharedEvent, mutex?: SharedMutex) {
    this.#event = event;
    this.#mutex = mutex;
  }

  /** To be called once the mapping is there. */
  static async of(
    name: string,
    access: ObjectAccess,
    openEvent: typeof SharedEvent.openOrCreate = SharedEvent.openOrCreate,
  ): Promise<Keeper> {
    const event = whereSupported(() => openEvent(`${name}.close`, { manualReset: true, access }));
    if (event === undefined) return new Keeper();
    try {
      const mutex = SharedMutex.openOrCreate(`${name}.held`, { access });
      try {
        await mutex.lock({ timeoutMs: EARLIER_HOLDER_MS });
      } catch (error) {
        mutex.close();
        throw error;
      }
      // What an earlier holder was asked is no request to this one.
      event.reset();
      return new Keeper(event, mutex);
    } catch (error) {
      event.close();
      throw error;
    }
  }

  /** Resolves when somebody asks to let go. Keeps the process alive until then. @throws the signal's reason */
  async asked(signal: AbortSignal): Promise<void> {
    if (this.#event) await this.#event.wait({ signal });
    else for (;;) await sleep(LONGEST_TIMER_MS, undefined, { signal });
  }

  /** To be called when the mapping was let go of. */
  [Symbol.dispose](): void {
    this.#mutex?.close();
    this.#event?.close();
  }
}

function whereSupported<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    if (isPerdureError(error, 'UNSUPPORTED')) return undefined;
    throw error;
  }
}

/**
 * Asks the process that holds a mapping to let go, and waits until it has.
 * @returns whether somebody else still holds it
 * @throws NOT_FOUND where there is no such mapping, or nobody who could be asked; TIMEOUT
 */
export async function askToClose(name: string, timeoutMs: number): Promise<{ stillHeld: boolean }> {
  using event = openIfThere(name, () => SharedEvent.open(`${name}.close`));
  using mutex = openIfThere(name, () => SharedMutex.open(`${name}.held`));
  event.set();
  try {
    using _lock = await mutex.lock({ timeoutMs });
  } catch (error) {
    if (!isPerdureError(error, 'TIMEOUT')) throw error;
    throw new PerdureError(
      'TIMEOUT',
      `the 'perdure shm create' that holds '${name}' was asked, and has not let go within ${timeoutMs / 1000} s; see whether it is stopped, or allow more --timeout`,
      { cause: error },
    );
  }
  return { stillHeld: exists(name) };
}

function openIfThere<T>(name: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!isPerdureError(error, 'NOT_FOUND')) throw error;
    // Throws what is clearer where the mapping is not there either.
    openMemory(name, { mode: 'readonly' }).close();
    throw new PerdureError(
      'NOT_FOUND',
      `nobody listens: '${name}' is not held by 'perdure shm create', so that nobody can be asked; it is gone when the programs that hold it let go`,
      { cause: error },
    );
  }
}

function exists(name: string): boolean {
  try {
    SharedMemory.open(name, { mode: 'readonly' }).close();
    return true;
  } catch (error) {
    if (isPerdureError(error, 'NOT_FOUND')) return false;
    throw error;
  }
}

/**
 * How `shm close` reaches the process that holds a mapping by `shm create`: by two more objects with names of their own.
 *
 *   NAME.close   an event: whoever holds NAME is asked to let go
 *   NAME.held    a mutex: locked by whoever holds NAME, from before it says so until it has let go, or was killed
 *
 * Other programs that hold NAME know nothing of these, and cannot be asked.
 */
import { isPerdureError, PerdureError } from '../../os/index.js';
import { type ObjectAccess, SharedEvent, SharedMemory, SharedMutex } from '../../shared/index.js';

/** An earlier holder that is about to end may have the mutex for a moment more. */
const EARLIER_HOLDER_MS = 10_000;

/** The holder's side. */
export class Keeper implements Disposable {
  readonly #event: SharedEvent;
  readonly #mutex: SharedMutex;

  private constructor(event: SharedEvent, mutex: SharedMutex) {
    this.#event = event;
    this.#mutex = mutex;
  }

  /** To be called once the mapping is there. */
  static async of(name: string, access: ObjectAccess): Promise<Keeper> {
    const event = SharedEvent.openOrCreate(`${name}.close`, { manualReset: true, access });
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

  /** Resolves when somebody asks to let go. */
  async asked(signal: AbortSignal): Promise<void> {
    await this.#event.wait({ signal });
  }

  /** To be called when the mapping was let go of. */
  [Symbol.dispose](): void {
    this.#mutex.close();
    this.#event.close();
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
  using _lock = await mutex.lock({ timeoutMs });
  return { stillHeld: exists(name) };
}

function openIfThere<T>(name: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!isPerdureError(error, 'NOT_FOUND')) throw error;
    // Throws what is clearer where the mapping is not there either.
    SharedMemory.open(name, { mode: 'readonly' }).close();
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

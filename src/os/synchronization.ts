/**
 * The part of the contract that lets processes take turns: events, mutexes and waits.
 *
 * - A wait blocks in the kernel, without polling: the thread in the plain form, a helper thread in the `Async` form,
 *   which leaves the event loop free. A pending asynchronous wait keeps the process alive, as a timer does.
 * - A mutex belongs to the JavaScript thread (the main one, or a Worker) that acquired it, by either form, and whatever
 *   task ran there: a second wait by the same thread succeeds at once, and needs a second release.
 * - A mutex whose owner was killed, or whose thread ended, is handed on with WAIT_ABANDONED, once.
 * - A killed process never consumes an event it did not get, and never leaves another one waiting.
 */
import type { SecurityAttributes } from './names.js';

/** What CreateEvent and OpenEvent return. */
export interface EventHandle {
  readonly kind: 'event';
  /** The name existed, and this is the existing object, in its own state and of its own kind of reset. */
  readonly alreadyExisted: boolean;
  /** Windows: the HANDLE, by which a child process that inherited it knows it. */
  readonly value?: number;
  readonly closed: boolean;
}

/** What CreateMutex and OpenMutex return. */
export interface MutexHandle {
  readonly kind: 'mutex';
  /** The name existed, and this is the existing object; `initialOwner` was not heeded. */
  readonly alreadyExisted: boolean;
  /** Windows: the HANDLE, by which a child process that inherited it knows it. */
  readonly value?: number;
  readonly closed: boolean;
}

/** What can be waited for. */
export type Waitable = EventHandle | MutexHandle;

export interface Synchronization {
  /**
   * CreateEvent.
   * @param manualReset true: stays signaled until ResetEvent; false: the first wait that it satisfies resets it
   * @throws INVALID_HANDLE (6) where another kind of object has the name, ACCESS_DENIED (5), INVALID_ARGUMENT (3, 123, 206)
   */
  createEvent(
    securityAttributes: SecurityAttributes | null,
    manualReset: boolean,
    initialState: boolean,
    name: string | null,
  ): EventHandle;

  /**
   * OpenEvent.
   * @param desiredAccess EVENT_ALL_ACCESS, or SYNCHRONIZE (to wait) and EVENT_MODIFY_STATE (to set and reset)
   * @throws NOT_FOUND (2), INVALID_HANDLE (6), ACCESS_DENIED (5)
   */
  openEvent(desiredAccess: number, inheritHandle: boolean, name: string): EventHandle;

  /** SetEvent: satisfies every wait (manual reset), or one. @throws ACCESS_DENIED (5), CLOSED */
  setEvent(event: EventHandle): void;

  /** ResetEvent. @throws ACCESS_DENIED (5), CLOSED */
  resetEvent(event: EventHandle): void;

  /**
   * CreateMutex.
   * @param initialOwner the calling thread owns it at once, if the call created it
   * @throws INVALID_HANDLE (6), ACCESS_DENIED (5), INVALID_ARGUMENT (3, 123, 206)
   */
  createMutex(
    securityAttributes: SecurityAttributes | null,
    initialOwner: boolean,
    name: string | null,
  ): MutexHandle;

  /** OpenMutex. @param desiredAccess MUTEX_ALL_ACCESS, or SYNCHRONIZE @throws NOT_FOUND (2), INVALID_HANDLE (6), ACCESS_DENIED (5) */
  openMutex(desiredAccess: number, inheritHandle: boolean, name: string): MutexHandle;

  /** ReleaseMutex: gives back one of the caller's acquisitions. @throws NOT_OWNER (288), CLOSED */
  releaseMutex(mutex: MutexHandle): void;

  /**
   * WaitForSingleObject. Blocks the thread and its event loop.
   * @param milliseconds 0: only looks; INFINITE: no timeout
   * @returns WAIT_OBJECT_0, WAIT_ABANDONED (a mutex, acquired: its last owner died with it) or WAIT_TIMEOUT
   * @throws CLOSED, INVALID_HANDLE (6), ACCESS_DENIED (5) without SYNCHRONIZE
   */
  waitForSingleObject(handle: Waitable, milliseconds: number): number;

  /**
   * The same, leaving the event loop free. A wait that the signal ends, or the closing of the handle, acquired nothing.
   * @throws the signal's reason, CLOSED where the handle is closed meanwhile
   */
  waitForSingleObjectAsync(handle: Waitable, milliseconds: number, signal?: AbortSignal): Promise<number>;

  /**
   * WaitForMultipleObjects, of at most MAXIMUM_WAIT_OBJECTS different handles. Blocks the thread and its event loop.
   * @param waitAll false: any one, of which the smallest index is acquired; true: all of them at once, none before
   * @returns WAIT_OBJECT_0 + index, WAIT_ABANDONED_0 + index (with waitAll: WAIT_OBJECT_0, or WAIT_ABANDONED_0 where at
   *   least one of the mutexes was abandoned) or WAIT_TIMEOUT
   * @throws INVALID_ARGUMENT (87) for no handles, too many, or one twice; CLOSED, INVALID_HANDLE (6)
   */
  waitForMultipleObjects(handles: readonly Waitable[], waitAll: boolean, milliseconds: number): number;

  /** The same, leaving the event loop free. See waitForSingleObjectAsync. */
  waitForMultipleObjectsAsync(
    handles: readonly Waitable[],
    waitAll: boolean,
    milliseconds: number,
    signal?: AbortSignal,
  ): Promise<number>;
}

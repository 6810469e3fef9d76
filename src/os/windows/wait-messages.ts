/** What a JavaScript thread and its wait threads on Windows share. Words are those of an Int32Array over shared memory. */

/** What a wait thread is started with. */
export interface ThreadData {
  /** An event with automatic reset: signaled, the thread reads its messages. */
  readonly control: number;
  /** It has one wait at a time, which may be of any kind. */
  readonly dedicated: boolean;
  readonly thread: Int32Array;
}

/** ThreadData.thread: the thread's id, 0 before it can be woken by an APC. */
export const THREAD_ID = 0;
export const THREAD_WORDS = 1;

/** A wait for HANDLEs. */
export interface WaitRequest {
  readonly handles: readonly number[];
  readonly all: boolean;
  readonly outcome: Int32Array;
}

/** The reply to it: the outcome has been written. */
export type Ended = 'ended';

/** WaitRequest.outcome: 1 when the rest is there; what WaitForMultipleObjects returned; GetLastError if it failed. */
export const ENDED = 0;
export const RESULT = 1;
export const LAST_ERROR = 2;
export const OUTCOME_WORDS = 3;

/** Do something, and tell when it is done; everything that was said before has been read by then. */
export interface ThreadOrder {
  /** Nothing; ReleaseMutex; tell whether you own the mutex. */
  readonly what: 'settle' | 'release' | 'owns';
  readonly handle: number;
  readonly answer: Int32Array;
}

/** ThreadOrder.answer: 1 when it is done, and waited for; the last error of ReleaseMutex, or 1 for a mutex that is owned. */
export const DONE = 0;
export const ANSWER = 1;
export const ORDER_WORDS = 2;

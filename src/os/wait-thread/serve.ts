/**
 * The side of the wait thread: takes requests, waits for all of them at once, answers those that ended.
 *
 * While nothing is pending the thread is in its event loop and can be ended like any Worker. While something is, it
 * sleeps in the kernel, and sees that it is to end when it wakes: after LOOK_AGAIN_MS at the latest.
 */
import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import type { FromThread, ToThread } from './protocol.js';

export { LOOK_AGAIN_MS } from './safety-look.js';

export interface WaitLoop<Request, Reply, Order = never> {
  /**
   * Sleeps until one of the requests has ended, the control object was signaled, or its longest sleep is over.
   * @returns the replies of those that ended; they are no longer pending
   */
  sleep(pending: ReadonlyMap<number, Request>): Iterable<readonly [id: number, reply: Reply]>;
  /** Does something else that has to be done by this thread. */
  obey?(order: Order): void;
}

/** Serves the thread that started this one, until it ends. */
export function serve<Request, Reply, Order>(loop: WaitLoop<Request, Reply, Order>): void {
  const port = parentPort as MessagePort;
  const pending = new Map<number, Request>();
  const answer = (message: FromThread<Reply>) => port.postMessage(message);
  const take = (message: ToThread<Request, Order>) => {
    if (message.do === 'wait') pending.set(message.id, message.request);
    else if (message.do === 'order') loop.obey?.(message.order);
    else if (pending.delete(message.id)) answer({ id: message.id });
  };
  port.on('message', (first: ToThread<Request, Order>) => {
    take(first);
    while (pending.size > 0) {
      for (const [id, reply] of loop.sleep(pending)) {
        pending.delete(id);
        answer({ id, reply });
      }
      for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) take(next.message);
    }
  });
}

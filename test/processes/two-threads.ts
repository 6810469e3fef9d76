/**
 * Makes calls on named objects in two threads of one process, the main one and a Worker: different owners of mutexes.
 * A request comes back with the answer of its thread, error and all.
 */
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { type Answer, type Asked, answerOf, answerWhenDone } from '../support/answers.js';
import { ObjectCalls, type ObjectRequest } from '../support/object-calls.js';

export type ThreadRequest =
  | { thread: 'main' | 'worker'; call: ObjectRequest }
  /** Ends the Worker: by itself (it throws), or from outside (terminate). The next request starts another. */
  | { end: 'throw' | 'terminate' };

const calls = new ObjectCalls();
const carryOut = (call: ObjectRequest) => calls.carryOut(call);

class WorkerPeer {
  readonly #worker = new Worker(fileURLToPath(import.meta.url));
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #next = 0;

  constructor() {
    this.#worker.on('message', (answer: Answer) => {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.#worker.on('error', () => {});
  }

  ask(request: ObjectRequest): Promise<Answer> {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage({ id, request });
    });
  }

  async end(how: 'throw' | 'terminate'): Promise<void> {
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    if (how === 'throw') this.#worker.postMessage('throw');
    else void this.#worker.terminate();
    await ended;
  }
}

if (isMainThread) {
  let worker: WorkerPeer | undefined;
  answerWhenDone<ThreadRequest>(async (request) => {
    if ('end' in request) {
      await worker?.end(request.end);
      worker = undefined;
      return;
    }
    if (request.thread === 'main') return answerOf(carryOut, { id: 0, request: request.call });
    worker ??= new WorkerPeer();
    return worker.ask(request.call);
  });
} else {
  const port = parentPort!;
  port.on('message', async (asked: Asked<ObjectRequest> | 'throw') => {
    if (asked === 'throw') throw new Error('the thread was told to fail');
    port.postMessage(await answerOf(carryOut, asked));
  });
}

/** What becomes of the waits of a thread that does not start, or ends: each fails with a coded error, and the next wait starts another. */
import { EventEmitter } from 'node:events';
import { afterEach, expect, it, vi } from 'vitest';
import { WaitThread } from '../../src/os/wait-thread/client.js';
import { inTime } from '../support/eventually.js';
import { rejection } from '../support/failure.js';

/** Stands in for Worker: a thread that does nothing, and ends when it is told to. */
class IdleWorker extends EventEmitter {
  static started: IdleWorker[] = [];
  static refuses = false;
  constructor() {
    super();
    if (IdleWorker.refuses) throw new Error('no room for a thread');
    IdleWorker.started.push(this);
  }
  ref(): void {}
  unref(): void {}
  postMessage(): void {}
  async terminate(): Promise<void> {}
}

vi.mock('node:worker_threads', async (original) => ({
  ...(await original<typeof import('node:worker_threads')>()),
  get Worker() {
    return IdleWorker;
  },
}));

afterEach(() => {
  IdleWorker.started = [];
  IdleWorker.refuses = false;
});

it('a thread that cannot be started fails the wait, and is tried again', async () => {
  const thread = new WaitThread<string, string>({}, () => {});
  IdleWorker.refuses = true;
  const failed = thread.wait('first');
  await rejection(inTime('the failure', failed.reply), 'UNSUPPORTED');
  failed.cancel();
  IdleWorker.refuses = false;
  const next = thread.wait('second');
  IdleWorker.started[0]!.emit('message', { id: 1, reply: 'done' });
  expect(await inTime('the answer', next.reply)).toBe('done');
});

it.each([
  ['fails', (worker: IdleWorker) => worker.emit('error', new Error('out of memory'))],
  ['ends', (worker: IdleWorker) => worker.emit('exit', 1)],
])('a thread that %s fails all that it waits for, and another is started', async (_how, end) => {
  const thread = new WaitThread<string, string>({}, () => {});
  const waits = [thread.wait('first'), thread.wait('second')];
  const [first] = IdleWorker.started;
  end(first!);
  for (const { reply } of waits) await rejection(inTime('the failure', reply), 'UNSUPPORTED');
  const next = thread.wait('third');
  // What the first one says now is none of the second one's business.
  first!.emit('exit', 1);
  IdleWorker.started[1]!.emit('message', { id: 2, reply: 'done' });
  expect(await inTime('the answer', next.reply)).toBe('done');
});

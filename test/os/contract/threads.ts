/**
 * Two threads of one process, the main one and a Worker, are different owners of a mutex, and each has its own waits.
 * (docs: "Mutex Objects": a mutex is owned by a thread)
 */
import { describe, expect, it } from 'vitest';
import {
  EVENT_ALL_ACCESS,
  INFINITE,
  MUTEX_ALL_ACCESS,
  WAIT_ABANDONED,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
} from '../../../src/os/constants.js';
import type { ThreadRequest } from '../../processes/two-threads.js';
import type { Answer } from '../../support/answers.js';
import { Child, RemoteError } from '../../support/child.js';
import { inTime } from '../../support/eventually.js';
import type { ObjectRequest } from '../../support/object-calls.js';
import type { Subject } from './subject.js';

type Thread = 'main' | 'worker';

export function threadsContract(subject: Subject): void {
  const start = async (owned?: Thread) => {
    const child = Child.start<ThreadRequest>('two-threads');
    const ask = async <T>(thread: Thread, call: ObjectRequest): Promise<T> => {
      const { value, error } = await child.ask<Answer>({ thread, call });
      if (error) throw new RemoteError(error);
      return value as T;
    };
    const name = subject.name();
    for (const thread of owned === 'worker' ? (['worker', 'main'] as const) : (['main', 'worker'] as const)) {
      await ask(thread, { do: 'createMutex', as: 'mutex', name, owned: thread === owned });
    }
    const wait = (thread: Thread, milliseconds = 0, how: 'wait' | 'waitAsync' = 'wait') =>
      ask<number>(thread, { do: how, handles: ['mutex'], milliseconds });
    const release = (thread: Thread) => ask(thread, { do: 'release', handle: 'mutex' });
    return { child, ask, name, wait, release };
  };
  const pairs = [
    ['main', 'worker'],
    ['worker', 'main'],
  ] as const;

  describe.each(pairs)('a mutex of the %s thread', (owner, other) => {
    it('excludes the other one, which cannot release it either', async () => {
      const { wait, release } = await start(owner);
      expect(await wait(owner)).toBe(WAIT_OBJECT_0);
      for (const how of ['wait', 'waitAsync'] as const) expect(await wait(other, 0, how)).toBe(WAIT_TIMEOUT);
      await expect(release(other)).rejects.toMatchObject({ code: 'NOT_OWNER', win32Error: 288 });
      await release(owner);
      expect(await wait(other)).toBe(WAIT_TIMEOUT);
      await release(owner);
      expect(await wait(other)).toBe(WAIT_OBJECT_0);
      await expect(release(owner)).rejects.toMatchObject({ code: 'NOT_OWNER' });
    });

    it.each(['wait', 'waitAsync'] as const)('is handed over to a pending %s of the other', async (how) => {
      const { ask, wait, release } = await start(owner);
      // Asked beforehand: while the main thread blocks, it passes nothing on.
      await ask(owner, { do: 'later', milliseconds: 50, action: 'release', handle: 'mutex' });
      const pending = wait(other, INFINITE, how);
      expect(await inTime('the mutex', pending)).toBe(WAIT_OBJECT_0);
      expect(await wait(owner, 0, 'waitAsync')).toBe(WAIT_TIMEOUT);
      await release(other);
      expect(await wait(owner, INFINITE, 'waitAsync')).toBe(WAIT_OBJECT_0);
      await release(owner);
    });
  });

  it('an event set in one thread satisfies a wait in the other', async () => {
    const { ask } = await start();
    const name = subject.name();
    const event = { as: 'event', name, manual: false, initial: false } as const;
    for (const thread of ['main', 'worker'] as const) await ask(thread, { do: 'createEvent', ...event });
    for (const [waits, sets] of [...pairs, ...pairs]) {
      for (const how of ['wait', 'waitAsync'] as const) {
        // A blocking wait in the main thread would keep the process from passing messages on.
        if (waits === 'main' && how === 'wait') continue;
        const pending = ask(waits, { do: how, handles: ['event'], milliseconds: INFINITE });
        await ask(sets, { do: 'set', handle: 'event' });
        expect(await inTime('the event', pending)).toBe(WAIT_OBJECT_0);
      }
    }
  });

  describe.each(['throw', 'terminate'] as const)('a Worker that ends (%s)', (end) => {
    it.each(['wait', 'waitAsync'] as const)('abandons its mutexes: acquired by %s', async (how) => {
      const { child, wait, release } = await start();
      expect(await wait('worker', INFINITE, how)).toBe(WAIT_OBJECT_0);
      const pending = wait('main', INFINITE, 'waitAsync');
      await child.ask({ end });
      expect(await inTime('the mutex', pending)).toBe(WAIT_ABANDONED);
      await release('main');
      expect(await wait('main')).toBe(WAIT_OBJECT_0);
    });

    it('ends its pending waits, and those of the others go on', async () => {
      const { child, ask } = await start();
      const name = subject.name();
      const event = subject.event({ name });
      for (const thread of ['main', 'worker'] as const) {
        await ask(thread, { do: 'openEvent', as: 'event', name, access: EVENT_ALL_ACCESS });
      }
      ask('worker', { do: 'waitAsync', handles: ['event'], milliseconds: INFINITE }).catch(() => {});
      const pending = ask<number>('main', { do: 'waitAsync', handles: ['event'], milliseconds: INFINITE });
      await inTime('the end of the Worker', child.ask({ end }));
      subject.os.setEvent(event);
      expect(await inTime('the event', pending)).toBe(WAIT_OBJECT_0);
      expect(subject.os.waitForSingleObject(event, 0)).toBe(WAIT_TIMEOUT);
    });
  });

  it('both threads and their mutexes go with the process', async () => {
    const { child, name, wait } = await start();
    const mutex = subject.own(subject.os.openMutex(MUTEX_ALL_ACCESS, false, name));
    expect(await wait('worker')).toBe(WAIT_OBJECT_0);
    expect(subject.os.waitForSingleObject(mutex, 0)).toBe(WAIT_TIMEOUT);
    await child.kill();
    expect(subject.os.waitForSingleObject(mutex, 15_000)).toBe(WAIT_ABANDONED);
    subject.os.releaseMutex(mutex);
  });
}

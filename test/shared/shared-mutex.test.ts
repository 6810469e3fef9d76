/** SharedMutex: one holder at a time among tasks, threads and processes, and what becomes of the lock of a killed one. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { isPerdureError, type MutexLock, SharedMemory, SharedMutex } from '../../src/index.js';
import type { SharedRequest } from '../processes/shared.js';
import { Child } from '../support/child.js';
import { inTime } from '../support/eventually.js';
import { failure, rejection } from '../support/failure.js';
import { random, SEED } from '../support/seed.js';
import { uniqueName } from './names.js';

const start = () => Child.start<SharedRequest>('shared');

function created(name = uniqueName('mutex')): SharedMutex {
  const mutex = SharedMutex.create(name);
  onTestFinished(() => mutex.close());
  return mutex;
}

function reopened({ name }: SharedMutex): SharedMutex {
  const mutex = SharedMutex.open(name);
  onTestFinished(() => mutex.close());
  return mutex;
}

describe('a mutex under a name', () => {
  it('is created once, opened by its name, and gone with its last holder', () => {
    const name = uniqueName('mutex');
    failure(() => SharedMutex.open(name), 'NOT_FOUND');
    const mutex = SharedMutex.create(name);
    expect([mutex.name, mutex.created, mutex.closed]).toEqual([`Local\\${name}`, true, false]);
    failure(() => SharedMutex.create(name), 'ALREADY_EXISTS');
    const other = SharedMutex.openOrCreate(name);
    expect(other.created).toBe(false);
    mutex.close();
    mutex.close();
    SharedMutex.open(name).close();
    other.close();
    failure(() => SharedMutex.open(name), 'NOT_FOUND');
  });

  it('refuses options that there are not', async () => {
    const mutex = created();
    // biome-ignore lint/suspicious/noExplicitAny: arguments that the types forbid
    const any = mutex as any;
    for (const options of [
      { timeoutMs: -1 },
      { timeoutMs: 1.5 },
      { timeoutMs: 2 ** 31 },
      { timeout: 1 },
      { signal: {} },
    ]) {
      await rejection(any.lock(options), 'INVALID_ARGUMENT');
    }
    failure(() => mutex.lockSync(Number.NaN), 'INVALID_ARGUMENT');
    // biome-ignore lint/suspicious/noExplicitAny: an option that there is not
    failure(() => SharedMutex.create(uniqueName(), { initialOwner: true } as any), 'INVALID_ARGUMENT');
    for (const use of [undefined, null, 5, {}]) {
      await rejection(mutex.withLock(use as never), 'INVALID_ARGUMENT');
    }
    expect(mutex.tryLock()).toBeDefined();
  });
});

describe('a lock', () => {
  it('is held by one, until it is released', async () => {
    const mutex = created();
    const other = reopened(mutex);
    const lock = await mutex.lock();
    expect([lock.abandoned, lock.released]).toEqual([false, false]);
    expect([mutex.tryLock(), other.tryLock()]).toEqual([undefined, undefined]);
    const next = other.lock();
    lock.release();
    lock.release();
    expect(lock.released).toBe(true);
    const second = await next;
    // Released twice, the first let only one in.
    expect(mutex.tryLock()).toBeUndefined();
    second.release();
    mutex.tryLock()!.release();
    mutex.lockSync().release();
    mutex.lockSync(0).release();
  });

  it('is released at the end of its block, also where that throws', async () => {
    const mutex = created();
    await expect(
      (async () => {
        using _lock = await mutex.lock();
        expect(mutex.tryLock()).toBeUndefined();
        throw new Error('inside');
      })(),
    ).rejects.toThrow('inside');
    expect(await mutex.withLock(() => 7)).toBe(7);
    await expect(
      mutex.withLock(async ({ released }) => {
        expect(released).toBe(false);
        throw new Error('inside');
      }),
    ).rejects.toThrow('inside');
    mutex.tryLock()!.release();
  });

  it('keeps two tasks of one thread apart, through one opening or two', async () => {
    const mutex = created();
    const other = reopened(mutex);
    const pick = random();
    let inside = 0;
    let rounds = 0;
    const task = async (through: SharedMutex) => {
      for (let round = 0; round < 50; round++) {
        using _lock = await through.lock();
        inside++;
        for (let turns = pick(3); turns > 0; turns--) await new Promise(setImmediate);
        expect(inside, `seed ${SEED}`).toBe(1);
        inside--;
        rounds++;
      }
    };
    await Promise.all([task(mutex), task(mutex), task(other), task(other)]);
    expect(rounds).toBe(200);
  });

  it('comes to the tasks in the order in which they asked', async () => {
    const mutex = created();
    const first = await mutex.lock();
    const order: number[] = [];
    const tasks = [1, 2, 3, 4].map((number) => mutex.withLock(() => order.push(number)));
    first.release();
    await Promise.all(tasks);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('is not waited for by a blocking call that keeps its holder from going on', async () => {
    const mutex = created();
    const lock = await mutex.lock();
    expect(failure(() => mutex.lockSync(), 'TIMEOUT').message).toContain('use lock()');
    lock.release();
    mutex.lockSync().release();
  });
});

describe('a wait', () => {
  it('ends by its timeout, and has acquired nothing', async () => {
    const mutex = created();
    const lock = await mutex.lock();
    const message = (await rejection(mutex.lock({ timeoutMs: 20 }), 'TIMEOUT')).message;
    expect(message).toContain(`'${mutex.name}'`);
    await rejection(mutex.lock({ timeoutMs: 0 }), 'TIMEOUT');
    await rejection(
      mutex.withLock(() => 'never', { timeoutMs: 5 }),
      'TIMEOUT',
    );
    lock.release();
    mutex.tryLock()!.release();
  });

  it('ends by its signal, before and while it waits', async () => {
    const mutex = created();
    const reason = new Error('enough');
    await expect(mutex.lock({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const lock = await mutex.lock();
    const over = new AbortController();
    const waiting = mutex.lock({ signal: over.signal });
    const behind = mutex.lock();
    over.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    lock.release();
    (await behind).release();
  });

  it('ends when the mutex is closed, which gives back the lock', async () => {
    const mutex = created();
    const other = reopened(mutex);
    const lock = await mutex.lock();
    const waiting = mutex.lock();
    const elsewhere = other.lock();
    mutex.close();
    await rejection(waiting, 'CLOSED');
    expect(lock.released).toBe(true);
    lock.release();
    (await elsewhere).release();
    await rejection(mutex.lock(), 'CLOSED');
    failure(() => mutex.lockSync(), 'CLOSED');
    failure(() => mutex.tryLock(), 'CLOSED');
  });

  it.each([
    ['free', false],
    ['released by another task', true],
  ])(
    'for a mutex that is %s leaves nothing owned, in whichever microtask it is closed',
    async (_, behind) => {
      const kept = created();
      const child = start();
      const outcomes = new Set<string>();
      for (let microtasks = 0; microtasks <= 20; microtasks++) {
        const mutex = SharedMutex.open(kept.name);
        const before = behind ? await kept.lock() : undefined;
        const outcome = mutex.lock().catch((error: unknown) => error);
        before?.release();
        for (let count = 0; count < microtasks; count++) await null;
        mutex.close();
        const lock = await outcome;
        if (isPerdureError(lock, 'CLOSED')) outcomes.add('closed');
        else {
          // Closed a moment later, it was released by that.
          expect(lock, `after ${microtasks} microtasks`).toMatchObject({ released: true });
          (lock as MutexLock).release();
          outcomes.add('got');
        }
        const request = { do: 'lock', name: kept.name, timeoutMs: 0 } as const;
        expect(await child.ask(request), `after ${microtasks} microtasks`).toBe(false);
        await child.ask({ do: 'unlock' });
      }
      // Both the beginning and the end of the wait were hit.
      expect([...outcomes].sort()).toEqual(['closed', 'got']);
    },
  );

  it('hands no released lock to withLock, in whichever microtask it is closed', async () => {
    const kept = created();
    for (let microtasks = 0; microtasks <= 20; microtasks++) {
      const mutex = SharedMutex.open(kept.name);
      const seen: boolean[] = [];
      const outcome = mutex.withLock(({ released }) => seen.push(released)).catch(() => {});
      for (let count = 0; count < microtasks; count++) await null;
      mutex.close();
      await outcome;
      expect(seen, `after ${microtasks} microtasks`).not.toContain(true);
    }
    kept.tryLock()!.release();
  });
});

describe('between processes', () => {
  it.each([
    ['asynchronous', false],
    ['blocking', true],
  ])('loses no count of a number that two processes count up, %s', async (_, blocking) => {
    using memory = SharedMemory.create(uniqueName('count'), { size: 8 });
    const mutex = created();
    const children = [start(), start()];
    await Promise.all(children.map((child) => child.ask({ do: 'open', name: memory.name })));
    const tasks = blocking ? 1 : 3;
    const rounds = 100;
    const abandoned = await Promise.all(
      children.map((child) => child.ask({ do: 'count up', name: mutex.name, rounds, tasks, blocking })),
    );
    expect(memory.view().getFloat64(0)).toBe(2 * tasks * rounds);
    expect(abandoned).toEqual([0, 0]);
  });

  it('times out while another process has the lock, and gets it when that lets go', async () => {
    const mutex = created();
    const child = start();
    expect(await child.ask({ do: 'lock', name: mutex.name })).toBe(false);
    expect(mutex.tryLock()).toBeUndefined();
    await rejection(mutex.lock({ timeoutMs: 20 }), 'TIMEOUT');
    failure(() => mutex.lockSync(20), 'TIMEOUT');
    const waiting = mutex.lock();
    const over = new AbortController();
    const behind = mutex.lock({ signal: over.signal });
    over.abort(new Error('enough'));
    await expect(behind).rejects.toThrow('enough');
    await child.ask({ do: 'unlock' });
    (await inTime('the lock', waiting)).release();
  });

  it('ends a wait for another process by its signal and by closing', async () => {
    const mutex = created();
    const other = reopened(mutex);
    const child = start();
    await child.ask({ do: 'lock', name: mutex.name });
    const over = new AbortController();
    const waiting = mutex.lock({ signal: over.signal });
    setImmediate(() => over.abort(new Error('enough')));
    await expect(inTime('the end of the wait', waiting)).rejects.toThrow('enough');
    const closing = mutex.lock();
    setImmediate(() => mutex.close());
    await rejection(inTime('the end of the wait', closing), 'CLOSED');
    await child.ask({ do: 'unlock' });
    (await inTime('the lock', other.lock())).release();
  });

  it('hands on the lock of a killed process, and says so once', async () => {
    const mutex = created();
    const child = start();
    await child.ask({ do: 'lock', name: mutex.name });
    const waiting = mutex.lock();
    await child.kill();
    const lock: MutexLock = await inTime('the lock of the killed process', waiting);
    expect(lock.abandoned).toBe(true);
    lock.release();
    const again = await mutex.lock();
    expect(again.abandoned).toBe(false);
    again.release();
  });
});

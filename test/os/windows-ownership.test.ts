/**
 * Mutexes that the kernel gave to a wait thread: for the program they belong to the JavaScript thread, which may go on as
 * if it had acquired them itself. And what happens between an asynchronous wait and everything else that the same thread
 * does with the mutex meanwhile.
 *
 * A wait thread acquires only where the asynchronous wait really waited, so another process owns each mutex at first.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  INFINITE,
  MUTEX_ALL_ACCESS,
  WAIT_ABANDONED,
  WAIT_ABANDONED_0,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
} from '../../src/os/constants.js';
import type { Os } from '../../src/os/os.js';
import type { EventHandle, MutexHandle } from '../../src/os/synchronization.js';
import { Child } from '../support/child.js';
import { inTime } from '../support/eventually.js';
import { rejection } from '../support/failure.js';
import type { ObjectRequest } from '../support/object-calls.js';
import { random, SEED } from '../support/seed.js';
import { ON_WINDOWS, windowsSubject } from './windows-subject.js';

const BLOCKING_MS = 15_000;

describe.skipIf(!ON_WINDOWS)('ownership', () => {
  const subject = windowsSubject();
  const { own, fails, freshName } = subject;
  let os: Os;
  beforeAll(() => {
    os = subject.os;
  });

  const event = (initial = false): EventHandle => own(os.createEvent(null, false, initial, null));
  const look = (handle: MutexHandle | EventHandle) => os.waitForSingleObject(handle, 0);

  /** A mutex that another process owns. */
  const taken = async () => {
    const name = freshName();
    const peer = Child.start<ObjectRequest>('objects');
    await peer.ask({ do: 'createMutex', as: 'mutex', name, owned: true });
    const mutex = own(os.openMutex(MUTEX_ALL_ACCESS, false, name));
    return {
      name,
      mutex,
      release: () => peer.ask({ do: 'release', handle: 'mutex' }),
      releaseLater: (milliseconds: number) =>
        peer.ask({ do: 'later', milliseconds, action: 'release', handle: 'mutex' }),
      lookThere: () => peer.ask<number>({ do: 'wait', handles: ['mutex'], milliseconds: 0 }),
      waitThere: () => peer.ask<number>({ do: 'wait', handles: ['mutex'], milliseconds: BLOCKING_MS }),
      closeThere: () => peer.ask({ do: 'close', handle: 'mutex' }),
      kill: () => peer.kill(),
    };
  };

  /** A mutex that a wait thread acquired for this thread. */
  const acquired = async () => {
    const all = await taken();
    const pending = os.waitForSingleObjectAsync(all.mutex, INFINITE);
    await all.release();
    expect(await inTime('the mutex', pending)).toBe(WAIT_OBJECT_0);
    return all;
  };

  describe('of a mutex that a wait thread acquired', () => {
    it('is counted whoever waits: by blocking, by looking, asynchronously, by another handle', async () => {
      const { name, mutex, lookThere } = await acquired();
      const again = own(os.openMutex(MUTEX_ALL_ACCESS, false, name));
      expect(os.waitForSingleObject(mutex, INFINITE)).toBe(WAIT_OBJECT_0);
      expect(look(again)).toBe(WAIT_OBJECT_0);
      expect(await os.waitForSingleObjectAsync(again, INFINITE)).toBe(WAIT_OBJECT_0);
      for (let held = 4; held > 0; held--) {
        expect(await lookThere()).toBe(WAIT_TIMEOUT);
        os.releaseMutex(held % 2 === 0 ? mutex : again);
      }
      expect(await lookThere()).toBe(WAIT_OBJECT_0);
      fails(() => os.releaseMutex(mutex), 288, 'NOT_OWNER');
    });

    it('stands among others as one that is signaled', async () => {
      const { mutex, lookThere } = await acquired();
      const [first, second] = [event(), event(true)];
      expect(os.waitForMultipleObjects([first, mutex, second], false, INFINITE)).toBe(WAIT_OBJECT_0 + 1);
      expect(os.waitForMultipleObjects([second, mutex], false, INFINITE)).toBe(WAIT_OBJECT_0);
      expect(os.waitForMultipleObjects([mutex, first], true, 10)).toBe(WAIT_TIMEOUT);
      os.setEvent(first);
      expect(os.waitForMultipleObjects([mutex, first], true, INFINITE)).toBe(WAIT_OBJECT_0);
      expect(os.waitForMultipleObjects([mutex], true, INFINITE)).toBe(WAIT_OBJECT_0);
      expect([look(first), look(second)]).toEqual([WAIT_TIMEOUT, WAIT_TIMEOUT]);
      for (let held = 4; held > 0; held--) os.releaseMutex(mutex);
      expect(await lookThere()).toBe(WAIT_OBJECT_0);
    });

    it('stays when every handle was closed, and is given up by one that is opened again', async () => {
      const { name, mutex, lookThere } = await acquired();
      os.closeHandle(mutex);
      expect(await lookThere()).toBe(WAIT_TIMEOUT);
      const again = own(os.openMutex(MUTEX_ALL_ACCESS, false, name));
      expect(look(again)).toBe(WAIT_OBJECT_0);
      for (let held = 2; held > 0; held--) os.releaseMutex(again);
      expect(await lookThere()).toBe(WAIT_OBJECT_0);
    });

    it('is forgotten when the mutex vanished: the next of its name is another', async () => {
      const { name, mutex, closeThere } = await acquired();
      await closeThere();
      os.closeHandle(mutex);
      const peer = Child.start<ObjectRequest>('objects');
      expect(await peer.ask({ do: 'createMutex', as: 'mutex', name, owned: true })).toEqual({
        alreadyExisted: false,
      });
      const next = own(os.openMutex(MUTEX_ALL_ACCESS, false, name));
      expect(look(next)).toBe(WAIT_TIMEOUT);
      fails(() => os.releaseMutex(next), 288, 'NOT_OWNER');
      await peer.ask({ do: 'release', handle: 'mutex' });
      expect(look(next)).toBe(WAIT_OBJECT_0);
      os.releaseMutex(next);
    });

    it('is of the wait thread that acquired it, also where there are several', async () => {
      const peer = Child.start<ObjectRequest>('objects');
      const names = Array.from({ length: 150 }, freshName);
      for (const name of names) await peer.ask({ do: 'createMutex', as: name, name, owned: true });
      const mutexes = names.map((name) => own(os.openMutex(MUTEX_ALL_ACCESS, false, name)));
      const waits = mutexes.map((mutex) => os.waitForSingleObjectAsync(mutex, INFINITE));
      await turn();
      await peer.kill();
      const results = await inTime('all of them', Promise.all(waits));
      expect(results).toEqual(names.map(() => WAIT_ABANDONED));
      const other = Child.start<ObjectRequest>('objects');
      for (const [index, mutex] of mutexes.entries()) {
        const name = names[index]!;
        await other.ask({ do: 'openMutex', as: name, name, access: MUTEX_ALL_ACCESS });
        const lookThere = () => other.ask({ do: 'wait', handles: [name], milliseconds: 0 });
        if (index % 10 === 0) expect(await lookThere()).toBe(WAIT_TIMEOUT);
        os.releaseMutex(mutex);
        expect(await lookThere()).toBe(WAIT_OBJECT_0);
      }
    });
  });

  describe('while an asynchronous wait is pending', () => {
    it('a blocking wait for the same mutex succeeds, whichever of the two gets it', async () => {
      const { mutex, releaseLater, waitThere } = await taken();
      const next = random();
      for (let round = 0; round < 25; round++) {
        const pending = os.waitForSingleObjectAsync(mutex, INFINITE);
        await releaseLater(next(4));
        for (let turns = next(3); turns > 0; turns--) await turn();
        expect(os.waitForSingleObject(mutex, BLOCKING_MS), `round ${round}, seed ${SEED}`).toBe(
          WAIT_OBJECT_0,
        );
        expect(await inTime('the other wait', pending)).toBe(WAIT_OBJECT_0);
        for (let held = 2; held > 0; held--) os.releaseMutex(mutex);
        fails(() => os.releaseMutex(mutex), 288, 'NOT_OWNER');
        expect(await waitThere()).toBe(WAIT_OBJECT_0);
      }
    });

    it('all waits for the mutex are satisfied by the first that is: it is owned then', async () => {
      const { mutex, release, lookThere } = await taken();
      const [never, set] = [event(), event(true)];
      const waits = [
        os.waitForSingleObjectAsync(mutex, INFINITE),
        os.waitForMultipleObjectsAsync([never, mutex], false, INFINITE),
        os.waitForMultipleObjectsAsync([set, mutex], true, INFINITE),
        os.waitForSingleObjectAsync(mutex, INFINITE),
      ];
      await turn();
      await release();
      const expected = [WAIT_OBJECT_0, WAIT_OBJECT_0 + 1, WAIT_OBJECT_0, WAIT_OBJECT_0];
      expect(await inTime('all of them', Promise.all(waits))).toEqual(expected);
      for (let held = 4; held > 0; held--) {
        expect(await lookThere()).toBe(WAIT_TIMEOUT);
        os.releaseMutex(mutex);
      }
      expect(await lookThere()).toBe(WAIT_OBJECT_0);
    });

    it('for all of several, a mutex that this thread owns counts, for as long as it does', async () => {
      const { mutex, lookThere, release } = await acquired();
      const set = event();
      const first = os.waitForMultipleObjectsAsync([mutex, set], true, INFINITE);
      await turn();
      os.setEvent(set);
      expect(await inTime('both', first)).toBe(WAIT_OBJECT_0);
      os.releaseMutex(mutex);
      const second = os.waitForMultipleObjectsAsync([set, mutex], true, INFINITE);
      await turn();
      os.releaseMutex(mutex);
      expect(await lookThere()).toBe(WAIT_OBJECT_0);
      os.setEvent(set);
      await turn();
      expect(look(set)).toBe(WAIT_OBJECT_0);
      os.setEvent(set);
      await release();
      expect(await inTime('both again', second)).toBe(WAIT_OBJECT_0);
      expect(look(set)).toBe(WAIT_TIMEOUT);
      os.releaseMutex(mutex);
    });

    it('for all, a set against a release: either way it has both, and the mutex once', async () => {
      const { mutex, lookThere, release } = await acquired();
      const next = random(SEED + 1);
      for (let round = 0; round < 60; round++) {
        const set = event();
        const pending = os.waitForMultipleObjectsAsync([mutex, set], true, INFINITE);
        for (let turns = next(3); turns > 0; turns--) await turn();
        os.setEvent(set);
        if (next(2) === 0) os.waitForSingleObject(event(), next(2));
        os.releaseMutex(mutex);
        expect(await inTime(`both, round ${round}, seed ${SEED}`, pending)).toBe(WAIT_OBJECT_0);
        expect(look(set)).toBe(WAIT_TIMEOUT);
      }
      expect(await lookThere()).toBe(WAIT_TIMEOUT);
      os.releaseMutex(mutex);
      fails(() => os.releaseMutex(mutex), 288, 'NOT_OWNER');
      expect(await lookThere()).toBe(WAIT_OBJECT_0);
      await release();
    });

    it('closing the mutex against its release: a wait that is closed leaves it to others', async () => {
      const { name, release, waitThere } = await taken();
      const next = random(SEED + 2);
      let closed = 0;
      for (let round = 0; closed < 40; round++) {
        const mutex = os.openMutex(MUTEX_ALL_ACCESS, false, name);
        let has = false;
        const pending = os.waitForSingleObjectAsync(mutex, INFINITE);
        const noted = pending.then(
          () => {
            has = true;
          },
          () => {},
        );
        const released = release();
        for (let turns = next(6); turns > 0; turns--) await turn();
        // The wait may have got it, and nobody been told yet.
        if (next(2) === 0) os.waitForSingleObject(event(), 2);
        if (has) os.releaseMutex(mutex);
        else closed++;
        os.closeHandle(mutex);
        if (!has) await rejection(inTime('the end of the wait', pending), 'CLOSED');
        await Promise.all([noted, released]);
        expect(await waitThere(), `round ${round}, seed ${SEED}`).toBe(WAIT_OBJECT_0);
      }
    });
  });

  it('of abandoned mutexes is told through every kind of wait thread', async () => {
    const [one, several, all] = [await taken(), await taken(), await taken()];
    const many = Array.from({ length: 63 }, () => event());
    const set = event(true);
    const waits = [
      os.waitForSingleObjectAsync(one.mutex, INFINITE),
      os.waitForMultipleObjectsAsync([...many, several.mutex], false, INFINITE),
      os.waitForMultipleObjectsAsync([set, all.mutex], true, INFINITE),
    ];
    await turn();
    for (const { kill } of [one, several, all]) await kill();
    expect(await inTime('all three', Promise.all(waits))).toEqual([
      WAIT_ABANDONED,
      WAIT_ABANDONED_0 + 63,
      WAIT_ABANDONED_0,
    ]);
    for (const { mutex } of [one, several, all]) os.releaseMutex(mutex);
  });
});

/**
 * Waits that leave the event loop free: what else goes on meanwhile, how they are ended early, and that one which was
 * ended early has taken nothing.
 */
import { pbkdf2 } from 'node:crypto';
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  EVENT_ALL_ACCESS,
  INFINITE,
  MUTEX_ALL_ACCESS,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
} from '../../../src/os/constants.js';
import type { Waitable } from '../../../src/os/synchronization.js';
import { eventually, inTime } from '../../support/eventually.js';
import { failure, rejection } from '../../support/failure.js';
import { random, SEED } from '../../support/seed.js';
import { startPeer } from './object-kinds.js';
import type { Subject } from './subject.js';

const CLOSED = { code: 'CLOSED' } as const;

export function asyncWaitsContract(subject: Subject): void {
  const wait = (handle: Waitable, signal?: AbortSignal, milliseconds = INFINITE) =>
    inTime('the wait', subject.os.waitForSingleObjectAsync(handle, milliseconds, signal));
  const look = (handle: Waitable) => subject.os.waitForSingleObject(handle, 0);
  /** A mutex that another process owns, and that process. */
  const taken = async () => {
    const name = subject.name();
    const owner = startPeer();
    await owner.ask({ do: 'createMutex', as: 'mutex', name, owned: true });
    return { owner, mutex: subject.own(subject.os.openMutex(MUTEX_ALL_ACCESS, false, name)) };
  };

  describe('while a wait is pending', () => {
    it('timers, files and the thread pool go on', async () => {
      const waits = Array.from({ length: 20 }, () => {
        const event = subject.event();
        return { event, done: wait(event) };
      });
      for (let turn = 0; turn < 20; turn++) await sleep(1);
      for (let turn = 0; turn < 8; turn++) {
        await Promise.all([
          fs.promises.stat(process.execPath),
          promisify(pbkdf2)('a', 'b', 10, 32, 'sha256'),
        ]);
      }
      for (const { event } of waits) subject.os.setEvent(event);
      expect(await Promise.all(waits.map(({ done }) => done))).toEqual(waits.map(() => WAIT_OBJECT_0));
    });

    it('blocking waits and all other calls go on', async () => {
      const [event, other, mutex] = [subject.event(), subject.event(), subject.mutex({ owned: true })];
      const pending = wait(event);
      for (let turn = 0; turn < 100; turn++) {
        subject.os.setEvent(other);
        expect(subject.os.waitForSingleObject(other, INFINITE)).toBe(WAIT_OBJECT_0);
        expect(subject.os.waitForMultipleObjects([event, mutex], false, INFINITE)).toBe(WAIT_OBJECT_0 + 1);
        subject.os.releaseMutex(mutex);
      }
      subject.os.setEvent(event);
      expect(await pending).toBe(WAIT_OBJECT_0);
    });

    it('three hundred others may be, and each is satisfied by its own event, in any order', async () => {
      const next = random();
      const waits = Array.from({ length: 300 }, (_, index) => {
        const event = subject.event();
        const others = [event, subject.event()];
        const done =
          index % 3 === 0
            ? subject.os.waitForMultipleObjectsAsync(others, false, INFINITE)
            : subject.os.waitForSingleObjectAsync(event, INFINITE);
        return { event, done };
      });
      for (let left = waits.length; left > 0; left--) {
        const [{ event, done }] = waits.splice(next(left), 1) as [(typeof waits)[number]];
        subject.os.setEvent(event);
        expect(await inTime(`a wait among ${left}, seed ${SEED}`, done)).toBe(WAIT_OBJECT_0);
      }
    });

    it('two hundred others for the same event may be, and each set satisfies one', async () => {
      const event = subject.event();
      let satisfied = 0;
      const waits = Array.from({ length: 200 }, () =>
        wait(event).then((result) => {
          expect(result).toBe(WAIT_OBJECT_0);
          satisfied++;
        }),
      );
      for (let set = 1; set <= waits.length; set++) {
        subject.os.setEvent(event);
        await eventually(`set ${set} satisfies a wait`, () => satisfied >= set);
        expect(satisfied).toBe(set);
      }
      await Promise.all(waits);
      expect(look(event)).toBe(WAIT_TIMEOUT);
    });

    it('others of the thread for the same mutex are satisfied with the first', async () => {
      const { owner, mutex } = await taken();
      const waits = Array.from({ length: 5 }, () => wait(mutex));
      await owner.ask({ do: 'release', handle: 'mutex' });
      expect(await Promise.all(waits)).toEqual(waits.map(() => WAIT_OBJECT_0));
      for (const _ of waits) {
        expect(await owner.ask({ do: 'wait', handles: ['mutex'], milliseconds: 0 })).toBe(WAIT_TIMEOUT);
        subject.os.releaseMutex(mutex);
      }
      expect(await owner.ask({ do: 'wait', handles: ['mutex'], milliseconds: 0 })).toBe(WAIT_OBJECT_0);
    });

    it('it does not hold up a blocking one of the same thread', async () => {
      const { owner, mutex } = await taken();
      const name = subject.name();
      const event = subject.event({ name });
      await owner.ask({ do: 'openEvent', as: 'event', name, access: EVENT_ALL_ACCESS });
      const pending = [wait(mutex), wait(event)];
      await sleep(20);
      // The event is set twice: the wait that is pending came first.
      for (const milliseconds of [30, 60]) {
        await owner.ask({ do: 'later', milliseconds, action: 'set', handle: 'event' });
      }
      expect(subject.os.waitForSingleObject(event, 15_000)).toBe(WAIT_OBJECT_0);
      await owner.ask({ do: 'later', milliseconds: 30, action: 'release', handle: 'mutex' });
      expect(subject.os.waitForSingleObject(mutex, 15_000)).toBe(WAIT_OBJECT_0);
      expect(await Promise.all(pending)).toEqual([WAIT_OBJECT_0, WAIT_OBJECT_0]);
      for (let held = 2; held > 0; held--) subject.os.releaseMutex(mutex);
      failure(() => subject.os.releaseMutex(mutex), 'NOT_OWNER');
    });

    it('for all of several, what it waits for is free for others', async () => {
      const { mutex, owner } = await taken();
      const event = subject.event({ initial: true });
      const pending = inTime('both', subject.os.waitForMultipleObjectsAsync([event, mutex], true, INFINITE));
      await sleep(20);
      expect(look(event)).toBe(WAIT_OBJECT_0);
      subject.os.setEvent(event);
      await owner.ask({ do: 'release', handle: 'mutex' });
      expect(await pending).toBe(WAIT_OBJECT_0);
      expect(look(event)).toBe(WAIT_TIMEOUT);
      subject.os.releaseMutex(mutex);
    });
  });

  describe('an AbortSignal', () => {
    it('that is aborted already ends the wait, which takes nothing', async () => {
      const event = subject.event({ initial: true });
      const reason = new Error('not now');
      await expect(wait(event, AbortSignal.abort(reason))).rejects.toBe(reason);
      await expect(
        subject.os.waitForMultipleObjectsAsync([event], true, INFINITE, AbortSignal.abort(reason)),
      ).rejects.toBe(reason);
      expect(look(event)).toBe(WAIT_OBJECT_0);
    });

    it('ends a wait that is pending, with its reason', async () => {
      const { mutex } = await taken();
      for (const handle of [subject.event(), subject.event({ manual: true }), mutex]) {
        const controller = new AbortController();
        const pending = wait(handle, controller.signal);
        const both = subject.os.waitForMultipleObjectsAsync(
          [subject.event(), handle],
          true,
          INFINITE,
          controller.signal,
        );
        await sleep(5);
        const reason = new Error('enough');
        const settled = Promise.allSettled([pending, inTime('the other wait', both)]);
        controller.abort(reason);
        const ended = { status: 'rejected', reason };
        expect(await settled).toEqual([ended, ended]);
        expect(look(handle)).toBe(WAIT_TIMEOUT);
      }
    });

    it('aborted later changes nothing, and nothing stays attached to it', async () => {
      const controller = new AbortController();
      for (let time = 0; time < 20; time++) {
        expect(await wait(subject.event({ initial: true }), controller.signal)).toBe(WAIT_OBJECT_0);
      }
      controller.abort();
    });

    it('against a set: either the wait has it, or the event', async () => {
      const next = random();
      const event = subject.event();
      const results = new Set<string>();
      for (let round = 0; round < 150; round++) {
        const controller = new AbortController();
        const pending = wait(event, controller.signal).then(
          () => 'satisfied',
          (error) => {
            expect(error).toBe(controller.signal.reason);
            return 'aborted';
          },
        );
        for (let turns = next(3); turns > 0; turns--) await sleep(0);
        if (next(2) === 0) subject.os.setEvent(event);
        else queueMicrotask(() => subject.os.setEvent(event));
        for (let turns = next(2); turns > 0; turns--) await null;
        controller.abort();
        const result = await pending;
        results.add(result);
        await null;
        expect(look(event), `round ${round}, seed ${SEED}: ${result}`).toBe(
          result === 'aborted' ? WAIT_OBJECT_0 : WAIT_TIMEOUT,
        );
      }
    });

    it('against a release: either the wait has the mutex, or nobody', async () => {
      const { owner, mutex } = await taken();
      for (let round = 0; round < 60; round++) {
        const controller = new AbortController();
        const pending = wait(mutex, controller.signal).then(
          () => true,
          () => false,
        );
        const released = owner.ask({ do: 'release', handle: 'mutex' });
        for (let turns = round % 4; turns > 0; turns--) await sleep(0);
        controller.abort();
        const has = await pending;
        await released;
        if (has) subject.os.releaseMutex(mutex);
        else failure(() => subject.os.releaseMutex(mutex), 'NOT_OWNER');
        const answer = owner.ask<number>({ do: 'wait', handles: ['mutex'], milliseconds: 15_000 });
        expect(await answer, `round ${round}`).toBe(WAIT_OBJECT_0);
      }
    });
  });

  describe('closing the handle', () => {
    it('ends the waits that are pending on it, and no others', async () => {
      const name = subject.name();
      const [event, same] = [subject.event({ name }), subject.event({ name })];
      const peer = startPeer();
      await peer.ask({ do: 'openEvent', as: 'event', name, access: EVENT_ALL_ACCESS });
      const elsewhere = peer.ask<number>({ do: 'waitAsync', handles: ['event'], milliseconds: INFINITE });
      const waits = [
        wait(event),
        subject.os.waitForMultipleObjectsAsync([subject.event(), event], false, INFINITE),
      ];
      const other = wait(same);
      await sleep(5);
      subject.os.closeHandle(event);
      for (const pending of waits) await rejection(inTime('the end of the wait', pending), CLOSED);
      for (let time = 0; time < 2; time++) subject.os.setEvent(same);
      await inTime('one of the two', Promise.race([other, elsewhere]));
      subject.os.setEvent(same);
      expect(await inTime('both', Promise.all([other, elsewhere]))).toEqual([WAIT_OBJECT_0, WAIT_OBJECT_0]);
    });

    it('of a mutex that somebody else has leaves it to those who wait by other handles', async () => {
      const { owner, mutex } = await taken();
      const pending = wait(mutex);
      await sleep(5);
      subject.os.closeHandle(mutex);
      await rejection(pending, CLOSED);
      await owner.ask({ do: 'release', handle: 'mutex' });
      expect(await owner.ask({ do: 'wait', handles: ['mutex'], milliseconds: 0 })).toBe(WAIT_OBJECT_0);
    });

    it('against a set: a wait that was closed took nothing', async () => {
      for (let round = 0; round < 60; round++) {
        const name = subject.name();
        const [event, keeper] = [subject.event({ name }), subject.event({ name })];
        const pending = wait(event).then(
          () => 'satisfied',
          () => 'closed',
        );
        for (let turns = round % 3; turns > 0; turns--) await sleep(0);
        subject.os.setEvent(keeper);
        subject.os.closeHandle(event);
        const result = await pending;
        expect(look(keeper), `round ${round}: ${result}`).toBe(
          result === 'closed' ? WAIT_OBJECT_0 : WAIT_TIMEOUT,
        );
      }
    });
  });

  describe('the process', () => {
    it('is kept alive by a wait that is pending, and by nothing when it is over', async () => {
      const name = subject.name();
      const event = subject.event({ name });
      const peer = startPeer();
      await peer.ask({ do: 'openEvent', as: 'event', name, access: EVENT_ALL_ACCESS });
      await peer.ask({ do: 'waitAsync', handles: ['event'], milliseconds: 1 });
      await peer.ask({ do: 'exitWhenSatisfied', handle: 'event', code: 7 });
      const ended = peer.end();
      await sleep(100);
      subject.os.setEvent(event);
      // Had it not been kept alive, it would have ended by itself, with 0.
      expect(await inTime('the end of the process', ended)).toBe(7);
      const idle = startPeer();
      await idle.ask({ do: 'openEvent', as: 'event', name, access: EVENT_ALL_ACCESS });
      await idle.ask({ do: 'waitAsync', handles: ['event'], milliseconds: 1 });
      expect(await inTime('the end of the other', idle.end())).toBe(0);
    });

    it.each([1, 30])('ends by process.exit() while %d waits are pending', async (count) => {
      const peer = startPeer();
      for (let each = 0; each < count; each++) {
        await peer.ask({ do: 'createEvent', as: `event ${each}`, name: null, manual: false, initial: false });
        void peer
          .ask({ do: 'waitAsync', handles: [`event ${each}`], milliseconds: INFINITE })
          .catch(() => {});
      }
      await peer.ask({ do: 'list', containing: 'nothing has this name' });
      peer.ask({ do: 'exit', code: 3 }).catch(() => {});
      expect(await inTime('the end of the process', peer.exitCode)).toBe(3);
    });
  });
}

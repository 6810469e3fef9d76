/**
 * Waits that block: arguments, timeouts, any and all, and which of several objects is acquired.
 * (docs: "WaitForSingleObject function", "WaitForMultipleObjects function")
 */
import { describe, expect, it } from 'vitest';
import {
  INFINITE,
  MAXIMUM_WAIT_OBJECTS,
  MUTEX_ALL_ACCESS,
  WAIT_ABANDONED_0,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
} from '../../../src/os/constants.js';
import type { MutexHandle, Waitable } from '../../../src/os/synchronization.js';
import { inTime } from '../../support/eventually.js';
import { failure, rejection } from '../../support/failure.js';
import { startPeer } from './object-kinds.js';
import type { Subject } from './subject.js';

/** Both forms of a wait, for what holds of both. */
const FORMS = ['blocking', 'asynchronous'] as const;

export function waitsContract(subject: Subject): void {
  const events = (count: number, signaled: readonly number[] = [], manual = false) =>
    Array.from({ length: count }, (_, index) => subject.event({ manual, initial: signaled.includes(index) }));
  const look = (object: Waitable) => subject.os.waitForSingleObject(object, 0);

  /** A mutex whose owner was killed. */
  const abandoned = async (): Promise<MutexHandle> => {
    const name = subject.name();
    const mutex = subject.mutex({ name });
    const peer = startPeer();
    await peer.ask({ do: 'openMutex', as: 'mutex', name, access: MUTEX_ALL_ACCESS });
    await peer.ask({ do: 'wait', handles: ['mutex'], milliseconds: 0 });
    await peer.kill();
    return mutex;
  };

  /** A mutex that another process owns. */
  const taken = async (): Promise<MutexHandle> => {
    const name = subject.name();
    await startPeer().ask({ do: 'createMutex', as: 'mutex', name, owned: true });
    return subject.own(subject.os.openMutex(MUTEX_ALL_ACCESS, false, name));
  };

  describe.each(FORMS)('a %s wait', (form) => {
    const one = async (handle: Waitable, milliseconds: number) =>
      form === 'blocking'
        ? subject.os.waitForSingleObject(handle, milliseconds)
        : inTime('the wait', subject.os.waitForSingleObjectAsync(handle, milliseconds));
    const several = async (handles: readonly Waitable[], all: boolean, milliseconds: number) =>
      form === 'blocking'
        ? subject.os.waitForMultipleObjects(handles, all, milliseconds)
        : inTime('the wait', subject.os.waitForMultipleObjectsAsync(handles, all, milliseconds));

    it.each([0, 1, 30])('of %d ms times out, and takes nothing', async (milliseconds) => {
      const [event, mutex] = [subject.event(), await taken()];
      expect(await one(event, milliseconds)).toBe(WAIT_TIMEOUT);
      expect(await one(mutex, milliseconds)).toBe(WAIT_TIMEOUT);
      expect(await several([event, mutex], false, milliseconds)).toBe(WAIT_TIMEOUT);
      subject.os.setEvent(event);
      expect(await several([event, mutex], true, milliseconds)).toBe(WAIT_TIMEOUT);
      expect(look(event)).toBe(WAIT_OBJECT_0);
    });

    it.each([0, 1, 30, 0x7fff_ffff, 0xffff_fffe, INFINITE])(
      'of %d ms takes what is there at once',
      async (milliseconds) => {
        expect(await one(subject.event({ initial: true }), milliseconds)).toBe(WAIT_OBJECT_0);
        const mutex = subject.mutex();
        expect(await one(mutex, milliseconds)).toBe(WAIT_OBJECT_0);
        expect(await several(events(2, [1]), false, milliseconds)).toBe(WAIT_OBJECT_0 + 1);
        expect(await several([...events(2, [0, 1]), mutex], true, milliseconds)).toBe(WAIT_OBJECT_0);
        for (let held = 2; held > 0; held--) subject.os.releaseMutex(mutex);
      },
    );

    it.each([Number.NaN, 1.5, 2 ** 32, -(2 ** 32), '5', null, undefined, 5n])(
      'of %s ms is refused',
      async (value) => {
        const event = subject.event({ initial: true });
        await rejection(one(event, value as number), 'INVALID_ARGUMENT');
        await rejection(several([event], false, value as number), 'INVALID_ARGUMENT');
        expect(look(event)).toBe(WAIT_OBJECT_0);
      },
    );

    it('for any takes the smallest index, and no other', async () => {
      const set = events(6, [2, 3, 5]);
      for (const index of [2, 3, 5]) expect(await several(set, false, 0)).toBe(WAIT_OBJECT_0 + index);
      expect(await several(set, false, 0)).toBe(WAIT_TIMEOUT);
    });

    it('for any tells the index of an abandoned mutex: WAIT_ABANDONED_0 + index', async () => {
      const mutex = await abandoned();
      expect(await several([...events(2), mutex], false, INFINITE)).toBe(WAIT_ABANDONED_0 + 2);
      expect(await several([...events(1), mutex], false, INFINITE)).toBe(WAIT_OBJECT_0 + 1);
      for (let held = 2; held > 0; held--) subject.os.releaseMutex(mutex);
      expect(await one(mutex, 0)).toBe(WAIT_OBJECT_0);
    });

    it('for all takes nothing until it can take all', async () => {
      const [mutex, theirs] = [subject.mutex(), await taken()];
      const set = events(3, [0, 2]);
      expect(await several([...set, mutex], true, 20)).toBe(WAIT_TIMEOUT);
      expect(await several([mutex, theirs, set[0]!], true, 20)).toBe(WAIT_TIMEOUT);
      failure(() => subject.os.releaseMutex(mutex), 'NOT_OWNER');
      subject.os.setEvent(set[1]!);
      expect(await several([...set, mutex], true, 20)).toBe(WAIT_OBJECT_0);
      for (const event of set) expect(look(event)).toBe(WAIT_TIMEOUT);
      subject.os.releaseMutex(mutex);
    });

    it('for all tells of an abandoned mutex among them: WAIT_ABANDONED_0', async () => {
      const [mutex, other] = [await abandoned(), subject.mutex()];
      expect(await several([other, subject.event({ initial: true }), mutex], true, INFINITE)).toBe(
        WAIT_ABANDONED_0,
      );
      expect(await several([other, mutex], true, 0)).toBe(WAIT_OBJECT_0);
      for (const each of [mutex, mutex, other, other]) subject.os.releaseMutex(each);
    });

    it(`takes ${MAXIMUM_WAIT_OBJECTS} objects`, async () => {
      const set = events(MAXIMUM_WAIT_OBJECTS, [MAXIMUM_WAIT_OBJECTS - 1], true);
      expect(await several(set, false, INFINITE)).toBe(WAIT_OBJECT_0 + MAXIMUM_WAIT_OBJECTS - 1);
      expect(await several(set, true, 10)).toBe(WAIT_TIMEOUT);
      for (const event of set) subject.os.setEvent(event);
      expect(await several(set, true, INFINITE)).toBe(WAIT_OBJECT_0);
    });

    it('is refused for none, for too many, and for one twice: 87', async () => {
      const refused = { code: 'INVALID_ARGUMENT', win32Error: 87 } as const;
      const [event, mutex] = [subject.event({ initial: true }), subject.mutex()];
      for (const all of [false, true]) {
        await rejection(several([], all, 0), refused);
        await rejection(several(events(MAXIMUM_WAIT_OBJECTS + 1), all, 0), refused);
        await rejection(several([event, event], all, 0), refused);
        await rejection(several([mutex, event, mutex], all, 0), refused);
      }
      expect(look(event)).toBe(WAIT_OBJECT_0);
      failure(() => subject.os.releaseMutex(mutex), 'NOT_OWNER');
    });

    it('ends when another process sets, releases, or dies', async () => {
      const [name, lock] = [subject.name('event'), subject.name('lock')];
      const [event, mutex] = [subject.event({ name }), subject.mutex({ name: lock })];
      const peer = startPeer();
      await peer.ask({ do: 'openEvent', as: 'event', name, access: 2 });
      await peer.ask({ do: 'openMutex', as: 'mutex', name: lock, access: MUTEX_ALL_ACCESS });
      await peer.ask({ do: 'wait', handles: ['mutex'], milliseconds: 0 });
      const later = (action: 'set' | 'release' | 'exit') =>
        peer.ask({ do: 'later', milliseconds: 30, action, handle: action === 'set' ? 'event' : 'mutex' });
      await later('set');
      expect(await several([mutex, event], false, INFINITE)).toBe(WAIT_OBJECT_0 + 1);
      await later('release');
      expect(await one(mutex, INFINITE)).toBe(WAIT_OBJECT_0);
      subject.os.releaseMutex(mutex);
      await peer.ask({ do: 'wait', handles: ['mutex'], milliseconds: 0 });
      await later('exit');
      expect(await several([event, mutex], false, INFINITE)).toBe(WAIT_ABANDONED_0 + 1);
    });
  });
}

/**
 * Who waits for an object on Linux: more of them than its page has slots for, more locks than the kernel hands on, and
 * those who come after one that is stopped and killed.
 *
 * The look after a second is switched off, here and in the processes: what is not woken fails the test.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  EVENT_ALL_ACCESS,
  INFINITE,
  MUTEX_ALL_ACCESS,
  WAIT_ABANDONED,
  WAIT_OBJECT_0,
} from '../../src/os/constants.js';
import { nativeOs } from '../../src/os/native.js';
import { TICKET_OFFSET } from '../../src/os/posix/object/format.js';
import type { Waitable } from '../../src/os/synchronization.js';
import { Child } from '../support/child.js';
import { eventually, inTime } from '../support/eventually.js';
import { failure } from '../support/failure.js';
import '../support/no-safety-look.js';
import type { ObjectRequest } from '../support/object-calls.js';

const FOLDER = `/dev/shm/perdure-${process.getuid?.() ?? -1}`;
/** More than the slots of an object. */
const MANY = 50;
/** Time enough, mostly, for waits to have begun and be asleep: the threads that sleep for them have to start. */
const ASLEEP_MS = 600;
/** More than ROBUST_LIST_LIMIT. */
const TOO_MANY_LOCKS = 2200;

describe.runIf(process.platform === 'linux')('those who wait for an object', () => {
  const os = nativeOs();
  const made: Waitable[] = [];
  const keep = <T extends Waitable>(handle: T): T => {
    made.push(handle);
    return handle;
  };
  afterEach(() => {
    for (const handle of made.splice(0)) os.closeHandle(handle);
  });

  /** Waits, and counts those that were satisfied. */
  const waiting = (handle: Waitable, count: number) => {
    const ended = { count: 0 };
    const waits = Array.from({ length: count }, async () => {
      expect(await os.waitForSingleObjectAsync(handle, INFINITE)).toBe(WAIT_OBJECT_0);
      ended.count++;
    });
    return { ended, all: Promise.all(waits) };
  };

  it('are released by a set though it is reset at once, however many they are', async () => {
    const event = keep(os.createEvent(null, true, false, null));
    const { all } = waiting(event, MANY);
    os.setEvent(event);
    os.resetEvent(event);
    await inTime('all of them', all);
  });

  it('are satisfied by one set each, however many they are and however fast it is set', async () => {
    const event = keep(os.createEvent(null, false, false, null));
    const { all } = waiting(event, MANY);
    for (let set = 0; set < MANY; set++) os.setEvent(event);
    await inTime('all of them', all);
    expect(os.waitForSingleObject(event, 0)).not.toBe(WAIT_OBJECT_0);
  });

  it('are satisfied by one set each in several processes, with more turns than there are slots', async () => {
    const name = `waiters-${randomUUID()}`;
    const event = keep(os.createEvent(null, false, false, name));
    const peers = Array.from({ length: 3 }, () => Child.start<ObjectRequest>('objects'));
    const waits: Promise<unknown>[] = [];
    for (const peer of peers) {
      await peer.ask({ do: 'openEvent', as: 'event', name, access: EVENT_ALL_ACCESS });
    }
    // In turns, so that they share no slot while there is a free one.
    for (let wait = 0; wait < MANY; wait++) {
      const peer = peers[wait % peers.length]!;
      waits.push(peer.ask({ do: 'waitAsync', handles: ['event'], milliseconds: INFINITE }));
      await peer.ask({ do: 'list', containing: name });
    }
    for (let set = 0; set < MANY; set++) os.setEvent(event);
    await inTime('all of them', Promise.all(waits));
  });

  it('are told of a killed owner, which could own no more mutexes than the kernel hands on', async () => {
    const name = `waiters-${randomUUID()}`;
    const owner = Child.start<ObjectRequest>('objects');
    await owner.ask({ do: 'createMutex', as: 'first', name, owned: true });
    const first = keep(os.openMutex(MUTEX_ALL_ACCESS, false, name));
    const made = Array.from({ length: TOO_MANY_LOCKS }, (_, index) =>
      owner.ask({ do: 'createMutex', as: `mutex ${index}`, name: null, owned: true }),
    );
    const refused = (await Promise.allSettled(made)).filter(({ status }) => status === 'rejected');
    await owner.kill();
    expect(await inTime('the mutex', os.waitForSingleObjectAsync(first, INFINITE))).toBe(WAIT_ABANDONED);
    os.releaseMutex(first);
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ code: 'TOO_MANY_OPEN' });
    }
  });

  it('and own as many mutexes as they may are refused one more, by every call, and lose none', () => {
    const mutexes: ReturnType<typeof os.createMutex>[] = [];
    const own = () => {
      while (mutexes.length < TOO_MANY_LOCKS) mutexes.push(keep(os.createMutex(null, true, null)));
    };
    failure(own, 'TOO_MANY_OPEN');
    const [one, two] = [keep(os.createMutex(null, false, null)), keep(os.createMutex(null, false, null))];
    failure(() => os.waitForSingleObject(one, 0), 'TOO_MANY_OPEN');
    os.releaseMutex(mutexes.pop()!);
    failure(() => os.waitForMultipleObjects([one, two], true, 0), 'TOO_MANY_OPEN');
    expect(os.waitForSingleObject(one, 0)).toBe(WAIT_OBJECT_0);
    os.releaseMutex(one);
    for (const mutex of mutexes) os.releaseMutex(mutex);
    expect(os.waitForMultipleObjects([one, two], true, 0)).toBe(WAIT_OBJECT_0);
    os.releaseMutex(one);
    os.releaseMutex(two);
  });

  /** A process with the mutexes and events that it is to open. */
  const peerOf = async (names: { mutexes?: string[]; events?: string[] }) => {
    const peer = Child.start<ObjectRequest>('objects');
    for (const name of names.mutexes ?? [])
      await peer.ask({ do: 'openMutex', as: name, name, access: MUTEX_ALL_ACCESS });
    for (const name of names.events ?? [])
      await peer.ask({ do: 'openEvent', as: name, name, access: EVENT_ALL_ACCESS });
    const wait = async (...handles: string[]) => {
      const ended = peer.ask({ do: 'waitAsync', handles, all: handles.length > 1, milliseconds: INFINITE });
      ended.catch(() => {});
      await peer.ask({ do: 'list', containing: handles[0]! });
      return { ended };
    };
    return { peer, wait };
  };

  it.each(['it', 'it and an event'])(
    'in the thread that comes to own a mutex have %s at once',
    async (what) => {
      const name = `waiters-${randomUUID()}`;
      const event = `${name}-set`;
      keep(os.createEvent(null, true, true, event));
      const owner = Child.start<ObjectRequest>('objects');
      await owner.ask({ do: 'createMutex', as: name, name, owned: true });
      const one = await peerOf({ mutexes: [name], events: [event] });
      const other = await peerOf({ mutexes: [name] });
      const first = await one.wait(name);
      await other.wait(name);
      const second = await one.wait(...(what === 'it' ? [name] : [event, name]));
      await sleep(ASLEEP_MS);
      await owner.kill();
      expect(await inTime('the first wait', first.ended)).toBe(WAIT_ABANDONED);
      expect(await inTime('the second wait', second.ended)).toBe(WAIT_OBJECT_0);
    },
  );

  it('for two mutexes are all woken when the owner of both is killed', async () => {
    const [a, b, event] = ['a', 'b', 'event'].map((kind) => `waiters-${kind}-${randomUUID()}`) as [
      string,
      string,
      string,
    ];
    const free = keep(os.createEvent(null, false, true, event));
    const owner = Child.start<ObjectRequest>('objects');
    for (const name of [a, b]) await owner.ask({ do: 'createMutex', as: name, name, owned: true });
    const both = await peerOf({ mutexes: [a, b], events: [event] });
    const one = await peerOf({ mutexes: [a] });
    await both.wait(event, a);
    const waitForB = await both.wait(b);
    // It is to be the first that the kernel finds asleep.
    await sleep(ASLEEP_MS);
    const waitForA = await one.wait(a);
    await sleep(ASLEEP_MS);
    expect(os.waitForSingleObject(free, 0)).toBe(WAIT_OBJECT_0);
    await sleep(ASLEEP_MS);
    await owner.kill();
    expect(await inTime('the one mutex', waitForB.ended)).toBe(WAIT_ABANDONED);
    expect(await inTime('the other mutex', waitForA.ended)).toBe(WAIT_ABANDONED);
  });

  describe.each(['event', 'mutex'] as const)('for one %s', (kind) => {
    it('go on when the first of them is stopped, and killed with what was its own', async () => {
      const name = `waiters-${randomUUID()}`;
      const object = keep(
        kind === 'event' ? os.createEvent(null, false, false, name) : os.createMutex(null, true, name),
      );
      const tickets = () => fs.readFileSync(join(FOLDER, name)).readUInt32LE(TICKET_OFFSET);
      const peers: Child<ObjectRequest>[] = [];
      let satisfied: Promise<unknown> = new Promise(() => {});
      for (let each = 1; each <= 4; each++) {
        const peer = Child.start<ObjectRequest>('objects');
        peers.push(peer);
        if (kind === 'event') {
          await peer.ask({ do: 'openEvent', as: 'object', name, access: EVENT_ALL_ACCESS });
        } else {
          await peer.ask({ do: 'openMutex', as: 'object', name, access: MUTEX_ALL_ACCESS });
        }
        const answer = peer.ask({ do: 'wait', handles: ['object'], milliseconds: INFINITE });
        if (each === 1) answer.catch(() => {});
        else satisfied = Promise.race([satisfied, answer]);
        await eventually('it waits', () => tickets() === each);
      }
      await sleep(30);
      peers[0]!.signal('SIGSTOP');
      if (object.kind === 'event') os.setEvent(object);
      else os.releaseMutex(object);
      // The others have been woken, and have found that it is not their turn.
      await sleep(150);
      await peers[0]!.kill();
      expect(await inTime('the turn of the next', satisfied)).toBe(WAIT_OBJECT_0);
    });
  });
});

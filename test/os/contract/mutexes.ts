/**
 * Mutexes: one owner at a time, counted acquisitions, and a mutex whose owner is gone handed on as abandoned, once.
 * (docs: "CreateMutexW function", ReleaseMutex, "Mutex Objects")
 */
import { describe, expect, it } from 'vitest';
import {
  FILE_MAP_WRITE,
  INFINITE,
  MUTEX_ALL_ACCESS,
  WAIT_ABANDONED,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
} from '../../../src/os/constants.js';
import type { MutexHandle } from '../../../src/os/synchronization.js';
import { inTime } from '../../support/eventually.js';
import { failure } from '../../support/failure.js';
import type { Opened } from '../../support/object-calls.js';
import { type Peer, startPeer, vanishes } from './object-kinds.js';
import { bytesOf, type Subject } from './subject.js';

const NOT_OWNER = { code: 'NOT_OWNER', win32Error: 288 } as const;

export function mutexesContract(subject: Subject): void {
  const look = (mutex: MutexHandle) => subject.os.waitForSingleObject(mutex, 0);
  const open = (peer: Peer, name: string) =>
    peer.ask({ do: 'openMutex', as: 'mutex', name, access: MUTEX_ALL_ACCESS });
  const waitIn = (peer: Peer, milliseconds = 0, how: 'wait' | 'waitAsync' = 'wait') =>
    peer.ask<number>({ do: how, handles: ['mutex'], milliseconds });
  const releaseIn = (peer: Peer) => peer.ask({ do: 'release', handle: 'mutex' });
  const withPeer = async (owned = false) => {
    const name = subject.name();
    const mutex = subject.mutex({ name, owned });
    const peer = startPeer();
    await open(peer, name);
    return { name, mutex, peer };
  };

  describe('a mutex', () => {
    it('is free, or belongs to its creator from the start', async () => {
      for (const owned of [false, true]) {
        const { mutex, peer } = await withPeer(owned);
        if (owned) subject.os.releaseMutex(mutex);
        failure(() => subject.os.releaseMutex(mutex), NOT_OWNER);
        expect(await waitIn(peer)).toBe(WAIT_OBJECT_0);
        expect(look(mutex)).toBe(WAIT_TIMEOUT);
      }
    });

    it('is not given to a second creator that asks to own it', async () => {
      const name = subject.name();
      const peer = startPeer();
      await peer.ask({ do: 'createMutex', as: 'mutex', name, owned: false });
      const mutex = subject.mutex({ name, owned: true });
      expect(mutex.alreadyExisted).toBe(true);
      failure(() => subject.os.releaseMutex(mutex), NOT_OWNER);
      expect(await waitIn(peer)).toBe(WAIT_OBJECT_0);
    });

    it('excludes the others until it was released as often as it was acquired', async () => {
      const { mutex, peer } = await withPeer(true);
      for (let more = 0; more < 4; more++) expect(look(mutex)).toBe(WAIT_OBJECT_0);
      for (let held = 5; held > 0; held--) {
        expect(await waitIn(peer)).toBe(WAIT_TIMEOUT);
        subject.os.releaseMutex(mutex);
      }
      expect(await waitIn(peer)).toBe(WAIT_OBJECT_0);
      failure(() => subject.os.releaseMutex(mutex), NOT_OWNER);
      await releaseIn(peer);
      await expect(releaseIn(peer)).rejects.toMatchObject(NOT_OWNER);
    });

    it('is one by all handles of its name: acquired by one, released by another', async () => {
      const { name, mutex, peer } = await withPeer(true);
      const second = subject.own(subject.os.openMutex(MUTEX_ALL_ACCESS, false, name));
      expect(look(second)).toBe(WAIT_OBJECT_0);
      subject.os.releaseMutex(second);
      expect(await waitIn(peer)).toBe(WAIT_TIMEOUT);
      subject.os.releaseMutex(second);
      expect(await waitIn(peer)).toBe(WAIT_OBJECT_0);
      failure(() => subject.os.releaseMutex(mutex), NOT_OWNER);
    });

    it('stays its owner’s when that one closes its handle, and is released by a new one', async () => {
      const { name, mutex, peer } = await withPeer(true);
      subject.os.closeHandle(mutex);
      expect(await waitIn(peer)).toBe(WAIT_TIMEOUT);
      const again = subject.own(subject.os.openMutex(MUTEX_ALL_ACCESS, false, name));
      expect(look(again)).toBe(WAIT_OBJECT_0);
      subject.os.releaseMutex(again);
      expect(await waitIn(peer)).toBe(WAIT_TIMEOUT);
      subject.os.releaseMutex(again);
      expect(await waitIn(peer)).toBe(WAIT_OBJECT_0);
    });

    it('that vanished while it was owned is forgotten: the next of its name is another', async () => {
      for (const how of ['owned', 'wait', 'waitAsync'] as const) {
        const name = subject.name();
        const mutex = subject.mutex({ name, owned: how === 'owned' });
        if (how === 'wait') expect(look(mutex)).toBe(WAIT_OBJECT_0);
        if (how === 'waitAsync') await subject.os.waitForSingleObjectAsync(mutex, INFINITE);
        subject.os.closeHandle(mutex);
        await vanishes(subject, name);
        const peer = startPeer();
        expect(await peer.ask<Opened>({ do: 'createMutex', as: 'mutex', name, owned: true })).toEqual({
          alreadyExisted: false,
        });
        const next = subject.own(subject.os.openMutex(MUTEX_ALL_ACCESS, false, name));
        expect(look(next)).toBe(WAIT_TIMEOUT);
        failure(() => subject.os.releaseMutex(next), NOT_OWNER);
        await releaseIn(peer);
        expect(look(next)).toBe(WAIT_OBJECT_0);
        subject.os.releaseMutex(next);
      }
    });

    it('without a name excludes nobody else', () => {
      const [first, second] = [subject.mutex({ owned: true }), subject.mutex()];
      failure(() => subject.os.releaseMutex(second), NOT_OWNER);
      subject.os.releaseMutex(first);
    });
  });

  describe('a mutex acquired asynchronously', () => {
    it('belongs to the thread as any other: waited for again at once, released as often', async () => {
      const { mutex, peer } = await withPeer();
      const { os } = subject;
      expect(await os.waitForSingleObjectAsync(mutex, INFINITE)).toBe(WAIT_OBJECT_0);
      expect(os.waitForSingleObject(mutex, INFINITE)).toBe(WAIT_OBJECT_0);
      expect(await os.waitForSingleObjectAsync(mutex, INFINITE)).toBe(WAIT_OBJECT_0);
      expect(await os.waitForMultipleObjectsAsync([mutex, subject.event()], false, 0)).toBe(WAIT_OBJECT_0);
      for (let held = 4; held > 0; held--) {
        expect(await waitIn(peer)).toBe(WAIT_TIMEOUT);
        os.releaseMutex(mutex);
      }
      expect(await waitIn(peer)).toBe(WAIT_OBJECT_0);
      failure(() => os.releaseMutex(mutex), NOT_OWNER);
    });

    it('is released at once: the next wait of another process, which only looks, has it', async () => {
      const { mutex, peer } = await withPeer();
      for (let round = 0; round < 50; round++) {
        await subject.os.waitForSingleObjectAsync(mutex, INFINITE);
        subject.os.releaseMutex(mutex);
        expect(await waitIn(peer, 0, round % 2 === 0 ? 'wait' : 'waitAsync')).toBe(WAIT_OBJECT_0);
        await releaseIn(peer);
      }
    });

    it('goes from process to process, each of which waits for it in its own way', async () => {
      const { mutex, peer } = await withPeer(true);
      for (const theirs of ['wait', 'waitAsync'] as const) {
        for (const ours of ['wait', 'waitAsync'] as const) {
          const answer = waitIn(peer, INFINITE, theirs);
          subject.os.releaseMutex(mutex);
          expect(await inTime('the mutex', answer)).toBe(WAIT_OBJECT_0);
          const back =
            ours === 'waitAsync'
              ? subject.os.waitForSingleObjectAsync(mutex, INFINITE)
              : Promise.resolve(WAIT_OBJECT_0);
          await releaseIn(peer);
          if (ours === 'wait') expect(subject.os.waitForSingleObject(mutex, INFINITE)).toBe(WAIT_OBJECT_0);
          expect(await inTime('the mutex back', back)).toBe(WAIT_OBJECT_0);
        }
      }
    });

    // A wake-up that is lost costs a second or more: a system that loses them does not come to the end of this.
    it.each([
      ['wait', 2000],
      ['waitAsync', 1000],
      ['both', 1000],
    ] as const)('keeps three processes from each other’s critical sections: %s', async (how, rounds) => {
      const [lock, memory] = [subject.name('lock'), subject.name('memory')];
      const mutex = subject.mutex({ name: lock });
      const bytes = bytesOf(subject.view(subject.memory(64, memory), FILE_MAP_WRITE));
      const peers = [startPeer(), startPeer(), startPeer()];
      const counts = peers.map(async (peer) => {
        await open(peer, lock);
        await peer.ask({ do: 'openMapping', as: 'memory', name: memory, access: FILE_MAP_WRITE });
        await peer.ask({ do: 'map', view: 'memory', handle: 'memory', access: FILE_MAP_WRITE });
        return peer.ask<number>({ do: 'count', mutex: 'mutex', view: 'memory', rounds, how });
      });
      expect(await Promise.all(counts)).toEqual([0, 0, 0]);
      expect(bytes.readUInt32LE(0)).toBe(rounds * 3);
      expect(look(mutex)).toBe(WAIT_OBJECT_0);
      subject.os.releaseMutex(mutex);
    });
  });

  describe('an abandoned mutex', () => {
    const ways = ['ends', 'calls process.exit', 'is killed'] as const;
    const end = async (peer: Peer, how: (typeof ways)[number]) => {
      if (how === 'ends') await peer.end();
      else if (how === 'calls process.exit') await peer.ask({ do: 'exit', code: 0 }).catch(() => {});
      await peer.kill();
    };

    describe.each(ways)('when its owner %s', (how) => {
      it.each(['wait', 'waitAsync'] as const)(
        'is acquired with WAIT_ABANDONED, once: by %s',
        async (acquired) => {
          const { mutex, peer } = await withPeer();
          expect(await waitIn(peer, INFINITE, acquired)).toBe(WAIT_OBJECT_0);
          expect(await waitIn(peer, INFINITE, acquired)).toBe(WAIT_OBJECT_0);
          expect(look(mutex)).toBe(WAIT_TIMEOUT);
          await end(peer, how);
          expect(look(mutex)).toBe(WAIT_ABANDONED);
          expect(look(mutex)).toBe(WAIT_OBJECT_0);
          for (let held = 2; held > 0; held--) subject.os.releaseMutex(mutex);
          failure(() => subject.os.releaseMutex(mutex), NOT_OWNER);
          expect(look(mutex)).toBe(WAIT_OBJECT_0);
        },
      );

      it('is handed to one of those who wait; the next is not told', async () => {
        const { name, mutex, peer } = await withPeer();
        expect(await waitIn(peer)).toBe(WAIT_OBJECT_0);
        const others = [startPeer(), startPeer()];
        await Promise.all(others.map((other) => open(other, name)));
        const results: number[] = [];
        const waits = others.map(async (other, index) => {
          results.push(await waitIn(other, INFINITE, index === 0 ? 'wait' : 'waitAsync'));
          await releaseIn(other);
        });
        waits.push(
          subject.os.waitForSingleObjectAsync(mutex, INFINITE).then((result) => {
            results.push(result);
            subject.os.releaseMutex(mutex);
          }),
        );
        await end(peer, how);
        await inTime('all three had it', Promise.all(waits));
        expect(results.sort()).toEqual([WAIT_OBJECT_0, WAIT_OBJECT_0, WAIT_ABANDONED]);
        expect(look(mutex)).toBe(WAIT_OBJECT_0);
      });
    });

    it('ends a blocking wait that had begun', async () => {
      const { mutex, peer } = await withPeer();
      expect(await waitIn(peer)).toBe(WAIT_OBJECT_0);
      peer.signal('SIGKILL');
      expect(subject.os.waitForSingleObject(mutex, 15_000)).toBe(WAIT_ABANDONED);
    });

    it('is abandoned again by the next owner that is killed', async () => {
      const { name, mutex, peer } = await withPeer();
      await waitIn(peer);
      await peer.kill();
      const next = startPeer();
      await open(next, name);
      expect(await waitIn(next)).toBe(WAIT_ABANDONED);
      await next.kill();
      expect(look(mutex)).toBe(WAIT_ABANDONED);
    });

    it('keeps nobody from a new one, when nobody else had it', async () => {
      const name = subject.name();
      const peer = startPeer();
      await peer.ask({ do: 'createMutex', as: 'mutex', name, owned: true });
      await peer.kill();
      await vanishes(subject, name);
      const mutex = subject.mutex({ name });
      expect(mutex.alreadyExisted).toBe(false);
      expect(look(mutex)).toBe(WAIT_OBJECT_0);
    });
  });
}

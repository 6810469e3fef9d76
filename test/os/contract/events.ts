/**
 * Events: manual and automatic reset, seen by every process, and one wait satisfied by one set of the automatic kind.
 * (docs: "CreateEventW function", SetEvent, ResetEvent, "Event Objects (Synchronization)")
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  EVENT_ALL_ACCESS,
  INFINITE,
  SYNCHRONIZE,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
} from '../../../src/os/constants.js';
import type { EventHandle } from '../../../src/os/synchronization.js';
import { eventually, inTime } from '../../support/eventually.js';
import { type Peer, startPeer } from './object-kinds.js';
import type { Subject } from './subject.js';

export function eventsContract(subject: Subject): void {
  const look = (event: EventHandle) => subject.os.waitForSingleObject(event, 0);
  const open = async (peer: Peer, name: string, as = 'event') =>
    peer.ask({ do: 'openEvent', as, name, access: EVENT_ALL_ACCESS });
  const lookIn = (peer: Peer, handle = 'event') =>
    peer.ask<number>({ do: 'wait', handles: [handle], milliseconds: 0 });

  describe('an event with manual reset', () => {
    it.each([false, true])('begins as it was asked to: signaled %s', (initial) => {
      const event = subject.event({ manual: true, initial });
      for (let time = 0; time < 3; time++) expect(look(event)).toBe(initial ? WAIT_OBJECT_0 : WAIT_TIMEOUT);
    });

    it('stays signaled from set to reset, however often either is repeated', () => {
      const event = subject.event({ manual: true });
      for (const times of [1, 3]) {
        for (let time = 0; time < times; time++) subject.os.setEvent(event);
        for (let time = 0; time < 3; time++) expect(look(event)).toBe(WAIT_OBJECT_0);
        for (let time = 0; time < times; time++) subject.os.resetEvent(event);
        expect(look(event)).toBe(WAIT_TIMEOUT);
      }
    });

    it('satisfies every wait, in every process', async () => {
      const name = subject.name();
      const event = subject.event({ manual: true, name });
      const peers = [startPeer(), startPeer()];
      await Promise.all(peers.map((peer) => open(peer, name)));
      const waits = peers.flatMap((peer) => [
        peer.ask<number>({ do: 'waitAsync', handles: ['event'], milliseconds: INFINITE }),
        peer.ask<number>({ do: 'waitAsync', handles: ['event'], milliseconds: INFINITE }),
        peer.ask<number>({ do: 'wait', handles: ['event'], milliseconds: INFINITE }),
      ]);
      waits.push(subject.os.waitForSingleObjectAsync(event, INFINITE));
      subject.os.setEvent(event);
      expect(await inTime('every wait', Promise.all(waits))).toEqual(waits.map(() => WAIT_OBJECT_0));
      expect(look(event)).toBe(WAIT_OBJECT_0);
    });

    // A wait that has begun is satisfied by a set, though a reset follows at once. When it has begun cannot be seen from
    // outside, so the pulse is repeated; a system that loses pulses loses all of them.
    it('satisfies those who wait even when it is reset at once', async () => {
      const name = subject.name();
      const event = subject.event({ manual: true, name });
      const peer = startPeer();
      await open(peer, name);
      let satisfied = 0;
      const count = (result: number) => {
        expect(result).toBe(WAIT_OBJECT_0);
        satisfied++;
      };
      const waits = [
        peer.ask<number>({ do: 'waitAsync', handles: ['event'], milliseconds: INFINITE }).then(count),
        peer.ask<number>({ do: 'wait', handles: ['event'], milliseconds: INFINITE }).then(count),
        subject.os.waitForSingleObjectAsync(event, INFINITE).then(count),
      ];
      await eventually('all three are satisfied by pulses', async () => {
        subject.os.setEvent(event);
        subject.os.resetEvent(event);
        await sleep(20);
        return satisfied === 3;
      });
      await Promise.all(waits);
      expect(look(event)).toBe(WAIT_TIMEOUT);
    });
  });

  describe('an event with automatic reset', () => {
    it('begins as it was asked to, and is reset by the wait that it satisfies', () => {
      const event = subject.event({ initial: true });
      expect([look(event), look(event)]).toEqual([WAIT_OBJECT_0, WAIT_TIMEOUT]);
      expect(look(subject.event())).toBe(WAIT_TIMEOUT);
    });

    it('satisfies one wait, though it was set three times', () => {
      const event = subject.event();
      for (let time = 0; time < 3; time++) subject.os.setEvent(event);
      expect([look(event), look(event)]).toEqual([WAIT_OBJECT_0, WAIT_TIMEOUT]);
    });

    it('set and reset satisfies none', () => {
      const event = subject.event();
      subject.os.setEvent(event);
      subject.os.resetEvent(event);
      expect(look(event)).toBe(WAIT_TIMEOUT);
    });

    it('each set satisfies exactly one of several waits in several processes', async () => {
      const name = subject.name();
      const event = subject.event({ name });
      // A process of its own for each blocking wait: while it blocks, it could report no other.
      const ways = [['waitAsync', 'waitAsync', 'waitAsync'], ['wait'], ['wait']] as const;
      let satisfied = 0;
      const count = (result: number) => {
        expect(result).toBe(WAIT_OBJECT_0);
        satisfied++;
      };
      const waits: Promise<void>[] = [];
      for (const way of ways) {
        const peer = startPeer();
        await open(peer, name);
        for (const how of way) {
          waits.push(peer.ask<number>({ do: how, handles: ['event'], milliseconds: INFINITE }).then(count));
        }
      }
      waits.push(subject.os.waitForSingleObjectAsync(event, INFINITE).then(count));
      for (let set = 1; set <= waits.length; set++) {
        subject.os.setEvent(event);
        await eventually(`set ${set} satisfies one more wait`, () => satisfied >= set);
        expect(satisfied).toBe(set);
      }
      await Promise.all(waits);
      // Had one set satisfied two of them, another would be left over.
      expect(look(event)).toBe(WAIT_TIMEOUT);
    });
  });

  describe('an event that has a name', () => {
    it.each([true, false])(
      'keeps its own kind of reset and state, whatever is asked for later: manual %s',
      (manual) => {
        const name = subject.name();
        subject.event({ manual, initial: true, name });
        const again = subject.event({ manual: !manual, initial: false, name });
        expect(again.alreadyExisted).toBe(true);
        expect(look(again)).toBe(WAIT_OBJECT_0);
        expect(look(again)).toBe(manual ? WAIT_OBJECT_0 : WAIT_TIMEOUT);
      },
    );

    it('is one event in two processes', async () => {
      const name = subject.name();
      const event = subject.event({ manual: true, name });
      const peer = startPeer();
      await open(peer, name);
      expect(await lookIn(peer)).toBe(WAIT_TIMEOUT);
      subject.os.setEvent(event);
      expect(await lookIn(peer)).toBe(WAIT_OBJECT_0);
      await peer.ask({ do: 'reset', handle: 'event' });
      expect(look(event)).toBe(WAIT_TIMEOUT);
      await peer.ask({ do: 'set', handle: 'event' });
      expect(look(event)).toBe(WAIT_OBJECT_0);
    });

    it('keeps the state that a killed process gave it', async () => {
      const name = subject.name();
      const event = subject.event({ name });
      const peer = startPeer();
      await open(peer, name);
      await peer.ask({ do: 'set', handle: 'event' });
      await peer.kill();
      expect([look(event), look(event)]).toEqual([WAIT_OBJECT_0, WAIT_TIMEOUT]);
    });

    it('set while killed processes waited for it satisfies one that lives', async () => {
      const name = subject.name();
      const event = subject.event({ name });
      for (const how of ['wait', 'waitAsync'] as const) {
        const [victim, other] = [startPeer(), startPeer()];
        await Promise.all([open(victim, name), open(other, name)]);
        const waitIn = (peer: Peer) =>
          peer.ask<number>({ do: how, handles: ['event'], milliseconds: INFINITE });
        void waitIn(victim).catch(() => {});
        const answer = waitIn(other);
        await sleep(50);
        await victim.kill();
        subject.os.setEvent(event);
        expect(await inTime('the wait of the process that lives', answer)).toBe(WAIT_OBJECT_0);
        expect(look(event)).toBe(WAIT_TIMEOUT);
      }
    });

    it('passes a thousand turns back and forth between two processes, none lost', async () => {
      const [ping, pong] = [subject.name('ping'), subject.name('pong')];
      const mine = subject.event({ name: ping });
      const theirs = subject.event({ name: pong });
      const peer = startPeer();
      await peer.ask({ do: 'openEvent', as: 'ping', name: ping, access: SYNCHRONIZE });
      await open(peer, pong, 'pong');
      const turns = 1000;
      const answered = peer.ask({ do: 'answerTurns', wait: 'ping', set: 'pong', turns });
      for (let turn = 0; turn < turns; turn++) {
        subject.os.setEvent(mine);
        const how = turn % 2 === 0;
        const result = how
          ? await subject.os.waitForSingleObjectAsync(theirs, 15_000)
          : subject.os.waitForSingleObject(theirs, 15_000);
        expect(result, `turn ${turn}`).toBe(WAIT_OBJECT_0);
      }
      await answered;
      expect([look(mine), look(theirs)]).toEqual([WAIT_TIMEOUT, WAIT_TIMEOUT]);
    });
  });
}

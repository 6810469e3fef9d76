/**
 * A channel that is damaged while its peers wait, and peers that cannot be woken: whoever waits gets a coded error, what
 * was committed counts as done, and nothing ends the process from behind.
 *
 * Method: two consumers and a producer of one thread wait, asleep. The test writes into their memory, wakes them as any
 * peer would, and calls more. An error without a code, a rejection that nobody handles, or a close that throws is a failure.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EVENT_MODIFY_STATE } from '../../../src/os/constants.js';
import { nativeOs } from '../../../src/os/native.js';
import type { EventHandle } from '../../../src/os/synchronization.js';
import {
  CONSUMERS_LOCK_WORD,
  HEAD_WORD,
  HEADER_BYTES,
  mappingBytes,
  PRODUCERS_LOCK_WORD,
  SCAN_WORD,
  SLOT_WORDS,
  SLOTS,
  SLOTS_WORD,
  TAIL_WORD,
  UNIT_BYTES,
  unitsFor,
  WANT_MESSAGE_WORD,
  WANT_ROOM_WORD,
} from '../../../src/shared/channel/format.js';
import { Channel } from '../../../src/shared/channel/index.js';
import { eventually } from '../../support/eventually.js';
import { runs } from '../../support/seed.js';
import { CAPACITY, codeOf, freshName, wordsOf } from './channels.js';

const CONSUMER_BIT = 1;
const CLOSING_BIT = 2;
const peerWord = (number: number, bits: number) => (number << 2) | bits;
const slotWord = (slot: number) => SLOTS_WORD + slot * SLOT_WORDS;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** The rejections that nobody handled, from now on. */
function unhandledRejections(): unknown[] {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  return unhandled;
}

/** What wakes the peers that a channel has now. */
function wakers(name: string, words: Int32Array): EventHandle[] {
  const os = nativeOs();
  const peers = Array.from({ length: SLOTS }, (_, slot) => words[slotWord(slot)]!).filter(
    (peer) => peer !== 0,
  );
  return peers.map((peer) => os.openEvent(EVENT_MODIFY_STATE, false, `${name}.wake.${peer >>> 2}`));
}

function wake(events: readonly EventHandle[]): void {
  for (const event of events) nativeOs().setEvent(event);
}

async function asleep(words: Int32Array, want: number, peers: number): Promise<void> {
  await eventually('they sleep', () => {
    let bits = words[want]! >>> 0;
    let count = 0;
    for (; bits !== 0; bits >>>= 1) count += bits & 1;
    return count >= peers;
  });
}

describe('those who wait in a channel that is damaged', () => {
  it('get CORRUPT, each of them, and nothing is left unhandled', async () => {
    const unhandled = unhandledRejections();
    const name = freshName();
    using first = Channel.consumer(name, { capacityBytes: CAPACITY });
    using second = Channel.consumer(name);
    const waits = [codeOf(() => first.receive()), codeOf(() => second.receive())];
    const words = wordsOf(name);
    await asleep(words, WANT_MESSAGE_WORD, 2);
    const events = wakers(name, words);
    words[HEAD_WORD] = -5;
    // Somebody seems to wait for messages, who is woken when a consumer has no more to do.
    words[WANT_MESSAGE_WORD]! |= 1 << 9;
    wake(events);
    expect(await Promise.all(waits)).toEqual(['CORRUPT', 'CORRUPT']);
    await turn();
    expect(unhandled).toEqual([]);
    for (const event of events) nativeOs().closeHandle(event);
  });

  it('locks with words that no peer writes are taken back, and closing works', async () => {
    for (const number of [0, 777]) {
      const name = freshName();
      const out = Channel.producer(name, { capacityBytes: CAPACITY });
      const inn = Channel.consumer(name);
      const words = wordsOf(name);
      const damage = () => {
        words[slotWord(9)] = peerWord(number, CONSUMER_BIT);
        for (const lock of [PRODUCERS_LOCK_WORD, CONSUMERS_LOCK_WORD]) {
          words[lock] = peerWord(number, CONSUMER_BIT | CLOSING_BIT);
        }
      };
      damage();
      await out.send('x', { timeoutMs: 1000 });
      expect(String(await inn.receive({ timeoutMs: 1000 }))).toBe('x');
      expect([words[PRODUCERS_LOCK_WORD], words[CONSUMERS_LOCK_WORD]]).toEqual([0, 0]);
      damage();
      expect(inn.close()).toBeUndefined();
      expect(out.close()).toBeUndefined();
    }
  });
});

describe('what was committed', () => {
  /** Puts a peer in the slot of a consumer that cannot be woken: the name of its event is another object's. */
  function deafConsumer(name: string, words: Int32Array): { slot: number; was: number } {
    const os = nativeOs();
    const mutex = os.createMutex(null, false, `${name}.wake.4242`);
    onTestFinished(() => os.closeHandle(mutex));
    for (let slot = 0; ; slot++) {
      const was = words[slotWord(slot)]!;
      if ((was & CONSUMER_BIT) === 0) continue;
      words[slotWord(slot)] = peerWord(4242, CONSUMER_BIT);
      return { slot, was };
    }
  }

  it('is sent, where nobody can be woken for it; whoever sleeps is woken when that is possible', async () => {
    const name = freshName();
    using out = Channel.producer(name, { capacityBytes: CAPACITY });
    using inn = Channel.consumer(name);
    const words = wordsOf(name);
    for (const send of [
      () => out.send('x'),
      () => out.trySend('x'),
      () => out.sendMany(['x']),
      () => out.trySendMany(['x']),
    ]) {
      const received = inn.receive();
      // It knows of the consumer before it sends.
      expect(out.consumers).toBe(1);
      await asleep(words, WANT_MESSAGE_WORD, 1);
      const { slot, was } = deafConsumer(name, words);
      expect(await codeOf(send)).toBeUndefined();
      expect(words[WANT_MESSAGE_WORD]).toBe(1 << slot);
      words[slotWord(slot)] = was;
      expect(String(await received)).toBe('x');
    }
  });

  it('is received, where nobody can be woken for the room', async () => {
    const name = freshName();
    using out = Channel.producer(name, { capacityBytes: CAPACITY });
    using inn = Channel.consumer(name);
    using other = Channel.consumer(name);
    // They know of each other before one receives.
    expect([out.consumers, inn.producers, other.producers]).toEqual([2, 1, 1]);
    const words = wordsOf(name);
    const { slot, was } = deafConsumer(name, words);
    for (const receive of [() => inn.receive(), () => inn.tryReceive(), () => other.take()]) {
      await out.send('x');
      words[WANT_ROOM_WORD] = 1 << slot;
      expect(String(await receive())).toBe('x');
    }
    words[slotWord(slot)] = was;
  });

  it('comes out of receiveMany, though what lies behind it is damaged', async () => {
    const name = freshName();
    using out = Channel.producer(name, { capacityBytes: CAPACITY });
    using inn = Channel.consumer(name);
    await out.sendMany(['a', 'b']);
    // A record of one byte has two units: its header, and its bytes.
    wordsOf(name)[(HEADER_BYTES + 2 * UNIT_BYTES) / 4] = 10_000;
    expect((await inn.receiveMany()).map(String)).toEqual(['a']);
    expect(await codeOf(() => inn.receiveMany())).toBe('CORRUPT');
  });

  it('counts for trySendMany, though the room for the rest cannot be told', async () => {
    const name = freshName();
    using out = Channel.producer(name, { capacityBytes: CAPACITY });
    await out.send('room is known from here on');
    wordsOf(name)[HEAD_WORD] = -1;
    const [message, more] = [Buffer.alloc(600), Buffer.alloc(600)];
    expect(out.trySendMany([message, more])).toBe(1);
    expect(await codeOf(() => out.trySendMany([more]))).toBe('CORRUPT');
  });
});

describe('any words at all, while peers wait', () => {
  const ALL_WORDS = mappingBytes(unitsFor(CAPACITY)) / 4;
  const lock = fc.constantFrom(PRODUCERS_LOCK_WORD, CONSUMERS_LOCK_WORD);
  const slot = fc.nat(SLOTS - 1).map(slotWord);
  /** Of the peers that are there, of some that never were, and with bits that do not go together. */
  const anyPeer = fc
    .tuple(fc.constantFrom(0, 1, 2, 3, 777, 2 ** 30 - 1), fc.nat(3))
    .map(([n, bits]) => peerWord(n, bits));
  const anyWord = fc.oneof(
    fc.nat(ALL_WORDS - 1),
    fc.nat(HEADER_BYTES / 4 - 1),
    fc.constantFrom(HEAD_WORD, TAIL_WORD, SCAN_WORD),
  );
  const anyValue = fc.oneof(
    fc.integer(),
    fc.integer({ min: -3, max: 200 }),
    fc.nat(31).map((bit) => 1 << bit),
  );
  type Change = [word: number, value: number];
  /** Some words, or one who seems to be gone, in a slot and with a lock. */
  const damage = fc.oneof(
    fc.array(fc.tuple(fc.oneof(anyWord, lock, slot), fc.oneof(anyValue, anyPeer)), {
      minLength: 1,
      maxLength: 6,
    }),
    fc
      .tuple(slot, lock, fc.constantFrom(1, 2, 777, 778), fc.nat(3), fc.nat(3), fc.tuple(anyWord, anyValue))
      .map(([at, held, number, one, two, more]): Change[] => [
        [at, peerWord(number, one)],
        [held, peerWord(number, two)],
        more,
      ]),
  );
  const calls = fc.array(fc.nat(7), { minLength: 1, maxLength: 6 });

  it('each wait and each call ends with a coded error, a timeout or a result, and every close works', async () => {
    const unhandled = unhandledRejections();
    await fc.assert(
      fc.asyncProperty(calls, damage, damage, calls, async (waiting, changes, moreChanges, calling) => {
        const name = freshName();
        const out = Channel.producer(name, { capacityBytes: CAPACITY });
        const peers = [Channel.consumer(name, { follow: true }), Channel.consumer(name), out] as const;
        const [one, two] = peers;
        const call = (which: number, limit: { timeoutMs?: number }) =>
          codeOf(() => {
            if (which === 0) return out.send(Buffer.alloc(1000), limit);
            if (which === 1) return out.sendMany(['a', Buffer.alloc(400), 'b', Buffer.alloc(700)], limit);
            if (which === 2) return out.drained(limit);
            if (which === 3) return two.take(limit);
            if (which === 4) return one.receiveMany(3, limit);
            if (which === 5) return two[Symbol.asyncIterator]().next();
            return (which === 6 ? one : two).receive(limit);
          });
        const words = wordsOf(name);
        const events = wakers(name, words);
        const pending = waiting.map((which) => call(which, {}));
        // As long as it takes to fall asleep; where that was not enough, they are damaged awake.
        await sleep(3);
        for (const [word, value] of changes) words[word] = value;
        wake(events);
        await turn();
        // The iterator knows no limit.
        for (const which of calling)
          if (which !== 5)
            await call(which, { timeoutMs: 2 }).then((code) => pending.push(Promise.resolve(code)));
        for (const [word, value] of moreChanges) words[word] = value;
        wake(events);
        for (const peer of peers) expect(peer.close()).toBeUndefined();
        for (const code of await Promise.all(pending)) {
          expect(['CORRUPT', 'TIMEOUT', 'PEER_LOST', 'CLOSED', undefined]).toContain(code);
        }
        await turn();
        expect(unhandled.splice(0)).toEqual([]);
        for (const event of events) nativeOs().closeHandle(event);
      }),
      runs(200),
    );
  });
});

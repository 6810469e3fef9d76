/**
 * Mappings that are no channels, and channels that somebody else writes nonsense into: a coded error or a wait that ends,
 * never a crash, a hang or a byte outside the ring. What becomes of those who wait meanwhile: see damage.test.ts.
 *
 * Method: the test has the mapping of a working channel open beside its peers, and changes words of it. A call may then
 * fail with CORRUPT, wait until its timeout, or go on; afterwards closing must work.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import { nativeOs } from '../../../src/os/native.js';
import {
  CONSUMERS_LOCK_WORD,
  HEAD_WORD,
  HEADER_BYTES,
  PRODUCERS_LOCK_WORD,
  SCAN_WORD,
  SLOTS_WORD,
  TAIL_WORD,
  UNITS_WORD,
  unitsFor,
  VERSION_WORD,
  WANT_MESSAGE_WORD,
} from '../../../src/shared/channel/format.js';
import { Channel } from '../../../src/shared/channel/index.js';
import { failure, rejection } from '../../support/failure.js';
import { CAPACITY, codeOf, freshName, wordsOf } from './channels.js';

describe('a mapping that is not a channel', () => {
  it('is refused, whatever it holds', () => {
    const other = freshName();
    wordsOf(other)[0] = 0x12345678;
    expect(failure(() => Channel.producer(other), 'CORRUPT').message).toContain('not a channel');

    const small = freshName();
    wordsOf(small, 16);
    const { length } = wordsOf(small);
    // Windows maps whole pages: there even the smallest mapping has room for a small ring.
    if (length * 4 < HEADER_BYTES) failure(() => Channel.consumer(small), 'CORRUPT');

    const newer = freshName();
    wordsOf(newer)[VERSION_WORD] = 2;
    failure(() => Channel.consumer(newer), 'VERSION_UNSUPPORTED');

    for (const units of [-1, 1, 2 ** 30, unitsFor(CAPACITY) + 4096]) {
      const wrong = freshName();
      wordsOf(wrong)[UNITS_WORD] = units;
      failure(() => Channel.consumer(wrong), 'CORRUPT');
    }
  });

  it('a name that an event or a mutex has is INVALID_HANDLE', () => {
    const os = nativeOs();
    const event = os.createEvent(null, false, false, freshName());
    onTestFinished(() => os.closeHandle(event));
    const name = freshName();
    const mutex = os.createMutex(null, false, name);
    onTestFinished(() => os.closeHandle(mutex));
    failure(() => Channel.producer(name), 'INVALID_HANDLE');
  });

  it('one whose creator was killed before it did anything, or half-way, becomes a channel', async () => {
    for (const prepared of [[], [0x44524550], [0x44524550, 0x4e414843], [0x44524550, 0x4e414843, 1]]) {
      const name = freshName();
      wordsOf(name).set(prepared);
      using out = Channel.producer(name, { capacityBytes: 512 });
      using inn = Channel.consumer(name);
      expect([out.capacityBytes, inn.capacityBytes]).toEqual([512, 512]);
      await out.send('x');
      expect(String(await inn.receive())).toBe('x');
    }
  });
});

describe('a channel that is damaged while it is used', () => {
  const damage: [string, (words: Int32Array) => void][] = [
    [
      'a head beyond the ring',
      (words) => {
        words[HEAD_WORD] = 2 ** 30;
      },
    ],
    [
      'a negative head',
      (words) => {
        words[HEAD_WORD] = -1;
      },
    ],
    [
      'a tail beyond the ring',
      (words) => {
        words[TAIL_WORD] = 2 ** 31 - 1;
      },
    ],
    [
      'more used than there is',
      (words) => {
        words[TAIL_WORD] = (words[HEAD_WORD]! + unitsFor(CAPACITY)) % (2 * unitsFor(CAPACITY));
      },
    ],
    [
      'a scan beyond the ring',
      (words) => {
        words[SCAN_WORD] = 2 ** 30;
      },
    ],
    [
      'a record that is longer than what was sent',
      (words) => {
        words[HEADER_BYTES / 4] = 10_000;
      },
    ],
    [
      'a record of negative length',
      (words) => {
        words[HEADER_BYTES / 4] = -16;
      },
    ],
  ];
  it.for(damage)('%s is CORRUPT', async ([, apply]) => {
    const name = freshName();
    using out = Channel.producer(name, { capacityBytes: CAPACITY });
    using inn = Channel.consumer(name);
    await out.sendMany(['a', 'b']);
    const taken = await inn.take();
    apply(wordsOf(name));
    const codes = [
      await codeOf(() => inn.receive({ timeoutMs: 50 })),
      await codeOf(() => out.send(Buffer.alloc(1000), { timeoutMs: 50 })),
      await codeOf(() => inn.tryReceive()),
      await codeOf(() => taken!.done()),
    ];
    expect(codes).toContain('CORRUPT');
  });

  it('a lock that nobody holds is taken back, whoever it names', async () => {
    const name = freshName();
    using out = Channel.producer(name, { capacityBytes: CAPACITY });
    using inn = Channel.consumer(name);
    const words = wordsOf(name);
    for (const owner of [-1, 4, 5, 9, 2 ** 31 - 1, words[SLOTS_WORD]!]) {
      words[PRODUCERS_LOCK_WORD] = owner;
      words[CONSUMERS_LOCK_WORD] = owner;
      await out.send('x');
      expect(String(await inn.receive())).toBe('x');
    }
  });

  it('slots of peers that never were are freed', async () => {
    const name = freshName();
    using out = Channel.producer(name, { capacityBytes: CAPACITY });
    using inn = Channel.consumer(name);
    const words = wordsOf(name);
    for (let slot = 2; slot < 32; slot++) words[SLOTS_WORD + slot * 2] = (1000 + slot) << 2;
    words[WANT_MESSAGE_WORD] = -1;
    await rejection(inn.receive({ timeoutMs: 50 }), 'TIMEOUT');
    expect(inn.producers).toBe(1);
    await out.send('x');
    expect(String(await inn.receive())).toBe('x');
  });
});

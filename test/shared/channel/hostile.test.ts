/**
 * Mappings that are no channels, and channels that somebody else writes nonsense into: a coded error or a wait that ends,
 * never a crash, a hang or a byte outside the ring.
 *
 * Method: the test has the mapping of a working channel open beside its peers, and changes words of it, chosen ones or
 * any. A call may then fail with CORRUPT, wait until its timeout, or go on; afterwards closing must work.
 */
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FILE_MAP_WRITE, INVALID_HANDLE_VALUE, PAGE_READWRITE } from '../../../src/os/constants.js';
import { type ErrorCode, isPerdureError } from '../../../src/os/errors.js';
import { nativeOs } from '../../../src/os/native.js';
import {
  CONSUMERS_LOCK_WORD,
  HEAD_WORD,
  HEADER_BYTES,
  mappingBytes,
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
import { runs } from '../../support/seed.js';
import { freshName } from './channels.js';

const CAPACITY = 1024;

/** The words of the mapping of that name, which is created if there is none. */
function wordsOf(name: string, size = mappingBytes(unitsFor(CAPACITY))): Int32Array {
  const os = nativeOs();
  const mapping = os.createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, size, name);
  const view = os.mapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0);
  onTestFinished(() => {
    os.unmapViewOfFile(view);
    os.closeHandle(mapping);
  });
  return new Int32Array(view.buffer, 0, view.lengthBytes >>> 2);
}

/** Resolves with the code of the error, or undefined where the call worked. Anything that is not a coded error fails the test. */
async function codeOf(call: () => unknown): Promise<ErrorCode | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (isPerdureError(error)) return error.code;
    throw error;
  }
}

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

  it('by any words at all: coded errors, timeouts, or nothing', async () => {
    const anyWord = fc.oneof(
      fc.nat((HEADER_BYTES + 256) / 4 - 1),
      fc.constantFrom(HEAD_WORD, TAIL_WORD, SCAN_WORD, PRODUCERS_LOCK_WORD, CONSUMERS_LOCK_WORD, SLOTS_WORD),
    );
    const anyValue = fc.oneof(
      fc.integer(),
      fc.integer({ min: -3, max: 200 }),
      fc.constantFrom(1 << 20, 1 << 26, 1 << 27),
    );
    const changes = fc.array(fc.tuple(anyWord, anyValue), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(changes, fc.array(fc.nat(4), { minLength: 1, maxLength: 8 }), async (words, calls) => {
        const name = freshName();
        using out = Channel.producer(name, { capacityBytes: CAPACITY });
        using inn = Channel.consumer(name);
        await out.sendMany(['a', 'b', Buffer.alloc(100)]);
        const taken = await inn.take();
        const mapped = wordsOf(name);
        for (const [word, value] of words) mapped[word] = value;
        const limit = { timeoutMs: 5 };
        for (const call of calls) {
          const code = await codeOf(() => {
            if (call === 0) return out.send(Buffer.alloc(300), limit);
            if (call === 1) return inn.receive(limit);
            if (call === 2) return inn.take(limit);
            if (call === 3) return taken!.putBack();
            return out.drained(limit);
          });
          expect(['CORRUPT', 'TIMEOUT', 'PEER_LOST', undefined]).toContain(code);
        }
      }),
      runs(150),
    );
  });
});

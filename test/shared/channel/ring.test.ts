/**
 * The ring against a model, over one buffer: several writers and readers, any interleaving of what they do, messages of
 * every size from 0 to the largest, and peers that forget all they knew (as one that was killed and restarted does).
 *
 * Method: the model is the list of messages from the oldest not removed on. A message is waiting, taken by a slot or done;
 * the model says of every operation what it must give, also whether there is room.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  capacityOf,
  HEAD_WORD,
  initialise,
  mappingBytes,
  recordUnits,
  SCAN_WORD,
  TAIL_WORD,
  unitsFor,
} from '../../../src/shared/channel/format.js';
import { RingMemory } from '../../../src/shared/channel/ring-memory.js';
import { RingReader } from '../../../src/shared/channel/ring-reader.js';
import { RingWriter } from '../../../src/shared/channel/ring-writer.js';
import { randomBytes, runs } from '../../support/seed.js';

const WRITERS = 3;
const READERS = 3;

interface Modelled {
  sequence: number;
  producer: number;
  bytes: Buffer;
  state: 'waiting' | 'taken' | 'done';
  slot: number;
  redelivered: boolean;
}

interface Held {
  position: number;
  inPlace: Buffer;
  message: Modelled;
}

class Fixture {
  readonly memory: RingMemory;
  readonly capacity: number;
  readonly writers: RingWriter[] = [];
  readonly readers: RingReader[] = [];
  readonly held: Held[][] = [];
  model: Modelled[] = [];
  sent = 0;

  constructor(capacityBytes: number) {
    const units = unitsFor(capacityBytes);
    const buffer = new ArrayBuffer(mappingBytes(units));
    initialise(new Int32Array(buffer), units, 'test');
    this.memory = new RingMemory(buffer, units, 'test');
    this.capacity = capacityOf(units);
    for (let writer = 0; writer < WRITERS; writer++) this.restartWriter(writer);
    for (let reader = 0; reader < READERS; reader++) {
      this.readers[reader] = new RingReader(this.memory);
      this.held[reader] = [];
    }
  }

  restartWriter(writer: number): void {
    this.writers[writer] = new RingWriter(this.memory, 100 + writer);
  }

  get usedUnits(): number {
    return this.model.reduce((units, { bytes }) => units + recordUnits(bytes.length), 0);
  }

  push(writer: number, lengthBytes: number): void {
    const bytes = randomBytes(lengthBytes, this.sent);
    const fits = this.usedUnits + recordUnits(lengthBytes) <= this.memory.units - 1;
    expect(this.writers[writer]!.push(bytes)).toBe(fits);
    if (!fits) return;
    const producer = 100 + writer;
    this.model.push({
      sequence: this.sent++,
      producer,
      bytes,
      state: 'waiting',
      slot: -1,
      redelivered: false,
    });
  }

  /** Finds the next message and compares it with the model's. */
  find(reader: number): Modelled | undefined {
    const expected = this.model.find(({ state }) => state === 'waiting');
    const ring = this.readers[reader]!;
    expect(ring.find()).toBe(expected !== undefined);
    if (expected === undefined) return undefined;
    const { sequence, producer, redelivered } = ring;
    expect({ sequence, producer, redelivered }).toEqual({
      sequence: expected.sequence,
      producer: expected.producer,
      redelivered: expected.redelivered,
    });
    expect(ring.copy().equals(expected.bytes)).toBe(true);
    return expected;
  }

  remove(reader: number): void {
    const found = this.find(reader);
    if (!found) return;
    this.readers[reader]!.remove();
    found.state = 'done';
    this.#settle();
  }

  take(reader: number): void {
    const message = this.find(reader);
    if (!message) return;
    const ring = this.readers[reader]!;
    this.held[reader]!.push({ position: ring.position, inPlace: ring.inPlace(), message });
    ring.take(reader);
    Object.assign(message, { state: 'taken', slot: reader });
  }

  finish(reader: number, which: number, removed: boolean): void {
    const held = this.held[reader]!;
    if (held.length === 0) return;
    const [{ position, inPlace, message }] = held.splice(which % held.length, 1) as [Held];
    expect(inPlace.equals(message.bytes), 'the bytes of a taken message').toBe(true);
    if (removed) this.readers[reader]!.done(position, reader);
    else this.readers[reader]!.putBack(position, reader);
    Object.assign(message, removed ? { state: 'done' } : { state: 'waiting', slot: -1, redelivered: true });
    this.#settle();
  }

  /** The reader is gone, another one puts back what it had, and a new one takes its place. */
  replaceReader(reader: number, by: number): void {
    this.readers[by]!.reclaim(reader);
    this.readers[reader] = new RingReader(this.memory);
    for (const { message } of this.held[reader]!.splice(0)) {
      Object.assign(message, { state: 'waiting', slot: -1, redelivered: true });
    }
  }

  /** A writer is killed before it stores tail: nothing was sent. */
  killWriter(writer: number, lengthBytes: number): void {
    const tail = this.memory.words[TAIL_WORD]!;
    this.writers[writer]!.push(randomBytes(lengthBytes, 12345));
    this.memory.words[TAIL_WORD] = tail;
    this.restartWriter(writer);
  }

  /**
   * A reader is killed in the midst of something: what it stored is there, but for these words, which it stores last.
   * Somebody else clears up after it.
   */
  killReader(reader: number, by: number, last: number[], doing: () => void): void {
    const before = last.map((word) => this.memory.words[word]!);
    doing();
    for (const [index, word] of last.entries()) this.memory.words[word] = before[index]!;
    this.replaceReader(reader, by);
  }

  #settle(): void {
    while (this.model[0]?.state === 'done') this.model.shift();
  }
}

type Step = (fixture: Fixture) => void;

const writer = fc.nat(WRITERS - 1);
const reader = fc.nat(READERS - 1);
/** A share of the capacity: 0 and 1 are nothing and all of it. */
const size = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 0.3, noNaN: true }));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(writer, size).map(
      ([w, share]): Step =>
        (f) =>
          f.push(w, Math.floor(share * f.capacity)),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(writer, fc.nat(40)).map(
      ([w, bytes]): Step =>
        (f) =>
          f.push(w, Math.min(bytes, f.capacity)),
    ),
  },
  {
    weight: 4,
    arbitrary: reader.map(
      (r): Step =>
        (f) =>
          f.remove(r),
    ),
  },
  {
    weight: 3,
    arbitrary: reader.map(
      (r): Step =>
        (f) =>
          f.take(r),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(reader, fc.nat(5)).map(
      ([r, which]): Step =>
        (f) =>
          f.finish(r, which, true),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(reader, fc.nat(5)).map(
      ([r, which]): Step =>
        (f) =>
          f.finish(r, which, false),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(reader, reader).map(
      ([r, by]): Step =>
        (f) =>
          f.replaceReader(r, by),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(writer, size).map(
      ([w, share]): Step =>
        (f) =>
          f.killWriter(w, Math.floor(share * f.capacity)),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(reader, reader).map(
      ([r, by]): Step =>
        (f) =>
          f.killReader(r, by, [SCAN_WORD], () => f.remove(r)),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(reader, reader).map(
      ([r, by]): Step =>
        (f) =>
          f.killReader(r, by, [SCAN_WORD], () => f.take(r)),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(reader, reader, fc.nat(5), fc.boolean()).map(
      ([r, by, which, removed]): Step =>
        (f) =>
          f.killReader(r, by, removed ? [HEAD_WORD, SCAN_WORD] : [SCAN_WORD], () =>
            f.finish(r, which, removed),
          ),
    ),
  },
  {
    weight: 1,
    arbitrary: writer.map(
      (w): Step =>
        (f) =>
          f.restartWriter(w),
    ),
  },
);

describe('the ring', () => {
  it('does what a list of messages does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 600 }),
        fc.array(step, { maxLength: 300, size: 'max' }),
        (capacity, steps) => {
          const fixture = new Fixture(capacity);
          for (const apply of steps) apply(fixture);
          for (const [index, held] of fixture.held.entries()) {
            while (held.length > 0) fixture.finish(index, 0, true);
          }
          while (fixture.model.length > 0) fixture.remove(0);
          expect(fixture.readers[0]!.isEmpty()).toBe(true);
          fixture.push(0, fixture.capacity);
          expect(fixture.model).toHaveLength(1);
        },
      ),
      runs(400),
    );
  });

  it('counts on beyond 2^32 messages', () => {
    const fixture = new Fixture(64);
    const { words } = fixture.memory;
    const first = fixture.memory.wordAt(0);
    words[first + 2] = -2;
    fixture.restartWriter(0);
    const sequences: number[] = [];
    for (let sent = 0; sent < 4; sent++) {
      expect(fixture.writers[0]!.push(Buffer.of(sent))).toBe(true);
      expect(fixture.readers[0]!.find()).toBe(true);
      sequences.push(fixture.readers[0]!.sequence);
      fixture.readers[0]!.remove();
    }
    expect(sequences).toEqual([2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1]);
  });
});

/** SharedCounter and SharedFlag: values and bounds, and that no count is lost between processes. */
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MappedFile, SharedCounter, SharedFlag, SharedMemory } from '../../src/index.js';
import type { SharedRequest } from '../processes/shared.js';
import { Child } from '../support/child.js';
import { failure } from '../support/failure.js';
import { runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';
import { uniqueName } from './names.js';

const path = tempFiles();

function memoryOf(size: number): SharedMemory {
  const memory = SharedMemory.create(uniqueName('atomics'), { size });
  onTestFinished(() => memory.close());
  return memory;
}

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const step = fc.record({
  do: fc.constantFrom('add', 'increment', 'decrement', 'set', 'compareExchange', 'fail to exchange'),
  value: fc.oneof(int64, fc.bigInt({ min: -3n, max: 3n })),
});

describe('a counter', () => {
  it('is a 64-bit integer that wraps around', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        using memory = SharedMemory.create(uniqueName('counter'), { size: 32 });
        const view = memory.view(8);
        const counter = new SharedCounter(view, 16);
        let model = 0n;
        const wrapped = (value: bigint) => {
          model = BigInt.asIntN(64, value);
          return model;
        };
        for (const { do: what, value } of steps) {
          const before = model;
          if (what === 'add') expect(counter.add(value)).toBe(wrapped(model + value));
          if (what === 'increment') expect(counter.increment()).toBe(wrapped(model + 1n));
          if (what === 'decrement') expect(counter.decrement()).toBe(wrapped(model - 1n));
          if (what === 'set') {
            expect(counter.set(value)).toBe(before);
            model = value;
          }
          if (what === 'compareExchange') {
            expect(counter.compareExchange(before, value)).toBe(before);
            model = value;
          }
          if (what === 'fail to exchange') {
            expect(counter.compareExchange(BigInt.asIntN(64, before + 1n), value)).toBe(before);
          }
          expect(counter.value).toBe(model);
          expect(view.getBigInt64(16)).toBe(model);
          expect(view.getBigInt64(8)).toBe(0n);
        }
      }),
      runs(100),
    );
  });

  it('takes numbers, and refuses what is no 64-bit integer', () => {
    const counter = new SharedCounter(memoryOf(8).view());
    expect([counter.add(5), counter.add(-7), counter.set(2 ** 53 - 1)]).toEqual([5n, -2n, -2n]);
    expect(counter.compareExchange(2 ** 53 - 1, 1)).toBe(2n ** 53n - 1n);
    for (const bad of [1.5, 2 ** 53, Number.NaN, 2n ** 63n, '1', undefined]) {
      // biome-ignore lint/suspicious/noExplicitAny: values that the types forbid
      const value = bad as any;
      failure(() => counter.add(value), 'INVALID_VALUE');
      failure(() => counter.set(value), 'INVALID_VALUE');
      failure(() => counter.compareExchange(1, value), 'INVALID_VALUE');
      failure(() => counter.compareExchange(value, 1), 'INVALID_VALUE');
    }
    expect(counter.value).toBe(1n);
  });

  it('stands at a multiple of 8, within a view that is open', () => {
    const memory = memoryOf(64);
    const view = memory.view();
    for (const offset of [1, 4, 12]) failure(() => new SharedCounter(view, offset), 'INVALID_ARGUMENT');
    failure(() => new SharedCounter(memory.view(4), 4), 'INVALID_ARGUMENT');
    failure(() => new SharedCounter(view, view.length), 'OUT_OF_BOUNDS');
    failure(() => new SharedCounter(memory.view(0, 7)), 'OUT_OF_BOUNDS');
    // biome-ignore lint/suspicious/noExplicitAny: no view
    failure(() => new SharedCounter(memory as any), 'INVALID_ARGUMENT');
    const counter = new SharedCounter(view, 56);
    view.close();
    failure(() => counter.value, 'CLOSED');
    failure(() => counter.increment(), 'CLOSED');
    failure(() => new SharedCounter(view), 'CLOSED');
    using reader = SharedMemory.open(memory.name, { mode: 'readonly' });
    const seen = new SharedCounter(reader.view());
    new SharedCounter(memory.view()).add(3);
    expect(seen.value).toBe(3n);
    failure(() => seen.increment(), 'READ_ONLY');
  });

  it('is there again after the next start, in a mapped file', () => {
    const file = path('counter');
    for (const expected of [1n, 2n]) {
      using mapped = MappedFile.open(file, { mode: 'readwrite', create: true, size: 64 });
      expect(new SharedCounter(mapped.view(), 8).increment()).toBe(expected);
      mapped.flushSync();
    }
  });

  it('has a life of its own under a name', () => {
    const name = uniqueName('own');
    failure(() => SharedCounter.open(name), 'NOT_FOUND');
    const counter = SharedCounter.create(name);
    failure(() => SharedCounter.create(name), 'ALREADY_EXISTS');
    counter.add(7);
    {
      using other = SharedCounter.openOrCreate(name);
      expect(other.value).toBe(7n);
    }
    counter.close();
    counter.close();
    failure(() => counter.value, 'CLOSED');
    failure(() => SharedCounter.open(name), 'NOT_FOUND');
  });
});

describe('a flag', () => {
  it('tells who changed it', () => {
    const memory = memoryOf(16);
    const flag = new SharedFlag(memory.view(), 4);
    const same = new SharedFlag(memory.view(4));
    expect([flag.value, flag.set(), same.value, same.set()]).toEqual([false, true, true, false]);
    expect([same.clear(), flag.clear(), flag.value]).toEqual([true, false, false]);
    failure(() => new SharedFlag(memory.view(), 2), 'INVALID_ARGUMENT');
    const name = uniqueName('flag');
    using own = SharedFlag.create(name);
    using other = SharedFlag.openOrCreate(name);
    expect([own.set(), other.set(), other.value]).toEqual([true, false, true]);
    own.close();
    failure(() => own.set(), 'CLOSED');
  });
});

describe('between processes', () => {
  it('no count is lost, no two get the same, and one is the first', async () => {
    const [name, flag] = [uniqueName('counter'), uniqueName('flag')];
    using counter = SharedCounter.create(name);
    using once = SharedFlag.create(flag);
    const children = [0, 1, 2].map(() => Child.start<SharedRequest>('shared'));
    const rounds = 200_000;
    const answers = await Promise.all(
      children.map((child) => child.ask<{ last: bigint; first: boolean }>({ do: 'add', name, rounds, flag })),
    );
    expect(counter.value).toBe(3n * BigInt(rounds));
    const lasts = answers.map(({ last }) => last);
    expect(new Set(lasts).size).toBe(3);
    expect(lasts).toContain(3n * BigInt(rounds));
    expect(answers.filter(({ first }) => first)).toHaveLength(1);
    expect(once.value).toBe(true);
  });
});

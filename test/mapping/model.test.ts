/**
 * Any sequence of stores, flushes, resizes, reopenings and restarts leaves what a model says.
 *
 * Method: a process of its own carries out the operations on a real file; a Uint8Array is the model. After each
 * operation the file as fs reads it, a fresh opening in this process and the model must agree, flushed or not: what was
 * stored into a shared mapping is in the page cache, which outlives the process, also one that was killed. (What
 * outlives a power cut: power-cut.test.ts.) Positions are drawn as large numbers and taken modulo the file's size at
 * that moment, so that a failing sequence can be shortened step by step.
 */
import * as fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MappedFile } from '../../src/mapping/index.js';
import type { FileRequest } from '../processes/mapped-file.js';
import { Child } from '../support/child.js';
import { random, runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';

const MAX_SIZE = 300_000;
/** A restart takes some five times as long on Windows, and longer under Wine. */
const RUNS = process.platform === 'win32' ? 8 : 25;
const path = tempFiles();

type Step =
  | { do: 'write'; at: number; length: number; seed: number }
  | { do: 'fill'; at: number; length: number; value: number }
  | { do: 'copyWithin'; target: number; source: number; length: number }
  | { do: 'flush' }
  | { do: 'flushRange'; at: number; length: number }
  | { do: 'grow'; by: number }
  | { do: 'shrink'; to: number }
  | { do: 'reopen'; maxWindowBytes: number }
  | { do: 'restart'; how: 'end' | 'kill'; maxWindowBytes: number };

const at = fc.nat(2 ** 30);
const length = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 100_000 }));
const maxWindowBytes = fc.constantFrom(2 ** 30, 4096, 10_007, 65_536);
const stores: fc.Arbitrary<Step>[] = [
  fc.record({ do: fc.constant('write' as const), at, length, seed: fc.nat() }),
  fc.record({ do: fc.constant('fill' as const), at, length, value: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ do: fc.constant('copyWithin' as const), target: at, source: at, length }),
];
const others: fc.Arbitrary<Step>[] = [
  fc.constant({ do: 'flush' as const }),
  fc.record({ do: fc.constant('flushRange' as const), at, length }),
  fc.record({ do: fc.constant('grow' as const), by: fc.integer({ min: 0, max: 100_000 }) }),
  fc.record({ do: fc.constant('shrink' as const), to: at }),
  fc.record({ do: fc.constant('reopen' as const), maxWindowBytes }),
  fc.record({
    do: fc.constant('restart' as const),
    how: fc.constantFrom('end' as const, 'kill' as const),
    maxWindowBytes,
  }),
];
const step = fc.oneof(
  { weight: 3, arbitrary: fc.oneof(...stores) },
  { weight: 2, arbitrary: fc.oneof(...others) },
);

/** A file in another process, and what it must hold. */
class Trial {
  readonly #path = path('trial');
  #child = Child.start<FileRequest>('mapped-file');
  #model = Buffer.alloc(0);

  async start(size: number): Promise<void> {
    await this.#open({ create: 'new', size });
    this.#model = Buffer.alloc(size);
  }

  async carryOut(step: Step): Promise<void> {
    const size = this.#model.length;
    switch (step.do) {
      case 'write': {
        const [offset, count] = this.#range(step.at, step.length);
        const next = random(step.seed);
        const bytes = Buffer.from(Array.from({ length: count }, () => next(256)));
        await this.#child.ask({ do: 'write', offset, bytes });
        this.#model.set(bytes, offset);
        return;
      }
      case 'fill': {
        const [offset, count] = this.#range(step.at, step.length);
        await this.#child.ask({ do: 'fill', offset, length: count, value: step.value });
        this.#model.fill(step.value, offset, offset + count);
        return;
      }
      case 'copyWithin': {
        const [source, count] = this.#range(step.source, step.length);
        const target = step.target % (size - count + 1);
        await this.#child.ask({ do: 'copyWithin', target, source, length: count });
        this.#model.copyWithin(target, source, source + count);
        return;
      }
      case 'flush':
        return this.#child.ask({ do: 'flush' });
      case 'flushRange': {
        const [offset, count] = this.#range(step.at, step.length);
        return this.#child.ask({ do: 'flush', offset, length: count });
      }
      case 'grow':
        return this.#resize(Math.min(size + step.by, MAX_SIZE));
      case 'shrink':
        return this.#resize((step.to % size) + 1);
      case 'reopen':
        await this.#child.ask({ do: 'close' });
        return this.#open({}, step.maxWindowBytes);
      case 'restart':
        await (step.how === 'kill' ? this.#child.kill() : this.#child.end());
        this.#child = Child.start<FileRequest>('mapped-file');
        return this.#open({}, step.maxWindowBytes);
    }
  }

  /** The file and a fresh opening hold what the model does. */
  check(): void {
    const found = fs.readFileSync(this.#path);
    expect(found.length, 'the length that fs sees').toBe(this.#model.length);
    expect(found.equals(this.#model), 'what fs reads').toBe(true);
    using fresh = MappedFile.open(this.#path, { share: 'readwrite' });
    expect(fresh.size, 'the size of a fresh opening').toBe(this.#model.length);
    expect(fresh.view().bytes.equals(this.#model), 'what a fresh opening shows').toBe(true);
  }

  /** What the process itself sees is the same. */
  async checkWithin(): Promise<void> {
    const bytes = await this.#child.ask<Uint8Array>({ do: 'read', offset: 0, length: this.#model.length });
    expect(Buffer.from(bytes).equals(this.#model), 'what the writing process sees').toBe(true);
  }

  async end(): Promise<void> {
    await this.#child.kill();
    fs.rmSync(this.#path, { force: true });
  }

  async #open(options: { create?: 'new'; size?: number }, maxWindowBytes?: number): Promise<void> {
    await this.#child.ask({
      do: 'open',
      path: this.#path,
      options: { mode: 'readwrite', share: 'readwrite', ...options },
      ...(maxWindowBytes !== undefined && { maxWindowBytes }),
    });
  }

  async #resize(size: number): Promise<void> {
    await this.#child.ask({ do: 'resize', size });
    const resized = Buffer.alloc(size);
    this.#model.copy(resized);
    this.#model = resized;
  }

  #range(at: number, length: number): [offset: number, length: number] {
    const offset = at % (this.#model.length + 1);
    return [offset, Math.min(length, this.#model.length - offset)];
  }
}

describe('a file that a process works on', () => {
  it('holds what the model says after every step, through restarts and kills', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 150_000 }),
        fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }),
        async (size, steps) => {
          const trial = new Trial();
          try {
            await trial.start(size);
            for (const each of steps) {
              await trial.carryOut(each);
              trial.check();
            }
            await trial.checkWithin();
          } finally {
            await trial.end();
          }
        },
      ),
      runs(RUNS),
    );
  });

  it('killed in the middle of a burst of stores, keeps every one that was acknowledged', async () => {
    const next = random();
    for (let round = 0; round < 5; round++) {
      const name = path('burst');
      const child = Child.start<FileRequest>('mapped-file');
      const options = { mode: 'readwrite', create: 'new', size: 1_000_000 } as const;
      await child.ask({ do: 'open', path: name, options });
      const acknowledged: number[] = [];
      const killAfter = 20 + next(200);
      const burst = Array.from({ length: 1000 }, async (_, index) => {
        await child.ask({ do: 'fill', offset: index * 1000, length: 1000, value: (index % 255) + 1 });
        acknowledged.push(index);
        if (acknowledged.length === killAfter) void child.kill();
      });
      await Promise.allSettled(burst);
      await child.kill();
      expect(acknowledged.length).toBeGreaterThanOrEqual(killAfter);
      const content = fs.readFileSync(name);
      for (const index of acknowledged) {
        const expected = Buffer.alloc(1000, (index % 255) + 1);
        expect(content.subarray(index * 1000, (index + 1) * 1000).equals(expected)).toBe(true);
      }
    }
  });
});

/**
 * Following a file that others write, cut, replace and remove. Each test waits for the lines themselves, never for a time.
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLargeFile, type TailOptions } from '../../src/text/index.js';
import { Child } from '../support/child.js';
import { random, SEED } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';

const file = tempFiles();

/** A tail that is followed, line by line. */
function follow(path: string, options: TailOptions<'string'> = {}) {
  const opened = openLargeFile(path);
  const controller = new AbortController();
  const events: string[] = [];
  const tail = opened.tail({
    follow: true,
    intervalMs: 2,
    signal: controller.signal,
    onEvent: (event) => events.push(event),
    ...options,
  });
  opened.close();
  return {
    events,
    next: async () => (await tail.next()).value,
    stop: async () => {
      controller.abort(new Error('stopped'));
      await expect(tail.next()).rejects.toThrow('stopped');
    },
  };
}

async function last(path: string, lines: number): Promise<string[]> {
  using opened = openLargeFile(path);
  const list: string[] = [];
  for await (const line of opened.tail({ lines })) list.push(line);
  return list;
}

describe('the last lines', () => {
  it('are as many as asked for, or all', async () => {
    const path = file();
    const lines = Array.from({ length: 20_000 }, (_, number) => `line ${number}`);
    for (const end of ['', '\n', '\r\n\r\n']) {
      fs.writeFileSync(path, lines.join('\r\n') + end);
      const all = end === '\r\n\r\n' ? [...lines, ''] : lines;
      for (const count of [0, 1, 2, 10, 9_000, 20_000, 30_000]) {
        expect(await last(path, count)).toEqual(count === 0 ? [] : all.slice(-count));
      }
    }
    fs.writeFileSync(path, '');
    expect(await last(path, 5)).toEqual([]);
    fs.writeFileSync(path, `${'x'.repeat(3_000_000)}\n${'y'.repeat(3_000_000)}`);
    expect((await last(path, 1)).map((line) => line.length)).toEqual([3_000_000]);
    expect((await last(path, 2)).map((line) => line[0])).toEqual(['x', 'y']);
  });
});

describe('a followed file', () => {
  it('gives lines as they get their ends, whatever the pieces they are written in', async () => {
    const path = file();
    fs.writeFileSync(path, 'old\nlast\n');
    const tail = follow(path, { lines: 1 });
    expect(await tail.next()).toBe('last');
    const next = random(SEED);
    for (let round = 0; round < 30; round++) {
      const line = `line ${round} ${'é'.repeat(next(200))}`;
      const bytes = Buffer.from(`${line}\r\n`);
      const cut = next(bytes.length);
      const found = tail.next();
      fs.appendFileSync(path, bytes.subarray(0, cut));
      await new Promise((resolve) => setTimeout(resolve, 3));
      fs.appendFileSync(path, bytes.subarray(cut));
      expect(await found).toBe(line);
    }
    expect(tail.events).toEqual([]);
    await tail.stop();
  });

  it('is read anew when it was cut, also where it is longer again already', async () => {
    const path = file();
    fs.writeFileSync(path, 'one\ntwo\n');
    const tail = follow(path);
    expect([await tail.next(), await tail.next()]).toEqual(['one', 'two']);
    fs.writeFileSync(path, 'n\n');
    expect(await tail.next()).toBe('n');
    fs.writeFileSync(path, 'other text, and more of it\nsecond\n');
    expect([await tail.next(), await tail.next()]).toEqual(['other text, and more of it', 'second']);
    expect(tail.events).toEqual(['truncated', 'truncated']);
    await tail.stop();
  });

  it.skipIf(process.platform === 'win32')(
    'that is replaced is read to its end, then the new one; that is removed is waited for',
    async () => {
      const path = file();
      fs.writeFileSync(path, 'one\n');
      const tail = follow(path);
      expect(await tail.next()).toBe('one');
      fs.appendFileSync(path, 'rest without end');
      fs.renameSync(path, `${path}.1`);
      fs.writeFileSync(`${path}.new`, 'new one\n');
      fs.renameSync(`${path}.new`, path);
      const lines = [await tail.next(), await tail.next()];
      expect(lines).toEqual(['rest without end', 'new one']);
      const waiting = tail.next();
      fs.rmSync(path);
      while (!tail.events.includes('removed') && tail.events.length < 3) {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      fs.writeFileSync(path, 'back\n');
      expect(await waiting).toBe('back');
      expect(tail.events.at(-1)).toBe('removed');
      await tail.stop();
    },
  );

  it.skipIf(process.platform === 'win32')(
    'that is renamed is read on until another one has its name',
    async () => {
      const path = file();
      fs.writeFileSync(path, 'one\n');
      const tail = follow(path);
      expect(await tail.next()).toBe('one');
      fs.renameSync(path, `${path}.1`);
      const waiting = tail.next();
      while (!tail.events.includes('removed')) await new Promise((resolve) => setTimeout(resolve, 2));
      // A program that has not heard of the new name yet.
      fs.appendFileSync(`${path}.1`, 'two\nthr');
      expect(await waiting).toBe('two');
      fs.appendFileSync(`${path}.1`, 'ee\nfour');
      fs.writeFileSync(`${path}.new`, 'new one\n');
      fs.renameSync(`${path}.new`, path);
      expect([await tail.next(), await tail.next(), await tail.next()]).toEqual(['three', 'four', 'new one']);
      expect(tail.events).toEqual(['removed']);
      await tail.stop();
    },
  );

  it.skipIf(process.platform === 'win32')('that gets its name back is gone on with', async () => {
    const path = file();
    fs.writeFileSync(path, 'one\n');
    const tail = follow(path);
    expect(await tail.next()).toBe('one');
    fs.renameSync(path, `${path}.1`);
    const waiting = tail.next();
    while (!tail.events.includes('removed')) await new Promise((resolve) => setTimeout(resolve, 2));
    fs.renameSync(`${path}.1`, path);
    fs.appendFileSync(path, 'two\nthree\n');
    expect([await waiting, await tail.next()]).toEqual(['two', 'three']);
    fs.appendFileSync(path, 'four\n');
    expect(await tail.next()).toBe('four');
    await tail.stop();
  });

  it.skipIf(process.platform === 'win32')('that is renamed and then cut does not end the tail', async () => {
    const path = file();
    fs.writeFileSync(path, 'one\ntwo\n');
    const tail = follow(path);
    expect([await tail.next(), await tail.next()]).toEqual(['one', 'two']);
    fs.writeFileSync(`${path}.new`, 'new one\n');
    fs.renameSync(path, `${path}.1`);
    fs.truncateSync(`${path}.1`, 2);
    fs.renameSync(`${path}.new`, path);
    expect(await tail.next()).toBe('new one');
    await tail.stop();
  });

  it.skipIf(process.getuid?.() !== 0)(
    'that is replaced by one that may not be read yet is waited for',
    async () => {
      const path = file();
      fs.chmodSync(dirname(path), 0o755);
      fs.writeFileSync(path, 'one\n');
      const follower = Child.start<'drop' | 'next'>('text-follower', [path]);
      expect(await follower.ask('next')).toBe('one');
      expect(await follower.ask('drop')).not.toBe(0);
      const next = follower.ask('next');
      fs.writeFileSync(`${path}.new`, 'new one\n', { mode: 0o600 });
      fs.renameSync(`${path}.new`, path);
      await new Promise((resolve) => setTimeout(resolve, 100));
      fs.chmodSync(path, 0o644);
      expect(await next).toBe('new one');
      await follower.kill();
    },
  );

  it('ends with its signal while it waits', async () => {
    const path = file();
    fs.writeFileSync(path, '');
    const tail = follow(path, { intervalMs: 1_000_000 });
    const waiting = expect(tail.next()).rejects.toThrow('stopped');
    await new Promise((resolve) => setTimeout(resolve, 5));
    const stopped = tail.stop().catch(() => {});
    await waiting;
    await stopped;
  });
});

describe('many followed files', () => {
  it('end with one signal, at which one listens for all of them', async () => {
    const path = file();
    fs.writeFileSync(path, '');
    const controller = new AbortController();
    const { signal } = controller;
    const listeners: unknown[] = [];
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners.push(args[0]);
      add(...args);
    };
    using opened = openLargeFile(path);
    const tails = Array.from({ length: 20 }, async () => {
      for await (const _ of opened.tail({ follow: true, intervalMs: 2, signal }));
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort(new Error('all of them'));
    const results = await Promise.allSettled(tails);
    expect(results.map((result) => (result as PromiseRejectedResult).reason.message)).toEqual(
      Array(20).fill('all of them'),
    );
    expect(listeners).toEqual(['abort']);
  });
});

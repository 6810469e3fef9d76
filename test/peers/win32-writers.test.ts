/** Two writers that take turns by a mutex, a C program and perdure; one of them is killed while it has the mutex. */
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  closeHandle,
  createFileMapping,
  createMutex,
  FILE_MAP_WRITE,
  INFINITE,
  INVALID_HANDLE_VALUE,
  MUTEX_ALL_ACCESS,
  mapViewOfFile,
  openFileMapping,
  openMutex,
  PAGE_READWRITE,
  releaseMutex,
  unmapViewOfFile,
  WAIT_ABANDONED,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
  waitForSingleObject,
  waitForSingleObjectAsync,
} from '../../src/os/index.js';
import { Child } from '../support/child.js';
import { inTime } from '../support/eventually.js';
import type { ObjectRequest } from '../support/object-calls.js';
import { CProgram, HAS_PEERS } from './c-program.js';

let names = 0;

/** Both, one of which created what the other opened. */
async function writers(creator: 'perdure' | 'C') {
  const name = `writers-${process.pid}-${names++}`;
  const start = async (how: string) => {
    const program = CProgram.start('writers', names % 2 === 0 ? 'ansi' : 'wide', how, name);
    expect(await program.line()).toBe('ready');
    return program;
  };
  const theirs = creator === 'C' ? await start('create') : undefined;
  const ours = creator === 'perdure';
  const mapping = ours
    ? createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, 4096, name)
    : openFileMapping(FILE_MAP_WRITE, false, name);
  const mutex = ours
    ? createMutex(null, false, `${name}-mutex`)
    : openMutex(MUTEX_ALL_ACCESS, false, `${name}-mutex`);
  const view = mapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0);
  onTestFinished(() => {
    unmapViewOfFile(view);
    for (const handle of [mapping, mutex]) closeHandle(handle);
  });
  const numbers = new Int32Array(view.buffer, 0, 2);
  return { name, mutex, numbers, start, theirs: theirs ?? (await start('open')) };
}

describe.runIf(HAS_PEERS).each(['perdure', 'C'] as const)('writers on what %s created', (creator) => {
  it('never see each other’s half-done work', async () => {
    const { mutex, numbers, theirs } = await writers(creator);
    const rounds = 1500;
    const answer = theirs.ask(`count ${rounds}`);
    for (let round = 0; round < rounds; round++) {
      const result =
        round % 2 === 0
          ? waitForSingleObject(mutex, INFINITE)
          : await waitForSingleObjectAsync(mutex, INFINITE);
      expect(result).toBe(WAIT_OBJECT_0);
      expect(numbers[0], `round ${round}`).toBe(numbers[1]);
      numbers[0]!++;
      if (round % 8 === 0) await null;
      numbers[1]!++;
      releaseMutex(mutex);
    }
    expect(await answer).toBe('0');
    expect([...numbers]).toEqual([2 * rounds, 2 * rounds]);
    expect(await theirs.end()).toBe(0);
  });

  it.each(['blocking', 'asynchronous'])(
    'go on here when the C program is killed with the mutex: %s wait',
    async (form) => {
      const { mutex, numbers, theirs } = await writers(creator);
      expect(await theirs.ask('wait')).toBe(String(WAIT_OBJECT_0));
      expect(await theirs.ask('half')).toBe('half');
      expect(waitForSingleObject(mutex, 0)).toBe(WAIT_TIMEOUT);
      const pending = form === 'blocking' ? undefined : waitForSingleObjectAsync(mutex, INFINITE);
      await theirs.kill();
      const result = pending === undefined ? waitForSingleObject(mutex, 15_000) : await inTime('it', pending);
      expect(result).toBe(WAIT_ABANDONED);
      expect([...numbers]).toEqual([1, 0]);
      numbers[1] = numbers[0]!;
      releaseMutex(mutex);
      expect(waitForSingleObject(mutex, 0)).toBe(WAIT_OBJECT_0);
      releaseMutex(mutex);
    },
  );

  it.each(['wait', 'waitAsync'] as const)(
    'go on in the C program when a process on perdure is killed with the mutex, acquired by %s',
    async (how) => {
      const { name, mutex, theirs } = await writers(creator);
      const victim = Child.start<ObjectRequest>('objects');
      await victim.ask({ do: 'openMutex', as: 'mutex', name: `${name}-mutex`, access: MUTEX_ALL_ACCESS });
      // Held by the C program at first, so that an asynchronous wait of the victim really waits.
      expect(await theirs.ask('wait')).toBe(String(WAIT_OBJECT_0));
      const acquired = victim.ask({ do: how, handles: ['mutex'], milliseconds: INFINITE });
      expect(await theirs.ask('release')).toBe('released');
      expect(await inTime('the mutex', acquired)).toBe(WAIT_OBJECT_0);
      expect(waitForSingleObject(mutex, 0)).toBe(WAIT_TIMEOUT);
      const next = theirs.ask('wait');
      await victim.kill();
      expect(await next).toBe(String(WAIT_ABANDONED));
      expect(await theirs.ask('release')).toBe('released');
      expect(await theirs.ask('count 10')).toBe('0');
    },
  );
});

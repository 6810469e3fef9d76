/**
 * A wait for all of several objects takes all of them or none, and nobody sees anything in between, however the one that
 * waits ends.
 *
 * A process looks without end whether it can have everything, and never can. What it could have stays as it is, for
 * everybody else, and when it is killed in the middle of it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { WAIT_OBJECT_0, WAIT_TIMEOUT } from '../../src/os/constants.js';
import { nativeOs } from '../../src/os/native.js';
import type { EventHandle, MutexHandle } from '../../src/os/synchronization.js';
import { processPath } from '../support/child.js';
import { random, SEED } from '../support/seed.js';

const LOOKS = 30_000;
const KILLS = process.platform === 'win32' ? 5 : 15;

const os = nativeOs();
const made: (EventHandle | MutexHandle)[] = [];
const started: ChildProcess[] = [];

afterEach(async () => {
  for (const child of started.splice(0)) await kill(child);
  for (const handle of made.splice(0)) os.closeHandle(handle);
});

function objects() {
  const stem = `wait-all-${randomUUID()}`;
  const event = os.createEvent(null, false, true, `${stem}-event`);
  const mutex = os.createMutex(null, false, `${stem}-mutex`);
  made.push(event, mutex, os.createEvent(null, false, false, `${stem}-never`));
  return { stem, event, mutex };
}

async function start(stem: string): Promise<ChildProcess> {
  const child = fork(processPath('wait-all'), [stem], { execArgv: [] });
  started.push(child);
  await once(child, 'message');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

it('leaves what it could have to others at every moment', async () => {
  const { stem, event, mutex } = objects();
  await start(stem);
  for (let look = 0; look < LOOKS; look++) {
    expect(os.waitForSingleObject(event, 0), `look ${look} at the event`).toBe(WAIT_OBJECT_0);
    os.setEvent(event);
    expect(os.waitForSingleObject(mutex, 0), `look ${look} at the mutex`).toBe(WAIT_OBJECT_0);
    os.releaseMutex(mutex);
  }
});

it('undoes no reset', async () => {
  const { stem, event } = objects();
  await start(stem);
  for (let time = 0; time < LOOKS; time++) {
    os.setEvent(event);
    os.resetEvent(event);
    if (time % 100 === 0) await sleep(1);
    expect(os.waitForSingleObject(event, 0), `reset ${time}`).toBe(WAIT_TIMEOUT);
  }
});

it('has taken nothing that it could not have whole when it is killed', async () => {
  const { stem, event, mutex } = objects();
  const next = random();
  for (let round = 0; round < KILLS; round++) {
    const child = await start(stem);
    await sleep(next(30));
    await kill(child);
    const what = `kill ${round}, seed ${SEED}`;
    expect(os.waitForSingleObject(event, 0), `${what}: the event`).toBe(WAIT_OBJECT_0);
    expect(os.waitForSingleObject(mutex, 0), `${what}: the mutex`).toBe(WAIT_OBJECT_0);
    os.releaseMutex(mutex);
    os.setEvent(event);
  }
});

it('by two handles to one object takes it once', () => {
  const { stem, event, mutex } = objects();
  const sameEvent = os.createEvent(null, false, false, `${stem}-event`);
  const sameMutex = os.createMutex(null, false, `${stem}-mutex`);
  made.push(sameEvent, sameMutex);
  expect(os.waitForMultipleObjects([event, mutex, sameMutex, sameEvent], true, 0)).toBe(WAIT_OBJECT_0);
  expect(os.waitForSingleObject(event, 0)).toBe(WAIT_TIMEOUT);
  for (let held = 2; held > 0; held--) os.releaseMutex(mutex);
  expect(() => os.releaseMutex(mutex)).toThrow(/NOT_OWNER/);
});

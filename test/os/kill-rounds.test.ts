/**
 * Processes that hold, wait for and signal objects are killed, hundreds of times, at moments drawn from a seed.
 *
 * After each kill: whoever waits goes on (a process that is never killed, and this one, take their turns at the same
 * mutex), and what only the killed one had is gone. In the end: no object, no file in /dev/shm, and nobody was inside a
 * critical section together with another, or found it as its last owner left it without having been told.
 *
 * A round costs a quarter of a second of processor time or more, nearly all of it for starting Node.js: PERDURE_RUNS=4
 * makes it a thousand rounds.
 */
import { type ChildProcess, fork } from 'node:child_process';
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  FILE_MAP_WRITE,
  INFINITE,
  INVALID_HANDLE_VALUE,
  PAGE_READWRITE,
  WAIT_ABANDONED,
} from '../../src/os/constants.js';
import { nativeOs } from '../../src/os/native.js';
import { processPath } from '../support/child.js';
import { ownNames, sharedNames, WORDS } from '../support/contention.js';
import { eventually, inTime } from '../support/eventually.js';
import '../support/no-safety-look.js';
import { random, runs, SEED } from '../support/seed.js';

/** Fewer under Wine, where starting a process takes several times as long. */
const ROUNDS = runs(process.platform === 'win32' ? 40 : 250).numRuns;
/** So many compete, or are being started, besides the one that is never killed. */
const COMPETING = 5;

interface Contender {
  readonly id: number;
  readonly process: ChildProcess;
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
}

function start(stem: string, id: number): Contender {
  const process = fork(processPath('contender'), [stem, String(id), String(SEED + id)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  });
  const ended = new Promise<void>((resolve) => process.once('exit', () => resolve()));
  const ready = new Promise<void>((resolve, reject) => {
    process.once('message', () => resolve());
    process.once('exit', (code, signal) => reject(new Error(`contender ${id} ended: ${signal ?? code}`)));
  });
  ready.catch(() => {});
  return { id, process, ready, ended };
}

/** Files of objects, on systems where objects are files. */
function filesOf(stem: string): string[] {
  if (!fs.existsSync('/dev/shm')) return [];
  const names = fs.readdirSync('/dev/shm', { recursive: true }) as string[];
  return names.filter((name) => name.includes(stem));
}

describe('processes killed at any moment', () => {
  it(`${ROUNDS} times leave no object, no waiting process and no file`, { timeout: 2_400_000 }, async () => {
    const os = nativeOs();
    const stem = `kill-${process.pid}`;
    const names = sharedNames(stem);
    const next = random();
    const lock = os.createMutex(null, false, names.lock);
    const memory = os.createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, 4096, names.memory);
    const view = os.mapViewOfFile(memory, FILE_MAP_WRITE, 0, 0);
    const words = new Int32Array(view.buffer);
    const listed = (part: string) => os.listNamedObjects().filter(({ name }) => name.includes(part));

    let ids = 0;
    const survivor = start(stem, ids++);
    const contenders = [survivor];
    const launch = () => {
      // The survivor's lane is its own.
      if (ids % WORDS.lanes === 0) ids++;
      const contender = start(stem, ids++);
      contenders.push(contender);
      return contender;
    };
    try {
      const pool = Array.from({ length: COMPETING }, launch);
      await survivor.ready;
      for (let round = 0; round < ROUNDS; round++) {
        const victim = pool.shift()!;
        await victim.ready;
        await sleep(next(4));
        const before = Atomics.load(words, WORDS.progress);
        victim.process.kill('SIGKILL');
        await victim.ended;
        contenders.splice(contenders.indexOf(victim), 1);
        pool.push(launch());
        await eventually(
          `round ${round}, seed ${SEED}: the survivor goes on`,
          () => Atomics.load(words, WORDS.progress) - before >= 2,
        );
        if (round % 5 === 0) {
          const result = await inTime('the lock', os.waitForSingleObjectAsync(lock, INFINITE));
          const messy = words[WORDS.inside] !== 0 || words[WORDS.first] !== words[WORDS.second];
          expect(messy && result !== WAIT_ABANDONED, `round ${round}, seed ${SEED}`).toBe(false);
          words[WORDS.inside] = 0;
          words[WORDS.first] = words[WORDS.second]!;
          os.releaseMutex(lock);
        }
        const own = Object.values(ownNames(stem, victim.id)).map((name) => name.replace('Global\\', ''));
        await eventually(`round ${round}, seed ${SEED}: the objects of the killed process are gone`, () =>
          own.every((name) => listed(name).length === 0),
        );
      }
      expect(words[WORDS.violations]).toBe(0);
      // Which takes some rounds: a process is killed while it owns the mutex in one of a few.
      if (ROUNDS >= 40) expect(words[WORDS.abandoned]).toBeGreaterThan(0);
    } finally {
      for (const { process } of contenders) process.kill('SIGKILL');
      await Promise.all(contenders.map(({ ended }) => ended));
      os.unmapViewOfFile(view);
      os.closeHandle(memory);
      os.closeHandle(lock);
    }
    await eventually('no object is left', () => listed(stem).length === 0);
    await eventually('no file is left', () => filesOf(stem).length === 0);
  });
});

/**
 * Creates, opens, takes, waits for, signals, releases and closes named objects without end, in an order drawn from a seed,
 * until it is killed. Several of them share their objects, and each has three of its own.
 *
 * Arguments: what the names begin with, its own number, the seed. It says 'ready' once it has everything.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  closeHandle,
  createEvent,
  createFileMapping,
  createMutex,
  FILE_MAP_WRITE,
  INFINITE,
  INVALID_HANDLE_VALUE,
  type MutexHandle,
  mapViewOfFile,
  PAGE_READWRITE,
  releaseMutex,
  resetEvent,
  setEvent,
  WAIT_ABANDONED_0,
  WAIT_TIMEOUT,
  type Waitable,
  waitForMultipleObjects,
  waitForMultipleObjectsAsync,
  waitForSingleObject,
} from '../../src/os/index.js';
import { ownNames, sharedNames, WORDS } from '../support/contention.js';
import '../support/no-safety-look.js';
import { random } from '../support/seed.js';

const [stem = '', id = '', seed = ''] = process.argv.slice(2);
const next = random(Number(seed));
/** Every third one waits asynchronously as well; the others start faster without the thread that this takes. */
const asynchronous = Number(id) % 3 === 0;
const names = sharedNames(stem);
const own = ownNames(stem, Number(id));

const lock = createMutex(null, false, names.lock);
const turn = createEvent(null, false, false, names.turn);
const gate = createEvent(null, true, false, names.gate);
const memory = createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, 4096, names.memory);
const words = new Int32Array(mapViewOfFile(memory, FILE_MAP_WRITE, 0, 0).buffer);

// Held until the end, whatever that is.
createMutex(null, true, own.mutex);
createEvent(null, false, true, own.event);
const mapping = createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, 70_000, own.mapping);
mapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0);
closeHandle(mapping);

/** What is done under the lock: two numbers that are equal whenever nobody is inside. */
async function inside(result: number): Promise<void> {
  if (result >= WAIT_ABANDONED_0) {
    Atomics.add(words, WORDS.abandoned, 1);
  } else if (words[WORDS.inside] !== 0 || words[WORDS.first] !== words[WORDS.second]) {
    Atomics.add(words, WORDS.violations, 1);
  }
  words[WORDS.inside] = process.pid;
  words[WORDS.first] = (words[WORDS.second]! + 1) | 0;
  if (next(4) === 0) await sleep(1);
  if (words[WORDS.inside] !== process.pid) Atomics.add(words, WORDS.violations, 1);
  words[WORDS.second] = words[WORDS.first]!;
  words[WORDS.inside] = 0;
  releaseMutex(lock);
}

async function wait(objects: Waitable[], all: boolean, milliseconds: number): Promise<number> {
  return asynchronous
    ? waitForMultipleObjectsAsync(objects, all, milliseconds)
    : waitForMultipleObjects(objects, all, milliseconds);
}

async function churn(): Promise<void> {
  const name = `${names.churn}${next(3)}`;
  const event = createEvent(null, next(2) === 0, false, `${name}-event`);
  const mutex: MutexHandle = createMutex(null, next(2) === 0, `${name}-mutex`);
  const pending = wait([event, mutex], next(2) === 0, 1 + next(3)).catch(() => WAIT_TIMEOUT);
  if (next(2) === 0) setEvent(event);
  if (next(2) === 0) await pending;
  closeHandle(event);
  closeHandle(mutex);
  await pending;
}

async function act(): Promise<void> {
  switch (next(8)) {
    case 0:
      return inside(waitForSingleObject(lock, INFINITE));
    case 1:
    case 2:
      return inside(await wait([lock], false, INFINITE));
    case 3: {
      setEvent(turn);
      const result = waitForMultipleObjects([turn, lock], true, 2);
      if (result !== WAIT_TIMEOUT) await inside(result);
      return;
    }
    case 4: {
      const result = await wait([turn, gate, lock], false, 3);
      if (result === 2 || result === WAIT_ABANDONED_0 + 2) await inside(result);
      return;
    }
    case 5:
      setEvent(gate);
      resetEvent(gate);
      return;
    case 6:
      waitForSingleObject(turn, 1);
      setEvent(turn);
      return sleep(next(3));
    case 7:
      return churn();
  }
}

process.on('disconnect', () => process.exit());
for (let round = 0; ; round++) {
  await act();
  // Others are being started meanwhile, and need the processor.
  await sleep(next(4));
  Atomics.add(words, WORDS.progress + (Number(id) % WORDS.lanes), 1);
  if (round === 3) process.send?.('ready');
}

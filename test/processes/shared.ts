/** Uses shared memory, events, mutexes and counters in a process of its own, and is free for the next request meanwhile. */
import {
  defineRecord,
  recordsIn,
  SharedCounter,
  SharedEvent,
  SharedFlag,
  SharedMemory,
  SharedMutex,
  u32,
  utf8,
} from '../../src/index.js';
import { answerWhenDone } from '../support/answers.js';

export const Seat = defineRecord({ row: u32, guest: utf8(20) });

export type SharedRequest =
  | { do: 'create' | 'open'; name: string; size?: number; mode?: 'readwrite' | 'readonly' | 'copy-on-write' }
  | { do: 'write'; at: number; text: string }
  | { do: 'read'; at: number; length: number }
  | { do: 'close' }
  | { do: 'count up'; name: string; rounds: number; tasks: number; blocking: boolean }
  | { do: 'lock'; name: string; timeoutMs?: number }
  | { do: 'unlock' }
  | { do: 'set'; name: string }
  | { do: 'wait'; name: string; timeoutMs?: number }
  | { do: 'add'; name: string; rounds: number; flag?: string }
  | { do: 'seat'; index: number; row: number; guest: string };

let memory: SharedMemory | undefined;
let lock: { release(): void } | undefined;

/**
 * Counts up the first 8 bytes of the memory by `tasks` loops at once: reads, lets others run, and only then writes. Any
 * two that were let in together would lose a count. Returns how often the lock was told to be abandoned.
 */
async function countUp(name: string, rounds: number, tasks: number, blocking: boolean): Promise<number> {
  using mutex = SharedMutex.open(name);
  const view = memory!.view();
  let abandoned = 0;
  const round = async () => {
    using lock = blocking ? mutex.lockSync() : await mutex.lock();
    if (lock.abandoned) abandoned++;
    const before = view.getFloat64(0);
    if (!blocking) await new Promise(setImmediate);
    view.setFloat64(0, before + 1);
  };
  const task = async () => {
    for (let count = 0; count < rounds; count++) await round();
  };
  await Promise.all(Array.from({ length: tasks }, task));
  return abandoned;
}

function add(name: string, rounds: number, flag: string | undefined): { last: bigint; first: boolean } {
  using counter = SharedCounter.open(name);
  using once = flag === undefined ? undefined : SharedFlag.open(flag);
  let last = 0n;
  for (let count = 0; count < rounds; count++) last = counter.increment();
  return { last, first: once?.set() ?? false };
}

async function handle(request: SharedRequest): Promise<unknown> {
  switch (request.do) {
    case 'create':
      memory = SharedMemory.create(request.name, { size: request.size! });
      return memory.size;
    case 'open':
      memory = SharedMemory.open(request.name, request.mode === undefined ? {} : { mode: request.mode });
      return memory.size;
    case 'write':
      return memory!.view().setString(request.at, request.text);
    case 'read':
      return memory!.view().getString(request.at, request.length);
    case 'close':
      memory?.close();
      return;
    case 'count up':
      return countUp(request.name, request.rounds, request.tasks, request.blocking);
    case 'lock': {
      const { timeoutMs } = request;
      const mutex = SharedMutex.open(request.name);
      const got = await mutex.lock(timeoutMs === undefined ? {} : { timeoutMs });
      lock = got;
      return got.abandoned;
    }
    case 'unlock':
      lock?.release();
      return;
    case 'set':
      SharedEvent.open(request.name).set();
      return;
    case 'wait': {
      const { timeoutMs } = request;
      return SharedEvent.open(request.name).wait(timeoutMs === undefined ? {} : { timeoutMs });
    }
    case 'add':
      return add(request.name, request.rounds, request.flag);
    case 'seat':
      recordsIn(memory!.view(), Seat).set(request.index, { row: request.row, guest: request.guest });
      return;
  }
}

answerWhenDone<SharedRequest>(handle);

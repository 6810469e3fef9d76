/**
 * Many messages of random sizes, with random pauses, through a channel whose peers are killed all the time and started
 * again: none is lost that was acknowledged, none comes twice, none is torn, each producer's come in order.
 *
 * PERDURE_RUNS=17 sends the whole million. "Twice" is what a consumer was given again although the one before it was done
 * with it: the message that a consumer was killed over comes again, marked, and with the same sequence number.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { MappedFile } from '../../../src/index.js';
import type { SoakSetting } from '../../processes/channel-soak.js';
import { processPath } from '../../support/child.js';
import { random, runs, SEED } from '../../support/seed.js';
import { tempFiles } from '../../support/temp-folder.js';
import { freshName, holdChannel } from './channels.js';

const newFile = tempFiles();

interface Entry {
  sequence: number;
  producer: number;
  message: number;
  redelivered: boolean;
  torn: boolean;
}

/** One side, started again whenever it was killed. */
class Side {
  readonly paths: string[] = [];
  process!: ChildProcess;
  kills = 0;
  /** Resolves when the process has opened its side, or has ended. */
  ready!: Promise<unknown>;
  /** Resolves when it has ended by itself; rejects where it failed. */
  readonly ended: Promise<void>;
  #resolve!: () => void;
  #reject!: (error: Error) => void;
  #output = '';

  constructor(
    readonly setting: Omit<SoakSetting, 'path'>,
    readonly fileBytes: number,
    readonly nextId: () => number,
  ) {
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#start();
  }

  kill(): void {
    this.process.kill('SIGKILL');
  }

  #start(): void {
    const isProducer = this.setting.side === 'producer';
    if (!isProducer || this.paths.length === 0) this.paths.push(newFile(this.setting.side));
    const path = this.paths.at(-1)!;
    MappedFile.open(path, { mode: 'readwrite', create: true, size: this.fileBytes, sparse: true }).close();
    const setting: SoakSetting = { ...this.setting, path, id: isProducer ? this.setting.id : this.nextId() };
    this.process = fork(processPath('channel-soak'), [JSON.stringify(setting)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
    });
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      stream.on('data', (text) => {
        this.#output += text;
      });
    }
    const { process: child } = this;
    this.ready = new Promise((resolve) => {
      child.once('message', resolve);
      child.once('exit', resolve);
    });
    child.on('exit', (code, signal) => {
      if (code === 0) this.#resolve();
      else if (signal === 'SIGKILL' || (process.platform === 'win32' && code === 1 && this.#output === '')) {
        this.kills++;
        this.#start();
      } else this.#reject(new Error(`a ${this.setting.side} ended with ${code ?? signal}\n${this.#output}`));
    });
  }
}

function readWords(path: string): Uint32Array {
  using file = MappedFile.open(path);
  const { bytes } = file.view();
  return new Uint32Array(new Uint8Array(bytes).buffer);
}

/** What one start of a consumer wrote down. */
function readEntries(path: string): Entry[] {
  const words = readWords(path);
  return Array.from({ length: words[0]! }, (_, index) => {
    const [sequence, producer, message, flags] = words.subarray(4 + index * 4, 8 + index * 4);
    return {
      sequence: sequence!,
      producer: producer!,
      message: message!,
      redelivered: (flags! & 1) !== 0,
      torn: (flags! & 2) !== 0,
    };
  });
}

interface Shape {
  producers: number;
  consumers: number;
  messages: number;
  capacityBytes: number;
}

async function soak({ producers, consumers, messages, capacityBytes }: Shape) {
  const channel = freshName();
  holdChannel(channel, capacityBytes);
  let starts = 0;
  const sides: Side[] = [];
  const side = (of: 'producer' | 'consumer', id: number) => {
    const bytes = of === 'producer' ? 4096 : 16 + producers * messages * 16;
    const setting = { side: of, channel, id, messages, capacityBytes, seed: SEED };
    const started = new Side(setting, bytes, () => starts++);
    sides.push(started);
    return started;
  };
  const senders = Array.from({ length: producers }, (_, id) => side('producer', id));
  const receivers = Array.from({ length: consumers }, (_, id) => side('consumer', id));
  const next = random(SEED);
  let done = false;
  const allSent = Promise.all(senders.map(({ ended }) => ended)).finally(() => {
    done = true;
  });
  const allReceived = Promise.all(receivers.map(({ ended }) => ended));
  const killing = (async () => {
    while (!done) {
      const victim = sides[next(sides.length)]!;
      // Now and then also one that is just opening its side.
      if (next(10) > 0) await Promise.all(sides.map(({ ready }) => ready));
      // A process is at full speed half a second after its start: most have time to come to it. But the first is killed
      // earlier, for a machine that has nothing else to do is finished in a second.
      const unharmed = sides.every(({ kills }) => kills === 0);
      const pauseMs = next(4) === 0 ? next(60) : unharmed ? 100 + next(200) : 200 + next(1200);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (!done) victim.kill();
    }
  })();
  await Promise.race([
    allSent,
    allReceived.then(() => Promise.reject(new Error('the consumers ended first'))),
  ]);
  await killing;
  for (const { process: receiver } of receivers) {
    while (receiver.exitCode === null && !receiver.connected)
      await new Promise((resolve) => setTimeout(resolve, 10));
  }
  for (const receiver of receivers) receiver.process.send('stop');
  await allReceived;
  return { senders, receivers, kills: sides.reduce((sum, { kills }) => sum + kills, 0) };
}

function verify({ senders, receivers }: { senders: Side[]; receivers: Side[] }, messages: number) {
  const bySequence = new Map<number, Entry>();
  let redeliveries = 0;
  for (const { paths } of receivers) {
    for (const path of paths) {
      const entries = readEntries(path);
      expect(entries.filter(({ torn }) => torn)).toEqual([]);
      for (const entry of entries) {
        const before = bySequence.get(entry.sequence);
        bySequence.set(entry.sequence, entry);
        if (before === undefined) continue;
        redeliveries++;
        expect(
          [before, entry].some(({ redelivered }) => redelivered),
          `message ${entry.sequence} came twice`,
        ).toBe(true);
        expect(before.message).toBe(entry.message);
      }
    }
  }
  const received = [...bySequence.values()].sort((a, b) => a.sequence - b.sequence);
  expect(
    received.findIndex(({ sequence }, index) => sequence !== index),
    'the first gap',
  ).toBe(-1);
  let inFlight = 0;
  for (const [producer, sender] of senders.entries()) {
    const own = received.filter((entry) => entry.producer === producer).map(({ message }) => message);
    expect(
      own.findIndex((message, index) => index > 0 && message <= own[index - 1]!),
      'out of order',
    ).toBe(-1);
    const had = new Set(own);
    const missing = Array.from({ length: messages }, (_, message) => message).filter(
      (message) => !had.has(message),
    );
    inFlight += missing.length;
    expect(missing.length, 'messages that were in flight when their producer was killed').toBeLessThanOrEqual(
      sender.kills,
    );
  }
  return { received: received.length, redeliveries, inFlight };
}

describe('a channel whose peers are killed and started again', () => {
  const shapes: [string, Shape][] = [
    ['one producer, one consumer', { producers: 1, consumers: 1, messages: 60_000, capacityBytes: 65_536 }],
    ['two producers, two consumers', { producers: 2, consumers: 2, messages: 30_000, capacityBytes: 8192 }],
  ];
  it.for(shapes)(
    '%s: none lost, none twice, none torn, in order',
    { timeout: 600_000 },
    async ([, shape]) => {
      const messages = runs(shape.messages).numRuns;
      const result = await soak({ ...shape, messages });
      const found = verify(result, messages);
      const sent = shape.producers * messages - found.inFlight;
      console.log(`${sent} messages, ${result.kills} kills, ${found.redeliveries} given again, seed ${SEED}`);
      expect(found.received).toBe(sent);
      expect(result.kills, 'no kill: nothing was tried').toBeGreaterThan(0);
    },
  );
});

/**
 * One side of the soak: sends or receives numbered messages of random sizes until all are through, is killed at any
 * moment and started again. What it did is in two mapped files, which outlive it.
 *
 * A producer's file: at 0 the number of the next message, at 4 how many times it was started. A message is counted after its
 * sending was acknowledged; one that was in flight when the producer was killed is left out by its successor, so that it
 * arrives once or never.
 *
 * A consumer's file, one for each start: at 0 the count of entries, from 16 on the entries of 16 bytes: sequence number,
 * producer, message, flags (1 redelivered, 2 torn). An entry is written before the message is removed.
 */
import { MappedFile } from '../../src/index.js';
import { isPerdureError } from '../../src/os/errors.js';
import { Channel } from '../../src/shared/channel/index.js';
import { random } from '../support/seed.js';

export interface SoakSetting {
  side: 'producer' | 'consumer';
  channel: string;
  /** The file of what it did. */
  path: string;
  /** Its number among the producers, or among all starts of consumers. */
  id: number;
  /** How many messages a producer sends. */
  messages: number;
  capacityBytes: number;
  seed: number;
}

const setting = JSON.parse(process.argv[2]!) as SoakSetting;
const { id, messages, capacityBytes } = setting;
const words = () => {
  const { bytes } = file.view();
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
};

const file = MappedFile.open(setting.path, { mode: 'readwrite', sparse: true });
const state = words();
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The length of a message follows from its numbers: most are small, a few nearly fill the ring. */
function lengthOf(producer: number, message: number): number {
  const next = random(setting.seed ^ (producer << 24) ^ message);
  const kind = next(100);
  if (kind < 2) return 8 + next(capacityBytes - 7);
  if (kind < 20) return 8 + next(2000);
  return 8 + next(120);
}

/** So does what it holds. */
function fill(bytes: Buffer, producer: number, message: number): void {
  const first = (producer * 31 + message * 7) & 0xff;
  bytes.fill(first, 8);
  bytes.writeUInt32LE(producer, 0);
  bytes.writeUInt32LE(message, 4);
  if (bytes.length > 8) bytes[bytes.length - 1] = first ^ 0xff;
}

function isWhole(bytes: Buffer): boolean {
  if (bytes.length < 8) return false;
  const producer = bytes.readUInt32LE(0);
  const message = bytes.readUInt32LE(4);
  if (bytes.length !== lengthOf(producer, message)) return false;
  const expected = Buffer.alloc(bytes.length);
  fill(expected, producer, message);
  return expected.equals(bytes);
}

/** Again when the peers of the other side were lost: others are being started. */
async function persist<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isPerdureError(error, 'PEER_LOST')) throw error;
    }
  }
}

async function produce(): Promise<void> {
  const producer = Channel.producer(setting.channel, { capacityBytes });
  process.send!('ready');
  const next = random(setting.seed + state[1]!);
  const started = state[1]!;
  state[1] = started + 1;
  let message = state[0]! + (started > 0 ? 1 : 0);
  for (; message < messages; message++) {
    const bytes = Buffer.alloc(lengthOf(id, message));
    fill(bytes, id, message);
    await persist(() => producer.send(bytes));
    state[0] = message + 1;
    if (next(300) === 0) await pause(next(4));
  }
  await persist(() => producer.drained());
  producer.close();
  leave();
}

async function consume(): Promise<void> {
  const consumer = Channel.consumer(setting.channel, { capacityBytes, follow: true });
  process.send!('ready');
  const next = random(setting.seed + 77 * id);
  const stop = new AbortController();
  process.on('message', () => stop.abort());
  for (let count = 0; ; count++) {
    const message = await consumer.take({ signal: stop.signal }).catch((error: unknown) => {
      if (stop.signal.aborted) return undefined;
      throw error;
    });
    if (message === undefined) break;
    const { bytes } = message;
    const entry = 4 + count * 4;
    state[entry] = message.sequence;
    state[entry + 1] = bytes.readUInt32LE(0);
    state[entry + 2] = bytes.readUInt32LE(4);
    state[entry + 3] = (message.redelivered ? 1 : 0) | (isWhole(bytes) ? 0 : 2);
    state[0] = count + 1;
    if (next(300) === 0) await pause(next(4));
    message.done();
  }
  consumer.close();
  leave();
}

/** Lets go of the test, which no longer watches over this process. */
function leave(): void {
  process.off('disconnect', orphaned);
  process.disconnect();
}

function orphaned(): never {
  process.exit(1);
}

process.once('disconnect', orphaned);
await (setting.side === 'producer' ? produce() : consume());
file.close();

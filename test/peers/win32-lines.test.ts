/** Lines from a server to a client through one mapping, by two events that take turns: none lost, repeated or torn. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  closeHandle,
  createEvent,
  createFileMapping,
  EVENT_ALL_ACCESS,
  type EventHandle,
  FILE_MAP_WRITE,
  type FileMappingHandle,
  INVALID_HANDLE_VALUE,
  mapViewOfFile,
  openEvent,
  openFileMapping,
  PAGE_READWRITE,
  setEvent,
  unmapViewOfFile,
  WAIT_OBJECT_0,
  waitForSingleObjectAsync,
} from '../../src/os/index.js';
import { inTime } from '../support/eventually.js';
import { random, SEED } from '../support/seed.js';
import { CProgram, HAS_PEERS, TEXTS, type Text } from './c-program.js';

const LINES = 4000;
const NO_MORE = 0xffff_ffff;
const TURN_MS = 15_000;
const TEXT_OFFSET = 4;

/** Lines of every length that fits, some empty. */
function lines(text: Text): string[] {
  const next = random();
  const characters = [...(text === 'wide' ? 'abc dé数🗺' : 'abc d')];
  return Array.from({ length: LINES }, (_, index) => {
    const length = next(20) === 0 ? next(1000) : next(40);
    return (
      Array.from({ length }, () => characters[next(characters.length)]).join('') + (index % 7 ? index : '')
    );
  });
}

class Turns {
  readonly #mapping: FileMappingHandle;
  readonly #there: EventHandle;
  readonly #taken: EventHandle;
  readonly #bytes: Buffer;
  readonly #encoding: 'utf16le' | 'latin1';

  constructor(name: string, text: Text, role: 'server' | 'client') {
    const server = role === 'server';
    this.#mapping = server
      ? createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, 4096, name)
      : openFileMapping(FILE_MAP_WRITE, false, name);
    const event = (each: string) =>
      server ? createEvent(null, false, false, each) : openEvent(EVENT_ALL_ACCESS, false, each);
    this.#there = event(`${name}-there`);
    this.#taken = event(`${name}-taken`);
    const view = mapViewOfFile(this.#mapping, FILE_MAP_WRITE, 0, 0);
    this.#bytes = Buffer.from(view.buffer);
    this.#encoding = text === 'wide' ? 'utf16le' : 'latin1';
    onTestFinished(() => {
      unmapViewOfFile(view);
      for (const handle of [this.#mapping, this.#there, this.#taken]) closeHandle(handle);
    });
  }

  async hand(line: string | undefined): Promise<void> {
    this.#bytes.writeUInt32LE(line === undefined ? NO_MORE : line.length, 0);
    this.#bytes.write(line ?? '', TEXT_OFFSET, this.#encoding);
    setEvent(this.#there);
    expect(await waitForSingleObjectAsync(this.#taken, TURN_MS)).toBe(WAIT_OBJECT_0);
  }

  async take(): Promise<string | undefined> {
    expect(await waitForSingleObjectAsync(this.#there, TURN_MS)).toBe(WAIT_OBJECT_0);
    const length = this.#bytes.readUInt32LE(0);
    const unit = this.#encoding === 'utf16le' ? 2 : 1;
    const line = this.#bytes.toString(this.#encoding, TEXT_OFFSET, TEXT_OFFSET + (length % NO_MORE) * unit);
    setEvent(this.#taken);
    return length === NO_MORE ? undefined : line;
  }
}

describe.runIf(HAS_PEERS).each(TEXTS)('lines in %s text', (text) => {
  const name = `lines-${process.pid}-${text}`;

  it('from perdure to a C program', async () => {
    const sent = lines(text);
    const server = new Turns(name, text, 'server');
    const client = CProgram.start('lines', text, 'client', name);
    const received = client.rest();
    const next = random(SEED + 1);
    for (const line of sent) {
      if (next(50) === 0) await turn();
      await server.hand(line);
    }
    await server.hand(undefined);
    expect(await client.end()).toBe(0);
    expect(await inTime('all lines', received), `seed ${SEED}`).toEqual(sent);
  });

  it('from a C program to perdure', async () => {
    const sent = lines(text);
    const server = CProgram.start('lines', text, 'server', name);
    expect(await server.line()).toBe('ready');
    const client = new Turns(name, text, 'client');
    for (const line of sent) server.send(line);
    const ended = server.end();
    const received: string[] = [];
    for (let line = await client.take(); line !== undefined; line = await client.take()) received.push(line);
    expect(received, `seed ${SEED}`).toEqual(sent);
    expect(await ended).toBe(0);
  });
});

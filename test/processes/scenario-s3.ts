/**
 * S3: a server reads lines and hands each to a client through a named mapping of 4,096 bytes. Two events take turns:
 * `written` says that there is a line to read, `read` that it was read and the next may be written.
 *
 * Arguments: `server` or `client`, the name, `blocking` or `asynchronous`, and how long either pauses at most, now and
 * then, in milliseconds. The server takes its lines from standard input; the client prints what it gets. A length of
 * 0xFFFFFFFF is the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  closeHandle,
  createEvent,
  createFileMapping,
  EVENT_MODIFY_STATE,
  type EventHandle,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  INFINITE,
  INVALID_HANDLE_VALUE,
  mapViewOfFile,
  openEvent,
  openFileMapping,
  PAGE_READWRITE,
  SYNCHRONIZE,
  setEvent,
  unmapViewOfFile,
  WAIT_OBJECT_0,
  waitForSingleObject,
  waitForSingleObjectAsync,
} from '../../src/os/index.js';
import { nextLine, say } from '../support/console.js';
import { random } from '../support/seed.js';

const SIZE = 4096;
const THE_END = 0xffff_ffff;
const [which, name = '', how, pauseMs = '0'] = process.argv.slice(2);
const next = random(which === 'server' ? 1 : 2);

async function wait(event: EventHandle): Promise<void> {
  const result =
    how === 'blocking'
      ? waitForSingleObject(event, INFINITE)
      : await waitForSingleObjectAsync(event, INFINITE);
  if (result !== WAIT_OBJECT_0) throw new Error(`the wait gave ${result}`);
}

async function pause(): Promise<void> {
  if (Number(pauseMs) > 0 && next(50) === 0) await sleep(next(Number(pauseMs) + 1));
}

async function server(): Promise<void> {
  const hMapFile = createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, SIZE, name);
  const hWritten = createEvent(null, false, false, `${name}.written`);
  const hRead = createEvent(null, false, true, `${name}.read`);
  const view = mapViewOfFile(hMapFile, FILE_MAP_WRITE, 0, SIZE);
  const data = Buffer.from(view.buffer);
  say('ready');
  for (let line = await nextLine(); line !== undefined; line = await nextLine()) {
    await wait(hRead);
    data.writeUInt32LE(Buffer.byteLength(line), 0);
    data.write(line, 4);
    setEvent(hWritten);
    await pause();
  }
  await wait(hRead);
  data.writeUInt32LE(THE_END, 0);
  setEvent(hWritten);
  // The client has seen the end: what it reads it by may go.
  await wait(hRead);
  unmapViewOfFile(view);
  for (const handle of [hMapFile, hWritten, hRead]) closeHandle(handle);
}

async function client(): Promise<void> {
  const hMapFile = openFileMapping(FILE_MAP_READ, false, name);
  const hWritten = openEvent(SYNCHRONIZE, false, `${name}.written`);
  const hRead = openEvent(EVENT_MODIFY_STATE, false, `${name}.read`);
  const view = mapViewOfFile(hMapFile, FILE_MAP_READ, 0, SIZE);
  const data = Buffer.from(view.buffer);
  for (;;) {
    await wait(hWritten);
    const length = data.readUInt32LE(0);
    if (length !== THE_END) say(data.toString('utf8', 4, 4 + length));
    setEvent(hRead);
    if (length === THE_END) break;
    await pause();
  }
  unmapViewOfFile(view);
  for (const handle of [hMapFile, hWritten, hRead]) closeHandle(handle);
}

await (which === 'server' ? server() : client());

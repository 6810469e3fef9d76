/**
 * S1, as the Win32 original has it: the first process creates a named mapping, copies a message into it and waits for a
 * key; the second opens it by name and shows the message.
 *
 * Arguments: `first` or `second`, and the name. The key is a line on standard input.
 */
import {
  closeHandle,
  createFileMapping,
  FILE_MAP_ALL_ACCESS,
  INVALID_HANDLE_VALUE,
  isPerdureError,
  mapViewOfFile,
  openFileMapping,
  PAGE_READWRITE,
  unmapViewOfFile,
} from '../../src/os/index.js';
import { nextLine, say } from '../support/console.js';

const BUF_SIZE = 256;
const [which = '', name = ''] = process.argv.slice(2);

async function first(): Promise<void> {
  const hMapFile = createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, BUF_SIZE, name);
  const pBuf = mapViewOfFile(hMapFile, FILE_MAP_ALL_ACCESS, 0, BUF_SIZE);
  new Uint8Array(pBuf.buffer).set(Buffer.from('Message from first process.\0'));
  say('press a key');
  await nextLine();
  unmapViewOfFile(pBuf);
  closeHandle(hMapFile);
}

function second(): void {
  const hMapFile = openFileMapping(FILE_MAP_ALL_ACCESS, false, name);
  const pBuf = mapViewOfFile(hMapFile, FILE_MAP_ALL_ACCESS, 0, BUF_SIZE);
  const text = Buffer.from(pBuf.buffer);
  say(text.toString('latin1', 0, text.indexOf(0)));
  unmapViewOfFile(pBuf);
  closeHandle(hMapFile);
}

try {
  if (which === 'first') await first();
  else second();
} catch (error) {
  if (!isPerdureError(error)) throw error;
  say(`${error.code} ${error.win32Error}: ${error.message}`);
  process.exitCode = 1;
}

/**
 * S5: two writers on one mapping that take turns by a mutex. Each makes two numbers equal again after it has raised the
 * first; `dies` has it killed between the two, while it holds the mutex.
 *
 * Arguments: the name, how many turns, and `dies` or nothing. It prints the number of turns, and each time that it
 * learns that the last owner died.
 */
import {
  closeHandle,
  createFileMapping,
  createMutex,
  FILE_MAP_ALL_ACCESS,
  INFINITE,
  INVALID_HANDLE_VALUE,
  mapViewOfFile,
  PAGE_READWRITE,
  releaseMutex,
  unmapViewOfFile,
  WAIT_ABANDONED,
  waitForSingleObject,
} from '../../src/os/index.js';
import { nextLine, say } from '../support/console.js';

const [name = '', turns = '0', end] = process.argv.slice(2);

const hMapFile = createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, 256, name);
const hMutex = createMutex(null, false, `${name}.mutex`);
const view = mapViewOfFile(hMapFile, FILE_MAP_ALL_ACCESS, 0, 256);
const numbers = new Uint32Array(view.buffer, 0, 2);
say('ready');
await nextLine();

for (let turn = 1; turn <= Number(turns); turn++) {
  const result = waitForSingleObject(hMutex, INFINITE);
  if (result === WAIT_ABANDONED) {
    say(`abandoned: ${numbers[0]} ${numbers[1]}`);
    numbers[1] = numbers[0]!;
  } else if (numbers[0] !== numbers[1]) {
    say(`torn: ${numbers[0]} ${numbers[1]}`);
  }
  numbers[0]!++;
  if (end === 'dies' && turn === Number(turns)) process.kill(process.pid, 'SIGKILL');
  numbers[1]!++;
  releaseMutex(hMutex);
}
say(`done: ${turns}`);
await nextLine();
unmapViewOfFile(view);
closeHandle(hMutex);
closeHandle(hMapFile);

/**
 * S4: a disk file is opened and mapped under a name in one process, and opened by that name in another, which never saw
 * the path. Both see each other's stores; both flush and exit; the data is in the file.
 *
 * Arguments: `owner`, the name and the path; or `guest` and the name. Lines on standard input are stored, one each at an
 * offset; an empty one shows what is there.
 */
import {
  closeHandle,
  createFile,
  createFileMapping,
  FILE_ATTRIBUTE_NORMAL,
  FILE_MAP_ALL_ACCESS,
  flushFileBuffers,
  flushViewOfFile,
  GENERIC_READ,
  GENERIC_WRITE,
  type Handle,
  mapViewOfFile,
  OPEN_EXISTING,
  openFileMapping,
  PAGE_READWRITE,
  unmapViewOfFile,
} from '../../src/os/index.js';
import { nextLine, say } from '../support/console.js';

const [which, name = '', path = ''] = process.argv.slice(2);
const handles: Handle[] = [];

function mapping() {
  if (which === 'guest') return openFileMapping(FILE_MAP_ALL_ACCESS, false, name);
  const hFile = createFile(path, GENERIC_READ | GENERIC_WRITE, 0, null, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL);
  handles.push(hFile);
  return createFileMapping(hFile, null, PAGE_READWRITE, 0, name);
}

const hMapFile = mapping();
handles.push(hMapFile);
const view = mapViewOfFile(hMapFile, FILE_MAP_ALL_ACCESS, 0, 0);
const data = Buffer.from(view.buffer);
say(`${hMapFile.sizeBytes}`);
for (let line = await nextLine(); line !== undefined; line = await nextLine()) {
  const [offset = '0', text = ''] = line.split(' ');
  if (text === '') {
    say(data.toString('latin1', Number(offset), Number(offset) + 8));
  } else {
    data.write(text, Number(offset), 'latin1');
    say('stored');
  }
}
flushViewOfFile(view, 0, 0);
const [hFile] = handles;
if (hFile?.kind === 'file') flushFileBuffers(hFile);
unmapViewOfFile(view);
for (const handle of handles) closeHandle(handle);

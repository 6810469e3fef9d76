/**
 * S2, the demo with three buttons: create a mapping of data, open it and get the data, close it. A line on standard
 * input is the press of a button.
 *
 * `create TEXT` zeroes the mapping, writes the text, unmaps the view and keeps the handle; it refuses if the name exists.
 * `create-and-lose TEXT` closes the handle too early. `get` opens the mapping and shows its first 256 characters.
 */
import {
  closeHandle,
  createFileMapping,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  type FileMappingHandle,
  INVALID_HANDLE_VALUE,
  isPerdureError,
  mapViewOfFile,
  openFileMapping,
  PAGE_READWRITE,
  unmapViewOfFile,
} from '../../src/os/index.js';
import { nextLine, say } from '../support/console.js';

const MAX_SIZE = 4096;
const name = process.argv[2] ?? '';
let hMapFile: FileMappingHandle | undefined;

function createMappingOfData(text: string): string {
  const created = createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, MAX_SIZE, name);
  if (created.alreadyExisted) {
    closeHandle(created);
    return 'the mapping exists already';
  }
  hMapFile = created;
  const view = mapViewOfFile(hMapFile, FILE_MAP_WRITE, 0, MAX_SIZE);
  const data = Buffer.from(view.buffer);
  data.fill(0);
  data.write(text, 'latin1');
  unmapViewOfFile(view);
  return 'created';
}

function openMappingAndGetData(): string {
  const mapping = openFileMapping(FILE_MAP_READ, false, name);
  const view = mapViewOfFile(mapping, FILE_MAP_READ, 0, 256);
  const text = Buffer.from(view.buffer).toString('latin1').replace(/\0.*/s, '');
  unmapViewOfFile(view);
  closeHandle(mapping);
  return text;
}

function closeMapping(): string {
  if (hMapFile === undefined) return 'there is no mapping';
  closeHandle(hMapFile);
  hMapFile = undefined;
  return 'closed';
}

function press(button: string): string {
  const [what, ...text] = button.split(' ');
  switch (what) {
    case 'create':
      return createMappingOfData(text.join(' '));
    case 'create-and-lose': {
      const created = createMappingOfData(text.join(' '));
      closeMapping();
      return created;
    }
    case 'get':
      return openMappingAndGetData();
    default:
      return closeMapping();
  }
}

for (let button = await nextLine(); button !== undefined; button = await nextLine()) {
  try {
    say(press(button));
  } catch (error) {
    if (!isPerdureError(error)) throw error;
    say(`${error.code} ${error.win32Error}`);
  }
}

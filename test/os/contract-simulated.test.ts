/** The contract of src/os/os.ts on the simulated disk, as far as files and mappings go. */
import { afterAll, describe } from 'vitest';
import { SimulatedDisk } from '../../src/os/simulated/index.js';
import { contract } from './contract/all.js';
import { GIB, Subject } from './contract/subject.js';

describe.each([
  ['flushes write views', true],
  ['flushes need FlushViewOfFile', false],
])('a simulated disk where %s', (_name, flushFileBuffersWritesViews) => {
  const disk = new SimulatedDisk({ maxFileBytes: 5 * GIB + 2 ** 16, flushFileBuffersWritesViews });
  afterAll(() => disk.close());
  let files = 0;
  const subject = new Subject(
    () => disk.os,
    (stem = 'file') => disk.path(`${stem}-${files++}`),
  );
  contract(subject, false);
});

/** The contract of src/os/os.ts on the simulated disk, as far as files and mappings go. */
import { afterAll, describe } from 'vitest';
import { SimulatedDisk } from '../../src/os/simulated/index.js';
import { allocationContract } from './contract/allocation.js';
import { baseAddressContract } from './contract/base-address.js';
import { coherenceContract } from './contract/coherence.js';
import { createFileContract } from './contract/create-file.js';
import { flushContract } from './contract/flush.js';
import { lifetimeContract } from './contract/lifetime.js';
import { protectionsContract } from './contract/protections.js';
import { rangesContract } from './contract/ranges.js';
import { replaceFileContract } from './contract/replace-file.js';
import { shareModesContract } from './contract/share-modes.js';
import { sizesContract } from './contract/sizes.js';
import { GIB, Subject } from './contract/subject.js';
import { transferContract } from './contract/transfer.js';

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
  describe('CreateFile', () => createFileContract(subject));
  describe('share modes', () => shareModesContract(subject));
  describe('protections', () => protectionsContract(subject));
  describe('sizes', () => sizesContract(subject));
  describe('ranges', () => rangesContract(subject));
  describe('lifetime', () => lifetimeContract(subject));
  describe('MapViewOfFileEx', () => baseAddressContract(subject));
  describe('coherence', () => coherenceContract(subject));
  describe('ReadFile and WriteFile', () => transferContract(subject));
  describe('flush', () => flushContract(subject));
  describe('allocation, residency, hints', () => allocationContract(subject));
  describe('files', () => replaceFileContract(subject));
});

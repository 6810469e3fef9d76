/**
 * The contract of src/os/os.ts, one suite for every implementation that runs on this system. A call on each and its
 * documented result stand in contract/*.ts; where a system may differ from another, the test says which it expects.
 */
import { describe } from 'vitest';
import { nativeOs } from '../../src/os/native.js';
import { tempFiles } from '../support/temp-folder.js';
import { allocationContract } from './contract/allocation.js';
import { baseAddressContract } from './contract/base-address.js';
import { coherenceContract } from './contract/coherence.js';
import { createFileContract } from './contract/create-file.js';
import { flushContract } from './contract/flush.js';
import { lifetimeContract } from './contract/lifetime.js';
import { otherProcessContract } from './contract/other-process.js';
import { protectionsContract } from './contract/protections.js';
import { rangesContract } from './contract/ranges.js';
import { realFilesContract } from './contract/real-files.js';
import { replaceFileContract } from './contract/replace-file.js';
import { shareModesContract } from './contract/share-modes.js';
import { sizesContract } from './contract/sizes.js';
import { Subject } from './contract/subject.js';
import { transferContract } from './contract/transfer.js';

const IMPLEMENTATIONS = [[process.platform, nativeOs]] as const;

describe.each(IMPLEMENTATIONS)('%s', (_name, create) => {
  const subject = new Subject(create, tempFiles());
  describe('CreateFile', () => createFileContract(subject));
  describe('share modes', () => shareModesContract(subject));
  describe('protections', () => protectionsContract(subject));
  describe('sizes', () => sizesContract(subject));
  describe('ranges', () => rangesContract(subject));
  describe('lifetime', () => lifetimeContract(subject));
  describe('MapViewOfFileEx', () => baseAddressContract(subject));
  describe('ReadFile and WriteFile', () => transferContract(subject));
  describe('coherence', () => coherenceContract(subject));
  describe('flush', () => flushContract(subject));
  describe('allocation, residency, hints', () => allocationContract(subject));
  describe('files', () => replaceFileContract(subject));
  describe('real files', () => realFilesContract(subject));
  describe('processes', () => otherProcessContract(subject));
});

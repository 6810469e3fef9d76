/**
 * The contract of named objects, events, mutexes and waits (src/os/synchronization.ts, names.ts and the mappings that
 * the page file backs), one suite for every implementation that runs on this system.
 *
 * Other processes are real ones (test/processes/objects.ts). Where a result comes in another process's own time, such as
 * that it notices a kill, the test waits for it up to a deadline, and never asserts how long it took.
 */
import { describe } from 'vitest';
import { nativeOs } from '../../src/os/native.js';
import '../support/no-safety-look.js';
import { tempFiles } from '../support/temp-folder.js';
import { asyncWaitsContract } from './contract/async-waits.js';
import { eventsContract } from './contract/events.js';
import { mutexesContract } from './contract/mutexes.js';
import { objectAccessContract } from './contract/object-access.js';
import { objectLifeContract } from './contract/object-life.js';
import { objectNamesContract } from './contract/object-names.js';
import { pageFileContract } from './contract/page-file.js';
import { Subject } from './contract/subject.js';
import { threadsContract } from './contract/threads.js';
import { waitsContract } from './contract/waits.js';

const IMPLEMENTATIONS = [[process.platform, nativeOs]] as const;

describe.each(IMPLEMENTATIONS)('%s', (_name, create) => {
  const subject = new Subject(create, tempFiles());
  describe('memory', () => pageFileContract(subject));
  describe('names', () => objectNamesContract(subject));
  describe('life', () => objectLifeContract(subject));
  describe('access', () => objectAccessContract(subject));
  describe('events', () => eventsContract(subject));
  describe('mutexes', () => mutexesContract(subject));
  describe('waits', () => waitsContract(subject));
  describe('asynchronous waits', () => asyncWaitsContract(subject));
  describe('threads', () => threadsContract(subject));
});

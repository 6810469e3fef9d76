/**
 * Share modes: every pair of access and share mode for two openings, against the rule of the documentation: the second
 * fails with 32 where it asks for an access that the first does not share, or does not share one that the first has.
 * An opening that asks for neither reading nor writing takes no part. (docs: "CreateFileW function", "Creating and
 * Opening Files")
 */
import { describe, expect, it } from 'vitest';
import {
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  GENERIC_READ,
  GENERIC_WRITE,
  OPEN_EXISTING,
} from '../../../src/os/constants.js';
import { failure } from '../../support/failure.js';
import { READ_WRITE, type Subject } from './subject.js';

export const ACCESSES: [name: string, access: number][] = [
  ['0', 0],
  ['GENERIC_READ', GENERIC_READ],
  ['GENERIC_WRITE', GENERIC_WRITE],
  ['GENERIC_READ | GENERIC_WRITE', READ_WRITE],
];

const SHARES: [name: string, share: number][] = [
  ['0', 0],
  ['FILE_SHARE_READ', FILE_SHARE_READ],
  ['FILE_SHARE_WRITE', FILE_SHARE_WRITE],
  ['FILE_SHARE_READ | FILE_SHARE_WRITE', FILE_SHARE_READ | FILE_SHARE_WRITE],
];

interface Opening {
  access: number;
  share: number;
}

function shares({ access }: Opening, { share }: Opening): boolean {
  const reads = (access & GENERIC_READ) !== 0 && (share & FILE_SHARE_READ) === 0;
  const writes = (access & GENERIC_WRITE) !== 0 && (share & FILE_SHARE_WRITE) === 0;
  return !reads && !writes;
}

/** The rule. */
export function compatible(first: Opening, second: Opening): boolean {
  if (first.access === 0 || second.access === 0) return true;
  return shares(first, second) && shares(second, first);
}

export function shareModesContract(subject: Subject): void {
  describe.each(ACCESSES)('a first opening with %s', (_name, access) => {
    it.each(SHARES)('that shares %s', (_share, share) => {
      const path = subject.fileOf(Buffer.from('x'));
      const first = { access, share };
      subject.open(path, { ...first, disposition: OPEN_EXISTING });
      for (const [accessName, secondAccess] of ACCESSES) {
        for (const [shareName, secondShare] of SHARES) {
          const second = { access: secondAccess, share: secondShare };
          const open = () => subject.open(path, { ...second, disposition: OPEN_EXISTING });
          if (compatible(first, second)) {
            subject.os.closeHandle(open());
          } else {
            const error = failure(open, { code: 'SHARING_VIOLATION', win32Error: 32 });
            expect(error.path, `${accessName}, sharing ${shareName}`).toBe(path);
          }
        }
      }
    });
  });

  it('closing gives the file free', () => {
    const path = subject.fileOf(Buffer.from('x'));
    const exclusive = { access: READ_WRITE, share: 0, disposition: OPEN_EXISTING };
    const first = subject.open(path, exclusive);
    failure(() => subject.open(path, exclusive), { win32Error: 32 });
    subject.os.closeHandle(first);
    subject.open(path, exclusive);
  });

  it('three openings: each pair must agree', () => {
    const path = subject.fileOf(Buffer.from('x'));
    const all = FILE_SHARE_READ | FILE_SHARE_WRITE;
    subject.open(path, { access: GENERIC_READ, share: all });
    const second = subject.open(path, { access: GENERIC_READ, share: FILE_SHARE_READ });
    failure(() => subject.open(path, { access: GENERIC_WRITE, share: all }), { win32Error: 32 });
    subject.os.closeHandle(second);
    subject.open(path, { access: GENERIC_WRITE, share: all });
  });
}

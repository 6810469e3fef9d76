/**
 * CreateFile: what each disposition does with a file that exists and one that does not, the documented numbers, and
 * arguments that are refused before anything happens. (docs: "CreateFileW function")
 */
import { describe, expect, it } from 'vitest';
import {
  CREATE_ALWAYS,
  CREATE_NEW,
  FILE_ATTRIBUTE_NORMAL,
  FILE_FLAG_DELETE_ON_CLOSE,
  FILE_FLAG_RANDOM_ACCESS,
  FILE_FLAG_SEQUENTIAL_SCAN,
  FILE_FLAG_WRITE_THROUGH,
  FILE_MAP_READ,
  FILE_SHARE_DELETE,
  GENERIC_READ,
  GENERIC_WRITE,
  OPEN_ALWAYS,
  OPEN_EXISTING,
  PAGE_READONLY,
  TRUNCATE_EXISTING,
} from '../../../src/os/constants.js';
import { win32ErrorName } from '../../../src/os/win32-errors.js';
import { type Expected, failure } from '../../support/failure.js';
import { bytesOf, READ_WRITE, SHARE_ALL, type Subject } from './subject.js';

interface Outcome {
  /** The file's length afterwards, if the call succeeds. */
  length?: number;
  /** ERROR_ALREADY_EXISTS beside the handle. */
  alreadyExisted?: boolean;
  error?: Expected;
}

const LENGTH = 5;

/** [disposition, access, of a file of 5 bytes, of a file that does not exist] */
const DISPOSITIONS: [
  name: string,
  disposition: number,
  access: number,
  existing: Outcome,
  missing: Outcome,
][] = [
  [
    'CREATE_NEW',
    CREATE_NEW,
    READ_WRITE,
    { error: { code: 'ALREADY_EXISTS', win32Error: 80 } },
    { length: 0, alreadyExisted: false },
  ],
  [
    'CREATE_ALWAYS',
    CREATE_ALWAYS,
    READ_WRITE,
    { length: 0, alreadyExisted: true },
    { length: 0, alreadyExisted: false },
  ],
  [
    'OPEN_EXISTING',
    OPEN_EXISTING,
    READ_WRITE,
    { length: LENGTH, alreadyExisted: false },
    { error: { code: 'NOT_FOUND', win32Error: 2 } },
  ],
  [
    'OPEN_ALWAYS',
    OPEN_ALWAYS,
    READ_WRITE,
    { length: LENGTH, alreadyExisted: true },
    { length: 0, alreadyExisted: false },
  ],
  [
    'TRUNCATE_EXISTING',
    TRUNCATE_EXISTING,
    GENERIC_WRITE,
    { length: 0, alreadyExisted: false },
    { error: { code: 'NOT_FOUND', win32Error: 2 } },
  ],
  [
    'TRUNCATE_EXISTING for reading',
    TRUNCATE_EXISTING,
    GENERIC_READ,
    { error: { code: 'INVALID_ARGUMENT', win32Error: 87 } },
    { error: { code: 'INVALID_ARGUMENT', win32Error: 87 } },
  ],
];

export function createFileContract(subject: Subject): void {
  const tryOutcome = (path: string, access: number, disposition: number, outcome: Outcome) => {
    if (outcome.error) {
      const error = failure(() => subject.open(path, { access, disposition }), outcome.error);
      expect(error.message).toContain(path);
      expect(error.path).toBe(path);
      expect(error.syscall).toBeTruthy();
      expect(error.win32Name).toBe(win32ErrorName(outcome.error.win32Error!));
      return;
    }
    const file = subject.open(path, { access, disposition });
    expect(file).toMatchObject({ kind: 'file', path, closed: false });
    expect(file.alreadyExisted).toBe(outcome.alreadyExisted);
    expect(subject.os.getFileSizeEx(file)).toBe(outcome.length);
  };

  describe('dispositions', () => {
    it.each(DISPOSITIONS)('%s on a file that exists', (_name, disposition, access, existing) => {
      const path = subject.fileOf(Buffer.from('hello'));
      tryOutcome(path, access, disposition, existing);
      subject.closeAll();
      const length = existing.length ?? LENGTH;
      expect(subject.os.getFileSizeEx(subject.open(path)), 'the length it has afterwards').toBe(length);
    });

    it.each(DISPOSITIONS)(
      '%s on a file that does not exist',
      (_name, disposition, access, _existing, missing) => {
        const path = subject.path();
        tryOutcome(path, access, disposition, missing);
        subject.closeAll();
        const created = missing.error === undefined;
        const again = () => subject.open(path, { disposition: OPEN_EXISTING });
        if (created) again();
        else failure(again, { win32Error: 2 });
      },
    );

    it('a folder that does not exist is 3', () => {
      for (const disposition of [CREATE_NEW, CREATE_ALWAYS, OPEN_EXISTING, OPEN_ALWAYS, TRUNCATE_EXISTING]) {
        const path = `${subject.path('folder')}/file`;
        failure(() => subject.open(path, { disposition }), { code: 'NOT_FOUND', win32Error: 3 });
      }
    });

    it('what was refused for its share mode is neither emptied nor removed', () => {
      const path = subject.fileOf(Buffer.from('hello'));
      const holder = subject.open(path, { share: 0 });
      for (const disposition of [CREATE_ALWAYS, TRUNCATE_EXISTING]) {
        failure(() => subject.open(path, { disposition }), { win32Error: 32 });
      }
      expect(subject.os.getFileSizeEx(holder)).toBe(LENGTH);
    });
  });

  describe('access', () => {
    it('0 asks for nothing but the file itself', () => {
      const path = subject.fileOf(Buffer.from('hello'));
      const file = subject.open(path, { access: 0 });
      expect(subject.os.getFileSizeEx(file)).toBe(LENGTH);
      failure(() => subject.mapping(file, PAGE_READONLY), { code: 'ACCESS_DENIED', win32Error: 5 });
      failure(() => subject.os.setEndOfFile(file, 1), { code: 'ACCESS_DENIED', win32Error: 5 });
    });

    it('reading does not write', () => {
      const file = subject.open(subject.fileOf(Buffer.from('hello')), { access: GENERIC_READ });
      failure(() => subject.os.setEndOfFile(file, 1), { code: 'ACCESS_DENIED', win32Error: 5 });
      failure(() => subject.os.allocateBlocks(file, 0, 100), { code: 'ACCESS_DENIED', win32Error: 5 });
      failure(() => subject.os.flushFileBuffers(file), { code: 'ACCESS_DENIED', win32Error: 5 });
      expect(subject.os.getFileSizeEx(file)).toBe(LENGTH);
    });

    it('writing alone sets the length and flushes', () => {
      const file = subject.open(subject.fileOf(Buffer.from('hello')), { access: GENERIC_WRITE });
      subject.os.setEndOfFile(file, 3);
      subject.os.flushFileBuffers(file);
      expect(subject.os.getFileSizeEx(file)).toBe(3);
    });

    it('takes the flags as `|` leaves them, which may be negative', () => {
      expect(GENERIC_READ | GENERIC_WRITE).toBeLessThan(0);
      subject.open(subject.path(), {
        access: GENERIC_READ | GENERIC_WRITE,
        flags: FILE_FLAG_WRITE_THROUGH | FILE_ATTRIBUTE_NORMAL,
      });
    });
  });

  describe('flags', () => {
    it.each([
      ['FILE_FLAG_WRITE_THROUGH', FILE_FLAG_WRITE_THROUGH],
      ['FILE_FLAG_RANDOM_ACCESS', FILE_FLAG_RANDOM_ACCESS],
      ['FILE_FLAG_SEQUENTIAL_SCAN', FILE_FLAG_SEQUENTIAL_SCAN],
    ])('%s changes nothing that is read', (_name, flags) => {
      const path = subject.fileOf(Buffer.from('hello'));
      const file = subject.open(path, { access: GENERIC_READ, flags });
      const view = subject.view(subject.mapping(file, PAGE_READONLY), FILE_MAP_READ);
      expect(bytesOf(view).toString()).toBe('hello');
    });

    it('FILE_FLAG_DELETE_ON_CLOSE removes the file with its handle', () => {
      const path = subject.path();
      const file = subject.open(path, {
        flags: FILE_FLAG_DELETE_ON_CLOSE,
        share: SHARE_ALL | FILE_SHARE_DELETE,
      });
      subject.os.closeHandle(file);
      failure(() => subject.open(path, { disposition: OPEN_EXISTING }), { win32Error: 2 });
    });
  });

  describe('refuses', () => {
    it('a folder, by a code of its own', () => {
      const folder = subject.path().replace(/[\\/][^\\/]*$/, '');
      for (const access of [GENERIC_READ, READ_WRITE]) {
        const error = failure(() => subject.open(folder, { access, disposition: OPEN_EXISTING }), {
          code: 'NOT_A_FILE',
          win32Error: 5,
        });
        expect(error.message).toContain(folder);
      }
    });

    it.each([
      ['an unknown disposition', { disposition: 0 }],
      ['an unknown disposition', { disposition: 6 }],
      ['a fractional disposition', { disposition: 1.5 }],
      ['NaN for a share mode', { share: Number.NaN }],
      ['NaN for an access', { access: Number.NaN }],
      ['a text for an access', { access: 'read' as unknown as number }],
      ['no number at all for flags', { flags: null as unknown as number }],
    ])('%s: %j', (_name, options) => {
      const path = subject.path();
      failure(() => subject.open(path, options), 'INVALID_ARGUMENT');
      failure(() => subject.open(path, { disposition: OPEN_EXISTING }), { win32Error: 2 });
    });

    it.each([8, -1, 256])('the unknown share mode %i', (share) => {
      failure(() => subject.open(subject.path(), { share }), { code: 'INVALID_ARGUMENT' });
    });

    it.each([
      ['an empty path', ''],
      ['a path with a NUL', 'a\0b'],
      ['undefined for a path', undefined as unknown as string],
      ['a number for a path', 7 as unknown as string],
    ])('%s', (_name, path) => {
      failure(() => subject.open(path), 'INVALID_ARGUMENT');
    });
  });
}

/**
 * Every combination of the access a file was opened with, the protection it is mapped with, and the access of a view:
 * allowed or refused as documented, and what an allowed view does with a store. (docs: "CreateFileMappingW function",
 * "MapViewOfFile function", "File Mapping Security and Access Rights")
 */
import { describe, expect, it } from 'vitest';
import {
  FILE_MAP_ALL_ACCESS,
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  GENERIC_READ,
  GENERIC_WRITE,
  INVALID_HANDLE_VALUE,
  OPEN_EXISTING,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
  PageProtection,
} from '../../../src/os/constants.js';
import { failure } from '../../support/failure.js';
import { ACCESSES } from './share-modes.js';
import { bytesOf, type Subject } from './subject.js';

const PROTECTIONS = [PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY] as const;

type Kind = 'read' | 'write' | 'copy';

const VIEWS: [name: string, access: number, kind: Kind][] = [
  ['FILE_MAP_READ', FILE_MAP_READ, 'read'],
  ['FILE_MAP_WRITE', FILE_MAP_WRITE, 'write'],
  ['FILE_MAP_READ | FILE_MAP_WRITE', FILE_MAP_READ | FILE_MAP_WRITE, 'write'],
  ['FILE_MAP_ALL_ACCESS', FILE_MAP_ALL_ACCESS, 'write'],
  ['FILE_MAP_COPY', FILE_MAP_COPY, 'copy'],
  ['FILE_MAP_COPY | FILE_MAP_READ', FILE_MAP_COPY | FILE_MAP_READ, 'read'],
  ['FILE_MAP_COPY | FILE_MAP_WRITE', FILE_MAP_COPY | FILE_MAP_WRITE, 'write'],
];

/** What the documentation says of a protection and the file's access. */
function mappable(access: number, protection: PageProtection): boolean {
  const reads = (access & GENERIC_READ) !== 0;
  const writes = (access & GENERIC_WRITE) !== 0;
  return protection === PAGE_READWRITE ? reads && writes : reads;
}

/** What it says of a view and a protection. */
function viewable(protection: PageProtection, kind: Kind): boolean {
  return kind !== 'write' || protection === PAGE_READWRITE;
}

/** A value of another type where the compiler would refuse it. */
const as = <T>(value: unknown) => value as T;

export function protectionsContract(subject: Subject): void {
  describe.each(ACCESSES)('a file opened with %s', (_name, access) => {
    const open = () =>
      subject.open(subject.fileOf(Buffer.from('data')), { access, disposition: OPEN_EXISTING });

    describe.each(PROTECTIONS.map((protection) => [protection.name, protection] as const))(
      'mapped with %s',
      (_protection, protection) => {
        if (!mappable(access, protection)) {
          it('is refused with 5', () => {
            const error = failure(() => subject.mapping(open(), protection), {
              code: 'ACCESS_DENIED',
              win32Error: 5,
            });
            expect(error.message).toContain(protection.name);
          });
          return;
        }
        it.each(VIEWS)('viewed with %s', (_view, desired, kind) => {
          const file = open();
          const mapping = subject.mapping(file, protection);
          expect(mapping).toMatchObject({
            kind: 'file mapping',
            protection,
            sizeBytes: 4,
            alreadyExisted: false,
          });
          if (!viewable(protection, kind)) {
            failure(() => subject.view(mapping, desired), { code: 'ACCESS_DENIED', win32Error: 5 });
            return;
          }
          const view = subject.view(mapping, desired);
          expect(bytesOf(view).toString()).toBe('data');
          expect(view.desiredAccess).toBe(desired);
          if (kind === 'read') return;
          bytesOf(view).write('DATA');
          const other = subject.view(mapping, FILE_MAP_READ);
          expect(bytesOf(other).toString()).toBe(kind === 'write' ? 'DATA' : 'data');
          expect(bytesOf(view).toString()).toBe('DATA');
        });
      },
    );
  });

  describe('one taken for the other', () => {
    const views = [
      ['PAGE_READONLY', PAGE_READONLY, 'FILE_MAP_READ'],
      ['PAGE_READWRITE', PAGE_READWRITE, 'FILE_MAP_WRITE'],
      ['PAGE_WRITECOPY', PAGE_WRITECOPY, 'FILE_MAP_COPY'],
    ] as const;

    it.each(views)(
      '%s is no access to a view: the message names it and the right one',
      (name, value, right) => {
        const mapping = subject.mapping(subject.file(100), PAGE_READWRITE);
        const calls = [
          () => subject.view(mapping, as<number>(value)),
          () => subject.viewEx(mapping, as<number>(value), 0, 0, null),
          () => subject.os.openFileMapping(as<number>(value), false, 'name'),
        ];
        for (const call of calls) {
          const error = failure(call, { code: 'INVALID_ARGUMENT', win32Error: 87 });
          expect(error.message).toContain(name);
          expect(error.message).toContain(right);
        }
      },
    );

    const PROTECTION_FOR: Record<Kind, PageProtection> = {
      read: PAGE_READONLY,
      write: PAGE_READWRITE,
      copy: PAGE_WRITECOPY,
    };

    it.each(VIEWS)('%s is no protection: the message names it and the right one', (name, value, kind) => {
      const access = name.split(' | ').sort().join(' | ');
      const file = subject.file(100);
      for (const backing of [file, INVALID_HANDLE_VALUE] as const) {
        const { os } = subject;
        const error = failure(
          () => os.createFileMapping(backing, null, as<PageProtection>(value), 100, null),
          { code: 'INVALID_ARGUMENT', win32Error: 87 },
        );
        const where = backing === file ? `CreateFileMapping '${file.path}'` : 'CreateFileMapping';
        expect(error.message).toContain(`${where}: ${access} is an access to a view`);
        expect(error.message).toContain(`pass ${PROTECTION_FOR[kind].name}`);
      }
    });

    it.each(PROTECTIONS.map((protection) => [protection.name, protection] as const))(
      'the number of %s is no protection: the message names the constant',
      (name, { value }) => {
        const error = failure(() => subject.mapping(subject.file(100), as<PageProtection>(value)), {
          code: 'INVALID_ARGUMENT',
          win32Error: 87,
        });
        expect(error.message).toContain(`the constant ${name} itself`);
      },
    );

    it('is refused by the compiler as well', () => {
      const calls = (): void => {
        const file = subject.file(100);
        // @ts-expect-error FILE_MAP_READ is no protection
        subject.os.createFileMapping(file, null, FILE_MAP_READ, 0, null);
        // @ts-expect-error no number is, not even the right one
        subject.os.createFileMapping(file, null, 4, 0, null);
        // @ts-expect-error nor an object that looks like one
        const look: PageProtection = { name: 'PAGE_READWRITE', value: 4, toString: () => '' };
        const mapping = subject.os.createFileMapping(file, null, look, 0, null);
        // @ts-expect-error PAGE_READWRITE is no access to a view
        subject.os.mapViewOfFile(mapping, PAGE_READWRITE, 0, 0);
        // @ts-expect-error nor here
        subject.os.mapViewOfFileEx(mapping, PAGE_READWRITE, 0, 0, null);
        // @ts-expect-error nor here
        subject.os.openFileMapping(PAGE_READWRITE, false, 'name');
      };
      expect(calls).toBeTypeOf('function');
    });

    it('an object that only looks like a protection is refused', () => {
      const look = { name: 'PAGE_READWRITE', value: 4 };
      for (const value of [
        look,
        Object.create(PageProtection.prototype),
        4,
        null,
        undefined,
        'PAGE_READWRITE',
      ]) {
        failure(() => subject.mapping(subject.file(100), as<PageProtection>(value)), {
          code: 'INVALID_ARGUMENT',
          win32Error: 87,
        });
      }
    });

    it.each([0, -1, 8, 0x10, 3.5, Number.NaN, 2 ** 40, '4', null, undefined, 4n, {}])(
      '%s is no access to a view',
      (value) => {
        const mapping = subject.mapping(subject.file(100), PAGE_READWRITE);
        failure(() => subject.view(mapping, as<number>(value)), { code: 'INVALID_ARGUMENT', win32Error: 87 });
      },
    );
  });
}

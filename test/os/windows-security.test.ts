/**
 * SECURITY_ATTRIBUTES on Windows: who may open a named object, and which handles a child process inherits. Both are looked
 * at from C programs (test/peers), too. Wine 8 enforces access rules as Windows does; privileges it does not look at.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  EVENT_ALL_ACCESS,
  EVENT_MODIFY_STATE,
  FILE_MAP_ALL_ACCESS,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  INVALID_HANDLE_VALUE,
  MUTEX_ALL_ACCESS,
  PAGE_READWRITE,
  SYNCHRONIZE,
  WAIT_OBJECT_0,
  WAIT_TIMEOUT,
} from '../../src/os/constants.js';
import { parseObjectName, type SecurityAttributes } from '../../src/os/names.js';
import type { Handle, Os } from '../../src/os/os.js';
import { creationError } from '../../src/os/windows/named-object.js';
import { CProgram, encoded, HAS_PEERS } from '../peers/c-program.js';
import { bytes, ON_WINDOWS, UNDER_WINE, windowsSubject } from './windows-subject.js';

const rules = (securityDescriptor: string | null): SecurityAttributes => ({
  securityDescriptor,
  inheritHandle: false,
});
/** The HANDLE, as a child process that inherited it knows it. */
const handleValue = (handle: Handle) => String((handle as Handle & { value: number }).value);

describe('the creation of Global\\ mappings', () => {
  const error = (name: string, kind: 'file mapping' | 'event') =>
    creationError(5, 'Create', parseObjectName(name, 'Create'), kind).message;

  it('needs a privilege, which is named where it may be missing', () => {
    expect(error('Global\\a', 'file mapping')).toContain('SeCreateGlobalPrivilege');
    expect(error('a', 'file mapping')).not.toContain('SeCreateGlobalPrivilege');
    expect(error('Global\\a', 'event')).not.toContain('SeCreateGlobalPrivilege');
  });
});

describe.skipIf(!ON_WINDOWS)('security attributes', () => {
  const subject = windowsSubject();
  const { own, fails, freshName, view } = subject;
  let os: Os;
  beforeAll(() => {
    os = subject.os;
  });

  const memory = (security: SecurityAttributes | null, name: string | null) =>
    own(os.createFileMapping(INVALID_HANDLE_VALUE, security, PAGE_READWRITE, 4096, name));
  const event = (security: SecurityAttributes | null, name: string | null) =>
    own(os.createEvent(security, true, false, name));
  const mutex = (security: SecurityAttributes | null, name: string | null) =>
    own(os.createMutex(security, false, name));

  describe('access rules', () => {
    it('are enforced for mappings', () => {
      const name = freshName();
      memory(rules('D:P(A;;GR;;;WD)'), name);
      own(os.openFileMapping(FILE_MAP_READ, false, name));
      fails(() => os.openFileMapping(FILE_MAP_WRITE, false, name), 5, 'ACCESS_DENIED');
      fails(() => os.openFileMapping(FILE_MAP_ALL_ACCESS, false, name), 5, 'ACCESS_DENIED');
      // CreateFileMapping asks for everything that the protection makes possible.
      fails(() => memory(null, name), 5, 'ACCESS_DENIED');
    });

    it('are enforced for events and mutexes', () => {
      const [waitOnly, nothing, lock] = [freshName(), freshName(), freshName()];
      event(rules('D:P(A;;0x00100000;;;WD)'), waitOnly);
      const opened = own(os.openEvent(SYNCHRONIZE, false, waitOnly));
      expect(os.waitForSingleObject(opened, 0)).toBe(WAIT_TIMEOUT);
      fails(() => os.openEvent(EVENT_MODIFY_STATE, false, waitOnly), 5, 'ACCESS_DENIED');
      event(rules('D:P'), nothing);
      fails(() => os.openEvent(EVENT_MODIFY_STATE, false, nothing), 5, 'ACCESS_DENIED');
      // Windows refuses this, too. Wine 8 grants SYNCHRONIZE and READ_CONTROL to whoever asks.
      if (!UNDER_WINE) fails(() => os.openEvent(SYNCHRONIZE, false, nothing), 5, 'ACCESS_DENIED');
      fails(() => event(null, nothing), 5, 'ACCESS_DENIED');
      mutex(rules('D:P(D;;GA;;;WD)'), lock);
      fails(() => os.openMutex(MUTEX_ALL_ACCESS, false, lock), 5, 'ACCESS_DENIED');
    });

    it('give everyone what they say', () => {
      const name = freshName();
      event(rules('D:P(A;;GA;;;WD)'), name);
      os.setEvent(own(os.openEvent(EVENT_ALL_ACCESS, false, name)));
    });

    it.each(['nonsense', 'D:(A;;GA;;;NOBODY)', 'D:(A;;GA)', 'D:P(A;;GA;;;WD)\0(A;;GA;;;WD)', 'D:('])(
      'that are none are refused, and named: %j',
      (sddl) => {
        for (const create of [memory, event, mutex]) {
          const error = subject.failure(() => create(rules(sddl), freshName()));
          expect(error.code).toBe('INVALID_ARGUMENT');
          expect(error.message).toContain(JSON.stringify(sddl));
        }
      },
    );

    it.each([undefined, 0, 'D:P(A;;GA;;;WD)', {}, { securityDescriptor: null }, { inheritHandle: true }])(
      'are not given by %j',
      (value) => {
        for (const create of [memory, event, mutex]) {
          fails(() => create(value as never, null), 87, 'INVALID_ARGUMENT');
        }
      },
    );
  });

  describe.runIf(HAS_PEERS)('seen from a C program', () => {
    it('let in this user alone where none were given', async () => {
      const kinds = [
        ['mapping', memory],
        ['event', event],
        ['mutex', mutex],
      ] as const;
      for (const [kind, create] of kinds) {
        for (const security of [null, rules(null)]) {
          const name = freshName();
          const handle = create(security, name);
          const { code, lines } = await CProgram.run('security', 'wide', kind, name);
          expect({ code, count: lines.length }).toEqual({ code: 0, count: 2 });
          const [access, user] = lines as [string, string];
          expect(access.match(/\([^)]*\)/g)).toHaveLength(1);
          expect(access).toMatch(new RegExp(`^D:P?\\(A;;[^;]+;;;${user}\\)$`));
          os.closeHandle(handle);
        }
      }
    });

    const inherits: SecurityAttributes = { securityDescriptor: null, inheritHandle: true };

    it('lets a child process inherit a mapping, an event and a mutex', async () => {
      const mapping = memory(inherits, null);
      bytes(view(mapping)).set(encoded('inherited', 'ansi'));
      const run = (kind: string, handle: Handle) =>
        CProgram.run('inherited', 'ansi', kind, handleValue(handle));
      expect(await run('mapping', mapping)).toEqual({ code: 0, lines: ['inherited'] });
      const signal = event(inherits, null);
      expect(await run('event', signal)).toEqual({ code: 0, lines: [] });
      expect(os.waitForSingleObject(signal, 0)).toBe(WAIT_OBJECT_0);
      const lock = mutex(inherits, null);
      expect(os.waitForSingleObject(lock, 0)).toBe(WAIT_OBJECT_0);
      expect(await run('mutex', lock)).toEqual({ code: 0, lines: [String(WAIT_TIMEOUT)] });
      os.releaseMutex(lock);
    });

    it('lets it inherit what was opened so, and nothing else', async () => {
      const name = freshName();
      bytes(view(memory(null, name))).set(encoded('opened', 'ansi'));
      const run = (handle: Handle) => CProgram.run('inherited', 'ansi', 'mapping', handleValue(handle));
      expect(await run(own(os.openFileMapping(FILE_MAP_READ, true, name)))).toEqual({
        code: 0,
        lines: ['opened'],
      });
      const kept = await run(own(os.openFileMapping(FILE_MAP_READ, false, name)));
      expect(kept.code).not.toBe(0);
      expect(kept.lines).not.toContain('opened');
    });
  });
});

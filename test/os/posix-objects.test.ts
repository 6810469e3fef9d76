/**
 * Named objects as files: what is documented of them, who may have them, and what is found in their place. Linux only.
 *
 * What holds on every system stands in contract/.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  closeHandle,
  createEvent,
  createFileMapping,
  createMutex,
  EVENT_ALL_ACCESS,
  FILE_MAP_ALL_ACCESS,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  type Handle,
  INVALID_HANDLE_VALUE,
  listNamedObjects,
  MUTEX_ALL_ACCESS,
  mapViewOfFile,
  openEvent,
  openFileMapping,
  openMutex,
  PAGE_READWRITE,
  unmapViewOfFile,
  WAIT_OBJECT_0,
  waitForSingleObject,
} from '../../src/os/index.js';
import type { OtherUserRequest } from '../processes/other-user.js';
import { Child } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { failure } from '../support/failure.js';
import type { ObjectRequest } from '../support/object-calls.js';
import { runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';
import { watcherOf } from '../support/watcher-of.js';

const ROOT = '/dev/shm';
const uid = process.getuid?.() ?? -1;
const isRoot = uid === 0;
const FOLDER = join(ROOT, `perdure-${uid}`);
const HEADER_BYTES = 4096;
const EVERYONE = { securityDescriptor: 'D:(A;;GA;;;WD)', inheritHandle: false };

const unique = () => `posix-${randomUUID()}`;

describe.runIf(process.platform === 'linux')('named objects as files', () => {
  const path = tempFiles();
  const open: Handle[] = [];
  const keep = <T extends Handle>(handle: T): T => {
    open.push(handle);
    return handle;
  };
  const memory = (name: string, size = 256) =>
    keep(createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, size, name));
  afterEach(() => {
    for (const handle of open.splice(0)) closeHandle(handle);
  });

  describe('the place', () => {
    it('is a file that its user alone may read, in a folder that its user alone may enter', () => {
      const name = unique();
      memory(name);
      expect(fs.statSync(FOLDER).mode & 0o777).toBe(0o700);
      expect(fs.statSync(join(FOLDER, name)).mode & 0o777).toBe(0o600);
    });

    it('is in /dev/shm itself for Global\\', () => {
      const name = unique();
      memory(`Global\\${name}`);
      expect(fs.statSync(join(ROOT, `perdure-global-${name}`)).mode & 0o777).toBe(0o600);
    });

    it.each([
      ['../escape', '%2E.%2Fescape'],
      ['.hidden', '%2Ehidden'],
      ['a.b_c-d', 'a.b_c-d'],
      ['naïve', 'na%C3%AFve'],
      ['100%', '100%25'],
    ])('is written %j as %j', (suffix, encoded) => {
      const id = randomUUID();
      const name = suffix.startsWith('.') ? `${suffix}${id}` : `${id}${suffix}`;
      memory(name);
      expect(fs.existsSync(join(FOLDER, suffix.startsWith('.') ? encoded + id : id + encoded))).toBe(true);
    });

    it('is a hash where the name is long', () => {
      const name = `${'ü'.repeat(200)}${randomUUID()}`;
      memory(name);
      expect(listNamedObjects().map((object) => object.name)).toContain(`Local\\${name}`);
      expect(fs.readdirSync(FOLDER).some((file) => /^%%[0-9a-f]{64}$/.test(file))).toBe(true);
    });

    it('is gone, and the folder too where nothing else is in it, with the last handle', () => {
      const name = unique();
      closeHandle(memory(name));
      expect(fs.existsSync(join(FOLDER, name))).toBe(false);
    });
  });

  describe('the layout', () => {
    it('is the documented one', () => {
      const name = unique();
      const view = mapViewOfFile(memory(name, 1000), FILE_MAP_WRITE, 0, 0);
      Buffer.from(view.buffer).write('first byte at 4096');
      const bytes = fs.readFileSync(join(FOLDER, name));
      unmapViewOfFile(view);
      expect(bytes.length).toBe(HEADER_BYTES + 1000);
      expect(bytes.toString('latin1', 0, 8)).toBe('PERDOBJ\0');
      expect(bytes.readUInt32LE(8)).toBe(1);
      expect(bytes.readUInt32LE(12)).toBe(1);
      expect(bytes.readUInt32LE(16)).toBe(PAGE_READWRITE.value);
      expect(bytes.readUInt32LE(20)).toBe(HEADER_BYTES);
      expect(bytes.readBigUInt64LE(24)).toBe(1000n);
      const length = bytes.readUInt32LE(48);
      expect(bytes.toString('utf8', 2816, 2816 + length)).toBe(`Local\\${name}`);
      expect(bytes.toString('latin1', HEADER_BYTES, HEADER_BYTES + 18)).toBe('first byte at 4096');
    });

    it('damaged anywhere is a coded error, or the object with the same bytes', () => {
      const name = unique();
      memory(name);
      const file = join(FOLDER, name);
      const good = fs.readFileSync(file).subarray(0, HEADER_BYTES);
      const damage = fc.array(fc.tuple(fc.nat(HEADER_BYTES - 1), fc.nat(255)), {
        minLength: 1,
        maxLength: 4,
      });
      fc.assert(
        fc.property(damage, (changes) => {
          const page = Buffer.from(good);
          for (const [at, value] of changes) page[at] = value;
          write(file, page);
          try {
            const mapping = openFileMapping(FILE_MAP_ALL_ACCESS, false, name);
            expect(mapping.sizeBytes).toBeLessThanOrEqual(256);
            const view = mapViewOfFile(mapping, FILE_MAP_READ, 0, 0);
            expect(new Uint8Array(view.buffer).length).toBe(mapping.sizeBytes);
            unmapViewOfFile(view);
            closeHandle(mapping);
          } catch (error) {
            expect(['CORRUPT', 'VERSION_UNSUPPORTED', 'INVALID_HANDLE', 'ACCESS_DENIED']).toContain(
              (error as { code?: string }).code,
            );
          }
        }),
        runs(500),
      );
      write(file, good);
    });

    it('cut short is a coded error', () => {
      const name = unique();
      memory(name, 100_000);
      const file = join(FOLDER, name);
      for (const length of [50_000, HEADER_BYTES, 100, 0]) {
        fs.truncateSync(file, length);
        failure(() => openFileMapping(FILE_MAP_READ, false, name), 'CORRUPT');
      }
    });
  });

  describe('what is in the place of an object', () => {
    it.each<[string, (file: string) => void]>([
      ['a symbolic link', (file) => fs.symlinkSync('/etc/hostname', file)],
      ['a dangling link', (file) => fs.symlinkSync(`/tmp/${randomUUID()}`, file)],
      ['a folder', (file) => fs.mkdirSync(file)],
    ])('%s is refused, and stays', (_what, put) => {
      const name = unique();
      const file = join(FOLDER, name);
      memory(unique());
      put(file);
      onTestFinished(() => fs.rmSync(file, { recursive: true }));
      failure(() => openFileMapping(FILE_MAP_READ, false, name), 'ACCESS_DENIED');
      failure(() => memory(name), 'ACCESS_DENIED');
      expect(fs.lstatSync(file)).toBeDefined();
    });

    it('a file that no process holds is no object, and is replaced', () => {
      const name = unique();
      const view = mapViewOfFile(memory(name), FILE_MAP_WRITE, 0, 0);
      Buffer.from(view.buffer).fill('x');
      const file = join(FOLDER, name);
      const copy = fs.readFileSync(file);
      unmapViewOfFile(view);
      closeHandle(open.pop() as Handle);
      memory(unique());
      fs.writeFileSync(file, copy, { mode: 0o600 });
      failure(() => openFileMapping(FILE_MAP_READ, false, name), 'NOT_FOUND');
      fs.writeFileSync(file, copy, { mode: 0o600 });
      expect(listNamedObjects().map((object) => object.name)).not.toContain(`Local\\${name}`);
      expect(fs.existsSync(file)).toBe(false);
      fs.writeFileSync(file, copy, { mode: 0o600 });
      const mapping = memory(name);
      expect(mapping.alreadyExisted).toBe(false);
      const fresh = mapViewOfFile(mapping, FILE_MAP_READ, 0, 0);
      expect(Buffer.from(fresh.buffer).every((byte) => byte === 0)).toBe(true);
      unmapViewOfFile(fresh);
    });

    it('what was being made by a process that was killed is swept', () => {
      memory(unique());
      const file = join(FOLDER, `${unique()}%%new-0123456789abcdef`);
      fs.writeFileSync(file, 'half an object');
      listNamedObjects();
      expect(fs.existsSync(file)).toBe(false);
    });
  });

  describe('a process that is killed', () => {
    const start = async () => {
      const child = Child.start<ObjectRequest>('objects');
      const name = unique();
      await child.ask({ do: 'createMapping', as: 'm', name, size: 1000 });
      await child.ask({ do: 'createEvent', as: 'e', name: `${name}-event`, manual: true, initial: true });
      await child.ask({ do: 'createMutex', as: 'x', name: `Global\\${name}`, owned: true });
      return { child, name };
    };
    const files = (name: string) =>
      [ROOT, FOLDER].flatMap((folder) =>
        (fs.existsSync(folder) ? fs.readdirSync(folder) : []).filter((file) => file.includes(name)),
      );

    it('leaves nothing in /dev/shm, without anybody looking', async () => {
      const { child, name } = await start();
      expect(files(name)).toHaveLength(3);
      await child.kill();
      await eventually('its files are removed', () => files(name).length === 0);
    });

    it('leaves nothing that counts when its watcher is killed with it', async () => {
      const { child, name } = await start();
      const watcher = watcherOf(child.pid);
      process.kill(watcher, 'SIGKILL');
      await eventually('the watcher is gone', () => hasEnded(watcher));
      // From here on the sweep of any other process may remove the files: what counts is that no object is found.
      await child.kill();
      failure(() => openFileMapping(FILE_MAP_READ, false, name), 'NOT_FOUND');
      failure(() => openEvent(EVENT_ALL_ACCESS, false, `${name}-event`), 'NOT_FOUND');
      const mutex = keep(createMutex(null, false, `Global\\${name}`));
      expect(mutex.alreadyExisted).toBe(false);
      closeHandle(mutex);
      expect(files(name)).toEqual([]);
    });

    it('takes its watcher along, as one that ends does', async () => {
      const { child } = await start();
      const watcher = watcherOf(child.pid);
      await child.end();
      await eventually('the watcher is gone', () => !fs.existsSync(`/proc/${watcher}`));
    });
  });

  it('refuses a security descriptor that permissions cannot express', () => {
    for (const securityDescriptor of [
      '',
      'D:',
      'D:(D;;GA;;;WD)',
      'D:(A;;GA;;;BA)',
      'O:SYD:(A;;GA;;;WD)',
      'D:(A;;GA;;;WD)x',
    ]) {
      const security = { securityDescriptor, inheritHandle: false };
      failure(() => createEvent(security, true, false, unique()), 'UNSUPPORTED');
    }
  });

  describe.runIf(isRoot)('another user', () => {
    const start = async () => {
      const child = Child.start<OtherUserRequest>('other-user');
      const user = await child.ask<number>({ do: 'drop' });
      return { child, folder: join(ROOT, `perdure-${user}`) };
    };
    /** The watchers of processes that were killed before have removed what these left. */
    const swept = (folder: string) =>
      eventually('no folder of that user is left', () => {
        const folders = fs.readdirSync(ROOT).map((file) => join(ROOT, file));
        return !folders.some((found) => found.startsWith(folder));
      });
    const openThere = (child: Child<OtherUserRequest>, name: string, access: number) =>
      child.ask({ do: 'openMapping', as: 'there', name, access });

    it('has Local names of its own', async () => {
      const name = unique();
      memory(name);
      const { child } = await start();
      await expect(openThere(child, name, FILE_MAP_READ)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      const made = await child.ask({ do: 'createMapping', as: 'own', name, size: 10 });
      expect(made).toMatchObject({ alreadyExisted: false, sizeBytes: 10 });
    });

    it('is denied what is Global and not for everyone: 5', async () => {
      const name = `Global\\${unique()}`;
      memory(name);
      const { child } = await start();
      for (const access of [FILE_MAP_READ, FILE_MAP_WRITE]) {
        await expect(openThere(child, name, access)).rejects.toMatchObject({
          code: 'ACCESS_DENIED',
          win32Error: 5,
        });
      }
    });

    it('has what is Global and for everyone', async () => {
      const name = `Global\\${unique()}`;
      const mapping = keep(createFileMapping(INVALID_HANDLE_VALUE, EVERYONE, PAGE_READWRITE, 10, name));
      const { child } = await start();
      await openThere(child, name, FILE_MAP_WRITE);
      await child.ask({ do: 'map', view: 'v', handle: 'there', access: FILE_MAP_WRITE });
      await child.ask({ do: 'store', view: 'v', offset: 0, bytes: Buffer.from('theirs') });
      const view = mapViewOfFile(mapping, FILE_MAP_READ, 0, 0);
      expect(Buffer.from(view.buffer).toString('latin1', 0, 6)).toBe('theirs');
      unmapViewOfFile(view);
    });

    it('reads, and does not write, what is for everyone to read: 5', async () => {
      const name = `Global\\${unique()}`;
      const readable = { securityDescriptor: 'D:(A;;GR;;;WD)', inheritHandle: false };
      keep(createFileMapping(INVALID_HANDLE_VALUE, readable, PAGE_READWRITE, 10, name));
      const { child } = await start();
      await openThere(child, name, FILE_MAP_READ);
      await expect(openThere(child, name, FILE_MAP_WRITE)).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    });

    it('that sits on a Global name is not joined by who means to create it', async () => {
      const name = `Global\\${unique()}`;
      const { child } = await start();
      await child.ask({ do: 'share', name, descriptor: 'D:(A;;GA;;;WD)' });
      expect(failure(() => memory(name), { code: 'ACCESS_DENIED', win32Error: 5 }).message).toMatch(
        /made by user/,
      );
      keep(openFileMapping(FILE_MAP_ALL_ACCESS, false, name));
    });

    it('has no event or mutex of its own opened by root, whom it could take over with it', async () => {
      const name = `Global\\${unique()}`;
      const { child } = await start();
      await child.ask({ do: 'createEvent', as: 'e', name, manual: true, initial: true });
      await child.ask({ do: 'createMutex', as: 'm', name: `${name}-mutex`, owned: false });
      const denied = { code: 'ACCESS_DENIED', win32Error: 5 } as const;
      for (const open of [
        () => openEvent(EVENT_ALL_ACCESS, false, name),
        () => openMutex(MUTEX_ALL_ACCESS, false, `${name}-mutex`),
      ]) {
        expect(failure(open, denied).message).toMatch(/made by user .*have root make it/);
      }
      // It has them as before.
      await child.ask({ do: 'openEvent', as: 'again', name, access: EVENT_ALL_ACCESS });
      await child.ask({ do: 'openMutex', as: 'again', name: `${name}-mutex`, access: MUTEX_ALL_ACCESS });
    });

    it('opens the events of root that are for everyone', async () => {
      const name = `Global\\${unique()}`;
      const event = keep(createEvent(EVERYONE, true, false, name));
      const { child } = await start();
      await child.ask({ do: 'openEvent', as: 'e', name, access: EVENT_ALL_ACCESS });
      await child.ask({ do: 'set', handle: 'e' });
      expect(waitForSingleObject(event, 0)).toBe(WAIT_OBJECT_0);
    });

    it('cannot have a name lead to a file that is not its own', async () => {
      const name = `Global\\${unique()}`;
      const trap = path('trap');
      fs.writeFileSync(trap, 'not to be written to', { mode: 0o666 });
      fs.chmodSync(trap, 0o666);
      fs.chmodSync(join(trap, '..'), 0o755);
      const { child } = await start();
      await child.ask({ do: 'share', name, descriptor: 'D:(A;;GA;;;WD)', path: trap });
      failure(() => openFileMapping(FILE_MAP_ALL_ACCESS, false, name), {
        code: 'ACCESS_DENIED',
        win32Error: 5,
      });
    });

    it.each<[string, (folder: string) => void]>([
      ['a folder', (folder) => fs.mkdirSync(folder, { mode: 0o777 })],
      ['a link', (folder) => fs.symlinkSync('/tmp', folder)],
      ['a file', (folder) => fs.writeFileSync(folder, '')],
    ])(
      'does not use %s that sits on the name of its folder, and all its processes agree',
      async (_what, squat) => {
        const first = await start();
        await swept(first.folder);
        onTestFinished(() => fs.rmSync(first.folder, { recursive: true, force: true }));
        squat(first.folder);
        const second = await start();
        const name = unique();
        await first.child.ask({ do: 'createMapping', as: 'm', name, size: 10 });
        await openThere(second.child, name, FILE_MAP_WRITE);
        expect(fs.existsSync(join(`${first.folder}.1`, name))).toBe(true);
        expect(fs.existsSync(join(first.folder, name))).toBe(false);
      },
    );

    it('is told who sits on all of them', async () => {
      const { child, folder } = await start();
      const names = [folder, ...Array.from({ length: 7 }, (_, index) => `${folder}.${index + 1}`)];
      await swept(folder);
      onTestFinished(() => {
        for (const name of names) fs.rmSync(name, { recursive: true, force: true });
      });
      for (const name of names) fs.mkdirSync(name);
      const made = child.ask({ do: 'createMapping', as: 'm', name: unique(), size: 10 });
      await expect(made).rejects.toMatchObject({
        code: 'ACCESS_DENIED',
        message: expect.stringMatching(/user 0/),
      });
    });
  });
});

/** Overwrites the beginning of a file without shortening it. */
function write(file: string, bytes: Uint8Array): void {
  const fd = fs.openSync(file, 'r+');
  fs.writeSync(fd, bytes, 0, bytes.length, 0);
  fs.closeSync(fd);
}

/** Also where its parent has not taken note of it yet: a zombie has no command line. */
function hasEnded(pid: number): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`).length === 0;
  } catch {
    return true;
  }
}

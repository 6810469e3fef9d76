/**
 * The making of a named object that fails or is cut off: it is made whole, or an error says why not and nothing is left.
 * Linux only.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseObjectName } from '../../src/os/names.js';
import { LOCK_EX } from '../../src/os/posix/abi.js';
import { type Libc, loadLibc } from '../../src/os/posix/libc.js';
import { createOrOpen, type Hold, open, release } from '../../src/os/posix/object/life-cycle.js';
import type { StarvedRequest } from '../processes/starved.js';
import { Child } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { whyNotMountable } from '../support/mounts.js';
import type { ObjectRequest } from '../support/object-calls.js';
import { tempFiles } from '../support/temp-folder.js';
import { watcherOf } from '../support/watcher-of.js';

const uid = process.getuid?.() ?? -1;
const FOLDER = join('/dev/shm', `perdure-${uid}`);
const PAGE_BYTES = 4096;
/** <sys/file.h> */
const LOCK_UN = 8;

const unique = () => `making-${randomUUID()}`;
const filesOf = (name: string) =>
  (fs.existsSync(FOLDER) ? fs.readdirSync(FOLDER) : []).filter((file) => file.includes(name));

describe.runIf(process.platform === 'linux')('an object in the making', () => {
  const opening = { writable: true, kind: 'event', syscall: 'CreateEvent' } as const;
  const make = (libc: Libc, name: string, fill: (fd: number) => void = () => {}) => {
    const filled = (fd: number) => {
      fs.writeSync(fd, 'an object');
      fill(fd);
      return () => {};
    };
    const { hold } = createOrOpen(libc, parseObjectName(name, 'CreateEvent'), 0o600, opening, filled);
    onTestFinished(() => release(libc, hold));
    return hold;
  };
  const system = () => loadLibc('linux');
  const oldSystem = (): Libc => ({ ...system(), linkat: undefined });

  it('has no name at all until it is complete', () => {
    const name = unique();
    let before: string[] | undefined;
    const hold = make(system(), name, () => {
      before = filesOf(name);
    });
    expect(before).toEqual([]);
    expect(filesOf(name)).toEqual([name]);
    expect(fs.fstatSync(hold.fd)).toMatchObject({ nlink: 1, ino: fs.statSync(hold.path).ino });
  });

  it('has a temporary name where a file without one cannot be had, and loses it', () => {
    const name = unique();
    let before: string[] | undefined;
    const hold = make(oldSystem(), name, () => {
      before = filesOf(name);
    });
    expect(before).toEqual([expect.stringMatching(/%%new-[0-9a-f]{16}$/)]);
    expect(filesOf(name)).toEqual([name]);
    expect(fs.fstatSync(hold.fd).nlink).toBe(1);
  });

  it.each([
    ['without a name', system],
    ['under a temporary one', oldSystem],
  ])('that is given up leaves nothing, %s', (_, libc) => {
    const name = unique();
    const giveUp = () => {
      throw new Error('given up');
    };
    expect(() => make(libc(), name, giveUp)).toThrow('given up');
    expect(filesOf(name)).toEqual([]);
    // Whoever was quicker is the one.
    let quicker: Hold | undefined;
    const slower = make(libc(), name, () => {
      quicker ??= make(libc(), name);
    });
    expect(fs.fstatSync(slower.fd).ino).toBe(fs.fstatSync(quicker!.fd).ino);
    expect(filesOf(name)).toEqual([name]);
  });

  // What a process leaves that is killed between giving a file its name and taking its temporary one.
  const leaveTemporaryName = ({ path }: Hold) => {
    const temporary = `${path}%%new-0123456789abcdef`;
    fs.linkSync(path, temporary);
    onTestFinished(() => fs.rmSync(temporary, { force: true }));
  };

  it('was left with a temporary name, which its last holder removes', () => {
    const name = unique();
    const hold = make(system(), name);
    leaveTemporaryName(hold);
    release(system(), hold);
    expect(filesOf(name)).toEqual([]);
  });

  it('was left with a temporary name, which whoever finds it dead removes', () => {
    const name = unique();
    const hold = make(system(), name);
    leaveTemporaryName(hold);
    // As the kernel does when a holder is killed.
    system().flock(hold.fd, LOCK_UN);
    expect(open(system(), parseObjectName(name, 'OpenEvent'), opening)).toBeUndefined();
    expect(filesOf(name)).toEqual([]);
  });

  it('is not opened by its temporary name alone, while its last holder removes it', () => {
    const name = unique();
    const libc = system();
    const hold = make(libc, name);
    leaveTemporaryName(hold);
    let tries = 0;
    const meanwhile: Libc = {
      ...libc,
      flock: (fd, operation) => {
        // The holder has the lock just then, takes the name, and lets go.
        if ((operation & LOCK_EX) === 0 || tries++ > 0) return libc.flock(fd, operation);
        fs.unlinkSync(hold.path);
        return -1;
      },
    };
    expect(open(meanwhile, parseObjectName(name, 'OpenEvent'), opening)).toBeUndefined();
    expect(tries).toBe(1);
  });
});

describe.runIf(process.platform === 'linux')('a process that has no more file descriptors', () => {
  const event = (name: string): ObjectRequest => ({
    do: 'createEvent',
    as: name,
    name,
    manual: true,
    initial: false,
  });

  it.each([0, 1, 2, 3, 4, 6, 8])(
    'but for %i makes an object or leaves none, and leaves none when it ends',
    async (leaving) => {
      const child = Child.start<StarvedRequest>('starved');
      const name = unique();
      const made = await child.ask({ leaving, call: event(name) }).then(
        () => true,
        (error: { code?: string }) => {
          expect(error.code).toBe('TOO_MANY_OPEN');
          return false;
        },
      );
      expect(filesOf(name)).toEqual(made ? [name] : []);
      if (leaving === 0 || leaving === 8) expect(made).toBe(leaving === 8);
      expect(await child.end()).toBe(0);
      expect(filesOf(name)).toEqual([]);
    },
  );

  it.each([1, 2, 3, 4, 5])('but for %i has its watcher with the next object', async (leaving) => {
    const child = Child.start<StarvedRequest>('starved');
    const name = unique();
    await child.ask({ leaving, call: event(`${name}-first`) }).catch(() => {});
    await child.ask(event(`${name}-second`));
    expect(watcherOf(child.pid)).toBeGreaterThan(0);
    await child.kill();
    await eventually('its files are removed', () => filesOf(name).length === 0);
  });
});

describe.skipIf(whyNotMountable('tmpfs') !== undefined)('a full /dev/shm', () => {
  const path = tempFiles();
  /** A process with a /dev/shm of its own. */
  const startIn = (options: string) => {
    const child = Child.start<ObjectRequest>('objects', [], {
      execPath: 'unshare',
      execArgv: [
        ...['--mount', 'sh', '-c', 'mount -t tmpfs -o "$0" tmpfs /dev/shm && exec "$@"'],
        ...[options, process.execPath],
      ],
    });
    const left = () => fs.readdirSync(`/proc/${child.pid}/root/dev/shm`, { recursive: true }).sort();
    return { child, left };
  };
  const noRoom = { code: 'OUT_OF_MEMORY', win32Error: 1455, message: expect.stringContaining('/dev/shm') };
  const folder = `perdure-${uid}`;
  const memory = (name: string, size: number): ObjectRequest => ({
    do: 'createMapping',
    as: name,
    name,
    size,
  });
  const objects = (file: string): ObjectRequest[] => [
    { do: 'createEvent', as: 'e', name: 'event', manual: false, initial: true },
    { do: 'createMutex', as: 'm', name: 'mutex', owned: true },
    memory('memory', PAGE_BYTES),
    { do: 'createMapping', as: 'f', name: 'file', size: 0, path: file },
  ];

  it('is an error of every object that needs more room than there is, which leaves nothing', async () => {
    const file = path('file');
    fs.writeFileSync(file, 'content');
    const { child, left } = startIn('size=64k');
    await expect(child.ask(memory('large', 2 ** 20))).rejects.toMatchObject(noRoom);
    expect(left()).toEqual([]);
    // Of 16 pages one is left: none for the path of a file, which is behind the first one.
    await child.ask(memory('filler', 14 * PAGE_BYTES));
    const [event, mutex, ...larger] = objects(file) as [ObjectRequest, ObjectRequest, ...ObjectRequest[]];
    for (const request of larger) await expect(child.ask(request)).rejects.toMatchObject(noRoom);
    await child.ask(event);
    await expect(child.ask(mutex)).rejects.toMatchObject(noRoom);
    expect(left()).toEqual([folder, `${folder}/event`, `${folder}/filler`]);
    await child.ask({ do: 'close', handle: 'filler' });
    for (const request of [mutex, ...larger]) await child.ask(request);
    expect(left()).toHaveLength(5);
    await child.ask({ do: 'closeAll' });
    expect(left()).toEqual([]);
  });

  it.each([
    ['files', 'nr_inodes=2'],
    ['files, not even for the folder of the user', 'nr_inodes=1'],
  ])('is an error where it has no room for more %s', async (_, options) => {
    const file = path('file');
    fs.writeFileSync(file, 'content');
    const { child, left } = startIn(`size=64k,${options}`);
    for (const request of objects(file)) await expect(child.ask(request)).rejects.toMatchObject(noRoom);
    expect(left()).toEqual([]);
  });
});

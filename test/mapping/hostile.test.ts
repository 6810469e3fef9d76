/**
 * What the world does to a file: it is missing, not a file, not ours, somebody shortens it, a process is at its limits.
 * Each is an error with a code and leaves everything as it was; nothing crashes and nothing hangs.
 * Full disks and read-only ones: full-disk.test.ts.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MappedFile, type MappedFileOptions, type OpenMode } from '../../src/mapping/index.js';
import type { UnprivilegedRequest } from '../processes/unprivileged.js';
import { Child } from '../support/child.js';
import { failure } from '../support/failure.js';
import { tempFiles } from '../support/temp-folder.js';

const path = tempFiles();
const WINDOWS = process.platform === 'win32';
const MODES: OpenMode[] = ['readonly', 'readwrite', 'copy-on-write'];
const WAYS: MappedFileOptions[] = [
  ...MODES.map((mode) => ({ mode })),
  { mode: 'readwrite', create: true, size: 10 },
  { mode: 'readwrite', create: 'always', size: 10 },
];

function written(content: string | Uint8Array): string {
  const name = path();
  fs.writeFileSync(name, content);
  return name;
}

describe('a path that leads to no file', () => {
  it.each(MODES)('a missing file, a missing folder, a file for a folder: NOT_FOUND, mode %s', (mode) => {
    const missing = path();
    const error = failure(() => MappedFile.open(missing, { mode }), { code: 'NOT_FOUND', win32Error: 2 });
    expect(error.message).toContain(missing);
    expect(error.path).toBe(missing);
    expect(fs.existsSync(missing)).toBe(false);
    failure(() => MappedFile.open(join(path(), 'file'), { mode }), { code: 'NOT_FOUND', win32Error: 3 });
    failure(() => MappedFile.open(join(written('x'), 'file'), { mode }), {
      code: 'NOT_FOUND',
      win32Error: 3,
    });
  });

  it.each(WAYS)('a folder: NOT_A_FILE, %j', (options) => {
    const folder = dirname(path());
    failure(() => MappedFile.open(folder, options), 'NOT_A_FILE');
    expect(fs.statSync(folder).isDirectory()).toBe(true);
  });

  it.each(WAYS)('a name of 300 characters: INVALID_ARGUMENT, %j', (options) => {
    const name = `${path()}${'n'.repeat(300)}`;
    const { code } = failure(() => MappedFile.open(name, options));
    // Windows says 123 (the name is not valid), Wine 8 that there is no such path.
    expect(WINDOWS ? ['INVALID_ARGUMENT', 'NOT_FOUND'] : ['INVALID_ARGUMENT']).toContain(code);
  });

  it('a path of 10,000 characters is an error', () => {
    failure(() => MappedFile.open(`${path()}${'/n'.repeat(5000)}`));
  });

  it('names of every script work', () => {
    for (const stem of ['ünï', '北京', '🙂', 'with space', "quote'", 'a.b.c', '-dash', '%41', '#']) {
      const name = path(stem);
      MappedFile.open(name, { mode: 'readwrite', create: 'new', size: 10 }).close();
      expect(fs.statSync(name).size).toBe(10);
    }
  });
});

describe.skipIf(WINDOWS)('what is not a regular file (POSIX)', () => {
  it.each(['/dev/null', '/dev/zero', '/dev/full', '/dev/tty'])('%s is refused', (device) => {
    for (const options of WAYS) {
      const error = failure(() => MappedFile.open(device, options));
      if (device !== '/dev/tty') expect(error.code).toBe('NOT_A_FILE');
    }
    expect(fs.existsSync(device)).toBe(true);
  });

  it('a FIFO is refused without waiting for its other end', () => {
    const name = path('fifo');
    execFileSync('mkfifo', [name]);
    for (const options of WAYS) failure(() => MappedFile.open(name, options), 'NOT_A_FILE');
    expect(fs.lstatSync(name).isFIFO()).toBe(true);
  });

  it('a socket is refused', async () => {
    const name = path('socket');
    const server = net.createServer().listen(name);
    await new Promise((resolve) => server.once('listening', resolve));
    for (const options of WAYS) failure(() => MappedFile.open(name, options), 'NOT_A_FILE');
    await new Promise((resolve) => server.close(resolve));
  });

  it('a loop of symbolic links is NOT_FOUND; a dangling link as well, and it stays', () => {
    const [first, second, dangling] = [path('link'), path('link'), path('link')];
    fs.symlinkSync(first, second);
    fs.symlinkSync(second, first);
    fs.symlinkSync(path('nowhere'), dangling);
    for (const options of WAYS) {
      failure(() => MappedFile.open(first, options), { code: 'NOT_FOUND', errnoName: 'ELOOP' });
      failure(() => MappedFile.open(dangling, options), { code: 'NOT_FOUND', errnoName: 'ENOENT' });
    }
    expect(fs.lstatSync(dangling).isSymbolicLink()).toBe(true);
  });

  it('a symbolic link to a file is that file', () => {
    const [name, link] = [written('hello'), path('link')];
    fs.symlinkSync(name, link);
    {
      using file = MappedFile.open(link, { mode: 'readwrite' });
      file.view().setUint8(0, 72);
      file.flushSync();
      failure(() => MappedFile.open(name), 'SHARING_VIOLATION');
    }
    expect(fs.readFileSync(name, 'utf8')).toBe('Hello');
  });
});

describe.skipIf(WINDOWS || process.getuid?.() !== 0)(
  'without permission (POSIX, needs root to drop it)',
  () => {
    const asNobody = async () => {
      const child = Child.start<UnprivilegedRequest>('unprivileged');
      await child.ask({ do: 'drop', warmUp: written('x') });
      return (name: string, options: MappedFileOptions) =>
        child.ask<number>({ do: 'open', path: name, options });
    };
    const DENIED = { code: 'ACCESS_DENIED', win32Error: 5, errnoName: 'EACCES' };

    it('files and folders of others are ACCESS_DENIED, and left alone', async () => {
      const open = await asNobody();
      const folder = dirname(path());
      fs.chmodSync(folder, 0o755);
      const secret = written('secret');
      fs.chmodSync(secret, 0o600);
      for (const options of WAYS) await expect(open(secret, options)).rejects.toMatchObject(DENIED);
      const readable = written('hello');
      fs.chmodSync(readable, 0o644);
      await expect(open(readable, { mode: 'readwrite' })).rejects.toMatchObject(DENIED);
      expect(await open(readable, { mode: 'readonly' })).toBe(104);
      expect(await open(readable, { mode: 'copy-on-write' })).toBe(0);
      const writable = written('hello');
      fs.chmodSync(writable, 0o666);
      expect(await open(writable, { mode: 'readwrite' })).toBe(7);
      const fresh = path();
      await expect(open(fresh, { mode: 'readwrite', create: true, size: 10 })).rejects.toMatchObject(DENIED);
      expect(fs.existsSync(fresh)).toBe(false);
      const closed = path('folder');
      fs.mkdirSync(closed, { mode: 0o700 });
      fs.writeFileSync(join(closed, 'file'), 'x');
      await expect(open(join(closed, 'file'), {})).rejects.toMatchObject(DENIED);
      expect([secret, readable].map((name) => fs.readFileSync(name, 'utf8'))).toEqual(['secret', 'hello']);
    });

    it('a file created in a folder that can be written but not listed is flushed all the same', async () => {
      const open = await asNobody();
      fs.chmodSync(dirname(path()), 0o755);
      const folder = path('dropbox');
      fs.mkdirSync(folder);
      fs.chmodSync(folder, 0o733);
      const name = join(folder, 'file');
      expect(await open(name, { mode: 'readwrite', create: 'new', size: 10 })).toBe(7);
      expect(fs.readFileSync(name)).toEqual(Buffer.alloc(10, 7));
    });
  },
);

describe.skipIf(WINDOWS)(
  'a file that somebody else shortens, removes or moves (POSIX; Windows refuses to)',
  () => {
    it.each(MODES)('before a view is taken: FILE_CHANGED, mode %s', (mode) => {
      for (const size of [0, 100, 49_999]) {
        const name = written(Buffer.alloc(50_000, 1));
        using file = MappedFile.open(name, { mode });
        fs.truncateSync(name, size);
        const error = failure(() => file.view(), 'FILE_CHANGED');
        expect(error.message).toContain(name);
        failure(() => file.view(49_999, 1), 'FILE_CHANGED');
        failure(() => file.residency(), 'FILE_CHANGED');
      }
    });

    it.each(MODES)('after a view was taken and closed: FILE_CHANGED, mode %s', (mode) => {
      const name = written(Buffer.alloc(50_000, 1));
      using file = MappedFile.open(name, { mode });
      file.view().close();
      fs.truncateSync(name, 100);
      failure(() => file.view(), 'FILE_CHANGED');
      failure(() => file.view(20_000, 10), 'FILE_CHANGED');
      expect(file.view(0, 100).getUint8(99)).toBe(1);
      fs.truncateSync(name, 50_000);
      expect(file.view(0, 50_000).getUint8(40_000)).toBe(0);
    });

    it('refresh learns the new length', () => {
      const name = written(Buffer.alloc(50_000, 1));
      using file = MappedFile.open(name);
      fs.truncateSync(name, 100);
      expect(file.refresh()).toBe(100);
      expect(file.view().length).toBe(100);
    });

    it('and discards copy-on-write changes of: OUT_OF_BOUNDS, and the process lives', () => {
      const name = written(Buffer.alloc(50_000, 1));
      using file = MappedFile.open(name, { mode: 'copy-on-write' });
      const view = file.view();
      view.fill(2);
      fs.truncateSync(name, 100);
      failure(() => file.discard(), 'OUT_OF_BOUNDS');
      fs.truncateSync(name, 50_000);
      file.discard();
      expect([view.getUint8(0), view.getUint8(49_999)]).toEqual([1, 0]);
    });

    it('a file that was removed stays readable and writable while it is open', () => {
      const name = written('hello');
      using file = MappedFile.open(name, { mode: 'readwrite' });
      fs.rmSync(name);
      file.view().setUint8(0, 72);
      file.flushSync();
      file.resizeSync(10_000);
      expect(file.view().getString(0, 5)).toBe('Hello');
    });

    it('a folder that is renamed between creating and flushing does not fail the flush', async () => {
      for (const method of ['flush', 'flushSync'] as const) {
        const [folder, renamed] = [path('folder'), path('renamed')];
        fs.mkdirSync(folder);
        using file = MappedFile.open(join(folder, 'file'), { mode: 'readwrite', create: 'new', size: 10 });
        fs.renameSync(folder, renamed);
        file.view().fill(1);
        await file[method]();
        expect(fs.readFileSync(join(renamed, 'file'))).toEqual(Buffer.alloc(10, 1));
      }
    });
  },
);

describe.skipIf(WINDOWS)('a process at its limits (POSIX)', () => {
  const script = fileURLToPath(new URL('../../dist/test/processes/limits.js', import.meta.url));
  const limited = (limit: string, what: string, name: string) => {
    const command = `ulimit ${limit}; exec "$0" "$@"`;
    const { stdout, stderr, status, signal } = spawnSync(
      '/bin/sh',
      ['-c', command, process.execPath, script, what, name],
      { encoding: 'utf8' },
    );
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
    return JSON.parse(stdout);
  };

  it('without a free descriptor: TOO_MANY_OPEN, and open files go on', () => {
    expect(limited('-n 250', 'descriptors', written('hello'))).toEqual({
      opened: { code: 'TOO_MANY_OPEN', errnoName: 'EMFILE', win32Error: 4 },
      first: 104,
    });
  });

  it('beyond its file size: TOO_LARGE, and the file is as it was', () => {
    const name = written('hello');
    expect(limited('-f 1000', 'file size', name)).toEqual({
      grown: { code: 'TOO_LARGE', errnoName: 'EFBIG', win32Error: 223 },
      size: 5,
      first: 104,
    });
    expect(fs.statSync(name).size).toBe(5);
  });
});

describe('sizes that no disk has', () => {
  it.each([2 ** 44, 2 ** 50, Number.MAX_SAFE_INTEGER])(
    '%i bytes: an error, nothing created or changed',
    (size) => {
      const fresh = path();
      failure(() => MappedFile.open(fresh, { mode: 'readwrite', create: 'new', size }));
      expect(fs.existsSync(fresh)).toBe(false);
      const name = written('hello');
      using file = MappedFile.open(name, { mode: 'readwrite', share: 'readwrite' });
      const error = failure(() => file.resizeSync(size));
      expect(['DISK_FULL', 'TOO_LARGE']).toContain(error.code);
      expect([file.size, fs.readFileSync(name, 'utf8')]).toEqual([5, 'hello']);
    },
  );
});

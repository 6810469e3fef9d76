/**
 * What migration does to the name, the link and the permissions of a file.
 *
 * The bugs: the old file was closed before the new one took its name, so that a writer that waited for its turn could
 * open the old one in between; what it appended and flushed then went with that file. A symbolic link was replaced by
 * a file, and the file it led to left as it was. The new file had the permissions of any new file, not those of the old.
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nativeOs } from '../../src/os/index.js';
import { defineRecord, migrate, RecordFile, u32 } from '../../src/record/index.js';
import { failure } from '../support/failure.js';
import { tempFiles } from '../support/temp-folder.js';

const Old = defineRecord({ a: u32 });
const New = defineRecord({ a: u32, b: u32 });
const WINDOWS = process.platform === 'win32';

describe.skipIf(WINDOWS)('migrate, on POSIX', () => {
  const name = tempFiles();
  const make = () => {
    const path = name('old');
    const file = RecordFile.create(path, Old);
    file.append({ a: 1 });
    file.closeSync();
    return path;
  };
  const migrated = (path: string) => {
    const file = RecordFile.open(path, New);
    const found = [...file];
    file.closeSync();
    return found;
  };

  it('lets nobody in until the new file has the name', async () => {
    const path = make();
    const os = nativeOs();
    const { replaceFile } = os;
    let refused = 0;
    const tryToOpen = () => {
      failure(() => RecordFile.open(path, Old, { mode: 'readwrite' }), 'SHARING_VIOLATION');
      refused++;
    };
    os.replaceFile = (from, to) => {
      tryToOpen();
      replaceFile.call(os, from, to);
    };
    try {
      await migrate(path, New, { defaults: { b: 2 } });
    } finally {
      os.replaceFile = replaceFile;
    }
    expect(refused).toBe(1);
    expect(migrated(path)).toEqual([{ a: 1, b: 2 }]);
  });

  it('leaves a link a link, and migrates the file that it leads to', async () => {
    const path = make();
    const folder = name('links');
    fs.mkdirSync(folder);
    const link = join(folder, 'link');
    fs.symlinkSync(path, link);
    await migrate(link, New, { defaults: { b: 2 } });
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(fs.lstatSync(path).isSymbolicLink()).toBe(false);
    expect(migrated(path)).toEqual([{ a: 1, b: 2 }]);
    expect([...fs.readdirSync(folder), ...fs.readdirSync(dirname(path))].join()).not.toContain('.tmp');
  });

  it.each([0o600, 0o640, 0o666, 0o400])('keeps the permissions (%i)', async (mode) => {
    const path = make();
    fs.chmodSync(path, mode);
    await migrate(path, New, { defaults: { b: 2 } });
    expect(fs.statSync(path).mode & 0o7777).toBe(mode);
    expect(migrated(path)).toEqual([{ a: 1, b: 2 }]);
  });

  it.skipIf(process.getuid?.() !== 0)('keeps the owner (needs root)', async () => {
    const path = make();
    fs.chownSync(path, 1234, 4321);
    await migrate(path, New, { defaults: { b: 2 } });
    const { uid, gid } = fs.statSync(path);
    expect([uid, gid]).toEqual([1234, 4321]);
  });
});

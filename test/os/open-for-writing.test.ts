/** Whether somebody has a file open for writing, as Linux tells it; elsewhere nobody knows. */
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MappedFile } from '../../src/mapping/index.js';
import { isOpenForWriting } from '../../src/os/open-for-writing.js';
import { tempFolder } from '../support/temp-folder.js';

const folder = tempFolder();

function file(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, 'some text');
  return path;
}

describe.runIf(process.platform === 'linux')('on Linux', () => {
  it('tells writers from readers', () => {
    const path = file('a.txt');
    expect(isOpenForWriting(path)).toBe(false);
    const reader = openSync(path, 'r');
    expect(isOpenForWriting(path)).toBe(false);
    const writer = openSync(path, 'a');
    expect(isOpenForWriting(path)).toBe(true);
    closeSync(writer);
    expect(isOpenForWriting(path)).toBe(false);
    closeSync(reader);
  });

  it('tells who has it mapped', () => {
    const path = file('b.txt');
    {
      using _mapped = MappedFile.open(path, { mode: 'readwrite' });
      expect(isOpenForWriting(path)).toBe(true);
    }
    expect(isOpenForWriting(path)).toBe(false);
  });

  it('does not know of what is no file, or not there', () => {
    mkdirSync(join(folder, 'folder'));
    expect(isOpenForWriting(join(folder, 'folder'))).toBeUndefined();
    expect(isOpenForWriting(join(folder, 'none'))).toBeUndefined();
  });
});

it.skipIf(process.platform === 'linux')('is not known elsewhere', () => {
  expect(isOpenForWriting(file('c.txt'))).toBeUndefined();
});

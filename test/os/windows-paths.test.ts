/** What of the Windows family can be tried everywhere: paths, sizes in two DWORDs, and the refusal elsewhere. */
import { describe, expect, it } from 'vitest';
import { highDword, lowDword } from '../../src/os/windows/kernel32.js';
import { verbatimPath } from '../../src/os/windows/path.js';
import { createWindowsOs } from '../../src/os/windows/windows-os.js';
import { GIB, ON_WINDOWS } from './windows-subject.js';

describe('paths and sizes', () => {
  it.each([
    ['C:\\data\\a.bin', '\\\\?\\C:\\data\\a.bin'],
    ['\\\\server\\share\\a', '\\\\?\\UNC\\server\\share\\a'],
    ['\\\\?\\C:\\data\\a.bin', '\\\\?\\C:\\data\\a.bin'],
    ['\\\\?\\UNC\\server\\share\\a', '\\\\?\\UNC\\server\\share\\a'],
    ['\\\\?\\Volume{12}\\a', '\\\\?\\Volume{12}\\a'],
    ['C:\\pipe\\a', '\\\\?\\C:\\pipe\\a'],
    ['\\\\server\\pipes\\a', '\\\\?\\UNC\\server\\pipes\\a'],
  ])('%s is %s', (full, verbatim) => expect(verbatimPath(full)).toBe(verbatim));

  it.each([
    '\\\\.\\pipe\\a',
    '\\\\.\\NUL',
    '\\\\?\\pipe\\a',
    '\\\\?\\GLOBALROOT\\Device\\Null',
    '\\\\server\\pipe\\a',
    '\\\\server\\PIPE',
    '\\\\server\\mailslot\\a',
    '\\\\?\\UNC\\server\\pipe\\a',
  ])('%s names no disk', (full) => expect(verbatimPath(full)).toBeUndefined());

  it('splits 64-bit sizes exactly', () => {
    for (const size of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 5 * GIB + 7, Number.MAX_SAFE_INTEGER]) {
      expect((BigInt(highDword(size)) << 32n) | BigInt(lowDword(size))).toBe(BigInt(size));
    }
  });
});

describe.skipIf(ON_WINDOWS)('elsewhere', () => {
  it('is refused, and importing loads nothing', () => {
    expect(() => createWindowsOs()).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });
});

/** Files on Windows: paths, last-error numbers, share modes, MoveFileEx. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  CREATE_ALWAYS,
  CREATE_NEW,
  FILE_FLAG_DELETE_ON_CLOSE,
  FILE_SHARE_NONE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  GENERIC_READ,
  GENERIC_WRITE,
  OPEN_ALWAYS,
  OPEN_EXISTING,
  PAGE_READWRITE,
  TRUNCATE_EXISTING,
} from '../../src/os/constants.js';
import type { Os } from '../../src/os/os.js';
import { bytes, ON_WINDOWS, READ_WRITE, SHARE_ALL, UNDER_WINE, windowsSubject } from './windows-subject.js';

describe.skipIf(!ON_WINDOWS)('files', () => {
  const subject = windowsSubject();
  const { folder, closeAll, failure, fails, freshPath, open, map, view } = subject;
  let os: Os;
  beforeAll(() => {
    os = subject.os;
  });

  describe('CreateFile', () => {
    it('opens a path far beyond 260 characters', () => {
      let deep = folder;
      while (deep.length < 600) deep = join(deep, 'a-folder-with-a-long-name-'.repeat(3));
      fs.mkdirSync(deep, { recursive: true });
      const path = join(deep, 'state.bin');
      const mapped = view(map(open(path, READ_WRITE, 0, CREATE_NEW), PAGE_READWRITE, 100));
      bytes(mapped)[99] = 42;
      os.flushViewOfFile(mapped, 0, 0);
      os.unmapViewOfFile(mapped);
      closeAll();
      expect(fs.readFileSync(path)[99]).toBe(42);
      os.replaceFile(path, join(deep, 'moved.bin'));
      expect(fs.readdirSync(deep)).toEqual(['moved.bin']);
    });

    it('opens a path with characters of every plane', () => {
      const path = join(folder, 'größe-数据-🗺️-ß.bin');
      const file = open(path, READ_WRITE, 0, CREATE_NEW);
      expect(file.path).toBe(path);
      expect(fs.readdirSync(folder)).toContain('größe-数据-🗺️-ß.bin');
    });

    it('takes relative, forward-slash and dotted paths as Windows does', () => {
      const path = freshPath();
      fs.writeFileSync(path, 'x');
      const name = path.slice(folder.length + 1);
      const odd = `${folder.replaceAll('\\', '/')}/./no-such/../${name}`;
      expect(os.getFileSizeEx(open(odd, GENERIC_READ, SHARE_ALL, OPEN_EXISTING))).toBe(1);
      expect(os.getFileSizeEx(open(`${path}. `, GENERIC_READ, SHARE_ALL, OPEN_EXISTING))).toBe(1);
      expect(os.getFileSizeEx(open(`\\\\?\\${path}`, GENERIC_READ, SHARE_ALL, OPEN_EXISTING))).toBe(1);
    });

    it('reports the documented numbers', () => {
      const path = freshPath();
      fails(() => open(path, READ_WRITE, 0, OPEN_EXISTING), 2, 'NOT_FOUND');
      fails(() => open(join(folder, 'none', 'a')), 3, 'NOT_FOUND');
      fails(() => open(path, READ_WRITE, 0, TRUNCATE_EXISTING), 2, 'NOT_FOUND');
      const created = open(path, READ_WRITE, 0, CREATE_NEW);
      expect(created.alreadyExisted).toBe(false);
      os.closeHandle(created);
      fails(() => open(path, READ_WRITE, 0, CREATE_NEW), 80, 'ALREADY_EXISTS');
      fails(() => open(path, READ_WRITE, 0, 9), 87, 'INVALID_ARGUMENT');
      fails(() => open(path, GENERIC_READ, 0, TRUNCATE_EXISTING), 87, 'INVALID_ARGUMENT');
      fails(() => open(join(folder, 'a?b')), 123, 'INVALID_ARGUMENT');
      const overlapped = 0x40000000;
      const withFlag = () => os.createFile(path, READ_WRITE, 0, null, OPEN_ALWAYS, overlapped);
      fails(withFlag, 87, 'INVALID_ARGUMENT');
      for (const disposition of [OPEN_ALWAYS, CREATE_ALWAYS]) {
        const again = open(path, READ_WRITE, 0, disposition);
        expect(again.alreadyExisted).toBe(true);
        os.closeHandle(again);
      }
      if (UNDER_WINE) return; // Run by root, it ignores the read-only attribute.
      fs.chmodSync(path, 0o444);
      fails(() => open(path), 5, 'ACCESS_DENIED');
      fs.chmodSync(path, 0o666);
    });

    it('keeps share modes in both directions', () => {
      const path = freshPath();
      const exclusive = open(path, READ_WRITE, FILE_SHARE_NONE);
      fails(() => open(path, GENERIC_READ, SHARE_ALL), 32, 'SHARING_VIOLATION');
      os.closeHandle(exclusive);
      const shared = open(path, READ_WRITE, FILE_SHARE_READ);
      fails(() => open(path, GENERIC_READ, FILE_SHARE_READ), 32, 'SHARING_VIOLATION');
      fails(() => open(path, GENERIC_WRITE, SHARE_ALL), 32, 'SHARING_VIOLATION');
      open(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE);
      os.closeHandle(shared);
    });

    it('refuses everything but regular files', () => {
      expect(failure(() => open(folder, GENERIC_READ, SHARE_ALL)).code).toBe('NOT_A_FILE');
      const backupSemantics = 0x02000000;
      const withFlag = () => os.createFile(folder, GENERIC_READ, 7, null, OPEN_EXISTING, backupSemantics);
      fails(withFlag, 267, 'NOT_A_FILE');
      for (const device of [
        'NUL',
        'con',
        join(folder, 'COM1'),
        '\\\\.\\pipe\\perdure',
        '\\\\?\\pipe\\perdure',
      ]) {
        fails(() => open(device), 267, 'NOT_A_FILE');
      }
    });

    it('refuses arguments of the wrong type before any call', () => {
      for (const path of ['', 'a\0b', 7 as never]) {
        expect(failure(() => open(path)).code).toBe('INVALID_ARGUMENT');
      }
      for (const access of [Number.NaN, 1.5, 2 ** 33, '1' as never]) {
        expect(failure(() => open(freshPath(), access)).code).toBe('INVALID_ARGUMENT');
      }
    });

    it('passes flags on', () => {
      const path = freshPath();
      const file = os.createFile(path, READ_WRITE, 0, null, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE);
      expect(fs.existsSync(path)).toBe(true);
      os.closeHandle(file);
      expect(fs.existsSync(path)).toBe(false);
    });
  });

  describe('MoveFileEx', () => {
    it('replaces a file, and says what stands in the way', () => {
      const from = freshPath();
      const to = freshPath();
      fs.writeFileSync(from, 'new');
      fs.writeFileSync(to, 'old');
      const reader = open(to, GENERIC_READ, FILE_SHARE_READ, OPEN_EXISTING);
      expect(['SHARING_VIOLATION', 'ACCESS_DENIED']).toContain(failure(() => os.replaceFile(from, to)).code);
      os.closeHandle(reader);
      os.replaceFile(from, to);
      expect(fs.readFileSync(to, 'utf8')).toBe('new');
      expect(fs.existsSync(from)).toBe(false);
      fails(() => os.replaceFile(from, to), 2, 'NOT_FOUND');
    });
  });
});

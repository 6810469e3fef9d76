/** replaceFile: one file takes the name of another, which never shows anything in between. */
import { describe, expect, it } from 'vitest';
import { FILE_MAP_READ, OPEN_EXISTING, PAGE_READONLY } from '../../../src/os/constants.js';
import { failure } from '../../support/failure.js';
import { bytesOf, type Subject } from './subject.js';

export function replaceFileContract(subject: Subject): void {
  const content = (path: string) => {
    const file = subject.open(path, { disposition: OPEN_EXISTING });
    const text = bytesOf(subject.view(subject.mapping(file, PAGE_READONLY), FILE_MAP_READ)).toString();
    subject.closeAll();
    return text;
  };

  describe('replaceFile', () => {
    it('replaces a file', () => {
      const [from, to] = [subject.fileOf(Buffer.from('new')), subject.fileOf(Buffer.from('old one'))];
      subject.os.replaceFile(from, to);
      expect(content(to)).toBe('new');
      failure(() => content(from), { win32Error: 2 });
    });

    it('takes a name that is free', () => {
      const [from, to] = [subject.fileOf(Buffer.from('new')), subject.path()];
      subject.os.replaceFile(from, to);
      expect(content(to)).toBe('new');
    });

    it('says what is missing, and leaves the target alone', () => {
      const to = subject.fileOf(Buffer.from('old'));
      failure(() => subject.os.replaceFile(subject.path(), to), { code: 'NOT_FOUND', win32Error: 2 });
      expect(content(to)).toBe('old');
      const from = subject.fileOf(Buffer.from('new'));
      failure(() => subject.os.replaceFile(from, `${subject.path()}/file`), {
        code: 'NOT_FOUND',
        win32Error: 3,
      });
      expect(content(from)).toBe('new');
    });

    it('refuses a folder for a target, and names that are none', () => {
      const from = subject.fileOf(Buffer.from('new'));
      const folder = from.replace(/[\\/][^\\/]*$/, '');
      failure(() => subject.os.replaceFile(from, folder), 'NOT_A_FILE');
      for (const name of ['', 'a\0b', undefined]) {
        failure(() => subject.os.replaceFile(from, name as string), 'INVALID_ARGUMENT');
        failure(() => subject.os.replaceFile(name as string, from), 'INVALID_ARGUMENT');
      }
      expect(content(from)).toBe('new');
    });
  });
}

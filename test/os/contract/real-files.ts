/** Views and the rest of Node.js: fs reads what a view stored, a view shows what fs wrote, and fs takes its bytes. */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  CREATE_NEW,
  FILE_ATTRIBUTE_READONLY,
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  PAGE_READWRITE,
} from '../../../src/os/constants.js';
import { randomBytes } from '../../support/seed.js';
import { bytesOf, KIB, type Subject } from './subject.js';

const LENGTH = 200 * KIB + 17;

export function realFilesContract(subject: Subject): void {
  const opened = () => {
    const content = randomBytes(LENGTH);
    const path = subject.path();
    fs.writeFileSync(path, content);
    return { path, content, mapping: subject.mapping(subject.open(path), PAGE_READWRITE) };
  };

  describe('views and fs', () => {
    it('fs.readFile shows what a view stored, without a flush', () => {
      const { path, content, mapping } = opened();
      const bytes = bytesOf(subject.view(mapping, FILE_MAP_WRITE, 1000));
      for (const at of [0, 3095, 3096, 64_536, LENGTH - 1001]) {
        bytes[at] = content[at + 1000] = bytes[at]! ^ 0xff;
        expect(fs.readFileSync(path).equals(content)).toBe(true);
      }
    });

    it('a view shows what fs.write wrote, also a copy-on-write one where it was not stored into', () => {
      const { path, content, mapping } = opened();
      const views = [FILE_MAP_READ, FILE_MAP_WRITE, FILE_MAP_COPY].map((access) =>
        bytesOf(subject.view(mapping, access)),
      );
      const fd = fs.openSync(path, 'r+');
      for (const at of [0, 4095, 65_000, LENGTH - 4]) {
        fs.writeSync(fd, Buffer.from('fs!!'), 0, 4, at);
        content.write('fs!!', at);
        for (const view of views) expect(view.equals(content)).toBe(true);
      }
      fs.closeSync(fd);
    });

    it('fs.write takes the bytes of a view, and fs.read fills them', async () => {
      const { content, mapping } = opened();
      const bytes = bytesOf(subject.view(mapping, FILE_MAP_WRITE));
      const copy = subject.path('copy');
      await fs.promises.writeFile(copy, bytes);
      expect(fs.readFileSync(copy).equals(content)).toBe(true);
      fs.writeFileSync(copy, Buffer.alloc(LENGTH, 'q'));
      const file = await fs.promises.open(copy, 'r');
      await file.read(bytes, 0, LENGTH, 0);
      await file.close();
      expect(bytes.equals(Buffer.alloc(LENGTH, 'q'))).toBe(true);
    });

    it('copy-on-write stores never reach the file', () => {
      const { path, content, mapping } = opened();
      const view = subject.view(mapping, FILE_MAP_COPY);
      bytesOf(view).fill(0);
      subject.os.flushViewOfFile(view, 0, 0);
      subject.closeAll();
      expect(fs.readFileSync(path).equals(content)).toBe(true);
    });

    it('FILE_ATTRIBUTE_READONLY makes a file that this handle alone may write', () => {
      const path = subject.path();
      const file = subject.open(path, { disposition: CREATE_NEW, flags: FILE_ATTRIBUTE_READONLY });
      subject.os.setEndOfFile(file, 10);
      subject.closeAll();
      expect(fs.statSync(path).mode & 0o222).toBe(0);
      fs.chmodSync(path, 0o666);
    });
  });
}
